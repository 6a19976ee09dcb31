"""Cron expressions mean what cron means, whatever the library makes of a weekday's number."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lane import cron, nightly, now
from lane._lanefile.trigger import Trigger, next_fire, problem_of

START = datetime(2026, 3, 1, tzinfo=UTC)  # a Sunday


def fires(trigger: Trigger, count: int) -> list[datetime]:
    found: list[datetime] = []
    after = START
    for _ in range(count):
        fired = next_fire(trigger, after)
        assert fired is not None
        found.append(fired)
        after = fired + timedelta(seconds=1)
    return found


@pytest.mark.parametrize(
    ("weekday", "days"),
    [
        ("0", [6]),
        ("7", [6]),
        ("1", [0]),
        ("sun", [6]),
        ("mon-fri", [0, 1, 2, 3, 4]),
        ("1-5", [0, 1, 2, 3, 4]),
        ("5-7", [4, 5, 6]),
        ("6-1", [0, 5, 6]),
        ("0-2", [0, 1, 6]),
        ("1,3,5", [0, 2, 4]),
        ("*/2", [1, 3, 5, 6]),
        ("1-5/2", [0, 2, 4]),
        ("5/2", [4]),
        ("*", [0, 1, 2, 3, 4, 5, 6]),
    ],
)
def test_weekdays_count_from_sunday(weekday: str, days: list[int]) -> None:
    found = fires(cron(f"0 3 * * {weekday}"), 14)
    assert sorted({one.weekday() for one in found}) == days
    assert {(one.hour, one.minute) for one in found} == {(3, 0)}


def test_a_day_of_the_month_and_a_weekday_mean_either() -> None:
    found = {(one.day, one.weekday()) for one in fires(cron("0 0 13 * 5"), 30)}
    assert all(day == 13 or weekday == 4 for day, weekday in found)
    assert any(day == 13 and weekday != 4 for day, weekday in found)
    assert any(day != 13 and weekday == 4 for day, weekday in found)


def test_times_are_utc_unless_a_timezone_is_named() -> None:
    assert fires(nightly, 2) == [START.replace(hour=3), START.replace(day=2, hour=3)]
    berlin = fires(cron("0 3 * * *", timezone="Europe/Berlin"), 1)
    assert berlin == [START.replace(hour=2)]


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "0 3 * *",
        "0 3 * * * *",
        "61 3 * * *",
        "0 24 * * *",
        "0 3 0 * *",
        "0 3 32 * *",
        "0 3 * 13 *",
        "0 3 * * 8",
        "0 3 * * mun",
        "a b c d e",
        "0 3 last * *",
        "0 3 * * 2nd",
        "*/0 3 * * *",
        "*/ 3 * * *",
        "0 3 * * */",
        "-1 3 * * *",
        "0 3 * * fri#1",
        "@daily",
    ],
)
def test_what_is_no_cron_expression(expression: str) -> None:
    assert problem_of(cron(expression))


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("@daily", "write '0 0 * * *' for it."),
        ("@reboot", "cron's five fields are what is taken."),
        ("0 3 * * * *", "it has 6 fields, not five: minute, hour, day of the month, month, weekday."),
        ("0 3 * * 5L", "'5L' is no weekday: 0 to 7, or sun to sat"),
        ("0 3 15W * *", "cron has no L, W, # and ?."),
        ("0 3 ? * 1", "cron has no L, W, # and ?."),
        ("60 * * * *", "the minute 60 is not in 0 to 59."),
        ("0 3 * 13 *", "the month 13 is not in 1 to 12, or jan to dec."),
        ("0 22-2 * * *", "the range '22-2' runs backwards: write 22-23,0-2."),
        ("*/70 * * * *", "the step 70 of '*/70' is not in 1 to 59."),
        ("0 3 * * monday", "'monday' is no weekday"),
        ("\N{ARABIC-INDIC DIGIT THREE} 3 * * *", "is no minute: 0 to 59,"),
    ],
)
def test_a_wrong_expression_says_what_to_write(expression: str, said: str) -> None:
    assert said in str(problem_of(cron(expression)))


def test_an_unknown_timezone_is_a_problem() -> None:
    assert "Mars" in str(problem_of(cron("0 3 * * *", timezone="Mars/Olympus")))


fields = st.tuples(
    st.sampled_from(["*", "*/5", "3", "1-30/7", "0,30"]),
    st.sampled_from(["*", "*/6", "4", "8-18"]),
    st.sampled_from(["*", "1", "1,15", "10-20"]),
    st.sampled_from(["*", "1", "jan", "3-5", "feb,mar"]),
    st.sampled_from(["*", "0", "7", "mon-fri", "1-5", "sat,sun"]),
)


@given(fields)
def test_what_cron_takes_is_taken(five: tuple[str, ...]) -> None:
    assert problem_of(cron(" ".join(five))) is None


def test_triggers_are_values() -> None:
    assert cron("0  3 * * *") == nightly
    assert hash(cron("0 3 * * *")) == hash(nightly)
    assert cron("0 3 * * *", timezone="Europe/Berlin") != nightly
    assert [str(one) for one in (now, nightly, cron("1 2 3 4 5", timezone="Asia/Tokyo"))] == [
        "now",
        "0 3 * * *",
        "1 2 3 4 5 Asia/Tokyo",
    ]
    assert repr(cron("1 2 3 4 5", timezone="Asia/Tokyo")) == "cron('1 2 3 4 5', timezone='Asia/Tokyo')"
