"""What a sign-in is told of its second factor: phones, devices, code length (apple-id-login.md, 5.1)."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from typing import TYPE_CHECKING

from lane_sandbox._signin.conduct import Conduct
from lane_sandbox._signin.flow import code_length
from lane_sandbox._signin.messages import masked, obfuscated

if TYPE_CHECKING:
    from lane_sandbox._signin.accounts import Account, Phone
    from lane_sandbox._signin.exchange import JsonObject
    from lane_sandbox._team import Team

FORGOT = "https://iforgot.apple.com"
LINKS = {
    "recoveryUrl": f"{FORGOT}/phone/add",
    "cantUsePhoneNumberUrl": f"{FORGOT}/iforgot/phone/add",
    "recoveryWebUrl": f"{FORGOT}/password/verify/appleid",
    "repairPhoneNumberUrl": "https://gsa.apple.com/appleid/account/manage/repair/verify/phone",
    "repairPhoneNumberWebUrl": "https://appleid.apple.com/widget/account/repair",
    "aboutTwoFactorAuthenticationUrl": "https://support.apple.com/kb/HT204921",
}
FLAGS = {
    "autoVerified": False,
    "showAutoVerificationUI": False,
    "managedAccount": False,
    "supportsRecovery": True,
    "supportsCustodianRecovery": False,
    "restrictedAccount": False,
    "hideSendSMSCodeOption": False,
    "supervisedChangePasswordFlow": False,
}


def options_of(team: Team, account: Account) -> JsonObject:
    """The options body; within `reading()` or `writing()`."""
    body: JsonObject = {
        "securityCode": code_state(team, account),
        "authenticationType": account.auth_type,
        **LINKS,
        **FLAGS,
        "hsa2Account": account.auth_type == "hsa2",
    }
    if account.auth_type == "hsa":
        body["trustedDevices"] = [
            {"id": device_id(name), "name": name, "modelName": name} for name in account.trusted_devices
        ]
        return body
    phones = [phone_of(phone) for phone in account.phones]
    if phones:
        body |= {"trustedPhoneNumbers": phones, "trustedPhoneNumber": phones[0]}
    if account.security_keys:
        body |= {"keyNames": list(account.security_keys), "fsaChallenge": _key_challenge(account)}
    elif not account.trusted_devices:
        body["noTrustedDevices"] = True
    return body


def code_state(team: Team, account: Account) -> JsonObject:
    """The member `securityCode`."""
    conduct = Conduct(team, account)
    return {
        "length": code_length(account),
        "tooManyCodesSent": conduct.codes_used_up,
        "tooManyCodesValidated": conduct.codes_locked,
        "tooManyCodesLock": conduct.codes_locked,
        "securityCodeLocked": conduct.codes_locked,
        "securityCodeCooldown": False,
    }


def phone_of(phone: Phone) -> JsonObject:
    """A phone as the options have it."""
    digits = [each for each in phone.number if each.isdigit()]
    return {
        "id": phone.id,
        "numberWithDialCode": masked(phone.number),
        "obfuscatedNumber": obfuscated(phone.number.partition(" ")[2]),
        "lastTwoDigits": "".join(digits[-2:]),
        "pushMode": phone.push_mode,
        "nonFTEU": False,
    }


def device_id(name: str) -> str:
    """The id of a device of the old two-step verification."""
    return hashlib.sha256(name.encode()).hexdigest()[:10].upper()


def as_page(body: JsonObject) -> str:
    """The options as the sign-in page carries them (apple-id-login.md, 5.1)."""
    phones = {name: body[name] for name in ("trustedPhoneNumbers", "trustedPhoneNumber") if name in body}
    two_sv: JsonObject = {
        "authFactors": ["sms"] if phones else [],
        "bridgeInitiateData": {"phoneNumberVerification": {**phones, "securityCode": body["securityCode"]}},
    }
    arguments: JsonObject = {
        "direct": {
            "authInitialRoute": "auth/verify/device",
            "hasTrustedDevices": not body.get("noTrustedDevices", False),
            "twoSV": two_sv,
        }
    }
    script = json.dumps(arguments).replace("</", "<\\/")
    return (
        "<!DOCTYPE html><html><head><title>Sign in to your Apple Account</title></head><body>"
        f'<script type="application/json" class="boot_args">{script}</script></body></html>'
    )


def _key_challenge(account: Account) -> JsonObject:
    handles = [
        base64.urlsafe_b64encode(hashlib.sha256(f"{account.key} {name}".encode()).digest()).decode()
        for name in account.security_keys
    ]
    return {"challenge": secrets.token_urlsafe(32), "keyHandles": handles, "rpId": "apple.com"}
