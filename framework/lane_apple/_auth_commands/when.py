"""Times and spans as people read them."""

from __future__ import annotations

from datetime import UTC, datetime


def moment(seconds: float) -> str:
    """`2026-11-25 06:40 UTC`, of seconds since 1970."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M} UTC"


def iso(seconds: float | None) -> str | None:
    """RFC 3339, for programs."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")


def span(seconds: float) -> str:
    """`45 min`, `8 h`, `30 days`; what is over is `over`."""
    if seconds <= 0:
        return "over"
    if seconds < 2 * 3600:
        return f"{max(1, round(seconds / 60))} min"
    return f"{round(seconds / 3600)} h" if seconds < 72 * 3600 else f"{round(seconds / 86400)} days"
