"""A scheduler that is stopped, killed, or has a twin: nothing is lost, nothing runs twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from sqlite3 import connect
from typing import TYPE_CHECKING

import pytest
from project import Project, variables
from scheduling import Scheduled, ended, until_so

if TYPE_CHECKING:
    from pathlib import Path

SLOW = """
    @lane(schedule="TWO HOURS AGO")
    def slow() -> None:
        \"\"\"Two steps, the first of which takes its time.\"\"\"
        note.set(name="then")(text=f"then {wait(text='slow')}")
"""
STEADY = """
    @lane(schedule="TWO HOURS AGO")
    def slow() -> None:
        \"\"\"Two steps; the first may be run again.\"\"\"
        first = note(text="first")
        note.set(name="then", after=steady.set(after=first)(text="steady"))(text="then")
"""
NEXT = """
    @lane(schedule="AN HOUR AGO")
    def the_next() -> None:
        note(text="the next")
"""


@pytest.fixture
def scheduled(tmp_path: Path) -> Scheduled:
    made = Scheduled(Project(tmp_path / "a project"))
    made.project.folder.mkdir()
    return made


def timed(lanes: str) -> str:
    """With cron's fields for what is said of their times."""
    now = datetime.now(UTC)
    for hours, words in ((2, "TWO HOURS AGO"), (1, "AN HOUR AGO")):
        lanes = lanes.replace(words, f"{now - timedelta(hours=hours):%M %H} * * *")
    return lanes


def due(scheduled: Scheduled, lanes: str) -> None:
    """Lanes that fell due while nobody looked, in the order of their names for it."""
    scheduled.write(timed(lanes))
    scheduled.lane("runs")
    scheduled.slept(hours=24)


def go(scheduled: Scheduled) -> None:
    """Let what waits end."""
    scheduled.project.write("go", "")


# Signals


def test_a_signal_lets_what_runs_end_and_begins_nothing_new(scheduled: Scheduled) -> None:
    due(scheduled, SLOW + NEXT)
    with scheduled.serving() as scheduler:
        scheduler.notes("slow begins")
        scheduler.signal()
        said = scheduler.until_said("draining")
        assert "a second signal stops it" in said["text"]
        go(scheduled)
        assert ended(scheduler.events()) == [("slow", "succeeded")]
    assert scheduled.noted == ["slow begins", "slow ends", "then slow"]
    assert ended(scheduled.once()) == [("the_next", "succeeded")], "it was due, and is not lost"


def test_a_signal_while_nothing_runs_ends_it_at_once(scheduled: Scheduled) -> None:
    scheduled.write()
    with scheduled.serving() as scheduler:
        scheduler.until_said("scheduler_started")
        scheduler.signal(signal.SIGINT)
        assert [one["event"] for one in scheduler.events()] == ["scheduler_stopped"]


def test_a_second_signal_stops_what_runs_and_the_next_scheduler_goes_on_with_it(scheduled: Scheduled) -> None:
    due(scheduled, STEADY + NEXT)
    with scheduled.serving() as scheduler:
        scheduler.notes("first", "steady begins")
        scheduler.signal()
        scheduler.until_said("draining")
        scheduler.signal()
        assert ended(scheduler.events(code=130)) == [("slow", "due")]
    go(scheduled)
    assert sorted(ended(scheduled.once())) == [("slow", "succeeded"), ("the_next", "succeeded")]
    assert scheduled.noted[:3] == ["first", "steady begins", "steady begins"]
    assert scheduled.noted.count("first") == 1
    assert scheduled.noted.count("then") == 1


# Killed


def test_killed_in_the_middle_with_all_that_it_ran_it_goes_on(scheduled: Scheduled) -> None:
    due(scheduled, STEADY)
    with scheduled.serving() as scheduler:
        scheduler.notes("first", "steady begins")
        scheduler.clear()
    assert scheduled.firings("schedule", "state", "ended") == [("slow", "due", None)]
    go(scheduled)
    assert ended(scheduled.once()) == [("slow", "succeeded")]
    assert scheduled.noted == ["first", "steady begins", "steady begins", "steady ends", "then"]
    assert len(scheduled.firings("run")) == 1
    runs = scheduled.lane("runs")
    assert runs.count("slow") == 1, "the run was gone on with; none was begun anew"


