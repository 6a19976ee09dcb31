"""Jobs that run elsewhere: what one store leaves, another takes, in processes and folders of their own."""

from __future__ import annotations

import json
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from engine import until
from handing import Places

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def places(tmp_path: Path) -> Places:
    """A project to check out."""
    return Places(tmp_path)


def _give(places: Places) -> tuple[str, str]:
    return "--export-handoff", str(places.handoffs)


def _take(places: Places, job: str = "scheduled") -> tuple[str, ...]:
    return "run", "release", "--job", job, "--handoff", str(places.handoffs)


def test_a_job_runs_elsewhere_with_all_that_it_needs(places: Places) -> None:
    here, there = places.checkout("here"), places.checkout("there")
    printed = here.ok("run", "release", "--number", "7", *_give(places))
    assert f"Handed over to {places.handoffs}: scheduled." in printed
    assert f"handed over to {places.handoffs}" in printed.split("Pending")[1]
    shutil.rmtree(here.folder)
    there.ok(*_take(places))
    assert places.ran == [
        "build 7",
        "tell none",
        "symbols 7 dsym of 7",
        "tell-2 symbols of 7 of 7",
    ]


def test_only_what_is_taken_goes(places: Places) -> None:
    here = places.checkout("here")
    here.ok("run", "release", *_give(places))
    (left,) = places.left
    assert [entry["path"] for entry in left["files"]] == ["0/dsyms", "0/dsyms/deep", "0/dsyms/deep/a"]
    assert left["steps"]["build"]["output"]["dsyms"] == "0/dsyms"
    assert left["steps"]["tell"] == {"state": "succeeded"}
    assert len(list((places.handoffs / "files").iterdir())) == 1
    modes = {path.stat().st_mode & 0o777 for path in places.handoffs.rglob("*")}
    assert modes == {0o600, 0o700}


def test_the_run_that_took_it_tells_where_it_came_from(places: Places) -> None:
    here, there = places.checkout("here"), places.checkout("there")
    here.ok("run", "release", *_give(places))
    (run,) = here.json("runs")
    there.ok(*_take(places))
    story = there.json("show")
    (build,) = [step for job in story["jobs"] for step in job["steps"] if step["id"] == "build"]
    assert (build["state"], build["message"]) == ("succeeded", f"handed over from the run {run['run']}")
    assert story["state"] == "succeeded"
    assert story["parameters"] == run["parameters"] == {"number": 42, "notes": "none", "size": 5}
    (artifact,) = story["artifacts"]
    assert (artifact["step"], artifact["path"]) == ("build", "kept/0/0/dsyms")


def test_what_was_handed_over_is_not_this_store_s_any_more(places: Places) -> None:
    here = places.checkout("here")
    here.ok("run", "release", *_give(places))
    assert here.json("pending") == []
    assert "no run has work left" in here.ok("resume")
    assert "nothing to do" in here.ok("run", "release", "--job", "scheduled")
    (run,) = here.json("runs")
    assert run["state"] == "succeeded"
    assert re.search(r"scheduled +symbols +waiting +handed over", here.ok("show"))
    assert "There is nothing left to do" in here.ok("resume", run["run"])
    assert "was handed over: it runs where" in here.refused("resume", run["run"], "--job", "scheduled")
    assert len(places.ran) == 2


def test_the_same_store_may_take_it_too(places: Places) -> None:
    here = places.checkout("here")
    here.ok("run", "release", *_give(places))
    here.ok(*_take(places))
    assert len(places.ran) == 4
    assert [run["state"] for run in here.json("runs")] == ["succeeded", "succeeded"]


# Once


def test_it_is_done_once_in_a_store(places: Places) -> None:
    here, there = places.checkout("here"), places.checkout("there")
    here.ok("run", "release", *_give(places))
    copy = places.folder / "fetched again"
    shutil.copytree(places.handoffs, copy)
    there.ok(*_take(places))
    assert "is done already by the run" in there.ok(*_take(places))
    assert "is done already by the run" in there.ok(
        "run", "release", "--job", "scheduled", "--handoff", str(copy)
    )
    assert len(places.ran) == 4


def test_it_is_done_once_from_a_folder(places: Places) -> None:
    here, there, other = (places.checkout(name) for name in ("here", "there", "other"))
    here.ok("run", "release", *_give(places))
    there.ok(*_take(places))
    assert "is done already" in other.ok(*_take(places))
    assert len(places.ran) == 4


