"""The verdict on several Fastfiles in a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lane_fastfile._auth.modes import API_KEY, APPLE_ID, PASSWORD, UNKNOWN

if TYPE_CHECKING:
    from lane_fastfile._audit import Audit

_MOST = 4
_NEEDS = {API_KEY: "an API key, and none an Apple ID", PASSWORD: "an app-specific password at most"}


def overall(audit: Audit) -> str:
    """Are you affected, by which files?"""
    count = len(audit.files)
    mine = [one.file for one in audit.files if one.verdict.auth == audit.auth]
    some = f"{len(mine)} of {count} Fastfiles"
    verb = "needs" if len(mine) == 1 else "need"
    unread = sum(any(each.kind == "not_ruby" for each in one.problems) for one in audit.files)
    rest = f" {unread} could not be read." if unread else ""
    match audit.auth:
        case "apple_id":
            named = ", ".join(mine[:_MOST]) + (f" and {len(mine) - _MOST} more" if len(mine) > _MOST else "")
            return f"You are affected: {some} {verb} an Apple ID with its six-digit code: {named}.{rest}"
        case "unknown":
            return f"The text does not tell what {some} {verb}.{rest}"
        case "none":
            return f"Not affected: no lane of {count} Fastfiles needs any credential of Apple's.{rest}"
        case auth:
            return f"Not affected: {some} {verb} {_NEEDS[auth]}.{rest}"


def is_affected(auth: str) -> bool:
    """Whether a person would look twice."""
    return auth in (APPLE_ID, UNKNOWN)
