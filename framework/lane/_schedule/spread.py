"""Spreads what cron would start at the same second: each schedule has a delay of its own."""

from __future__ import annotations

import hashlib
import platform
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from lane._lanefile.trigger import next_fire

if TYPE_CHECKING:
    from lane._lanefile.trigger import Trigger

MOST = timedelta(minutes=5)
_SECOND = timedelta(seconds=1)


def seed_of(store: str, schedule: str) -> str:
    """What makes a schedule's delay its own: the machine, the store, and its name."""
    return f"{platform.node()}\n{store}\n{schedule}"


def next_time(trigger: Trigger, seed: str, after: datetime) -> datetime | None:
    """The first time after a moment, in UTC, or None if there is none.

    It is up to five minutes after what cron says, and less than half of the time to the next: the same delay every
    night, so that it can be foretold, and another one for each schedule, so that not all begin at 03:00:00.
    """
    after = after.astimezone(UTC)
    due = next_fire(trigger, after - MOST)
    while due is not None:
        due = due.astimezone(UTC)
        following = next_fire(trigger, due + _SECOND)
        at = due + _delay(seed, None if following is None else following.astimezone(UTC) - due)
        if at > after:
            return at
        due = following
    return None


def is_time_of(trigger: Trigger, at: datetime) -> bool:
    """Whether a schedule with this trigger may fire at a moment, whatever its delay."""
    due = next_fire(trigger, at - MOST)
    return due is not None and due <= at


def _delay(seed: str, gap: timedelta | None) -> timedelta:
    most = MOST if gap is None else min(MOST, gap / 2)
    number = int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8])
    return timedelta(seconds=number * int(most.total_seconds()) >> 64)
