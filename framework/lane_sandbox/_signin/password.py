"""The password: widget key, SRP exchange, and what becomes of it (apple-id-login.md, 2, 4 and 6)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import uuid
from typing import TYPE_CHECKING

from lane_sandbox._signin import hashcash, srp
from lane_sandbox._signin.accounts import find_account
from lane_sandbox._signin.conduct import Conduct
from lane_sandbox._signin.exchange import (
    MALFORMED,
    Answer,
    SetCookie,
    errors_of,
    service_error,
    unavailable,
)
from lane_sandbox._signin.flow import begin_flow
from lane_sandbox._signin.second_factor import push
from lane_sandbox._signin.sessions import itctx
from lane_sandbox._signin.shelf import Shelf
from lane_sandbox._signin.trust import is_trusted, signed_in, token_header

if TYPE_CHECKING:
    from lane_sandbox._signin.accounts import Account
    from lane_sandbox._signin.exchange import Call
    from lane_sandbox._signin.shelf import Document
    from lane_sandbox._team import Team

WIDGET_KEY = "e0b80c3bf78523bfe80974d320935bfa30add02e1bff88ec2166c6bd5a706c42"
ICLOUD_KEY = "d39ba9916b7251055b22c7f910e2ea796ee65e98b2ddecea8f5dde8d9d1a815d"
"""iCloud's own sign-in, whose clients pay no hashcash."""
LIFE_SECONDS = 600.0
KEPT = 100
REPAIR = "https://appleid.apple.com/widget/account/repair?#!repair"
NO_ACCESS = "Your Apple Account isn't enabled for App Store Connect."
NOT_NOW = "Unable to sign you in to your Apple Account. Try again later."
LOCKED = "This Apple Account has been locked for security reasons. Visit iForgot to reset your account."
APP_SPECIFIC = "App-specific passwords can't be used here. Enter the password for your Apple Account."
WRONG_PASSWORD = "Enter the email or phone number and password for your Apple Account."  # noqa: S105 - a message


def payment(team: Team, _call: Call) -> Answer:
    """`GET signin?widgetKey=…`: the page whose headers say what hashcash is to pay."""
    with team.store.reading():
        headers = {
            "X-Apple-HC-Bits": str(hashcash.BITS),
            "X-Apple-HC-Challenge": hashcash.new_challenge(team),
        }
    return Answer(200, text="<!DOCTYPE html><title>Sign in to your Apple Account</title>", headers=headers)


def authorize(_team: Team, _call: Call) -> Answer:
    """`GET authorize/signin`: where iCloud's clients begin."""
    headers = {
        "X-Apple-ID-Session-Id": str(uuid.uuid4()),
        "scnt": secrets.token_hex(40),
        "X-Apple-Auth-Attributes": secrets.token_urlsafe(40),
    }
    return Answer(200, text="<!DOCTYPE html><title>Sign in to your Apple Account</title>", headers=headers)


def plain(_team: Team, _call: Call) -> Answer:
    """`POST signin`, the way before SRP: refused since 2024 (apple-id-login.md, 4.5)."""
    return unavailable()


def init(team: Team, call: Call) -> Answer:
    """`POST signin/init`. An unknown account gets a salt that looks like any other."""
    name, a_public = call.text("accountName"), int.from_bytes(call.data("a"))
    offered = call.value("protocols")
    with team.store.writing():
        account = find_account(team.store, name)
        protocol = account.protocol if account else srp.PROTOCOLS[0]
        if a_public % srp.N == 0 or a_public >= srp.N:
            return _malformed("The field a is no public value.")
        if not isinstance(offered, list) or protocol not in offered:
            return _malformed(f"The field protocols must offer {protocol}.")
        salt = _salt(team, account, name)
        password = account.password if account else secrets.token_hex()
        b, b_public = srp.challenge(srp.verifier(password, salt, srp.ITERATIONS, protocol))
        identifier = f"d-{secrets.randbelow(900) + 100}-{uuid.uuid4()}:PRN"
        exchange: Document = {
            "name": name,
            "a": f"{a_public:x}",
            "b": f"{b:x}",
            "until": team.clock.now() + LIFE_SECONDS,
        }
        _exchanges(team).put(identifier, exchange)
    return Answer(
        200,
        {
            "iteration": srp.ITERATIONS,
            "salt": base64.b64encode(salt).decode(),
            "protocol": protocol,
            "b": base64.b64encode(srp.pad(b_public)).decode(),
            "c": identifier,
        },
    )


