"""What is due when: APScheduler's jobs in the journal's database, under a clock that is moved."""

from __future__ import annotations

import itertools
import sqlite3
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
import time_machine
from hypothesis import given, settings
from hypothesis import strategies as st

from lane import cron
from lane._lanefile.trigger import next_fire
from lane._run.journal import Journal, JournalError
from lane._schedule import clockwork as _clockwork
from lane._schedule.clockwork import Clockwork
from lane._schedule.firings import Firings, record
from lane._schedule.schedules import Schedule
from lane._schedule.spread import MOST, next_time

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from lane._lanefile.trigger import Trigger

EVENING = datetime(2026, 11, 24, 20, tzinfo=UTC)
NIGHTLY = Schedule("symbols", "symbols", cron("0 3 * * *"))
HOURLY = Schedule("hourly", "hourly", cron("0 * * * *"))

# Spread


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from(["0 3 * * *", "* * * * *", "*/5 * * * *", "0,1 3 * * *", "30 2 * * sun", "0 0 1 * *"]),
    st.sampled_from(["UTC", "Europe/Vienna", "Australia/Lord_Howe"]),
    st.text(max_size=8),
    st.integers(0, 2 * 366 * 86400),
)
def test_a_schedule_fires_a_little_after_what_cron_says_and_once_for_each_time(
    expression: str, timezone: str, seed: str, seconds: int
) -> None:
    trigger = cron(expression, timezone=timezone)
    after = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    found = []
    at = next_time(trigger, seed, after)
    for _ in range(4):
        assert at is not None
        assert at > after
        assert next_time(trigger, seed, after + (at - after) / 2) == at  # whenever one asks
        found.append(at)
        after, at = at, next_time(trigger, seed, at)
    said = [_said(trigger, one) for one in found]
    for one, cron_says in zip(found, said, strict=True):
        assert timedelta(0) <= one - cron_says < MOST
    for before, then in itertools.pairwise(said):
        following = next_fire(trigger, before + timedelta(seconds=1))
        assert following is not None
        assert then == following.astimezone(UTC), "none is left out, none comes twice"


def _said(trigger: Trigger, fired: datetime) -> datetime:
    """The last time that cron says before a firing."""
    found, at = None, next_fire(trigger, fired - MOST)
    while at is not None and at.astimezone(UTC) <= fired:
        found, at = at.astimezone(UTC), next_fire(trigger, at.astimezone(UTC) + timedelta(seconds=1))
    assert found is not None
    return found


def test_schedules_do_not_all_begin_at_the_same_second() -> None:
    found = {next_time(cron("0 3 * * *"), f"seed {number}", EVENING) for number in range(200)}
    seconds = sorted(int(one.timestamp()) % 86400 - 3 * 3600 for one in found if one is not None)
    assert len(seconds) > 100
    assert seconds[0] < 30
    assert 270 < seconds[-1] < 300


# The clockwork


@dataclass
class Clock:
    """A store, and a clock that is moved. `due` are the firings that were written down, in their order."""

    folder: Path
    moved: time_machine.Traveller
    now: datetime = EVENING

    @contextmanager
    def at_work(self, *schedules: Schedule) -> Iterator[Clockwork]:
        """A scheduler's clockwork: it ends as if it was killed."""
        journal = Journal(str(self.folder))
        made = Clockwork(journal.folder, journal.path)
        made.set([one for one in schedules if one.job is None], [one for one in schedules if one.job], set())
        try:
            yield made
        finally:
            made.close()
            journal.close()

    def go(self, clockwork: Clockwork, until: datetime, step: timedelta = timedelta(minutes=1)) -> None:
        """Let time pass, with a look at the clock after each step."""
        while self.now < until:
            self.move(min(self.now + step, until))
            clockwork.tick()

    def move(self, to: datetime) -> None:
        """Let time pass as it does for a machine that sleeps."""
        self.now = to
        self.moved.move_to(to)

    @property
    def due(self) -> list[tuple[str, datetime]]:
        """Name and time of each."""
        journal = Journal(str(self.folder))
        rows = journal.read("SELECT schedule, due FROM firings ORDER BY due, schedule")
        journal.close()
        return [(name, datetime.fromtimestamp(at, UTC)) for name, at in rows]

    def done(self) -> None:
        """End all that is due."""
        journal = Journal(str(self.folder))
        firings = Firings(journal)
        for one in firings.unended():
            firings.end(one, "succeeded")
        journal.close()


