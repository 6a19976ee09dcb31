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
    fields = trigger.cron.split()
    if len(fields) != 5:
        return f"cron({trigger.cron!r}) has {len(fields)} field{'' if len(fields) == 1 else 's'}, not five."
    for field in fields:
        if not all(map(_is_part, field.split(","))):
            return f"cron({trigger.cron!r}): {field!r} is no cron field."
    try:
        never = _first(trigger) is None
    except (ValueError, LookupError) as error:
        return f"cron({trigger.cron!r}): {error}"
    return f"cron({trigger.cron!r}): there is no such day." if never else None


def _first(trigger: Trigger) -> datetime | None:
    from datetime import UTC, datetime

    return next_fire(trigger, datetime.now(UTC))


def _is_part(part: str) -> bool:
    """Whether it looks as cron has it: `*`, a value or a range, perhaps with a step."""
    base, slash, step = part.partition("/")
    first, dash, last = base.partition("-")
    ends = (first, last) if dash else (first,)
    named = base == "*" or all(one.isdigit() or (one.isalpha() and len(one) == 3) for one in ends)
    return named and (not slash or (step.isdigit() and int(step) > 0))


def scheduled(trigger: Trigger) -> BaseTrigger:
    """APScheduler's trigger for the times that a wall shows, written as if they were UTC.

    Where both the day of the month and the weekday are restricted, cron fires on either, so this does too. Raises
    ValueError for what is no cron expression.
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

    Daylight saving is handled as cron does, see `first_instant`: 02:30 comes every night, and once. Raises ValueError
    or LookupError for a wrong trigger.
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
    name = text.lower()[:3]
    if name in _WEEKDAYS:
        return _WEEKDAYS.index(name)
    if text.isdigit() and int(text) <= 7:
        return int(text)
    raise ValueError(f"{text!r} is no weekday: use 0 to 7 or sun to sat.")
