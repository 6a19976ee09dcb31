"""Cron in time zones whose clocks change: held against another implementation, minute by minute."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from croniter import croniter
from hypothesis import given, settings
from hypothesis import strategies as st

from lane import cron
from lane._lanefile.trigger import Trigger, next_fire, problem_of

# The clocks change: in Vienna by an hour, on Lord Howe by half of one, in Troll by two; in Apia a day was skipped, in
# Casablanca the clock goes back for Ramadan, in Kathmandu it never does.
CHANGES = {
    "Europe/Vienna": ("2026-03-28T12Z", "2026-10-24T12Z"),
    "America/New_York": ("2026-03-07T12Z", "2026-10-31T12Z"),
    "Australia/Lord_Howe": ("2026-04-04T06Z", "2026-10-03T06Z"),
    "Antarctica/Troll": ("2026-03-28T12Z", "2026-10-24T12Z"),
    "Africa/Casablanca": ("2026-02-14T12Z", "2026-03-21T12Z"),
    "Pacific/Apia": ("2011-12-28T12Z",),
    "Asia/Kathmandu": ("2026-03-28T12Z",),
}


def fires(trigger: Trigger, after: datetime, count: int) -> list[datetime]:
    """The next times in UTC."""
    found: list[datetime] = []
    for _ in range(count):
        fired = next_fire(trigger, after)
        assert fired is not None
        found.append(fired.astimezone(UTC))
        after = found[-1] + timedelta(seconds=1)
    return found


def walls_of(expression: str, start: datetime, days: int) -> set[datetime]:
    """The times that a wall would have to show, by another implementation, where no clock is changed."""
    theirs = croniter(expression, start)
    found: set[datetime] = set()
    while (wall := theirs.get_next(datetime)) < start + timedelta(days=days):
        found.add(wall)
    return found


def as_cron_does(expression: str, zone: ZoneInfo, start: datetime, hours: int) -> list[datetime]:
    """Every minute looked at, as cron's daemon does: what a clock skips is run when it has skipped it."""
    minute, hour, *_ = expression.split()
    fixed = not minute.startswith("*") and not hour.startswith("*")
    wanted = walls_of(expression, start.replace(tzinfo=None) - timedelta(days=2), days=7)
    found: list[datetime] = []
    ran: set[datetime] = set()
    shown = start.astimezone(zone).replace(tzinfo=None) - timedelta(minutes=1)
    for minutes in range(hours * 60):
        instant = start + timedelta(minutes=minutes)
        before, shown = shown, instant.astimezone(zone).replace(tzinfo=None)
        walls = [shown]
        if fixed:  # the times that were skipped, and none for the second time
            skipped = int((shown - before) / timedelta(minutes=1)) - 1
            walls = [before + timedelta(minutes=one + 1) for one in range(skipped)] + [shown]
            walls = [wall for wall in walls if wall not in ran]
            ran.update(walls)
        if wanted.intersection(walls):
            found.append(instant)
    return found


fields = st.tuples(
    st.sampled_from(["*", "*/5", "3", "1-30/7", "0,30", "59"]),
    st.sampled_from(["*", "*/2", "0", "1", "2", "3", "1-3", "8-18"]),
    st.sampled_from(["*", "1", "4,29", "20-31"]),
    st.sampled_from(["*", "1-12", "mar,oct,feb"]),
    st.sampled_from(["*", "0", "7", "mon-fri", "6", "sat,sun"]),
)


@settings(max_examples=100, deadline=None)
@given(
    fields, st.sampled_from(sorted(CHANGES)), st.integers(0, 1), st.lists(st.integers(0, 2399), max_size=20)
)
def test_the_nights_on_which_clocks_change(
    five: tuple[str, ...], name: str, which: int, minutes: list[int]
) -> None:
    changes = CHANGES[name]
    start = datetime.fromisoformat(changes[which % len(changes)])
    zone, trigger = ZoneInfo(name), cron(" ".join(five), timezone=name)
    wanted = as_cron_does(" ".join(five), zone, start, 40)
    for after in [start + timedelta(minutes=one) for one in minutes]:
        fired = next_fire(trigger, after)
        first = next((one for one in wanted if one >= after), None)
        assert fired is not None
        assert fired.astimezone(UTC) == first or (first is None and fired >= start + timedelta(hours=40))


@settings(max_examples=200, deadline=None)
@given(fields, st.integers(0, 10 * 365 * 86400))
def test_what_another_implementation_says_without_daylight_saving(
    five: tuple[str, ...], seconds: int
) -> None:
    start = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    theirs = croniter(" ".join(five), start - timedelta(seconds=1))
    wanted = [theirs.get_next(datetime) for _ in range(4)]
    assert fires(cron(" ".join(five)), start, 4) == wanted


def vienna(expression: str, start: str, count: int) -> list[str]:
    found = fires(cron(expression, timezone="Europe/Vienna"), datetime.fromisoformat(start), count)
    return [one.astimezone(ZoneInfo("Europe/Vienna")).isoformat(timespec="minutes") for one in found]


def test_a_nightly_time_that_the_clock_skips_comes_once_it_has_skipped_it() -> None:
    assert vienna("30 2 * * *", "2026-03-28T12:00+01:00", 2) == [
        "2026-03-29T03:00+02:00",
        "2026-03-30T02:30+02:00",
    ]


def test_a_nightly_time_that_the_clock_shows_twice_comes_once() -> None:
    assert vienna("30 2 * * *", "2026-10-24T12:00+02:00", 2) == [
        "2026-10-25T02:30+02:00",
        "2026-10-26T02:30+01:00",
    ]


def test_a_job_for_every_half_hour_goes_by_real_time() -> None:
    assert vienna("*/30 * * * *", "2026-10-25T02:30+02:00", 3) == [
        "2026-10-25T02:30+02:00",
        "2026-10-25T02:00+01:00",
        "2026-10-25T02:30+01:00",
    ]
    assert vienna("*/30 * * * *", "2026-03-29T01:30+01:00", 2) == [
        "2026-03-29T01:30+01:00",
        "2026-03-29T03:00+02:00",
    ]


@pytest.mark.parametrize("expression", ["0 3 30 2 *", "0 3 31 4,6,9,11 *"])
def test_a_day_that_never_comes_is_a_problem(expression: str) -> None:
    assert "no such day" in str(problem_of(cron(expression)))
