"""Sessions of Apple IDs: with made-up cookies for doors that answer what they are told, and in the sandbox."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from lane_apple._doors import Doors
from lane_apple._session.cookie import Cookie
from lane_apple._session.session import AppleSession
from lane_apple._web_session import WebSession
from lane_sandbox._signin.accounts import ACCOUNTS, find_account
from lane_sandbox._signin.sessions import begin, end

if TYPE_CHECKING:
    from lane_sandbox import Sandbox
    from lane_sandbox._signin.sessions import Face

NOW = 1_800_000_000.0
ACCOUNT = "jane@example.com"
MYACINFO = "DAWTKNV323952cf8084a204fb20ab2508441a07d02d3b4f6c"
DQSID = "eyJhbGciOiJIUzI1NiJ9.eyJpYXQiOjE4MDAwMDAwMDB9.c2lnbmF0dXJl"


def apple_session(**changes: Any) -> AppleSession:
    """A session as a sign-in leaves it."""
    given: dict[str, Any] = {
        "account": ACCOUNT,
        "cookies": (
            Cookie("myacinfo", MYACINFO, "apple.com"),
            Cookie(
                "dqsid", DQSID, "appstoreconnect.apple.com", for_domain=False, max_age=1800, created_at=NOW
            ),
            Cookie("DESabc", "HSARMTKNSRVXWFlaQVRFtrust", "idmsa.apple.com"),
        ),
        "made_at": NOW,
        "made_on": "build-mac",
        "source": "a test",
    }
    return AppleSession(**given | changes)


def web_session(url: str, **changes: Any) -> WebSession:
    """That session, in use at one address in the place of all of Apple's doors."""
    return WebSession(apple_session(**changes), doors=Doors.at(url), clock=lambda: NOW + 60)


def signed_in(
    sandbox: Sandbox, email: str = "olive@example.com", *, roles: tuple[str, ...] = (), url: str | None = None
) -> WebSession:
    """A person's session in the sandbox, as a sign-in would have made it; `url` is of a proxy in front of it."""
    team = sandbox._team
    account = find_account(team.store, email)
    assert account is not None
    with team.store.writing():
        if roles:
            account = replace(account, roles=roles)
            team.store.put_fact(
                ACCOUNTS, team.store.fact(ACCOUNTS, {}) | {account.key: account.as_document()}
            )
        cookie = begin(team, account)
    session = apple_session(account=email, cookies=(Cookie("myacinfo", cookie, "apple.com"),))
    return WebSession(session, doors=Doors.at(url or sandbox.url), clock=team.clock.now)


def die(sandbox: Sandbox, session: WebSession, face: Face) -> None:
    """End a session at one of the sandbox's faces."""
    (cookie,) = (each.value for each in session.current.cookies if each.name == "myacinfo")
    with sandbox._team.store.writing():
        end(sandbox._team, cookie, face)
