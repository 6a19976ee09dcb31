"""How long a session is expected to live: by its cookies, by earlier ones, else by what is usual."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median
from typing import TYPE_CHECKING

from .session import CREDENTIAL

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .life import Face, Life
    from .session import AppleSession

USUAL_SECONDS = 8 * 3600.0
"""What was measured for App Store Connect (apple-id-login.md, 9.1). Nobody knows it of the developer portal."""

_SHORTEST = 1800.0
"""Seconds. What died sooner was ended: by a new password, or by signing out of all browsers. 3 hours were reported."""
_CONTEXT = "itctx"
_END = re.compile(r'"ex"\s*:\s*(?:"([^"]{1,40})"|(\d{10,13}))')
_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})[ T](\d{1,2}):(\d{1,2}):(\d{1,2})Z?")
_MILLISECONDS = 1e11  # a larger number of seconds would be in the year 5138


@dataclass(frozen=True, slots=True)
class Expectation:
    """Until when, in seconds since 1970 (None: nobody knows), and where that comes from, for people."""

    until: float | None
    why: str


def expected_until(session: AppleSession, life: Life, lives: Iterable[Life], face: Face) -> Expectation:
    """Until when a face is expected to know a session. `life` is its own; `lives` are those of its account."""
    if face in life.dead:
        return Expectation(life.dead[face].at, life.dead[face].why)
    seen = life.alive.get(face, 0.0)
    told = _told(session, face)
    if told is not None and (told.until or 0.0) < seen:
        told = None  # Apple renewed it since
    if not session.made_at:
        return told or Expectation(None, "nobody knows when it was made")
    earlier = [length for each in lives if each.mark != life.mark if (length := _length(each, face))]
    learnt = _learnt(session.made_at, seen, earlier)
    if told is None:
        return learnt
    # What was seen here says more than what is usual, and a cookie's own end is never outlived.
    return told if not earlier or (told.until or 0) <= (learnt.until or 0) else learnt


def _learnt(made_at: float, seen: float, earlier: list[float]) -> Expectation:
    """By the lengths of earlier lives; what it has outlived already is no guide."""
    longer = [length for length in earlier if made_at + length > seen]
    if longer:
        number = f"{len(longer)} earlier sessions" if len(longer) > 1 else "an earlier session"
        return Expectation(made_at + median(longer), f"as long as {number} of this Apple ID lived")
    if seen > made_at + USUAL_SECONDS:
        return Expectation(seen, "it has outlived what is usual: this is when it last worked")
    return Expectation(made_at + USUAL_SECONDS, "8 hours are usual")


def _length(life: Life, face: Face) -> float | None:
    """Seconds that a session lived: half-way between when it last worked and when it was found dead.

    None where it was ended, and did not end by itself.
    """
    if face not in life.dead or not life.made_at:
        return None
    found = life.dead[face].at
    seen = min(max(life.alive.get(face, life.made_at), life.made_at), found)
    length = (seen + found) / 2 - life.made_at
    return length if length >= _SHORTEST else None


def _told(session: AppleSession, face: Face) -> Expectation | None:
    """By what its cookies hold: the end of the credential itself, or of App Store Connect's context."""
    ends = [
        (cookie.until, cookie.name)
        for cookie in session.cookies
        if cookie.name.startswith(CREDENTIAL) and cookie.until is not None
    ]
    if face == "app_store_connect":
        values = [cookie.value for cookie in session.cookies if cookie.name == _CONTEXT]
        ends += [(end, _CONTEXT) for end in map(context_end, values) if end is not None]
    if not ends:
        return None
    until, name = min(ends)
    return Expectation(until, f"its cookie {name} says so")


def context_end(value: str) -> float | None:
    """The end `ex` in the value of itctx (JSON, plain or in base64, perhaps with a signature after a bar), or None."""
    for text in (value, _decoded(value.partition("|")[0])):
        found = _END.search(text)
        if found is None:
            continue
        if found[2]:
            number = float(found[2])
            return number / 1000 if number > _MILLISECONDS else number
        date = _DATE.fullmatch(found[1])
        if date is not None:
            year, month, day, hour, minute, second = map(int, date.groups())
            try:
                return datetime(year, month, day, hour, minute, second, tzinfo=UTC).timestamp()
            except ValueError:
                return None
    return None


def _decoded(text: str) -> str:
    padded = text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4)
    try:
        return base64.b64decode(padded, altchars=b"-_").decode()
    except ValueError:
        return ""
