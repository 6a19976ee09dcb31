"""What Apple offers as second factor for this sign-in (apple-id-login.md, 5.1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .errors import SecurityKeyNeededError, TooManyCodesError
from .outcome import refusal_of
from .phones import Phone

if TYPE_CHECKING:
    from .idmsa import Idmsa
    from .wire import Reply

USUAL_LENGTH, OLD_LENGTH = 6, 4
_LONGEST_CODE = 12
_SENT, _LOCKED = (
    ("tooManyCodesSent",),
    (
        "tooManyCodesValidated",
        "tooManyCodesLock",
        "securityCodeLocked",
        "securityCodeCooldown",
    ),
)


@dataclass(frozen=True, slots=True)
class Options:
    """`length` in digits; `phones` may be old devices; `sent_to` got a code without being asked for."""

    phones: tuple[Phone, ...]
    length: int
    trusted_devices: bool
    sent_to: Phone | None


def read_options(idmsa: Idmsa) -> Options:
    """Ask once: for an account with one number and no device, each asking sends an SMS.

    Raises SecurityKeyNeededError, TooManyCodesError, and the errors of `outcome`.
    """
    reply = idmsa.call("code_options", "GET", "")
    if not reply.ok or reply.problems:
        raise refusal_of(reply)
    fields = reply.json()
    if "fsaChallenge" in fields or fields.get("keyNames"):
        raise SecurityKeyNeededError(
            "This Apple ID is protected by security keys: no code can be asked for.",
            hint="Use an API key, or an Apple ID of its own for releases, without security keys.",
            where=reply.where,
        )
    check_locked(reply)
    return _old_options(fields) if "trustedDevices" in fields else _options(fields, reply)


def check_locked(reply: Reply) -> None:
    """Raise TooManyCodesError where the answer says that no code is taken for now."""
    if flags(reply) & set(_LOCKED):
        raise TooManyCodesError(
            "Apple takes no codes for this Apple ID for now: too many were wrong.",
            hint="Wait some hours, then sign in again with `lane auth login`. Stop jobs that sign in meanwhile.",
            where=reply.where,
        )


def too_many_sent(reply: Reply) -> bool:
    """Whether Apple sends no more codes."""
    return bool(flags(reply) & set(_SENT))


def flags(reply: Reply) -> set[str]:
    """What is true of the codes."""
    fields = reply.fields
    code = fields.get("securityCode")
    both = {**fields, **(code if isinstance(code, dict) else {})}
    return {name for name in (*_SENT, *_LOCKED) if both.get(name) is True}


def _options(fields: dict[str, Any], reply: Reply) -> Options:
    phones = tuple(_phones(fields.get("trustedPhoneNumbers")))
    trusted = fields.get("noTrustedDevices") is not True
    if "trustedPhoneNumbers" not in fields and "securityCode" not in fields:
        raise reply.changed("Apple's answer names neither phones nor a code.")
    sent = None
    if not trusted and len(phones) == 1 and (phones[0].mode == "sms" or "phoneNumber" in fields):
        sent = phones[0]
    return Options(phones, _length(fields, USUAL_LENGTH), trusted, sent)


def _old_options(fields: dict[str, Any]) -> Options:
    """Two-step verification, the predecessor: devices by name, four digits, nothing sent by itself."""
    devices = fields["trustedDevices"]
    phones = tuple(
        Phone(
            str(device["id"]), str(device.get("name") or device.get("modelName") or device["id"]), device=True
        )
        for device in (devices if isinstance(devices, list) else [])
        if isinstance(device, dict) and "id" in device
    )
    return Options(phones, _length(fields, OLD_LENGTH), trusted_devices=False, sent_to=None)


def _phones(value: object) -> list[Phone]:
    found = []
    for each in value if isinstance(value, list) else []:
        if isinstance(each, dict) and isinstance(each.get("id"), int | str):
            shown = each.get("numberWithDialCode") or each.get("obfuscatedNumber") or each["id"]
            mode, non_fteu = each.get("pushMode"), each.get("nonFTEU")
            found.append(
                Phone(
                    each["id"],
                    str(shown),
                    "voice" if mode == "voice" else "sms",
                    non_fteu if isinstance(non_fteu, bool) else None,
                )
            )
    return found


def _length(fields: dict[str, Any], usual: int) -> int:
    code = fields.get("securityCode")
    length = code.get("length") if isinstance(code, dict) else None
    return length if isinstance(length, int) and 1 <= length <= _LONGEST_CODE else usual
