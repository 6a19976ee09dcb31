"""Who is signed in: sessions of App Store Connect and of the developer portal."""

from __future__ import annotations

import base64
import binascii
import json
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from lane_sandbox._signin.accounts import find_account
from lane_sandbox._signin.shelf import Shelf

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lane_sandbox._signin.accounts import Account, Membership
    from lane_sandbox._signin.shelf import Document
    from lane_sandbox._store import Store
    from lane_sandbox._team import Team

Face = Literal["app_store_connect", "developer_portal"]
COOKIE = "myacinfo"
LIFE_SECONDS: dict[Face, float] = {"app_store_connect": 8 * 3600.0, "developer_portal": 24 * 3600.0}
"""By the sandbox's clock. 8 hours were measured (apple-id-login.md, 9.1); the portal's day is a guess."""
KEPT = 500


@dataclass(frozen=True, slots=True)
class WebSession:
    """A signed-in Apple ID at one of Apple's faces, working for one of its teams."""

    account: str
    name: str
    """The person's full name."""
    roles: tuple[str, ...]
    provider_id: int
    team_id: str
    token: str
    """Internal: what the session is known by."""


def session_of(team: Team, cookies: Mapping[str, str], face: Face) -> WebSession | None:
    """The session that a request's cookies stand for; None: not signed in, expired, or dead at that face.

    A fault `signed_out` that fits lets it die, at that face, for good.
    """
    with team.store.reading():
        token = cookies.get(COOKIE, "").strip('"')
        found = shelf(team.store).get(token)
        account = find_account(team.store, found["account"]) if found else None
        if found is None or account is None or not _lives(found, face, team.clock.now()):
            return None
        if team.faults.for_account("signed_out", account.email, face):
            with team.store.writing():
                end(team, token, face)
            return None
        chosen = _chosen(account, cookies.get("itctx", "")) or membership(account, found["team"])
        return WebSession(
            account.email, account.name, account.roles, chosen.provider_id, chosen.team_id, token
        )


def begin(team: Team, account: Account) -> str:
    """Sign an account in at both faces; the value of its cookie. Within `writing()`."""
    token = f"DAWTKN{secrets.token_hex(60)}"
    found: Document = {
        "account": account.key,
        "made": team.clock.now(),
        "team": account.teams[0].team_id,
        "dead": [],
    }
    shelf(team.store).put(token, found)
    return token


def end(team: Team, token: str, *faces: Face) -> None:
    """Let a session die at these faces; within `writing()`."""
    sessions = shelf(team.store)
    found = sessions.get(token)
    if found:
        found["dead"] = sorted({*found["dead"], *faces})
        sessions.put(token, found)


def work_for(team: Team, session: WebSession, chosen: Membership) -> None:
    """Switch a session to another team of its account; within `writing()`."""
    sessions = shelf(team.store)
    found = sessions.get(session.token)
    if found:
        sessions.put(session.token, {**found, "team": chosen.team_id})


def itctx(team: Team, provider_id: int, token: str = "") -> str:
    """The value of the cookie that says for which team a session works, and when it ends; within `reading()`."""
    found = shelf(team.store).get(token)
    made = found["made"] if found else team.clock.now()
    ends = team.clock.date(made + LIFE_SECONDS["app_store_connect"])
    text = json.dumps({"ci": str(provider_id), "ex": ends}).encode()
    return (
        base64.urlsafe_b64encode(text).decode().rstrip("=")
    )  # other signs would have to be quoted in a cookie


def membership(account: Account, team_id: str) -> Membership:
    """The account's membership of a team; of its first one, where it is no member of that."""
    return next((each for each in account.teams if each.team_id == team_id), account.teams[0])


def shelf(store: Store) -> Shelf:
    """Where the sessions are kept, by the value of their cookie."""
    return Shelf(store, "signin.sessions", KEPT)


def _lives(found: Document, face: Face, now: float) -> bool:
    return face not in found["dead"] and now < found["made"] + LIFE_SECONDS[face]


def _chosen(account: Account, cookie: str) -> Membership | None:
    """The team that the cookie itctx says, if it says one of the account's."""
    try:
        said = json.loads(base64.urlsafe_b64decode(cookie.strip('"') + "=="))["ci"]
    except (binascii.Error, ValueError, KeyError, TypeError, RecursionError):
        return None
    return next((each for each in account.teams if str(each.provider_id) == said), None)