@pytest.fixture
def clock(tmp_path: Path) -> Iterator[Clock]:
    with time_machine.travel(EVENING, tick=False) as moved:
        yield Clock(tmp_path / ".lane", moved)


def nights(clock: Clock) -> list[str]:
    return [f"{at:%d}" for _, at in clock.due]


def test_each_night_once(clock: Clock) -> None:
    with clock.at_work(NIGHTLY) as clockwork:
        for day in (25, 26, 27):
            clock.go(clockwork, datetime(2026, 11, day, 12, tzinfo=UTC), timedelta(minutes=10))
            clock.done()
    assert nights(clock) == ["25", "26", "27"]
    assert all(at.hour == 3 and at.minute < 5 for _, at in clock.due)
    assert len({at.time() for _, at in clock.due}) == 1, "the same time each night"


def test_a_machine_that_slept_catches_up_once(clock: Clock) -> None:
    with clock.at_work(NIGHTLY, HOURLY) as clockwork:
        clockwork.tick()
        clock.move(EVENING + timedelta(days=3))
        clockwork.tick()
        clockwork.tick()
    assert [name for name, _ in clock.due] == ["hourly", "symbols"]
    clock.done()
    with clock.at_work(NIGHTLY, HOURLY) as clockwork:
        clockwork.tick()
        assert len(clock.due) == 2
        clock.go(clockwork, EVENING + timedelta(days=3, hours=9))
    assert nights(clock) == ["24", "25", "27", "28"], "hourly waits for its second firing to end"


def test_what_fell_due_while_no_scheduler_was_there_comes_when_one_is(clock: Clock) -> None:
    with clock.at_work(NIGHTLY):
        pass
    clock.move(EVENING + timedelta(hours=30))
    with clock.at_work(NIGHTLY) as clockwork:
        clockwork.tick()
    assert nights(clock) == ["25"]


def test_a_lane_that_is_new_waits_for_its_next_time(clock: Clock) -> None:
    clock.move(datetime(2026, 11, 25, 4, tzinfo=UTC))
    with clock.at_work(NIGHTLY) as clockwork:
        clockwork.tick()
        assert clock.due == []
        assert clockwork.next() is not None


def test_a_job_that_was_left_before_the_night_is_due_when_the_scheduler_comes_after_it(clock: Clock) -> None:
    left = Schedule("release/scheduled", "release", cron("0 3 * * *"), EVENING.timestamp(), ("run",))
    clock.move(datetime(2026, 11, 25, 8, tzinfo=UTC))
    with clock.at_work(left) as clockwork:
        clockwork.tick()
        assert nights(clock) == ["25"]
        clock.done()
        clockwork.tick()
        assert nights(clock) == ["25"]
    with clock.at_work() as clockwork:
        assert clockwork.next() is None, "once no run waits it is gone"


def test_a_schedule_that_is_changed_has_new_times(clock: Clock) -> None:
    with clock.at_work(NIGHTLY):
        pass
    with clock.at_work(Schedule("symbols", "symbols", cron("0 3 * * *", timezone="Asia/Tokyo"))) as clockwork:
        found = clockwork.next()
        assert found is not None
        at = datetime.fromtimestamp(found[1], ZoneInfo("Asia/Tokyo"))
        assert (at.day, at.hour) == (26, 3)  # in Tokyo it is the 25th, past three, already


def test_the_times_of_lanes_stay_while_the_lanefile_cannot_be_read(clock: Clock) -> None:
    left = Schedule("release/scheduled", "release", cron("0 3 * * *"), EVENING.timestamp(), ("run",))
    with clock.at_work(NIGHTLY, left) as clockwork:
        clock.move(EVENING + timedelta(hours=12))
        clockwork.set(None, [], set())
        clockwork.tick()
    assert [name for name, _ in clock.due] == ["symbols"], "of a job the journal knows"


def test_a_paused_schedule_misses_its_times(clock: Clock) -> None:
    with clock.at_work(NIGHTLY) as clockwork:
        clockwork.set([NIGHTLY], [], {"symbols"})
        clock.go(clockwork, EVENING + timedelta(days=1))
        assert clock.due == []
        clockwork.set([NIGHTLY], [], set())
        clockwork.tick()
        assert clock.due == []
        clock.go(clockwork, EVENING + timedelta(days=2))
    assert nights(clock) == ["26"]


