"""App Store Connect's side of a session: who is in, for which team (apple-id-login.md, 2 and 9)."""

from __future__ import annotations

import hashlib
import uuid
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import jwt

from lane_sandbox._signin.accounts import find_account
from lane_sandbox._signin.exchange import Answer, Refused, SetCookie
from lane_sandbox._signin.password import WIDGET_KEY
from lane_sandbox._signin.sessions import COOKIE, end, itctx, membership, session_of, work_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from lane_sandbox._signin.accounts import Account, Membership
    from lane_sandbox._signin.exchange import Call, JsonObject
    from lane_sandbox._signin.sessions import WebSession
    from lane_sandbox._team import Team

DQSID_SECONDS = 1800
OLDER_ROLES = {"ACCOUNT_HOLDER": "LEGAL"}
"""Roles in the words of a web session, where those of the official API differ."""
AGREEMENT = {
    "id": "contract_message",
    "group": "Alert",
    "subject": "",
    "message": "<b>Review the updated Apple Developer Program License Agreement.</b> In order to update your "
    "existing apps and submit new apps, the Account Holder must accept it.",
    "priority": None,
}


def logout(team: Team, call: Call) -> Answer:
    """`GET /logout`: leads to where the widget key is. With the cookie of a session it ends that session."""
    with team.store.writing():
        if token := call.cookies.get(COOKIE):
            end(team, token, "app_store_connect", "developer_portal")
    query = urlencode({"widgetKey": WIDGET_KEY, "asop": "destroy-session", "res": "sign-out"})
    return Answer(302, headers={"Location": f"https://idmsa.apple.com/appleauth/signout?{query}"})


def config(_team: Team, _call: Call) -> Answer:
    """`GET olympus/v1/app/config`: the old way to the widget key; a fault of 404 makes it as it is today."""
    return Answer(200, {"authServiceUrl": "https://idmsa.apple.com/appleauth", "authServiceKey": WIDGET_KEY})


def new_config(_team: Team, _call: Call) -> Answer:
    """`GET olympus/v2/app/config`: for those who are in already, and then not needed."""
    return unauthenticated()


def show_session(team: Team, call: Call) -> Answer:
    """`GET olympus/v1/session`."""
    with team.store.writing():
        session, account = _signed_in(team, call)
        return _shown(team, session, account, membership(account, session.team_id))


def switch_session(team: Team, call: Call) -> Answer:
    """`POST olympus/v1/session`: to a team by its number."""
    with team.store.writing():
        session, account = _signed_in(team, call)
        wanted = call.value("provider", "providerId")
        chosen = _switch(team, session, account, lambda each: str(each.provider_id) == str(wanted))
        return _shown(team, session, account, chosen)


def request_switch(team: Team, call: Call) -> Answer:
    """`POST olympus/v1/providerSwitchRequests`: to a team by its public id."""
    with team.store.writing():
        session, account = _signed_in(team, call)
        wanted = call.value("data", "relationships", "provider", "data", "id")
        chosen = _switch(team, session, account, lambda each: _public_id(team, each) == wanted)
        data = {"type": "providerSwitchRequests", "id": str(uuid.uuid4())}
        return Answer(201, {"data": data}, cookies=_cookies(team, session, account, chosen))


def contract_messages(team: Team, call: Call) -> Answer:
    """`GET olympus/v1/contractMessages`: a licence that waits to be accepted."""
    with team.store.writing():
        _, account = _signed_in(team, call)
        return Answer(200, [AGREEMENT] if account.agreement else [])


def unauthenticated() -> Answer:
    """401, as a text that clients look for."""
    return Answer(401, text=f"Unauthenticated\n\nRequest ID: {uuid.uuid4()}.0.0\n", media_type="text/plain")


def _signed_in(team: Team, call: Call) -> tuple[WebSession, Account]:
    session = session_of(team, call.cookies, "app_store_connect")
    account = find_account(team.store, session.account) if session else None
    if session is None or account is None:
        raise Refused(unauthenticated())
    return session, account


def _switch(
    team: Team, session: WebSession, account: Account, fits: Callable[[Membership], bool]
) -> Membership:
    chosen = next(filter(fits, account.teams), None)
    if chosen is None:
        raise Refused(Answer(403, text="Forbidden\n", media_type="text/plain"))
    work_for(team, session, chosen)
    return chosen


def _shown(team: Team, session: WebSession, account: Account, chosen: Membership) -> Answer:
    first, _, last = account.name.rpartition(" ")
    body: JsonObject = {
        "user": {
            "fullName": account.name,
            "firstName": first or last,
            "lastName": last,
            "emailAddress": account.email,
            "prsId": _person(account),
        },
        "provider": _provider(team, chosen),
        "availableProviders": [_provider(team, each) for each in account.teams],
        "publicUserId": str(uuid.uuid5(uuid.NAMESPACE_URL, f"mailto:{account.key}")),
        "theme": "APPSTORE_CONNECT",
        "roles": [OLDER_ROLES.get(each, each) for each in account.roles],
        "agreeToTerms": True,
    }
    return Answer(200, body, cookies=_cookies(team, session, account, chosen))


def _provider(team: Team, of: Membership) -> JsonObject:
    return {
        "providerId": of.provider_id,
        "publicProviderId": _public_id(team, of),
        "name": of.name,
        "contentTypes": ["SOFTWARE"],
        "subType": "ORGANIZATION",
    }


def _public_id(team: Team, of: Membership) -> str:
    """The issuer of the team's API keys (apple-id-login.md, 9); made up for teams that have none here."""
    if of.team_id == team.id and team.issuer_id:
        return team.issuer_id
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"https://developer.apple.com/{of.team_id}"))


def _person(account: Account) -> str:
    return str(10_000_000_000 + int.from_bytes(hashlib.sha256(account.key.encode()).digest()[:4]))


def _cookies(team: Team, session: WebSession, account: Account, chosen: Membership) -> tuple[SetCookie, ...]:
    secret: str = team.store.fact("secret")
    claims = {"iat": int(team.clock.now()), "sub": _person(account), "pid": chosen.provider_id}
    olympus = jwt.encode(claims, secret, algorithm="HS256")
    return (
        SetCookie("dqsid", olympus, max_age=DQSID_SECONDS),
        SetCookie("itctx", itctx(team, chosen.provider_id, session.token), "apple.com"),
    )
