"""What starts a job: now, a cron expression, or a person."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import datetime

    from apscheduler.triggers.base import BaseTrigger


class Trigger:
    """When a deferred step runs. `cron` is five fields; None is `now`. The timezone is an IANA name."""

    __slots__ = ("cron", "timezone")

    def __init__(self, cron: str | None, timezone: str = "UTC") -> None:
        self.cron = cron
        self.timezone = timezone

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Trigger) and (self.cron, self.timezone) == (other.cron, other.timezone)

    def __hash__(self) -> int:
        return hash((self.cron, self.timezone))

    def __repr__(self) -> str:
        if self.cron is None:
            return "now"
        zone = "" if self.timezone == "UTC" else f", timezone={self.timezone!r}"
        return f"cron({self.cron!r}{zone})"

    def __str__(self) -> str:
        """The expression, with its timezone where that is not UTC."""
        if self.cron is None:
            return "now"
        return self.cron if self.timezone == "UTC" else f"{self.cron} {self.timezone}"


def cron(expression: str, *, timezone: str = "UTC") -> Trigger:
    """A trigger by five cron fields, which mean what cron means (0 and 7 are both Sunday).

    A wrong expression is a problem of the plan, found before anything runs.
    """
    return Trigger(" ".join(expression.split()), timezone)


now = Trigger(None)
nightly = cron("0 3 * * *")


def problem_of(trigger: Trigger) -> str | None:
    """What is wrong with a trigger's expression or timezone, or None."""
    if trigger == nightly or trigger.cron is None:
        return None
    from .cron_fields import wrong_fields, wrong_timezone

    wrong = wrong_fields(trigger.cron) or wrong_timezone(trigger.timezone)
    if wrong is None and _first(trigger) is None:
        wrong = "there is no such day."
    return None if wrong is None else f"cron({trigger.cron!r}): {wrong}"


def _first(trigger: Trigger) -> datetime | None:
    from datetime import UTC, datetime

    return next_fire(trigger, datetime.now(UTC))


def scheduled(trigger: Trigger) -> BaseTrigger:
    """APScheduler's trigger for the times that a wall shows, written as if they were UTC.

    Where both the day of the month and the weekday are restricted, cron fires on either, so this does too. The trigger
    has no problem (`problem_of`).
    """
    from datetime import UTC

    from apscheduler.triggers.combining import OrTrigger
    from apscheduler.triggers.cron import CronTrigger

    assert trigger.cron is not None
    minute, hour, day, month, weekday = trigger.cron.split(" ")
    fields = {"minute": minute, "hour": hour, "month": month, "timezone": UTC}
    names = _weekday_names(weekday)
    if day.startswith("*") or weekday.startswith("*"):
        return CronTrigger(day=day, day_of_week=names, **fields)
    return OrTrigger([CronTrigger(day=day, **fields), CronTrigger(day_of_week=names, **fields)])


def next_fire(trigger: Trigger, after: datetime) -> datetime | None:
    """The first time of a cron trigger at or after a moment (in its own timezone), or None if there is none.

    Daylight saving is handled as cron does, see `first_instant`: 02:30 comes every night, and once. The trigger has no
    problem (`problem_of`).
    """
    from datetime import UTC
    from zoneinfo import ZoneInfo

    from .wall_clock import first_instant

    assert trigger.cron is not None
    zone, times = ZoneInfo(trigger.timezone), scheduled(trigger)
    minute, hour, *_ = trigger.cron.split(" ")

    def next_wall(wall: datetime) -> datetime | None:
        found: datetime | None = times.get_next_fire_time(None, wall.replace(tzinfo=UTC))
        return None if found is None else found.replace(tzinfo=None)

    fixed = not minute.startswith("*") and not hour.startswith("*")
    found = first_instant(next_wall, zone, after, fixed=fixed)
    return None if found is None else found.astimezone(zone)


_WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")


def _weekday_names(field: str) -> str:
    """Cron counts weekdays from Sunday (0 and 7), APScheduler from Monday: numbers become names.

    A range that wraps (`5-7` is Friday to Sunday) is written out, since APScheduler's names run from Monday.
    """
    return ",".join(_weekday_part(part) for part in field.split(","))


def _weekday_part(part: str) -> str:
    base, _, step = part.partition("/")
    if base == "*":
        return ",".join(_WEEKDAYS[:: int(step)]) if step else "*"
    first, dash, last = base.partition("-")
    low, high = _weekday_number(first), _weekday_number(last) if dash else None
    if high is None:
        if not step:
            return _WEEKDAYS[low % 7]
        high = 6
    if high < low:
        high += 7
    return ",".join(_WEEKDAYS[day % 7] for day in range(low, high + 1, int(step or 1)))


def _weekday_number(text: str) -> int:
    return int(text) if text.isdigit() else _WEEKDAYS.index(text.lower())
