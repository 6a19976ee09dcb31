"""What people have to hear of a session, and when."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lane_apple._auth_commands.when import moment, span
from lane_apple._session.life import FACES, mark_of
from lane_apple._session.masking import shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .look import Watched

DAYS = (7, 3, 1)
"""How many days before its end people hear of a trust."""
_DAY = 86400.0
_FACES = {"app_store_connect": "App Store Connect", "developer_portal": "the developer portal"}


@dataclass(frozen=True, slots=True)
class News:
    """A message. `what` and `about` tell it from others: of one session, or of one trust (by its end)."""

    what: str
    about: str | float
    title: str
    text: str


def news_of(watched: Watched, work: Sequence[str], now: float, *, login: str) -> News | None:
    """What there is to say of a session at a time; `work` are lines on what waits for it, `login` is the command."""
    if watched.verdict == "person":
        return _dead(watched, work, login)
    if watched.session is None or watched.session.trust_until is None:
        return None
    left = watched.session.trust_until - now
    reached = [days for days in DAYS if 0 < left <= days * _DAY]
    return _ends(watched, work, login, min(reached), left) if reached else None


def _dead(watched: Watched, work: Sequence[str], login: str) -> News:
    name = shown(watched.account)
    dead = [_FACES[face] for face in FACES if watched.faces.get(face) == "dead"]
    ended = (
        f" has ended ({' and '.join(dead)} no longer know{'s' if len(dead) == 1 else ''} it)" if dead else ""
    )
    what = f"The session of {name} on {platform.node()}{ended}"
    lines = [
        f"{what if dead else f'{name} cannot be used on {platform.node()}'}: {watched.why}.",
        f"Sign in there: {login}",
        *_waits("These wait for it", work),
    ]
    about = "" if watched.session is None else mark_of(watched.session)
    return News("dead", about, f"lane: {name} has to sign in", "\n".join(lines))


def _ends(watched: Watched, work: Sequence[str], login: str, days: int, left: float) -> News:
    assert watched.session is not None
    assert watched.session.trust_until is not None
    name, until = shown(watched.account), watched.session.trust_until
    ends = f"The trust of {name} in {platform.node()} ends {moment(until)} (in {span(left)})."
    lines = [
        f"{ends} From then on nothing renews its session without a code.",
        f"Make a new one there before that: {login} --fresh",
        *_waits("These would wait", work),
    ]
    within = f"{days} day{'s' if days > 1 else ''}"
    return News(f"trust {days}", until, f"lane: {name} has to sign in within {within}", "\n".join(lines))


def _waits(head: str, work: Sequence[str]) -> list[str]:
    return [f"{head}:", *(f"  {line}" for line in work)] if work else []
