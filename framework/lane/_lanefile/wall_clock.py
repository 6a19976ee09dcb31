"""When a clock on the wall shows a time: what cron makes of daylight saving."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from zoneinfo import ZoneInfo

SHIFT = timedelta(hours=3)  # more than any clock is set back by; cron(8) says the same of what it handles


def first_instant(
    next_wall: Callable[[datetime], datetime | None], zone: ZoneInfo, after: datetime, *, fixed: bool
) -> datetime | None:
    """The first instant, at or after a moment, at which the wall shows a wanted time; None if it never does.

    `next_wall` gives the first wanted time of the wall (without a timezone) at or after another. `fixed` jobs are
    those for certain times of the day: a time that the clock skips counts when it has skipped it, one that it shows
    twice counts once. The others go by what the wall shows: nothing when skipped, twice when shown twice.
    """
    best: datetime | None = None
    after = after.astimezone(UTC)
    wall = _shown(after, zone) - (timedelta(0) if _calm(after, zone) else SHIFT)
    while (found := next_wall(wall)) is not None:
        if best is not None and (_calm(best, zone) or found > _shown(best, zone) + SHIFT):
            break
        for instant in _instants(found, zone, fixed=fixed):
            if instant >= after and (best is None or instant < best):
                best = instant
        wall = found + timedelta(minutes=1)
    return best


def _calm(instant: datetime, zone: ZoneInfo) -> bool:
    """Whether no clock is changed around a moment: then the wall's times come in their order."""
    offsets = {(instant + around).astimezone(zone).utcoffset() for around in (-SHIFT, timedelta(0), SHIFT)}
    return len(offsets) == 1


def _shown(instant: datetime, zone: ZoneInfo) -> datetime:
    return instant.astimezone(zone).replace(tzinfo=None)


def _instants(wall: datetime, zone: ZoneInfo, *, fixed: bool) -> list[datetime]:
    """When the wall shows this, in UTC."""
    first, second = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if _shown(first, zone) != wall:  # it is skipped: `second` is before the change, `first` after it
        return [_change_between(second, first, zone)] if fixed else []
    return [first] if fixed or first == second else [first, second]


def _change_between(low: datetime, high: datetime, zone: ZoneInfo) -> datetime:
    """The instant at which the clock is changed, to the second."""
    before = low.astimezone(zone).utcoffset()
    first, last = int(low.timestamp()), int(high.timestamp())
    while last - first > 1:
        middle = (first + last) // 2
        if datetime.fromtimestamp(middle, zone).utcoffset() == before:
            first = middle
        else:
            last = middle
    return datetime.fromtimestamp(last, UTC)
