"""Second factors: where codes go, what becomes of right and wrong ones, and how long a browser is trusted."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
import requests
from signin_client import AUTH, SESSION, SignIn

if TYPE_CHECKING:
    from lane_sandbox import Sandbox

WRONG = "-21669"
USED_UP = "-28248"


def sms(sandbox: Sandbox) -> SignIn:
    """The account with one phone and no device, after its password."""
    me = SignIn(sandbox, "sms@example.com", "Aurora-Borealis-2")
    assert me.begin().status_code == 409
    return me


def shared(sandbox: Sandbox) -> SignIn:
    """The account with several phones and no device, after its password."""
    me = SignIn(sandbox, "shared@example.com", "Aurora-Borealis-3")
    assert me.begin().status_code == 409
    return me


def device(sandbox: Sandbox) -> SignIn:
    """The account with devices, after its password."""
    me = SignIn(sandbox)
    assert me.begin().status_code == 409
    return me


def other(code: str) -> str:
    """A code that is not this one."""
    return f"{(int(code) + 1) % 10 ** len(code):0{len(code)}}"


def codes_of(answer: requests.Response) -> list[str]:
    """The codes of the service errors."""
    body = answer.json()
    assert body["serviceErrors"] == body["service_errors"]
    return [each["code"] for each in body["serviceErrors"]]


# Options


def test_options_with_devices(sandbox: Sandbox) -> None:
    me = device(sandbox)
    answer = me.send("GET", AUTH)
    body = answer.json()
    assert answer.status_code == 200
    assert body["trustedPhoneNumbers"] == [
        {
            "id": 1,
            "numberWithDialCode": "+1 (•••) •••-••66",
            "obfuscatedNumber": "(•••) •••-••66",
            "lastTwoDigits": "66",
            "pushMode": "sms",
            "nonFTEU": False,
        }
    ]
    assert body["trustedPhoneNumber"] == body["trustedPhoneNumbers"][0]
    assert body["securityCode"] == {
        "length": 6,
        "tooManyCodesSent": False,
        "tooManyCodesValidated": False,
        "tooManyCodesLock": False,
        "securityCodeLocked": False,
        "securityCodeCooldown": False,
    }
    assert body["authenticationType"] == "hsa2"
    assert "noTrustedDevices" not in body
    assert "mode" not in body
    assert [each["way"] for each in sandbox.messages()] == ["device"]


def test_options_send_an_sms_where_there_is_no_choice(sandbox: Sandbox) -> None:
    me = sms(sandbox)
    assert sandbox.messages() == []
    answer = me.send("GET", AUTH)
    body = answer.json()
    assert (answer.status_code, body["mode"], body["type"]) == (201, "sms", "verification")
    assert (body["phoneNumber"]["id"], body["noTrustedDevices"]) == (1, True)
    me.options()
    assert [each["way"] for each in sandbox.messages()] == ["sms", "sms"]


def test_options_of_several_phones_send_nothing(sandbox: Sandbox) -> None:
    body = shared(sandbox).options()
    assert [each["numberWithDialCode"] for each in body["trustedPhoneNumbers"]] == [
        "+33 • •• •• •• 43",
        "+34 ••• ••• •80",
        "+81 ••-••••-••11",
        "+1 (•••) •••-••77",
    ]
    assert body["trustedPhoneNumbers"][3]["pushMode"] == "voice"
    assert body["noTrustedDevices"] is True
    assert sandbox.messages() == []


def test_options_of_a_voice_only_account(sandbox: Sandbox) -> None:
    me = SignIn(sandbox, "voice@example.com", "Aurora-Borealis-4")
    me.begin()
    assert me.options()["mode"] == "voice"
    [message] = sandbox.messages()
    assert message["way"] == "voice"
    assert re.sub(r"\D", "", message["text"]) == message["code"]
    assert me.give(message["code"], phone=1).status_code == 200


def test_options_of_security_keys(sandbox: Sandbox) -> None:
    me = SignIn(sandbox, "key@example.com", "Aurora-Borealis-8")
    assert me.begin().status_code == 409
    body = me.options()
    assert body["keyNames"] == ["YubiKey"]
    assert set(body["fsaChallenge"]) == {"challenge", "keyHandles", "rpId"}
    assert sandbox.messages() == []


def test_two_step_verification(sandbox: Sandbox) -> None:
    me = SignIn(sandbox, "old@example.com", "Aurora-Borealis-7")
    first = me.begin()
    assert first.json() == {"authType": "hsa"}
    body = me.options()
    assert body["securityCode"]["length"] == 4
    assert "trustedPhoneNumbers" not in body
    [found] = body["trustedDevices"]
    assert set(found) == {"id", "name", "modelName"}
    assert me.send("PUT", f"{AUTH}/verify/device/none/securitycode").status_code == 412
    assert me.send("PUT", f"{AUTH}/verify/device/{found['id']}/securitycode").status_code == 200
    given = {"phoneNumber": {"id": found["id"]}, "securityCode": {"code": other(me.code())}, "mode": "sms"}
    refused = me.send("POST", f"{AUTH}/verify/phone/securitycode", json=given)
    assert refused.json()["validationErrors"][0]["code"] == WRONG
    given["securityCode"] = {"code": me.code()}
    assert me.send("POST", f"{AUTH}/verify/phone/securitycode", json=given).status_code == 200
    assert me.trust().status_code == 204


def test_options_as_a_page(sandbox: Sandbox) -> None:
    answer = device(sandbox).send("GET", AUTH, headers={"Accept": "text/html"})
    found = re.search(r'<script type="application/json" class="boot_args">(.*?)</script>', answer.text)
    assert found
    two_sv = json.loads(found[1])["direct"]["twoSV"]
    phones = two_sv["bridgeInitiateData"]["phoneNumberVerification"]["trustedPhoneNumbers"]
    assert phones[0]["lastTwoDigits"] == "66"


# Asking and giving


def test_an_sms_and_its_text(sandbox: Sandbox) -> None:
    me = shared(sandbox)
    for phone in (1, 2, 3):
        answer = me.ask_phone(phone)
        assert (answer.status_code, answer.json()["phoneNumber"]["id"]) == (200, phone)
    texts = [each["text"] for each in sandbox.messages()]
    assert [
        text.partition(each["code"])[0] for text, each in zip(texts, sandbox.messages(), strict=True)
    ] == [
        "Votre code de compte Apple est : ",
        "Tu código de la cuenta de Apple es: ",
        "Apple IDコードは次の通りです：",
    ]
    assert texts[0].endswith(f"\n\n@apple.com #{sandbox.messages()[0]['code']} %apple.com")
    german = sms(sandbox)
    german.options()
    assert sandbox.messages()[-1]["text"].startswith("Dein Apple Account-Code lautet: ")
    assert device(sandbox).ask_phone(1).status_code == 200
    assert sandbox.messages()[-1]["text"].startswith("Your Apple Account code is: ")
    told = requests.get(f"{sandbox.url}/_sandbox/messages", timeout=30).json()["messages"]
    assert told == sandbox.messages()
    assert set(told[0]) == {"account", "way", "phone", "phone_id", "devices", "code", "text", "sent"}


def test_phones_that_are_not_there_or_cannot(sandbox: Sandbox) -> None:
    me = shared(sandbox)
    asked = [me.ask_phone(9), me.ask_phone(4, "sms"), me.ask_phone(1, "voice")]
    assert [each.status_code for each in asked] == [412, 412, 412]
    assert me.ask_phone(4, "voice").status_code == 200
    assert me.send("PUT", f"{AUTH}/verify/trusteddevice/securitycode").status_code == 412
    assert me.give("123456", phone=9).status_code == 412


def test_a_code_counts_where_it_was_sent(sandbox: Sandbox) -> None:
    me = shared(sandbox)
    me.ask_phone(1)
    first = me.code()
    me.ask_phone(2)
    assert me.give(first, phone=2).status_code == 400
    assert me.give(first, phone=1).status_code == 200


def test_only_the_newest_code_counts_and_once(sandbox: Sandbox) -> None:
    me = device(sandbox)
    old = me.code()
    while me.code() == old:
        assert me.send("PUT", f"{AUTH}/verify/trusteddevice/securitycode").status_code == 202
    assert me.give(old).status_code == 400
    new = me.code()
    assert me.give(new).status_code == 204
    assert me.give(new).status_code == 400


def test_a_code_of_another_sign_in(sandbox: Sandbox) -> None:
    mine, theirs = device(sandbox), sms(sandbox)
    assert theirs.give(mine.code(), phone=1).status_code == 400


def test_a_code_that_comes_too_late(sandbox: Sandbox) -> None:
    me = device(sandbox)
    sandbox.clock.advance(601)
    refused = me.give(me.code())
    assert (refused.status_code, codes_of(refused)) == (400, [WRONG])


def test_a_sign_in_that_took_too_long(sandbox: Sandbox) -> None:
    me = device(sandbox)
    sandbox.clock.advance(3601)
    assert me.give(me.code()).status_code == 401


def test_wrong_codes(sandbox: Sandbox) -> None:
    me = device(sandbox)
    refused = me.give(other(me.code()))
    assert (refused.status_code, codes_of(refused)) == (400, [WRONG])
    assert "verification code" in refused.text
    assert refused.json()["hasError"] is True
    assert me.trust().status_code == 401
    assert "myacinfo" not in me.session.cookies
    assert me.give(me.code()).status_code == 204


def test_too_many_wrong_codes(sandbox: Sandbox) -> None:
    me = device(sandbox)
    answers = [me.give(other(me.code())) for _ in range(5)]
    assert [each.status_code for each in answers] == [400] * 5
    assert answers[3].json()["securityCode"]["tooManyCodesValidated"] is False
    assert answers[4].json()["securityCode"]["securityCodeLocked"] is True
    assert me.give(me.code()).status_code == 423
    again = device(sandbox)
    assert again.options()["securityCode"]["tooManyCodesValidated"] is True
    sandbox.clock.advance(3601)
    later = device(sandbox)
    assert later.give(later.code()).status_code == 204


def test_too_many_codes_sent(sandbox: Sandbox) -> None:
    me = shared(sandbox)
    answers = [me.ask_phone(1 + number % 3) for number in range(11)]
    assert {each.status_code for each in answers} == {200}
    assert "serviceErrors" not in answers[9].json()
    assert codes_of(answers[10]) == [USED_UP]
    assert answers[10].json()["securityCode"]["tooManyCodesSent"] is True
    assert answers[10].json()["trustedPhoneNumbers"]
    assert len(sandbox.messages()) == 10
    sandbox.clock.advance(86_401)
    assert "serviceErrors" not in shared(sandbox).ask_phone(1).json()


def test_too_many_codes_sent_by_themselves(sandbox: Sandbox) -> None:
    me = sms(sandbox)
    for _ in range(10):
        me.options()
    last = me.send("GET", AUTH)
    assert (last.status_code, codes_of(last)) == (200, [USED_UP])
    assert len(sandbox.messages()) == 10


def test_too_many_codes_as_a_fault(sandbox: Sandbox) -> None:
    sandbox.arm([{"kind": "too_many_codes", "account": "shared@*"}])
    me = shared(sandbox)
    first, second = me.ask_phone(1), me.ask_phone(1)
    assert (first.status_code, codes_of(first), second.status_code) == (500, [USED_UP], 200)


def test_no_push_until_it_is_asked_for(sandbox: Sandbox) -> None:
    sandbox.arm([{"kind": "no_push"}])
    me = device(sandbox)
    assert sandbox.messages() == []
    assert me.send("PUT", f"{AUTH}/verify/trusteddevice/securitycode").status_code == 202
    assert me.give(me.code()).status_code == 204


def test_a_right_code_answered_with_409(sandbox: Sandbox) -> None:
    sandbox.arm([{"kind": "code_conflict", "count": None}])
    me = device(sandbox)
    assert me.give(other(me.code())).status_code == 400
    accepted = me.give(me.code())
    assert (accepted.status_code, accepted.json()["securityCode"]["valid"]) == (409, True)
    assert "X-Apple-Session-Token" in accepted.headers
    assert me.trust().status_code == 204


def test_every_scnt_of_a_sign_in_counts(sandbox: Sandbox) -> None:
    me = device(sandbox)
    first = me.headers["scnt"]
    me.options()
    assert me.headers["scnt"] != first
    me.headers["scnt"] = first
    assert me.send("GET", AUTH).status_code == 200
    me.headers["scnt"] = sms(sandbox).headers["scnt"]
    assert me.send("GET", AUTH).status_code == 401


@pytest.mark.parametrize("missing", ["X-Apple-ID-Session-Id", "scnt", "X-Apple-Widget-Key"])
def test_headers_that_are_missing(sandbox: Sandbox, missing: str) -> None:
    me = device(sandbox)
    assert me.send("GET", f"{AUTH}/2sv/trust", headers={missing: None}).status_code == 400


# Trust


def des(me: SignIn) -> tuple[str, str]:
    """The cookie of the trusted browser."""
    [found] = [each for each in me.session.cookies if each.name.startswith("DES")]
    return found.name, str(found.value)


@pytest.mark.parametrize("form", ['{0}="{1}"', "{0}={1}", '{0}={1};{0}="{1}"', 'a=b; {0}="{1}"'])
def test_a_trusted_browser_needs_no_code(sandbox: Sandbox, form: str) -> None:
    first = SignIn(sandbox)
    first.sign_in()
    later = SignIn(sandbox)
    later.headers["Cookie"] = form.format(*des(first))
    answer = later.begin()
    assert answer.status_code == 200
    assert "myacinfo" in answer.cookies


def test_a_trust_token_needs_no_code(sandbox: Sandbox) -> None:
    me = device(sandbox)
    me.give(me.code())
    token = me.trust().headers["X-Apple-TwoSV-Trust-Token"]
    assert SignIn(sandbox).begin(trustTokens=[token]).status_code == 200
    assert SignIn(sandbox).begin(trustTokens=[token[:-1], 5]).status_code == 409


def test_trust_is_of_one_account_and_for_30_days(sandbox: Sandbox) -> None:
    first = SignIn(sandbox)
    first.sign_in()
    someone = SignIn(sandbox, "teams@example.com", "Aurora-Borealis-5", session=first.session)
    assert someone.begin().status_code == 409
    sandbox.clock.advance(2_592_000 - 3600)
    assert SignIn(sandbox, session=first.session).begin().status_code == 200
    sandbox.clock.advance(3600)
    assert SignIn(sandbox, session=first.session).begin().status_code == 409


def test_trust_does_not_replace_the_password(sandbox: Sandbox) -> None:
    first = SignIn(sandbox)
    first.sign_in()
    assert SignIn(sandbox, password="wrong", session=first.session).begin().status_code == 401
    assert SignIn(sandbox, session=first.session).send("GET", SESSION).status_code == 200


# What people type and machines send


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/signin/init"),
        ("POST", "/signin/complete"),
        ("PUT", "/verify/phone"),
        ("POST", "/verify/phone/securitycode"),
        ("POST", "/verify/trusteddevice/securitycode"),
    ],
)
def test_bodies_that_are_none(sandbox: Sandbox, method: str, path: str) -> None:
    me = device(sandbox)
    bodies: list[Any] = [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"\\ud800"',
        b'{"accountName": "\\ud800"}',
        b"[" * 99_999,
    ]
    bodies += [
        b"\xff\xfe",
        b'{"a": ' + b"9" * 9_999 + b"}",
        b'{"securityCode": 5, "phoneNumber": {"id": true}}',
    ]
    for body in bodies:
        answer = me.send(method, AUTH + path, data=body, headers={"Content-Type": "application/json"})
        assert answer.status_code in {200, 400, 412}, body[:40]
        assert answer.status_code != 200 or answer.json()["serviceErrors"]
    form = me.send(method, AUTH + path, data={"a": "b"})
    assert form.status_code == 415
    large = me.send(method, AUTH + path, data=b" " * 300_000, headers={"Content-Type": "application/json"})
    assert large.status_code == 413
