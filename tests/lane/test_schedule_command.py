"""Lanes that declare a schedule, and `lane schedule`: what it lists, switches and prints."""

from __future__ import annotations

import json
import plistlib
import re
import shlex
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from croniter import croniter
from engine import Engine
from project import Project
from scheduling import Scheduled

from lane import Context, UsageError, action, cron, lane, nightly
from lane._lanefile.lane import Lane
from lane._plan.json_format import plan_json
from lane._run.journal import Journal
from lane._schedule import units
from lane._schedule.alone import only_worker
from lane._schedule.firings import Firings

LANES = """
    @lane(schedule="0 3 * * *", timezone="Europe/Vienna")
    def symbols_of_the_night() -> None:
        note(text="night")
"""


@pytest.fixture
def scheduled(tmp_path: Path) -> Scheduled:
    made = Scheduled(Project(tmp_path / "a project"))
    made.project.folder.mkdir()
    made.write(LANES)
    return made


@action(on=nightly)
def deferred(ctx: Context) -> int:
    """Left for the night by itself."""
    return 1


@action
def plain(ctx: Context, *, value: int = 0) -> None:
    """Do nothing."""


# @lane(schedule=…)


def test_a_lane_says_when_it_runs() -> None:
    @lane(schedule="0  3 * * 1-5", timezone="Europe/Vienna")
    def weekdays() -> None: ...

    @lane(schedule="0 3 * * *")
    def every_night() -> None: ...

    @lane
    def never() -> None: ...

    assert weekdays.schedule == cron("0 3 * * 1-5", timezone="Europe/Vienna")
    assert every_night.schedule == nightly
    assert never.schedule is None


@pytest.mark.parametrize(
    "said",
    [{"schedule": nightly}, {"timezone": "UTC", "schedule": 3}, {"schedule": "0 3 * * *", "timezone": UTC}],
)
def test_what_is_no_text_is_refused(said: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="schedule= as a text") as caught:
        lane(**said)
    assert "Europe/Vienna" in str(caught.value.hint)


def test_a_timezone_alone_and_a_private_lane_are_refused() -> None:
    with pytest.raises(UsageError):
        lane(timezone="Europe/Vienna")
    with pytest.raises(UsageError, match="private and has a schedule") as caught:

        @lane(schedule="0 3 * * *")
        def _hidden() -> None: ...

    assert re.search(r"test_schedule_command\.py:\d+", str(caught.value.where))


@pytest.mark.parametrize(
    ("schedule", "timezone", "said"),
    [
        ("0 3 * *", "UTC", "it has 4 fields, not five: minute, hour, day of the month, month, weekday."),
        ("0 25 * * *", "UTC", "the hour 25 is not in 0 to 23."),
        ("0 3 30 2 *", "UTC", "there is no such day."),
        ("0 3 * * *", "Europe/Atlantis", "there is no timezone 'Europe/Atlantis'."),
        ("0 3 * * *", "Europe", "there is no timezone 'Europe'."),  # a folder of zones
        ("0 3 * * *", "europe/vienna", "did you mean 'Europe/Vienna'?"),
    ],
)
def test_a_wrong_one_is_a_problem_of_the_lane_with_its_line(
    scheduled: Scheduled, schedule: str, timezone: str, said: str
) -> None:
    scheduled.write(
        f'@lane(schedule="{schedule}", timezone="{timezone}")\ndef wrong() -> None:\n    note(text="")\n'
    )
    told = scheduled.lane("plan", "wrong", code=2)
    assert re.search(r"Lanefile\.py:\d+: The schedule of wrong", told)
    assert said in told
    problem = json.loads(scheduled.project.lane("plan", "wrong", "--json").stdout)["errors"][0]
    assert problem["code"] == "wrong_cron"
    assert "The schedule of wrong" in scheduled.lane("run", "wrong", code=2)


