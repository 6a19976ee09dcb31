"""Codes: how they are asked for, sent, given and refused (apple-id-login.md, 5.3 and 5.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from lane_sandbox._signin.conduct import Conduct
from lane_sandbox._signin.exchange import Answer, Refused, errors_of, service_error
from lane_sandbox._signin.flow import flow_of
from lane_sandbox._signin.messages import Way, deliver
from lane_sandbox._signin.options import as_page, code_state, device_id, options_of, phone_of
from lane_sandbox._signin.trust import token_header

if TYPE_CHECKING:
    from lane_sandbox._signin.accounts import Account, Phone
    from lane_sandbox._signin.exchange import Call, JsonObject
    from lane_sandbox._signin.flow import Flow
    from lane_sandbox._team import Team

WRONG_CODE = errors_of("-21669", "Incorrect Verification Code", "Incorrect verification code.")
LOCKED_OUT = errors_of(
    "-21669", "Verification Failed", "Too many verification codes were entered. Try again later."
)
USED_UP = errors_of(
    "-28248",
    "Verification Failed",
    "Verification codes can't be sent to this phone number at this time. Please try again later.",
)
NO_SUCH_PLACE = "-28248"


def options(team: Team, call: Call) -> Answer:
    """`GET /appleauth/auth`. Where there is one phone and nothing else, each such request sends it a code."""
    with team.store.writing():
        flow = flow_of(team, call)
        body, status = options_of(team, flow.account), 200
        if sends_by_itself(flow.account):
            phone = flow.account.phones[0]
            if Conduct(team, flow.account).codes_used_up:
                body |= USED_UP
            else:
                _send_to_phone(team, flow, phone)
                status = 201
                body |= {"phoneNumber": phone_of(phone), "mode": phone.push_mode, "type": "verification"}
        if "text/html" in call.headers.get("accept", ""):
            return Answer(200, text=as_page(body), headers=flow.headers())
        return Answer(status, body, headers=flow.headers())


def sends_by_itself(account: Account) -> bool:
    """Whether there is nothing to choose: one phone, and no device."""
    modern = account.auth_type == "hsa2" and not account.security_keys
    return modern and not account.trusted_devices and len(account.phones) == 1


def push(team: Team, flow: Flow) -> None:
    """Show a code on the account's devices; within `writing()`."""
    deliver(team, flow.account, "device", flow.new_code("device"), None)


def ask_device(team: Team, call: Call) -> Answer:
    """`PUT verify/trusteddevice/securitycode`."""
    with team.store.writing():
        flow = flow_of(team, call)
        if flow.account.auth_type != "hsa2" or not flow.account.trusted_devices:
            raise Refused(_no_such_place(flow))
        push(team, flow)
        return Answer(202, options_of(team, flow.account), headers=flow.headers())


def ask_old_device(team: Team, call: Call) -> Answer:
    """`PUT verify/device/{id}/securitycode`, of the old two-step verification."""
    with team.store.writing():
        flow = flow_of(team, call)
        identifier = call.parameters["id"]
        if identifier not in _old_devices(flow.account):
            raise Refused(_no_such_place(flow))
        deliver(team, flow.account, "device", flow.new_code(f"device {identifier}"), None)
        return Answer(200, options_of(team, flow.account), headers=flow.headers())


def ask_phone(team: Team, call: Call) -> Answer:
    """`PUT verify/phone`: by SMS or by a call, as the phone's pushMode says."""
    with team.store.writing():
        flow = flow_of(team, call)
        phone = _phone_in(call, flow)
        if phone is None or call.value("mode") != phone.push_mode:
            raise Refused(_no_such_place(flow))
        if team.faults.for_account("too_many_codes", flow.account.email):
            body = options_of(team, flow.account) | USED_UP
            body["securityCode"] |= {"tooManyCodesSent": True}
            return Answer(500, body, headers=flow.headers())
        if Conduct(team, flow.account).codes_used_up:
            return Answer(200, options_of(team, flow.account) | USED_UP, headers=flow.headers())
        _send_to_phone(team, flow, phone)
        body = options_of(team, flow.account)
        body |= {"phoneNumber": phone_of(phone), "mode": phone.push_mode, "type": "verification"}
        return Answer(200, body, headers=flow.headers())


def give_device_code(team: Team, call: Call) -> Answer:
    """`POST verify/trusteddevice/securitycode`: 204, or a refusal."""
    with team.store.writing():
        flow = flow_of(team, call)
        return _give(team, call, flow, "device", 204)


def give_phone_code(team: Team, call: Call) -> Answer:
    """`POST verify/phone/securitycode`: 200, or a refusal. Codes of old two-step devices come here too."""
    with team.store.writing():
        flow = flow_of(team, call)
        if flow.account.auth_type == "hsa":
            return _give(team, call, flow, f"device {call.value('phoneNumber', 'id')}", 200)
        phone = _phone_in(call, flow)
        if phone is None:
            raise Refused(_no_such_place(flow))
        return _give(team, call, flow, _way_of(phone), 200)


def _give(team: Team, call: Call, flow: Flow, way: str, status: int) -> Answer:
    code = call.text("securityCode", "code")
    conduct = Conduct(team, flow.account)
    if conduct.codes_locked:
        return Answer(423, options_of(team, flow.account) | LOCKED_OUT, headers=flow.headers())
    if not flow.take_code(way, code):
        conduct.wrong_code()
        return Answer(400, _wrong_code(team, flow, code), headers=flow.headers())
    conduct.right_code()
    headers = {**flow.headers(), **token_header()}
    if team.faults.for_account("code_conflict", flow.account.email):
        body = options_of(team, flow.account)
        body["securityCode"] |= {"code": code, "valid": True}
        return Answer(409, {**body, "authType": flow.account.auth_type}, headers=headers)
    return Answer(status, headers=headers)


def _wrong_code(team: Team, flow: Flow, code: str) -> JsonObject:
    state = {**code_state(team, flow.account), "code": code}
    body = {**WRONG_CODE, "securityCode": state, "authType": flow.account.auth_type}
    if flow.account.auth_type == "hsa":
        body["validationErrors"] = WRONG_CODE["serviceErrors"]
    return body


def _send_to_phone(team: Team, flow: Flow, phone: Phone) -> None:
    Conduct(team, flow.account).sent_code()
    deliver(team, flow.account, cast(Way, phone.push_mode), flow.new_code(_way_of(phone)), phone)


def _phone_in(call: Call, flow: Flow) -> Phone | None:
    """The phone that a body names, by number or by the same as text."""
    given = call.value("phoneNumber", "id")
    if isinstance(given, bool) or not isinstance(given, int | str):
        return None
    return next((each for each in flow.account.phones if str(each.id) == str(given)), None)


def _way_of(phone: Phone) -> str:
    return f"phone {phone.id}"


def _old_devices(account: Account) -> set[str]:
    return {device_id(name) for name in account.trusted_devices} if account.auth_type == "hsa" else set()


def _no_such_place(flow: Flow) -> Answer:
    """412: no such phone or device, or not in that way (apple-id-login.md, 5.3)."""
    message = "A verification code can't be sent this way."
    return service_error(412, NO_SUCH_PLACE, message, "Verification Failed", flow.headers())