def test_one_that_failed_goes_on_where_it_was_begun(places: Places) -> None:
    here, there, other = (places.checkout(name) for name in ("here", "there", "other"))
    here.ok("run", "release", *_give(places))
    (there.folder / "broken").touch()
    assert "It is broken." in there.refused(*_take(places), code=1)
    printed = other.refused(*_take(places))
    (run,) = there.json("runs")
    assert "was taken into another store" in printed
    assert f"lane resume {run['run']}" in printed
    (there.folder / "broken").unlink()
    there.ok("resume")
    assert "is done already" in there.ok(*_take(places))
    assert "is done already" in other.ok(*_take(places))
    assert len(places.ran) == 4


def test_one_that_failed_can_be_taken_again_by_the_same_command(places: Places) -> None:
    here, there = places.checkout("here"), places.checkout("there")
    here.ok("run", "release", *_give(places))
    (there.folder / "broken").touch()
    there.refused(*_take(places), code=1)
    (there.folder / "broken").unlink()
    there.ok(*_take(places))
    assert len(there.json("runs")) == 1, "it is the same run that went on"
    assert len(places.ran) == 4


def test_a_claim_whose_store_is_gone_can_be_removed(places: Places) -> None:
    here, there, other = (places.checkout(name) for name in ("here", "there", "other"))
    here.ok("run", "release", *_give(places))
    (there.folder / "broken").touch()
    there.refused(*_take(places), code=1)
    shutil.rmtree(there.folder)
    (claim,) = places.handoffs.glob("*.claim")
    assert f"remove {claim}" in other.refused(*_take(places)).replace("\n", " ")
    claim.unlink()
    other.ok(*_take(places))
    assert len(places.ran) == 4


BLOCKING = '''
    import time

    @action(effect="read")
    def wait(ctx: Context, *, after: Path) -> None:
        """Wait for a file."""
        ctx.path("waiting").touch()
        while not ctx.path("go").exists():
            ctx.sleep(0.01)
        _ran(ctx, "waited")

    @lane
    def slow() -> None:
        """Wait tonight."""
        wait.set(on=nightly)(after=build().path)
'''


def test_two_processes_at_once_run_it_once(places: Places) -> None:
    here, there, other = (places.checkout(name, BLOCKING) for name in ("here", "there", "other"))
    here.ok("run", "slow", *_give(places))
    take = ("run", "slow", "--job", "scheduled", "--handoff", str(places.handoffs))
    first = there.begin(*take)
    until((there.folder / "waiting").exists)
    assert "is under way in another process" in other.refused(*take)
    assert "is under way in another process" in there.refused(*take)
    shutil.copytree(places.handoffs, places.folder / "copy")
    (there.folder / "go").touch()
    assert first.communicate()[0]
    assert first.returncode == 0
    assert "is done already" in there.ok(
        "run", "slow", "--job", "scheduled", "--handoff", str(places.folder / "copy")
    )
    assert places.ran == ["build 42", "wait waited"]


def test_of_many_that_begin_in_one_moment_one_runs_it(places: Places) -> None:
    here = places.checkout("here")
    here.ok("run", "release", *_give(places))
    stores = [places.checkout(f"store {number}") for number in range(4)]
    begun = [store.begin(*_take(places)) for store in stores]
    printed = [process.communicate()[0] for process in begun]
    codes = [process.returncode for process in begun]
    assert codes.count(0) >= 1, printed
    assert set(codes) <= {0, 2}, printed
    assert len(places.ran) == 4


def test_copies_taken_into_one_store_in_one_moment_run_once(places: Places) -> None:
    """Each process has a folder of its own, so that only the journal can tell."""
    here, there = places.checkout("here"), places.checkout("there")
    here.ok("run", "release", *_give(places))
    copies = [shutil.copytree(places.handoffs, places.folder / f"copy {number}") for number in range(4)]
    begun = [there.begin("run", "release", "--job", "scheduled", "--handoff", str(copy)) for copy in copies]
    printed = [process.communicate()[0] for process in begun]
    assert {process.returncode for process in begun} <= {0, 2}, printed
    assert len(places.ran) == 4
    assert len(there.json("runs")) == 1


def test_a_process_that_is_killed_in_the_middle_loses_nothing(places: Places) -> None:
    here, there, other = (places.checkout(name, BLOCKING) for name in ("here", "there", "other"))
    here.ok("run", "slow", *_give(places))
    take = ("run", "slow", "--job", "scheduled", "--handoff", str(places.handoffs))
    process = there.begin(*take)
    until((there.folder / "waiting").exists)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert "was taken into another store" in other.refused(*take)
    (there.folder / "go").touch()
    there.ok("resume")
    assert places.ran == ["build 42", "wait waited"]
    assert "is done already" in there.ok(*take)