def test_what_its_actions_defer_runs_with_the_lane_unless_the_lane_says_so(tmp_path: Path) -> None:
    def steps() -> None:
        plain(value=deferred())
        deferred.set(on=cron("0 5 * * *"), name="later")()

    made = Engine(tmp_path).prepared(Lane(steps, schedule=nightly), {})
    assert [(job.name, str(job.trigger)) for job in made.plan.jobs] == [
        ("main", "None"),
        ("scheduled", "0 5 * * *"),
    ]
    shown = plan_json(made.plan, made.binding)
    assert shown["schedule"] == "0 3 * * *"
    whys = [step["why"] for step in shown["jobs"][0]["steps"]]
    assert any("gives way to the lane's own schedule" in why for why in whys)
    without = Engine(tmp_path).prepared(Lane(steps), {})
    assert without.plan.first_job is None
    assert without.plan.digest != made.plan.digest
    other = Engine(tmp_path).prepared(Lane(steps, schedule=cron("0 4 * * *")), {})
    assert other.plan.digest == made.plan.digest, "when it runs is no matter of what it does"


def test_called_by_another_lane_its_schedule_is_nothing(tmp_path: Path) -> None:
    night = Lane(lambda: deferred(), schedule=nightly)

    def outer() -> None:
        plain()
        night()

    made = Engine(tmp_path).prepared(Lane(outer), {})
    assert [job.name for job in made.plan.jobs] == ["main", "scheduled"]


# lane list, lane schedule


def test_scripts_see_the_schedules_of_lanes(scheduled: Scheduled) -> None:
    listed = {one["name"]: one for one in json.loads(scheduled.lane("list", "--json"))}
    assert listed["symbols_of_the_night"]["schedule"] == "0 3 * * *"
    assert listed["symbols_of_the_night"]["timezone"] == "Europe/Vienna"
    assert listed["release"]["schedule"] is None


def test_the_list_tells_lanes_and_jobs(scheduled: Scheduled) -> None:
    scheduled.lane("run", "release")
    scheduled.lane("run", "release", "number=2")
    told = json.loads(scheduled.lane("schedule", "list", "--json"))
    assert told["scheduler"] is None
    lane_, job = told["schedules"]
    assert (lane_["name"], lane_["job"], lane_["runs"]) == ("symbols_of_the_night", None, [])
    assert (job["name"], job["lane"], job["job"], len(job["runs"])) == (
        "release/scheduled",
        "release",
        "scheduled",
        2,
    )
    for one in (lane_, job):
        at = datetime.fromisoformat(one["next"])
        assert timedelta(0) < at - datetime.now(UTC) < timedelta(hours=24, minutes=5)
        assert (one["state"], one["paused"], one["last"]) == ("waits", False, None)
    shown = scheduled.lane("schedule", "list")
    assert "0 3 * * * Europe/Vienna" in shown
    assert "CET" in shown or "CEST" in shown
    first = json.loads(scheduled.lane("schedule", "next", "--json"))
    assert first["next"] == min(lane_["next"], job["next"])
    assert first["name"] in scheduled.lane("schedule", "next")


def test_what_ran_last_is_told(scheduled: Scheduled) -> None:
    scheduled.lane("schedule", "run", "symbols_of_the_night")
    (one,) = json.loads(scheduled.lane("schedule", "list", "--json"))["schedules"]
    assert one["last"]["state"] == "succeeded"
    assert scheduled.lane("show", one["last"]["run"])


def test_pause_and_resume_say_what_they_change(scheduled: Scheduled) -> None:
    assert "is paused." in scheduled.lane("schedule", "pause", "symbols_of_the_night")
    assert "was paused before." in scheduled.lane("schedule", "pause", "symbols_of_the_night")
    (one,) = json.loads(scheduled.lane("schedule", "list", "--json"))["schedules"]
    assert (one["state"], one["next"]) == ("paused", None)
    assert "is paused or wrong" in scheduled.lane("schedule", "next")
    assert "fires again." in scheduled.lane("schedule", "resume", "symbols_of_the_night")
    assert "was not paused." in scheduled.lane("schedule", "resume", "symbols_of_the_night")
    assert "Did you mean 'symbols_of_the_night'?" in scheduled.lane(
        "schedule", "pause", "symbols_of_night", code=2
    )