def test_a_step_of_which_nobody_knows_whether_it_happened_is_not_run_twice(scheduled: Scheduled) -> None:
    due(scheduled, SLOW)
    with scheduled.serving() as scheduler:
        scheduler.notes("slow begins")
        scheduler.clear()
    go(scheduled)
    events = scheduled.once(code=2)
    assert ended(events) == [("slow", "failed")]
    assert scheduled.noted == ["slow begins"]
    (firing,) = scheduled.firings("message")
    assert "Nobody knows whether wait has happened" in firing[0]


def test_killed_alone_its_run_goes_on_and_is_not_begun_again(scheduled: Scheduled) -> None:
    due(scheduled, SLOW)
    with scheduled.serving() as scheduler:
        scheduler.notes("slow begins")
        (child,) = scheduler.children()
        scheduler.process.kill()
        scheduler.process.wait()
        assert ended(scheduled.once()) == [], "it is under way"
        with scheduled.serving() as second:
            second.until_said("scheduler_started")
            go(scheduled)
            until_so(lambda: not _lives(child))
            second.signal()
            assert ended(second.events()) == []
    assert scheduled.noted == ["slow begins", "slow ends", "then slow"]
    assert scheduled.firings("schedule", "state") == [("slow", "succeeded")]
    assert [one["event"] for one in scheduled.once()] == ["nothing_due"]


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return not state.stdout.startswith("Z") and state.stdout != ""


def test_one_of_many_instances_is_killed(scheduled: Scheduled) -> None:
    scheduled.write(
        """
        @lane
        def many(number: int = 1) -> None:
            built = note(text=f"built {number}")
            steady.set(on=nightly, after=built)(text=f"night {number}")
        """
    )
    for number in ("1", "2", "3"):
        scheduled.lane("run", "many", f"number={number}")
    scheduled.slept(hours=24)
    built = ["built 1", "built 2", "built 3"]
    with scheduled.serving() as scheduler:
        scheduler.notes(*built, "night 1 begins")
        scheduler.clear()
    go(scheduled)
    assert ended(scheduled.once()) == [("many/scheduled", "succeeded")]
    nights = scheduled.noted[3:]
    assert nights == [
        "night 1 begins",
        *(f"night {one} {what}" for one in "123" for what in ("begins", "ends")),
    ]
    assert "Nothing is pending." in scheduled.lane("pending")


def test_killed_right_after_the_firing_was_written(scheduled: Scheduled) -> None:
    due(scheduled, NEXT)
    _written_and_killed(scheduled)
    assert scheduled.firings("schedule", "state") == [("the_next", "due")]
    assert ended(scheduled.once()) == [("the_next", "succeeded")]
    assert scheduled.noted == ["the next"]
    assert [one["event"] for one in scheduled.once()] == ["nothing_due"]


def test_killed_after_its_run_was_named_and_before_the_journal_had_it(scheduled: Scheduled) -> None:
    due(scheduled, NEXT)
    _written_and_killed(scheduled)
    with closing(connect(scheduled.project.folder / ".lane" / "journal.db")) as journal, journal:
        journal.execute("UPDATE firings SET begun = due, run = '20260101-000000-dead'")
    assert ended(scheduled.once()) == [("the_next", "succeeded")]
    assert scheduled.noted == ["the next"]
    ((run,),) = scheduled.firings("run")
    assert run in scheduled.lane("runs")


def _written_and_killed(scheduled: Scheduled) -> None:
    """What is left where the process ends as soon as a firing is written: nobody has begun it."""
    scheduled.project.python(
        "-c",
        "from lane._schedule import clockwork\n"
        "from lane._run.journal import Journal\n"
        "import os\n"
        "journal = Journal('.lane')\n"
        "made = clockwork.Clockwork(journal.folder, journal.path)\n"
        "write = clockwork.record\n"
        "clockwork.record = lambda *firing: (write(*firing), os._exit(9))\n"
        "made.tick()\n",
    )


def test_what_is_killed_by_others_is_tried_again_later_and_told(scheduled: Scheduled) -> None:
    due(scheduled, STEADY)
    with scheduled.serving() as scheduler:
        scheduler.notes("first", "steady begins")
        (child,) = scheduler.children()
        os.kill(child, signal.SIGKILL)
        said = scheduler.until_said("firing_ended")
        assert said["state"] == "held"
        assert "was ended by signal 9" in said["message"]
        scheduler.signal()
        scheduler.events()
    go(scheduled)
    scheduled.try_again_now()
    assert ended(scheduled.once()) == [("slow", "succeeded")]