KILLED = """
import os, signal, sys
from lane._main import main
from lane._run import {module}

whole = {module}.{name}
def killed(*args, **options):
    {before}
    os.kill(os.getpid(), signal.SIGKILL)
{module}.{name} = killed
sys.argv[0] = "lane"
main()
"""


@pytest.mark.parametrize(
    ("module", "name", "before"),
    [
        ("handoff_take", "lay_out", "pass"),
        ("handoff_take", "lay_out", "whole(*args, **options)"),
        ("handoff_take", "_record", "pass"),
        ("handoff_take", "_record", "whole(*args, **options)"),
        ("handoff_take", "_rows", "pass"),
    ],
)
def test_killed_while_taking_it_is_taken_whole_the_next_time(
    places: Places, module: str, name: str, before: str
) -> None:
    here, there = places.checkout("here"), places.checkout("there")
    here.ok("run", "release", *_give(places))
    script = KILLED.format(module=module, name=name, before=before)
    killed = subprocess.run(
        [sys.executable, "-c", script, *_take(places)],
        cwd=there.folder,
        env=there.environment(),
        capture_output=True,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert len(there.json("runs")) <= 1
    there.ok(*_take(places))
    assert len(places.ran) == 4
    assert len(there.json("runs")) == 1


# Several


def test_all_that_lie_there_run_the_oldest_first_and_equal_ones_once(places: Places) -> None:
    here, there = places.checkout("here"), places.checkout("there")
    for number, notes in ((1, "first"), (2, "second"), (1, "the build is the same")):
        here.ok("run", "release", "--number", str(number), "--notes", notes, *_give(places))
    runs = [run["run"] for run in reversed(here.json("runs"))]
    before = len(places.ran)
    printed = there.ok(*_take(places))
    assert places.ran[before:] == [
        "symbols 1 dsym of 1",
        "tell-2 symbols of 1 of 1",
        "symbols 2 dsym of 2",
        "tell-2 symbols of 2 of 2",
    ]
    assert re.search(r"scheduled of \S+ is the same as that of \S+, and done\.", printed)
    assert {run["state"] for run in there.json("runs")} == {"succeeded"}
    claims = [json.loads(path.read_text())["state"] for path in places.handoffs.glob("*.claim")]
    assert claims == ["done"] * 3
    again = there.ok(*_take(places))
    assert [f"scheduled of the run {run} is done already" in again for run in runs] == [True] * 3
    assert len(places.ran) == before + 4


def test_artifacts_may_lie_in_folders_of_their_own(places: Places) -> None:
    """As CI systems put them: one folder for each run whose artifact was fetched."""
    here, there = places.checkout("here"), places.checkout("there")
    for number in (1, 2):
        target = places.handoffs / f"artifact {number}"
        here.ok("run", "release", "--number", str(number), "--export-handoff", str(target))
    there.ok(*_take(places))
    assert [line for line in places.ran if line.startswith("symbols")] == [
        "symbols 1 dsym of 1",
        "symbols 2 dsym of 2",
    ]


def test_one_that_is_damaged_does_not_keep_the_others(places: Places) -> None:
    here, there = places.checkout("here"), places.checkout("there")
    for number in (1, 2):
        here.ok("run", "release", "--number", str(number), *_give(places))
        if number == 1:
            damaged = places.only()
    damaged.write_bytes(damaged.read_bytes()[:-20])
    printed = there.refused(*_take(places))
    assert f"The hand-off {damaged} cannot be taken: it is cut off" in printed
    assert [line for line in places.ran if line.startswith("symbols")] == ["symbols 2 dsym of 2"]


def test_a_folder_without_any_is_nothing_to_do(places: Places) -> None:
    there = places.checkout("there")
    assert "There is no folder" in there.refused(*_take(places))
    places.handoffs.mkdir()
    assert "has no hand-off for the job scheduled of release" in there.ok(*_take(places))
    assert json.loads(there.ok(*_take(places), "--json"))["event"] == "nothing_to_do"
    assert "is no name of a job" in there.refused(*_take(places, "tonight"))
    assert "say which" in there.refused("run", "release", "--handoff", str(places.handoffs))


# What does not fit


def test_a_lane_that_has_changed_does_not_take_it(places: Places) -> None:
    here, there = places.checkout("here"), places.checkout("there")
    here.ok("run", "release", *_give(places))
    lanefile = there.folder / "Lanefile.py"
    lanefile.write_text(lanefile.read_text().replace("    tell(notes)\n", "    tell(notes + '!')\n"))
    assert "has changed since the run" in there.refused(*_take(places))
    assert there.json("runs") == []
    assert len(places.ran) == 2


def test_an_action_that_gives_something_else_today_does_not_take_it(places: Places) -> None:
    here, there = places.checkout("here"), places.checkout("there")
    here.ok("run", "release", *_give(places))
    lanefile = there.folder / "Lanefile.py"
    lanefile.write_text(lanefile.read_text().replace("    number: int\n", "    number: int\n    more: str\n"))
    assert "The output of build in the hand-off is not what the step gives today" in there.refused(
        *_take(places)
    )
    assert there.json("runs") == []
    assert not list((there.folder / ".lane/runs").iterdir()), "nothing is left of it"


def test_other_parameters_would_be_another_run(places: Places) -> None:
    here, there = places.checkout("here"), places.checkout("there")
    here.ok("run", "release", *_give(places))
    assert "The hand-off has the parameter number" in there.refused(*_take(places), "--number", "43")


def test_another_plan_than_the_approved_one_is_refused(places: Places) -> None:
    here, there = places.checkout("here"), places.checkout("there")
    here.ok("run", "release", *_give(places))
    (left,) = places.left
    assert "not the one that was approved" in there.refused(*_take(places), "--plan", f"sha256:{'0' * 64}")
    there.ok(*_take(places), "--plan", left["plan"])


@pytest.mark.parametrize("sandboxed", [True, False])
def test_the_same_apple_is_met(places: Places, sandboxed: bool) -> None:
    here, there = places.checkout("here"), places.checkout("there")
    flag = ["--sandbox"]
    here.ok("run", "release", *_give(places), *(flag if sandboxed else []))
    printed = there.refused(*_take(places), *([] if sandboxed else flag))
    assert "but here the lane meets" in printed
    assert ("Add --sandbox." if sandboxed else "Leave --sandbox") in printed
    there.ok(*_take(places), *(flag if sandboxed else []))


@pytest.mark.parametrize("damage", ["changed", "cut off", "missing", "a folder"])
def test_a_file_that_is_not_what_was_left_is_found(places: Places, damage: str) -> None:
    here, there = places.checkout("here"), places.checkout("there")
    here.ok("run", "release", *_give(places))
    (file,) = (places.handoffs / "files").iterdir()
    content = file.read_bytes()
    file.unlink()
    if damage == "changed":
        file.write_bytes(content[:-1] + b"!")
    elif damage == "cut off":
        file.write_bytes(content[:-1])
    elif damage == "a folder":
        file.mkdir()
    assert "The file 0/dsyms/deep/a of the hand-off cannot be taken" in there.refused(*_take(places))
    assert there.json("runs") == []
    assert not list((there.folder / ".lane/runs").iterdir())
    if file.is_dir():
        file.rmdir()
    file.write_bytes(content)
    there.ok(*_take(places))
    assert len(places.ran) == 4


def test_a_folder_that_cannot_be_written_is_told(places: Places) -> None:
    here, there = places.checkout("here"), places.checkout("there")
    (here.folder / "file").write_text("no folder")
    printed = here.refused("run", "release", "--export-handoff", "file/handoffs", code=1)
    assert "Nothing is handed over" in printed
    assert [row["job"] for row in here.json("pending")] == ["scheduled"], "it waits here as ever"
    here.ok("resume", "--export-handoff", str(places.handoffs))
    there.ok(*_take(places))


# Later jobs of later jobs

CHAIN = '''
    @lane
    def chain() -> None:
        """Three nights, and two ways that meet."""
        app = build()
        first = symbols.set(on=cron("0 1 * * *"), name="first")(dsyms=app.dsyms, of=app.number)
        second = ship.set(on=cron("0 2 * * *"), name="second")(ipa=app.path, text=f"{app.number}")
        tell.set(on=cron("0 3 * * *"), name="last")(f"{first} and {second} of {app.number}")
'''


def _run_chain(places: Places, job: str, *folders: str) -> str:
    """Run one job in a store of its own, with the hand-offs of those before it, and leave its own."""
    mine = places.folder / f"fetched for {job}"
    mine.mkdir()
    for folder in folders:
        shutil.copytree(places.handoffs / folder, mine / folder)
    checkout = places.checkout(f"store of {job}", CHAIN)
    return checkout.ok(
        "run", "chain", "--job", job, "--handoff", str(mine), "--export-handoff", str(places.handoffs / job)
    )


def test_two_ways_that_part_meet_again(places: Places) -> None:
    here = places.checkout("here", CHAIN)
    here.ok("run", "chain", "--export-handoff", str(places.handoffs / "main"))
    _run_chain(places, "scheduled", "main")
    _run_chain(places, "scheduled-2", "main")
    early = places.checkout("too early", CHAIN)
    waits = early.ok("run", "chain", "--job", "scheduled-3", "--handoff", str(places.handoffs / "scheduled"))
    assert re.search(r"scheduled-3 of the run \S+ waits for scheduled-2\.", waits)
    _run_chain(places, "scheduled-3", "scheduled", "scheduled-2")
    assert places.ran == [
        "build 42",
        "first 42 dsym of 42",
        "second 42 5 bytes",
        "last symbols of 42 and 5 of 42",
    ]


MACHINES = '''
    @lane
    def machines() -> None:
        """Build here, work afar, tell here."""
        app = build()
        tell(f"{far(ipa=app.path)} {app.number}")
'''


def test_a_job_cut_by_machine_goes_from_one_to_the_next(places: Places) -> None:
    here, afar, back = (places.checkout(name, MACHINES) for name in ("here", "afar", "back"))
    jobs = [job["name"] for job in json.loads(here.ok("plan", "machines", "--by-machine", "--json"))["jobs"]]
    assert jobs == ["main", "main-elsewhere", "main-2"]
    here.ok("run", "machines", "--by-machine", "--export-handoff", str(places.handoffs / "1"))
    assert places.ran == ["build 42"], "what needs another machine does not follow here"
    take = ("run", "machines", "--by-machine", "--handoff", str(places.handoffs))
    assert "needs a machine with elsewhere" in here.refused(*take, "--job", "main-elsewhere")
    (claim,) = places.handoffs.rglob("*.claim")
    claim.unlink()  # the store that tried it in vain would have to go on with it
    give = ("--export-handoff", str(places.handoffs / "2"))
    afar.ok(*take, "--job", "main-elsewhere", *give, LANE_RUNS_ON="elsewhere")
    back.ok(*take, "--job", "main-2")
    assert places.ran == ["build 42", "far 5 bytes", "tell from afar 42"]


def test_a_job_that_is_called_too_early_is_refused(places: Places) -> None:
    """One that waits for no time is called when all should be there: what lacks is lost."""
    here, there = places.checkout("here", TWO), places.checkout("there", TWO)
    here.ok("run", "two", "--by-machine", *_give(places))
    (places.handoffs / "2").mkdir()
    there.ok(
        "run", "two", "--job", "main-elsewhere", "--handoff", str(places.handoffs),
        "--export-handoff", str(places.handoffs / "2"), LANE_RUNS_ON="elsewhere",
    )  # fmt: skip
    only = str(places.handoffs / "2")
    printed = there.refused("run", "two", "--job", "main-2", "--handoff", only)
    assert re.search(r"main-2 of the run \S+ waits for main-other", printed)


TWO = '''
    @action(runs_on="other", effect="create")
    def other(ctx: Context, *, ipa: Path) -> str:
        """Run on yet another machine."""
        return "from elsewhere"

    @lane
    def two() -> None:
        """Work on two other machines, then tell."""
        app = build()
        tell(f"{far(ipa=app.path)} {other(ipa=app.path)}")
'''


MODES = '''
    class Held:
        """A credential."""

        source = "a variable"
        unattended = True

        def __init__(self, name: str) -> None:
            self.name = name


    class Mode:
        """An auth mode."""

        expires = fit_for_ci = False

        def __init__(self, name: str, attended: bool) -> None:
            self.name, self.attended, self.names = name, attended, (name.upper(),)

        def how(self) -> list[str]:
            return [f"Set {self.name.upper()}."]

        def find(self, environment: dict[str, str], folder: Path) -> Held | None:
            return Held(self.name) if environment.get(self.name.upper()) else None


    @action(auth=[Mode("person", True)], effect="create")
    def visit(ctx: Context, *, of: int) -> str:
        """Do what takes a person, or a session."""
        _ran(ctx, f"by {ctx.credential.name}")
        return "visited"

    @action(auth=[Mode("key", False)], effect="create")
    def unlock(ctx: Context, *, of: int) -> str:
        """Do what takes a key."""
        _ran(ctx, f"by {ctx.credential.name}")
        return "unlocked"

    @lane
    def guarded() -> None:
        """Build without any credential; the night has them."""
        app = build()
        visited = visit.set(on=nightly)(of=app.number)
        unlocked = unlock.set(on=nightly)(of=app.number)
        tell.set(on=nightly)(f"{visited} {unlocked}")

    @lane
    def locked() -> None:
        """Need a key at once."""
        unlock(of=1)

    @lane
    def opened() -> None:
        """Need a key after what another machine does."""
        app = build()
        tell(f"{unlock(of=let(far(ipa=app.path), len))} {app.number}")
'''


def test_the_jobs_are_those_that_the_machines_together_can_do(places: Places) -> None:
    """A CI job has its own secrets only. How the plan is cut must not depend on which job makes it."""
    here, there, naked = (places.checkout(name, MODES) for name in ("here", "there", "naked"))

    def jobs(*words: str, **given: str) -> list[str]:
        return [
            one["name"] for one in json.loads(here.ok("plan", "guarded", "--json", *words, **given))["jobs"]
        ]

    have = ("--policy", "have=person,key")
    assert jobs(PERSON="1", KEY="1") == jobs(*have) == ["main", "scheduled"]
    assert jobs() != ["main", "scheduled"]
    here.ok("run", "guarded", "--job", "main", *have, *_give(places))
    take = ("run", "guarded", "--job", "scheduled", "--handoff", str(places.handoffs))
    assert "person is missing; visit needs it" in naked.refused(*take, *have, code=3, KEY="1")
    (claim,) = places.handoffs.rglob("*.claim")
    claim.unlink()
    there.ok(*take, PERSON="1", KEY="1")
    assert sorted(places.ran[1:3]) == ["unlock by key", "visit by person"]
    assert places.ran[3:] == ["tell visited unlocked"]


def test_what_other_machines_have_has_to_be_here_for_what_runs_here(places: Places) -> None:
    here = places.checkout("here", MODES)
    have = ("--policy", "have=person,key")
    assert "key is missing; unlock needs it" in here.refused("run", "locked", *have, code=3)
    assert places.ran == []
    words = ("run", "opened", "--by-machine", *have, *_give(places))
    printed = here.ok(*words, LANE_RUNS_ON="elsewhere")
    assert "main-2 does not begin. key is not here" in printed
    assert places.ran == ["build 42", "far 5 bytes"]


FANNED = '''
    @action(effect="create")
    def parts(ctx: Context) -> list[Path]:
        """Several files."""
        for name in ("a", "b"):
            ctx.artifacts.joinpath(name).write_text(f"part {name}")
        return sorted(ctx.artifacts.iterdir())

    @action(effect="create")
    def pack(ctx: Context, *, file: Path) -> Path:
        """Pack."""
        target = ctx.artifacts / f"{file.name}.packed"
        target.write_text(file.read_text() + " packed")
        return target

    @action(effect="create")
    def unpack(ctx: Context, *, file: Path) -> None:
        """Unpack."""
        _ran(ctx, file.read_text())

    @lane
    def fanned() -> None:
        """Fan out now, and over the results tonight."""
        packed = each(parts(), lambda file: pack(file=file))
        each(packed, lambda file: unpack.set(on=nightly)(file=file))
'''


def test_the_items_of_an_each_go_too(places: Places) -> None:
    here, there = places.checkout("here", FANNED), places.checkout("there", FANNED)
    here.ok("run", "fanned", *_give(places))
    shutil.rmtree(here.folder)
    there.ok("run", "fanned", "--job", "scheduled", "--handoff", str(places.handoffs))
    assert sorted(places.ran) == ["unpack[0] part a packed", "unpack[1] part b packed"]


# The journal


def test_a_journal_of_the_format_before_is_brought_on(places: Places) -> None:
    here, there = places.checkout("here"), places.checkout("there")
    here.ok("run", "release", *_give(places))
    there.ok("run", "release", "--number", "1")
    journal = sqlite3.connect(there.folder / ".lane/journal.db")
    for table in ("handoffs", "firings", "paused", "told"):
        journal.execute(f"DROP TABLE {table}")
    journal.execute("PRAGMA user_version = 1")
    journal.close()
    there.ok(*_take(places))
    there.ok("run", "release", "--job", "scheduled")
    assert [line for line in places.ran if line.startswith("symbols")] == [
        "symbols 42 dsym of 42",
        "symbols 1 dsym of 1",
    ]
