"""The verdict on a Fastfile: is it affected by Apple's two-factor rule, and what is there to do?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._advice.advice import said
from ._audit import Verdict
from ._auth.modes import NONE, UNKNOWN, strictest

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from lane_apple import Advice

    from ._audit import AuditedLane
    from ._find.findings import Finding

_MOST = 4


def verdict_of(lanes: Sequence[AuditedLane], problems: Sequence[Finding], advised: Advice) -> Verdict:
    """The verdict on one set-up."""
    unread = any(problem.kind == "not_ruby" for problem in problems)
    auth = UNKNOWN if unread else strictest([NONE, *(lane.auth_with_hooks for lane in lanes)])
    return Verdict(auth, _summary(auth, lanes, problems), tuple(map(said, advised.steps)))


def _summary(auth: str, lanes: Sequence[AuditedLane], problems: Sequence[Finding]) -> str:
    unread = next((one for one in problems if one.kind == "not_ruby"), None)
    if unread is not None:
        return f"Line {unread.line}: {unread.message}."
    if not lanes:
        return "No lanes were found."
    mine = [lane for lane in lanes if lane.auth_with_hooks == auth]
    named = _listed(lane.title for lane in mine)
    count = f"{len(mine)} of {len(lanes)} lanes" if len(lanes) > 1 else "The lane"
    verb = "needs" if len(mine) == 1 or len(lanes) == 1 else "need"
    match auth:
        case "apple_id":
            return f"You are affected: {count} {verb} an Apple ID with its six-digit code: {named}."
        case "api_key" if all(call.has_key for lane in mine for call in lane.causes):
            return f"Not affected: {count} {verb} an API key, and it is loaded; none needs an Apple ID."
        case "api_key":
            return f"Not affected once there is an API key: {count} {verb} one, none an Apple ID."
        case "app_specific_password":
            return f"Not affected: {count} {verb} an app-specific password, none an Apple ID or a key."
        case "unknown":
            return f"The text does not tell what {count} {verb}: {named}."
        case _:
            return "Not affected: no lane needs any credential of Apple's."


def _listed(words: Iterable[str]) -> str:
    found = list(dict.fromkeys(words))
    more = len(found) - _MOST
    return ", ".join(found) if more <= 0 else f"{', '.join(found[:_MOST])} and {more} more"