def test_the_pause_of_a_job_that_waits_no_more_can_be_taken_back(scheduled: Scheduled) -> None:
    scheduled.lane("run", "release")
    scheduled.lane("schedule", "pause", "release/scheduled")
    scheduled.lane("schedule", "run", "release/scheduled")
    assert "release/scheduled fires again." in scheduled.lane("schedule", "resume", "release/scheduled")
    assert "There is no schedule" in scheduled.lane("schedule", "resume", "release/scheduled", code=2)


def test_what_is_due_and_what_is_under_way(scheduled: Scheduled) -> None:
    journal = Journal(scheduled.store)
    Firings(journal).add("symbols_of_the_night", 0.0)
    journal.close()
    assert re.search(r" due$", scheduled.lane("schedule", "list"), re.MULTILINE)
    with only_worker(scheduled.store, "symbols_of_the_night"):
        assert re.search(r" under way$", scheduled.lane("schedule", "list"), re.MULTILINE)


def test_where_nothing_is_scheduled(scheduled: Scheduled) -> None:
    scheduled.write()
    assert scheduled.lane("schedule", "list").strip() == "Nothing is scheduled."
    assert scheduled.lane("schedule", "next").strip() == "Nothing is scheduled."
    assert json.loads(scheduled.lane("schedule", "next", "--json")) is None


def test_a_job_that_waits_no_more_is_no_error(scheduled: Scheduled) -> None:
    assert "There is nothing to do" in scheduled.lane("schedule", "run", "release/scheduled")
    assert "There is no schedule 'release'" in scheduled.lane("schedule", "run", "release", code=2)


# lane schedule install