# Two of them


def test_a_second_scheduler_is_told_who_the_first_is(scheduled: Scheduled) -> None:
    scheduled.write(timed(NEXT))
    with scheduled.serving() as scheduler:
        scheduler.until_said("scheduler_started")
        said = scheduled.lane("scheduler", code=2)
        assert f"process {scheduler.process.pid} on " in said
        (event,) = scheduled.once()
        assert event["event"] == "nothing_to_do"
        assert str(scheduler.process.pid) in scheduled.lane("schedule", "list")
        scheduler.signal()
        scheduler.events()
    assert "No scheduler is at work" in scheduled.lane("schedule", "list")
    scheduled.once()


def test_a_person_and_the_scheduler_do_not_run_the_same_thing(scheduled: Scheduled) -> None:
    due(scheduled, SLOW)
    with scheduled.serving() as scheduler:
        scheduler.notes("slow begins")
        assert "slow is under way in another process" in scheduled.lane("schedule", "run", "slow", code=2)
        go(scheduled)
        scheduler.notes("slow begins", "slow ends", "then slow")
        scheduler.signal()
        assert ended(scheduler.events()) == [("slow", "succeeded")]


def test_a_run_that_a_person_goes_on_with_is_tried_again_later(scheduled: Scheduled) -> None:
    scheduled.write(
        """
        @lane
        def many(number: int = 1) -> None:
            steady.set(on=nightly, after=note(text="built"))(text="night")
        """
    )
    scheduled.lane("run", "many")
    scheduled.slept(hours=24)
    resumed = subprocess.Popen(
        [sys.executable, "-m", "lane", "resume"],
        cwd=scheduled.project.folder,
        env=variables(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    try:
        until_so(lambda: scheduled.noted == ["built", "night begins"])
        assert ended(scheduled.once(code=2)) == [("many/scheduled", "held")]
    finally:
        go(scheduled)
        assert resumed.wait(60) == 0
    scheduled.try_again_now()
    assert ended(scheduled.once()) == [("many/scheduled", "succeeded")]
    assert scheduled.noted == ["built", "night begins", "night ends"]


# While it works


def test_a_schedule_that_is_added_while_it_works_is_seen(scheduled: Scheduled) -> None:
    scheduled.write()
    with scheduled.serving() as scheduler:
        assert "Nothing is scheduled" in scheduler.until_said("scheduler_started")["text"]
        scheduled.write(timed(NEXT))
        scheduler.look()
        until_so(lambda: _looked(scheduled) == ["the_next"])
        scheduler.signal()
        scheduler.events()


def test_a_lanefile_that_breaks_while_it_works_is_told_and_seen_when_it_is_mended(
    scheduled: Scheduled,
) -> None:
    scheduled.project.write("lanes/__init__.py", "")
    scheduled.project.write("lanes/ios/__init__.py", "")
    scheduled.write(timed(NEXT) + "\n    import lanes.ios\n")
    with scheduled.serving() as scheduler:
        assert "the_next" in scheduler.until_said("scheduler_started")["text"]
        scheduled.project.write("lanes/ios/__init__.py", "import nowhere_to_be_found")
        scheduler.look()
        assert "nowhere_to_be_found" in scheduler.until_said("notice")["text"]
        scheduled.project.write("lanes/ios/__init__.py", "")
        scheduler.look()
        assert "can be read again" in scheduler.until_said("notice")["text"]
        scheduler.signal()
        scheduler.events()


def test_a_job_that_is_left_while_it_works_is_seen(scheduled: Scheduled) -> None:
    scheduled.write()
    with scheduled.serving() as scheduler:
        scheduler.until_said("scheduler_started")
        scheduled.lane("run", "release")
        scheduler.look()
        until_so(lambda: _looked(scheduled) == ["release/scheduled"])
        scheduler.signal()
        scheduler.events()


def _looked(scheduled: Scheduled) -> list[str]:
    with closing(connect(scheduled.project.folder / ".lane" / "journal.db", timeout=30)) as journal:
        return [row[0] for row in journal.execute("SELECT id FROM scheduler_jobs")]
