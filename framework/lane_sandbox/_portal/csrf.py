"""The pair of tokens that every answer of the portal carries and every change sends back."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lane_sandbox._signin.sessions import WebSession
    from lane_sandbox._team import Team


def issue(team: Team, session: WebSession) -> dict[str, str]:
    """A new pair, as headers; within `reading()`."""
    moment = str(int(team.clock.now() * 1000))
    return {"csrf": _token(team, session, moment), "csrf_ts": moment}


def holds(team: Team, session: WebSession, headers: Mapping[str, str]) -> bool:
    """Whether a request brings a pair that was issued in this session.

    Which kind of thing it must come from, and how old it may be, is not known (private-endpoints.md, 1.3).
    """
    token, moment = headers.get("csrf", ""), headers.get("csrf_ts", "")
    return hmac.compare_digest(token.encode(), _token(team, session, moment).encode())


def _token(team: Team, session: WebSession, moment: str) -> str:
    secret: str = team.store.fact("secret")
    signed = f"csrf?{session.token}?{moment}".encode()
    return hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