def test_the_units_of_systemd_are_what_systemd_takes(scheduled: Scheduled, tmp_path: Path) -> None:
    folder = tmp_path / '100% a "project" of $HOME; it\'s'
    shutil.move(scheduled.project.folder, folder)
    text = units.systemd(units.Place(folder / "Lanefile.py", str(folder / "the store")))
    files = _split(text)
    assert sorted(name.rpartition(".")[2] for name in files) == ["service", "timer"]
    exec_start = re.search(r"^ExecStart=(.*)$", text, re.MULTILINE)
    assert exec_start is not None
    words = [_unescaped(word) for word in re.findall(r'"(?:\\.|[^"\\])*"|\S+', exec_start.group(1))]
    assert words[-4:] == ["scheduler", "--once", "-f", str(folder / "Lanefile.py")]
    ran = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=True)
    assert "Nothing is due." in ran.stdout
    if shutil.which("systemd-analyze"):
        for name, content in files.items():
            (tmp_path / name).write_text(content)
        checked = subprocess.run(
            ["systemd-analyze", "verify", "--user", *(str(tmp_path / name) for name in files)],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert str(tmp_path) not in checked.stderr, checked.stderr


def _split(text: str) -> dict[str, str]:
    parts = re.split(r"^# ~/\.config/systemd/user/(\S+)\n", text, flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def _unescaped(word: str) -> str:
    """A word of ExecStart= as systemd.exec(5) says it is read."""
    inner = word[1:-1] if word.startswith('"') else word
    return re.sub(r"\\(.)", r"\1", inner).replace("%%", "%").replace("$$", "$")


def test_the_line_for_cron_runs_as_cron_runs_it(scheduled: Scheduled, tmp_path: Path) -> None:
    folder = tmp_path / '100% a "project" of $HOME; it\'s'
    shutil.move(scheduled.project.folder, folder)
    moved = Scheduled(Project(folder))
    line = moved.lane("schedule", "install", "--cron", LANE_STORE=str(folder / "the store")).rstrip("\n")
    fields, command = line.split(" ", 5)[:5], line.split(" ", 5)[5]
    assert croniter.is_valid(" ".join(fields))
    assert not re.search(r"(?<!\\)%", command), "cron reads a % as the end of the line"
    ran = subprocess.run(
        ["/bin/sh", "-c", command.replace("\\%", "%")],
        cwd="/", env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert ran.stdout == "", "cron sends by mail what is printed"
    assert "Nothing is due." in (folder / "the store" / "scheduler.log").read_text()


def test_the_agent_for_launchd_is_a_property_list(scheduled: Scheduled) -> None:
    made = plistlib.loads(scheduled.lane("schedule", "install", "--launchd").encode())
    ran = subprocess.run(
        made["ProgramArguments"], cwd=made["WorkingDirectory"], capture_output=True, text=True, check=True
    )
    assert "Nothing is due." in ran.stdout
    assert made["StartInterval"] == 300
    assert Path(made["StandardOutPath"]).parent.is_dir(), "launchd makes no folder"


def test_what_a_folder_is_called_does_not_end_the_comment_of_an_agent() -> None:
    assert plistlib.loads(units.launchd(units.Place(Path("/srv/aurora--ios/Lanefile.py"))).encode())


def test_what_the_machine_has_is_printed(scheduled: Scheduled, monkeypatch: pytest.MonkeyPatch) -> None:
    assert scheduled.lane("schedule", "install", "--cron").startswith("*/5 * * * * cd ")
    store = str(scheduled.project.folder / "store")
    assert f"LANE_STORE='{store}'" in scheduled.lane("schedule", "install", "--cron", LANE_STORE=store)
    assert "[Timer]" in scheduled.lane("schedule", "install", "--systemd")
    monkeypatch.setattr(units.sys, "platform", "darwin")
    assert units.usual() == units.LAUNCHD
    monkeypatch.setattr(units.sys, "platform", "linux")
    for there, wanted in ((True, units.SYSTEMD), (False, units.CRON)):
        monkeypatch.setattr(Path, "is_dir", lambda _, there=there: there)
        assert units.usual() == wanted


def test_units_have_names_that_are_names() -> None:
    names = [
        units.Place(Path(folder) / "Lanefile.py").name
        for folder in ("/srv/Aurora for iOS", "/", "/srv/漢字", "/srv/a/ios", "/srv/b/ios")
    ]
    assert [name[:-7] for name in names] == ["lane-Aurora-for-iOS", *["lane-project"] * 2, *["lane-ios"] * 2]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[A-Za-z0-9_.-]+", name) for name in names)
    assert shlex.split(units.cron(units.Place(Path("/srv/a b/Lanefile.py"))))[6] == "/srv/a b"


def test_the_time_of_a_schedule_that_was_changed_is_the_new_one(scheduled: Scheduled) -> None:
    def told() -> datetime:
        at = datetime.fromisoformat(json.loads(scheduled.lane("schedule", "next", "--json"))["next"])
        return at.astimezone(ZoneInfo("Europe/Vienna"))

    scheduled.once()
    before = told()
    assert before.hour == 3
    assert told() == before
    scheduled.write(LANES.replace("0 3 * * *", "30 17 * * *"))
    assert (told().hour, told().minute // 10) == (17, 3)
    scheduled.once()
    assert told().hour == 17


def test_a_lanefile_that_is_not_there_is_refused(scheduled: Scheduled, tmp_path: Path) -> None:
    absent = tmp_path / "absent" / "Lanefile.py"
    for words in (("scheduler",), ("scheduler", "--once"), ("schedule", "install"), ("pending",)):
        told = scheduled.lane(*words, "-f", str(absent), code=2)
        assert f"{absent} cannot be read: there is no such file." in told
    assert not absent.parent.exists()