def complete(team: Team, call: Call) -> Answer:
    """`POST signin/complete`: in, or what stands in the way (apple-id-login.md, 4.6)."""
    key = call.headers.get("x-apple-widget-key", "")
    if not key:
        return service_error(400, MALFORMED, "The header X-Apple-Widget-Key is needed.")
    name, c, m1 = call.text("accountName"), call.text("c"), call.data("m1")
    m2 = call.data("m2") if call.value("m2") is not None else None
    with team.store.writing():
        if key != ICLOUD_KEY and not hashcash.is_paid(team, call.headers.get("x-apple-hc", "")):
            return unavailable()
        exchange = _exchanges(team).get(c)
        if exchange is None or team.clock.now() >= exchange["until"] or not _same(exchange["name"], name):
            return service_error(400, MALFORMED, "The exchange has ended. Begin again.")
        account = find_account(team.store, name)
        if account is None:
            return service_error(403, "-20101", WRONG_PASSWORD)
        return _judge(team, call, account, c, _proves(team, account, exchange, m1, m2))


def _judge(team: Team, call: Call, account: Account, c: str, right: bool) -> Answer:
    conduct = Conduct(team, account)
    if team.faults.for_account("locked", account.email):
        conduct.lock()
    if not conduct.locked and not right:
        conduct.wrong_password()
        if not conduct.locked:
            return _wrong(team, account)
    if conduct.locked or account.state == "locked":
        return service_error(403, "-20209", LOCKED, "Account Locked")
    if refusal := _refusal(team, account):
        return refusal
    conduct.right_password()
    _exchanges(team).remove(c)
    if account.auth_type == "sa" or is_trusted(team, account, call):
        return Answer(
            200, {"authType": account.auth_type}, headers=token_header(), cookies=signed_in(team, account)
        )
    return _ask_for_code(team, account)


def _wrong(team: Team, account: Account) -> Answer:
    """A proof does not tell what the password was: only a fault says that it was an app-specific one."""
    if team.faults.for_account("app_specific", account.email):
        return service_error(401, "-20283", APP_SPECIFIC)
    return service_error(401, "-20101", WRONG_PASSWORD)


def _refusal(team: Team, account: Account) -> Answer | None:
    """What stands in the way of an account though its password is right."""
    asked = team.faults.for_account("acknowledgement", account.email)
    if asked or account.state == "acknowledgement":
        return Answer(412, {"authType": account.auth_type}, headers={"Location": REPAIR})
    if account.state == "no_access":
        cookie = SetCookie("itctx", itctx(team, 0), "apple.com")
        return Answer(400, errors_of("-1", "", NO_ACCESS), cookies=(cookie,))
    if account.state == "refused":
        return service_error(403, "-36607", NOT_NOW)
    return None


def _ask_for_code(team: Team, account: Account) -> Answer:
    flow = begin_flow(team, account)
    pushed = account.auth_type == "hsa2" and account.trusted_devices and not account.security_keys
    if pushed and not team.faults.for_account("no_push", account.email):
        push(team, flow)
    headers = {
        **flow.headers(),
        "X-Apple-TwoSV-Trust-Eligible": "true",
        "X-Apple-ID-Account-Country": "USA",
        "X-Apple-Auth-Attributes": secrets.token_urlsafe(40),
    }
    cookie = SetCookie("aasp", secrets.token_hex(60).upper(), "idmsa.apple.com")
    return Answer(409, {"authType": account.auth_type}, headers=headers, cookies=(cookie,))


def _proves(team: Team, account: Account, exchange: Document, m1: bytes, m2: bytes | None) -> bool:
    salt = _salt(team, account, account.email)
    v = srp.verifier(account.password, salt, srp.ITERATIONS, account.protocol)
    names = tuple(dict.fromkeys((account.key, exchange["name"], account.email)))
    return srp.proves(names, salt, int(exchange["a"], 16), v, int(exchange["b"], 16), m1, m2)


def _same(one: str, other: str) -> bool:
    return one.strip().lower() == other.strip().lower()


def _salt(team: Team, account: Account | None, name: str) -> bytes:
    if account:
        return bytes.fromhex(account.salt)
    secret: str = team.store.fact("secret")
    return hmac.new(secret.encode(), f"salt {name.strip().lower()}".encode(), hashlib.sha256).digest()[:16]


def _malformed(message: str) -> Answer:
    """Refusals of init come with 200 (apple-id-login.md, 4.1)."""
    return Answer(200, {"iteration": 0, **errors_of(MALFORMED, "", message)})


def _exchanges(team: Team) -> Shelf:
    return Shelf(team.store, "signin.exchanges", KEPT)