def test_a_pause_that_the_clockwork_has_not_seen_yet_counts(clock: Clock) -> None:
    with clock.at_work(NIGHTLY) as clockwork:
        journal = Journal(str(clock.folder))
        assert Firings(journal).pause("symbols")
        clock.go(clockwork, EVENING + timedelta(days=1))
        assert clock.due == []
        assert Firings(journal).unpause("symbols")
        journal.close()


def test_a_pause_that_no_clockwork_has_seen_counts(clock: Clock) -> None:
    """The scheduler did not work while it was paused and resumed."""
    with clock.at_work(NIGHTLY):
        pass
    journal = Journal(str(clock.folder))
    assert Firings(journal).pause("symbols")
    clock.move(EVENING + timedelta(hours=12))
    assert Firings(journal).unpause("symbols")
    journal.close()
    with clock.at_work(NIGHTLY) as clockwork:
        clockwork.tick()
        assert clock.due == []
        clock.go(clockwork, EVENING + timedelta(days=2))
    assert nights(clock) == ["26"]


def test_daylight_saving_does_not_cost_a_night_or_give_one_twice(clock: Clock) -> None:
    vienna = Schedule("early", "early", cron("30 2 * * *", timezone="Europe/Vienna"))
    for start in (datetime(2026, 3, 27, 12, tzinfo=UTC), datetime(2026, 10, 23, 12, tzinfo=UTC)):
        clock.move(start)
        with clock.at_work() as nobody:  # what was missed in between is another test's
            nobody.tick()
        with clock.at_work(vienna) as clockwork:
            for day in range(1, 5):
                clock.go(clockwork, start + timedelta(days=day), timedelta(minutes=15))
                clock.done()
    found = [at.astimezone(ZoneInfo("Europe/Vienna")) for _, at in clock.due]
    assert [f"{at:%m-%d %H}" for at in found] == [
        *("03-28 02", "03-29 03", "03-30 02", "03-31 02"),
        *("10-24 02", "10-25 02", "10-26 02", "10-27 02"),
    ]


# Killed, and a full disk


def test_a_kill_between_the_firing_and_the_next_time_gives_no_second_one(clock: Clock) -> None:
    with clock.at_work(NIGHTLY) as clockwork:
        found = clockwork.next()
        assert found is not None
        clock.move(EVENING + timedelta(hours=12))
        assert record(str(clock.folder), *found)  # the process ends here: APScheduler has the old time still
    clock.done()
    with clock.at_work(NIGHTLY) as clockwork:
        clockwork.tick()
    assert clock.due == [(found[0], datetime.fromtimestamp(found[1], UTC))]


def test_a_firing_that_cannot_be_written_is_told_and_not_forgotten(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> bool:
        raise JournalError("The disk is full.")

    with clock.at_work(NIGHTLY) as clockwork:
        clock.move(EVENING + timedelta(hours=12))
        with monkeypatch.context() as patched:
            patched.setattr(_clockwork, "record", full)
            for _ in range(2):
                with pytest.raises(JournalError, match="The disk is full"):
                    clockwork.tick()
        assert clock.due == []
        clockwork.tick()
    assert nights(clock) == ["25"]


def test_a_row_that_cannot_be_read_is_made_anew(clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    with clock.at_work(NIGHTLY):
        pass
    journal = Journal(str(clock.folder))
    journal.write("UPDATE scheduler_jobs SET job_state=?", (b"no pickle",))
    journal.close()
    with clock.at_work(NIGHTLY) as clockwork:
        clock.go(clockwork, EVENING + timedelta(hours=12))
    assert nights(clock) == ["25"]
    assert "Unable to restore job" in caplog.text


def test_a_firing_that_goes_on_is_not_begun_again(clock: Clock) -> None:
    with clock.at_work(HOURLY) as clockwork:
        clock.go(clockwork, EVENING + timedelta(hours=5))
        assert len(clock.due) == 1
        clock.done()
        clock.go(clockwork, EVENING + timedelta(hours=6, minutes=10))
    assert len(clock.due) == 2


def test_a_database_that_another_process_keeps_locked_is_a_journal_error(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_clockwork, "_PATIENCE", 0.0)
    with clock.at_work(NIGHTLY) as clockwork:
        with closing(sqlite3.connect(clock.folder / "journal.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(JournalError, match=r"cannot be used: .*locked"):
                clockwork.set([HOURLY], [], set())
        clockwork.set([HOURLY], [], set())
        assert clockwork.next() is not None
