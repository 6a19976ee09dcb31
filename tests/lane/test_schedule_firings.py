"""What a scheduler does with what is due: real processes, a real database."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from project import Project
from receiver import Receiver
from scheduling import Scheduled, ended

from lane._run.claim import claimed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NIGHTLY = """
    @lane(schedule="0 3 * * *")
    def nightly_note() -> None:
        \"\"\"Note that it is night.\"\"\"
        note(text="night")
"""


@pytest.fixture
def scheduled(tmp_path: Path) -> Scheduled:
    made = Scheduled(Project(tmp_path / "a project"))
    made.project.folder.mkdir()
    made.write()
    return made


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as server:
        yield server


# Lanes and jobs


def test_a_lane_with_a_schedule_runs_when_it_is_due_and_not_before(scheduled: Scheduled) -> None:
    scheduled.write(NIGHTLY)
    (first,) = scheduled.once()
    assert first["event"] == "nothing_due"
    assert "nightly_note" in first["text"]
    scheduled.slept(hours=24)
    events = scheduled.once()
    assert ended(events) == [("nightly_note", "succeeded")]
    assert [one["event"] for one in events if "schedule" in one] == [
        "schedule_due",
        "firing_started",
        "firing_ended",
    ]
    assert scheduled.noted == ["night"]
    assert [one["event"] for one in scheduled.once()] == ["nothing_due"]
    assert scheduled.noted == ["night"]


def test_three_missed_nights_are_one_run(scheduled: Scheduled) -> None:
    scheduled.write(NIGHTLY)
    scheduled.lane("runs")
    scheduled.slept(hours=72)
    assert ended(scheduled.once()) == [("nightly_note", "succeeded")]
    assert scheduled.noted == ["night"]


def test_all_runs_that_left_a_job_have_theirs_with_its_own_hand_off_and_equal_ones_once(
    scheduled: Scheduled,
) -> None:
    for number in ("1", "1", "2"):
        scheduled.lane("run", "release", f"number={number}")
    assert scheduled.noted == ["built 1", "built 1", "built 2"]
    scheduled.slept(hours=24)
    assert ended(scheduled.once()) == [("release/scheduled", "succeeded")]
    assert sorted(scheduled.noted[3:]) == ["later 1", "later 2", "tonight 1", "tonight 2"]
    assert scheduled.lane("pending").strip() == "Nothing is pending."
    assert scheduled.lane("schedule", "list").strip() == "Nothing is scheduled."


def test_a_paused_schedule_does_not_run(scheduled: Scheduled) -> None:
    scheduled.write(NIGHTLY)
    scheduled.lane("schedule", "pause", "nightly_note")
    scheduled.slept(hours=24)
    assert ended(scheduled.once()) == []
    scheduled.lane("schedule", "resume", "nightly_note")
    assert ended(scheduled.once()) == []
    scheduled.slept(hours=24)
    assert ended(scheduled.once()) == [("nightly_note", "succeeded")]


# Dead sessions


def test_a_job_whose_session_is_dead_waits_and_tells_once_and_runs_after_the_renewal(
    scheduled: Scheduled, receiver: Receiver
) -> None:
    session = scheduled.project.write("session.txt", "alive")
    scheduled.lane("run", "symbols")
    scheduled.slept(hours=24)
    for state in ("dead", "known to be dead", "dead"):
        session.write_text(state)
        assert ended(scheduled.once(code=4, LANE_NOTIFY__URLS=receiver.url)) == [
            ("symbols/scheduled", "held")
        ]
        scheduled.try_again_now()
    assert scheduled.noted == ["built 1"]
    (told,) = receiver.texts
    assert "The session has ended." in told
    assert "lane resume" in told
    (row,) = json.loads(scheduled.lane("schedule", "list", "--json"))["schedules"]
    assert row["state"] == "held"
    assert re.fullmatch(r"The session has ended\. Sign in\. `lane resume [-\w]+` goes on\.", row["why"])
    (waiting,) = json.loads(scheduled.lane("pending", "--json"))
    assert waiting["waits_for"] == "The session has ended. Sign in."
    session.write_text("alive")
    assert ended(scheduled.once(LANE_NOTIFY__URLS=receiver.url)) == [("symbols/scheduled", "succeeded")]
    assert scheduled.noted == ["built 1", "fetched 1"]
    assert len(receiver.texts) == 1


def test_a_session_that_is_renewed_by_hand_lets_a_person_resume(scheduled: Scheduled) -> None:
    session = scheduled.project.write("session.txt", "alive")
    scheduled.lane("run", "symbols")
    session.write_text("dead")
    scheduled.slept(hours=24)
    scheduled.once(code=4)
    session.write_text("alive")
    scheduled.lane("resume")
    assert scheduled.noted == ["built 1", "fetched 1"]
    scheduled.try_again_now()
    assert ended(scheduled.once()) == [("symbols/scheduled", "succeeded")]
    assert scheduled.noted == ["built 1", "fetched 1"], "nothing was left to do"


def test_a_lane_whose_session_is_dead_goes_on_with_the_run_that_it_began(scheduled: Scheduled) -> None:
    scheduled.write(
        """
        @lane(schedule="0 3 * * *")
        def at_night() -> None:
            fetch.set(after=note(text="first"))(text="it")
        """
    )
    session = scheduled.project.write("session.txt", "dead")
    scheduled.lane("runs")
    scheduled.slept(hours=24)
    assert ended(scheduled.once(code=4)) == [("at_night", "held")]
    before = scheduled.noted
    session.write_text("alive")
    scheduled.try_again_now()
    assert ended(scheduled.once()) == [("at_night", "succeeded")]
    assert scheduled.noted == ["first", "fetched it"]
    assert before in ([], ["first"])


def test_one_that_is_held_does_not_keep_the_others(scheduled: Scheduled) -> None:
    scheduled.write(NIGHTLY)
    session = scheduled.project.write("session.txt", "alive")
    scheduled.lane("run", "symbols")
    session.write_text("dead")
    scheduled.slept(hours=24)
    assert sorted(ended(scheduled.once(code=4))) == [
        ("nightly_note", "succeeded"),
        ("symbols/scheduled", "held"),
    ]


# Failures


def test_a_job_that_fails_is_told_once_and_has_its_next_chance_at_the_next_time(
    scheduled: Scheduled, receiver: Receiver
) -> None:
    broken = scheduled.project.write("broken", "")
    scheduled.lane("run", "fragile")
    for _ in range(2):
        scheduled.slept(hours=24)
        assert ended(scheduled.once(code=1, LANE_NOTIFY__URLS=receiver.url)) == [
            ("fragile/scheduled", "failed")
        ]
        assert [one["event"] for one in scheduled.once(LANE_NOTIFY__URLS=receiver.url)] == ["nothing_due"]
    assert scheduled.noted == ["built 1", "tried", "tried"]
    assert "0 3 * * *, failed before" in scheduled.lane("pending")
    (told,) = receiver.texts
    assert "break_down: It is broken." in told
    assert "lane resume" in told
    broken.unlink()
    scheduled.slept(hours=24)
    assert ended(scheduled.once()) == [("fragile/scheduled", "succeeded")]


def test_a_lane_is_retried_by_its_own_policy(scheduled: Scheduled) -> None:
    scheduled.write(
        """
        @lane(schedule="0 3 * * *")
        def shaky() -> None:
            break_down.set(retries=1)()
        """
    )
    scheduled.project.write("broken", "")
    scheduled.lane("runs")
    scheduled.slept(hours=24)
    assert ended(scheduled.once(code=1)) == [("shaky", "failed")]
    assert scheduled.noted == ["tried", "tried"]


def test_a_lane_that_cannot_be_planned_is_told_once_until_it_was_well_again(
    scheduled: Scheduled, receiver: Receiver
) -> None:
    counts = []
    for night, state in enumerate(("failed", "failed", "succeeded", "failed"), 1):
        default = " = 1" if state == "succeeded" else ""
        scheduled.write(
            f"""
            @lane(schedule="0 3 * * *")
            def asks(number: int{default}) -> None:
                note(text=str(number))
            """
        )
        scheduled.lane("runs")
        scheduled.slept(hours=24 * night)
        events = scheduled.once(code=2 if state == "failed" else 0, LANE_NOTIFY__URLS=receiver.url)
        assert ended(events) == [("asks", state)]
        counts.append(len(receiver.texts))
    assert counts == [1, 1, 1, 2]
    assert "asks needs number" in receiver.texts[0]


def test_a_broken_lanefile_keeps_what_is_due_until_it_is_mended(
    scheduled: Scheduled, receiver: Receiver
) -> None:
    scheduled.write(NIGHTLY)
    scheduled.lane("runs")
    scheduled.slept(hours=24)
    scheduled.write(NIGHTLY + "\n    this is no Python\n")
    for _ in range(2):
        events = scheduled.once(code=2, LANE_NOTIFY__URLS=receiver.url)
        assert {one["event"] for one in events} <= {"notice", "schedule_due"}
        (said,) = [one["text"] for one in events if one["event"] == "notice"]
        assert "cannot be read: error: Lanefile.py:" in said
    assert len(receiver.texts) == 1
    assert scheduled.firings("schedule", "state", "begun") == [("nightly_note", "due", None)]
    scheduled.write(NIGHTLY)
    assert ended(scheduled.once()) == [("nightly_note", "succeeded")]
    assert scheduled.noted == ["night"]
    scheduled.write(NIGHTLY + "\n    this is no Python\n")
    scheduled.once(code=2, LANE_NOTIFY__URLS=receiver.url)
    assert len(receiver.texts) == 2, "it was mended in between"


def test_a_lane_that_is_gone_takes_its_firing_with_it(scheduled: Scheduled) -> None:
    scheduled.write(NIGHTLY)
    scheduled.lane("runs")
    scheduled.slept(hours=24)
    scheduled.write(NIGHTLY + "\n    raise RuntimeError\n")
    scheduled.once(code=2)
    scheduled.write()
    assert [one["event"] for one in scheduled.once()] == ["nothing_due"]
    assert scheduled.firings("schedule", "state") == [("nightly_note", "cancelled")]
    assert scheduled.noted == []


def test_a_wrong_schedule_is_said_and_the_others_go_on(scheduled: Scheduled, receiver: Receiver) -> None:
    scheduled.write(
        NIGHTLY
        + """
    @lane(schedule="0 25 * * *")
    def never() -> None:
        note(text="never")
    """
    )
    events = scheduled.once(LANE_NOTIFY__URLS=receiver.url)
    (said,) = [one["text"] for one in events if one["event"] == "notice"]
    assert re.fullmatch(
        r"The schedule of never is wrong\. Lanefile\.py:\d+: .*the hour 25 is not in 0 to 23\.", said
    )
    assert re.search(r"wrong: Lanefile\.py:\d+: cron", scheduled.lane("schedule", "list"))
    scheduled.once(LANE_NOTIFY__URLS=receiver.url)
    assert len(receiver.texts) == 1


# By hand


def test_a_run_by_hand_does_what_was_due(scheduled: Scheduled) -> None:
    scheduled.write(NIGHTLY)
    session = scheduled.project.write("session.txt", "alive")
    scheduled.lane("run", "symbols")
    session.write_text("dead")
    scheduled.slept(hours=24)
    scheduled.once(code=4)
    session.write_text("alive")
    scheduled.lane("schedule", "run", "symbols/scheduled")
    assert scheduled.noted == ["built 1", "night", "fetched 1"] or scheduled.noted == ["night", "built 1"]
    scheduled.try_again_now()
    assert ended(scheduled.once()) == []
    scheduled.lane("schedule", "run", "symbols/scheduled")
    assert "There is no schedule 'symbls/scheduled'" in scheduled.lane(
        "schedule", "run", "symbls/scheduled", code=2
    )


def test_people_who_are_here_are_not_told(scheduled: Scheduled, receiver: Receiver) -> None:
    scheduled.project.write("broken", "")
    scheduled.lane("run", "fragile")
    scheduled.lane("schedule", "run", "fragile/scheduled", "--local", code=1, LANE_NOTIFY__URLS=receiver.url)
    assert receiver.texts == []
    scheduled.lane("schedule", "run", "fragile/scheduled", code=1, LANE_NOTIFY__URLS=receiver.url)
    assert len(receiver.texts) == 1


# What can never run


def test_a_job_whose_lane_is_another_one_now_can_be_given_up(
    scheduled: Scheduled, receiver: Receiver
) -> None:
    scheduled.lane("run", "release")
    lanefile = scheduled.project.folder / "Lanefile.py"
    lanefile.write_text(lanefile.read_text().replace('name="later"', 'name="afterwards"'))
    scheduled.lane("run", "release", "number=2")
    scheduled.slept(hours=24)
    events = scheduled.once(code=2, LANE_NOTIFY__URLS=receiver.url)
    assert ended(events) == [("release/scheduled", "failed")]
    assert scheduled.noted == ["built 1", "built 2", "tonight 2", "later 2"]
    (told,) = receiver.texts
    (waiting,) = json.loads(scheduled.lane("pending", "--json"))
    assert f"lane drop {waiting['run']}" in told
    assert f"{waiting['run']}: scheduled dropped." in scheduled.lane("drop", waiting["run"])
    assert "there is nothing left" in scheduled.lane("drop", waiting["run"])
    assert "Nothing is pending." in scheduled.lane("pending")
    assert "Nothing is scheduled." in scheduled.lane("schedule", "list")
    assert "dropped" in scheduled.lane("show", waiting["run"])
    assert "nothing left to do" in scheduled.lane("resume", waiting["run"], "--job", "scheduled")
    assert "nothing left to do" in scheduled.lane("resume", waiting["run"])


def test_a_job_whose_lane_is_gone_says_how_it_is_given_up(scheduled: Scheduled) -> None:
    scheduled.lane("run", "release")
    lanefile = scheduled.project.folder / "Lanefile.py"
    lanefile.write_text(lanefile.read_text().replace("def release(", "def ship("))
    (waiting,) = json.loads(scheduled.lane("pending", "--json"))
    assert f"lane drop {waiting['run']}" in scheduled.lane("schedule", "run", "release/scheduled", code=2)
    assert "There is no run 'nope'" in scheduled.lane("drop", waiting["run"], "nope", code=2)
    assert "release/scheduled" in scheduled.lane("schedule", "list"), "nothing is dropped"
    scheduled.lane("drop", waiting["run"])
    assert "Nothing is scheduled." in scheduled.lane("schedule", "list")


def test_a_run_that_is_under_way_is_not_given_up(scheduled: Scheduled) -> None:
    scheduled.lane("run", "release")
    (waiting,) = json.loads(scheduled.lane("pending", "--json"))
    with claimed(scheduled.store, waiting["run"]):
        assert "under way in another process" in scheduled.lane("drop", waiting["run"], code=2)
    assert "release" in scheduled.lane("pending")


def test_a_project_that_was_moved_misses_nothing_and_leaves_nothing_behind(
    scheduled: Scheduled, tmp_path: Path
) -> None:
    scheduled.write(NIGHTLY)
    scheduled.lane("runs")
    scheduled.slept(hours=24)
    moved = Scheduled(Project(tmp_path / "elsewhere"))
    scheduled.project.folder.rename(moved.project.folder)
    assert ended(moved.once()) == [("nightly_note", "succeeded")]
    assert moved.noted == ["night"]
    assert not scheduled.project.folder.exists()
