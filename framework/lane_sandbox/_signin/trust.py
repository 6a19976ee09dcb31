"""Trusted browsers: cookies and tokens that stand for a code for 30 days."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from lane_sandbox._signin.exchange import Answer, Refused, SetCookie, service_error
from lane_sandbox._signin.flow import flow_of
from lane_sandbox._signin.sessions import COOKIE, begin
from lane_sandbox._signin.shelf import Shelf

if TYPE_CHECKING:
    from lane_sandbox._signin.accounts import Account
    from lane_sandbox._signin.exchange import Call
    from lane_sandbox._team import Team

LIFE_SECONDS = 2_592_000
KEPT = 1000
PREFIX = "DES"


def trust(team: Team, call: Call) -> Answer:
    """`GET 2sv/trust`: refuses a sign-in whose code was not accepted; before it, there is no myacinfo."""
    with team.store.writing():
        flow = flow_of(team, call)
        if not flow.accepted:
            message = "No verification code was accepted in this sign-in."
            raise Refused(service_error(401, "-21669", message, "Incorrect Verification Code"))
        name, value = f"{PREFIX}{secrets.token_hex(16)}", f"HSARMTKNSRVX{secrets.token_urlsafe(60)}SRVX"
        document = {"value": value, "account": flow.account.key, "until": team.clock.now() + LIFE_SECONDS}
        _shelf(team).put(name, document)
        headers = {
            **flow.headers(),
            "X-Apple-TwoSV-Trust-Token": value,
            "X-Apple-TwoSV-Trust-Eligible": "true",
            **token_header(),
        }
        trusted = SetCookie(name, value, "idmsa.apple.com", LIFE_SECONDS)
        return Answer(204, headers=headers, cookies=(*signed_in(team, flow.account), trusted))


def is_trusted(team: Team, account: Account, call: Call) -> bool:
    """Whether a request comes from a browser that this account trusts; within `reading()`.

    Cookies count by name and value; of a token in the body only the value is known.
    """
    now = team.clock.now()
    given = {pair for pair in call.pairs if pair[0].startswith(PREFIX)}
    tokens = call.value("trustTokens")
    values = {each for each in tokens if isinstance(each, str)} if isinstance(tokens, list) else set()
    return any(
        each["account"] == account.key
        and now < each["until"]
        and ((name, each["value"]) in given or each["value"] in values)
        for name, each in _shelf(team).items()
    )


def signed_in(team: Team, account: Account) -> tuple[SetCookie, ...]:
    """The cookies of a new session; within `writing()`."""
    token = begin(team, account)
    return (
        SetCookie(COOKIE, token, "apple.com"),
        SetCookie("dslang", "US-EN", "apple.com"),
        SetCookie("site", "USA", "apple.com"),
    )


def token_header() -> dict[str, str]:
    """What tells iCloud's clients that they are signed in; App Store Connect takes no notice."""
    return {"X-Apple-Session-Token": secrets.token_urlsafe(48), "X-Apple-ID-Account-Country": "USA"}


def _shelf(team: Team) -> Shelf:
    return Shelf(team.store, "signin.trusts", KEPT)
