"""Pending jobs in one store: each with what its own run left, those that would do the same once."""

from __future__ import annotations

import re
import shutil
import sqlite3
from typing import TYPE_CHECKING

import pytest
from test_handoff_chain import CHAIN, FANNED

from lane._run.claim import claimed

if TYPE_CHECKING:
    from handing import Checkout, Places

TONIGHT = ("run", "release", "--job", "scheduled")


@pytest.fixture
def here(places: Places) -> Checkout:
    """The one store."""
    return places.checkout("here", CHAIN + FANNED + UNKEPT)


UNKEPT = '''
    class Opaque:
        pass

    @action(effect="read")
    def opaque(ctx: Context) -> Opaque:
        """Give what cannot be kept."""
        return Opaque()

    @action(effect="read")
    def use(ctx: Context, *, of: Opaque) -> None:
        """Take it."""
        _ran(ctx, type(of).__name__)

    @lane
    def unkept() -> None:
        """Hand over what cannot be kept."""
        use.set(on=nightly)(of=opaque())
'''


def _release(here: Checkout, number: int, notes: str) -> None:
    here.ok("run", "release", "--number", str(number), "--notes", notes)


def test_each_gets_the_files_of_its_own_run(places: Places, here: Checkout) -> None:
    """The second build writes over what the first one left."""
    _release(here, 1, "first")
    _release(here, 2, "second")
    shutil.rmtree(here.folder / "build")
    here.ok(*TONIGHT)
    assert [line for line in places.ran if line.startswith("symbols")] == [
        "symbols 1 dsym of 1",
        "symbols 2 dsym of 2",
    ]


def test_only_what_a_waiting_job_takes_is_kept(here: Checkout) -> None:
    _release(here, 1, "first")
    kept = [name for name in here.files() if "/kept/" in name]
    assert [name.partition("/kept/")[2] for name in kept] == ["0/0/dsyms/deep/a"]
    (artifact,) = here.json("show")["artifacts"]
    assert (artifact["step"], artifact["path"]) == ("build", "kept/0/0/dsyms")


def test_keeping_does_not_change_when_a_step_ended(here: Checkout) -> None:
    _release(here, 1, "first")
    story = here.json("show")
    (build,) = [step for job in story["jobs"] for step in job["steps"] if step["id"] == "build"]
    assert build["state"] == "succeeded"
    assert build["attempts"] == 1
    assert "/kept/0/0/dsyms" in build["output"]["dsyms"]
    assert build["output"]["path"] == "build/Aurora.ipa", "no job that waits takes it"


def test_a_run_took_what_its_jobs_took(here: Checkout) -> None:
    """Not the days that one of them waited."""
    _release(here, 1, "first")
    _a_day_passes(here)
    here.ok(*TONIGHT)
    assert re.fullmatch(r"\d+ ms|\d+\.\d s", _took(here))


def test_a_job_that_is_given_up_took_no_time_since_it_failed(here: Checkout) -> None:
    _release(here, 1, "first")
    (here.folder / "broken").touch()
    here.refused(*TONIGHT, code=1)
    _a_day_passes(here)
    (run,) = here.json("runs")
    here.ok("drop", run["run"])
    assert re.fullmatch(r"\d+ ms|\d+\.\d s", _took(here))


def _a_day_passes(here: Checkout) -> None:
    with sqlite3.connect(here.folder / ".lane" / "journal.db") as journal:
        journal.execute("UPDATE runs SET created = created - 86400")
        journal.execute("UPDATE jobs SET started = started - 86400, ended = ended - 86400")


def _took(here: Checkout) -> str:
    return here.ok("runs").strip().splitlines()[-1].rpartition("+00:00")[2].strip()


def test_what_is_kept_already_is_not_copied_again(places: Places, here: Checkout) -> None:
    _release(here, 1, "first")
    (here.folder / "broken").touch()
    here.refused(*TONIGHT, code=1)
    (here.folder / "broken").unlink()
    here.ok("resume")
    assert len([name for name in here.files() if "/kept/" in name]) == 1
    assert places.ran[-1] == "tell-2 symbols of 1 of 1"


def test_a_file_that_is_gone_is_a_failure_of_the_step_that_takes_it(places: Places, here: Checkout) -> None:
    here.ok("run", "fanned")
    for kept in here.folder.glob(".lane/runs/*/artifacts/pack~*"):
        shutil.rmtree(kept)
    for kept in here.folder.glob(".lane/runs/*/artifacts/*"):
        shutil.rmtree(kept)
    assert "No such file" in here.refused("run", "fanned", "--job", "scheduled", code=1)


def test_those_that_would_do_the_same_run_once(places: Places, here: Checkout) -> None:
    _release(here, 1, "first")
    _release(here, 1, "other notes, which the job does not take")
    _release(here, 2, "another build")
    before = len(places.ran)
    printed = here.ok(*TONIGHT)
    assert [line for line in places.ran[before:] if line.startswith("symbols")] == [
        "symbols 1 dsym of 1",
        "symbols 2 dsym of 2",
    ]
    second, first = (run["run"] for run in here.json("runs")[1:])
    assert f"scheduled of {second} is the same as that of {first}, and done." in printed
    assert here.json("pending") == []
    assert {run["state"] for run in here.json("runs")} == {"succeeded"}
    story = here.json("show", second)
    steps = {step["id"]: step for job in story["jobs"] for step in job["steps"]}
    assert steps["symbols"]["state"] == "satisfied"
    assert steps["symbols"]["output"] == "symbols of 1"
    assert steps["symbols"]["message"] == f"the same as in the run {first}"


def test_of_files_the_content_counts(places: Places, here: Checkout) -> None:
    _release(here, 1, "first")
    _release(here, 1, "second")
    journal_of = here.json("runs")
    kept = here.folder / f".lane/runs/{journal_of[0]['run']}/kept/0/0/dsyms/deep/a"
    assert kept.read_text() == "dsym of 1"
    before = len(places.ran)
    here.ok(*TONIGHT)
    assert len(places.ran) == before + 2

    _release(here, 1, "third")
    (here.folder / "Lanefile.py").write_text(
        (here.folder / "Lanefile.py").read_text().replace('f"dsym of {number}"', 'f"other dsym of {number}"')
    )
    _release(here, 1, "fourth")
    before = len(places.ran)
    here.ok(*TONIGHT)
    assert [line for line in places.ran[before:] if line.startswith("symbols")] == [
        "symbols 1 dsym of 1",
        "symbols 1 other dsym of 1",
    ]


def test_where_the_first_fails_the_others_stay(places: Places, here: Checkout) -> None:
    _release(here, 1, "first")
    _release(here, 1, "second")
    (here.folder / "broken").touch()
    before = len(places.ran)
    here.refused(*TONIGHT, code=1)
    assert len(places.ran) == before, "the same is not tried twice in a night"
    states = {run["state"] for run in here.json("runs")}
    assert states == {"failed", "pending"}
    (here.folder / "broken").unlink()
    here.ok(*TONIGHT)
    assert len(places.ran) == before + 2
    assert {run["state"] for run in here.json("runs")} == {"succeeded"}


def test_lane_resume_finishes_those_that_are_the_same_too(places: Places, here: Checkout) -> None:
    _release(here, 1, "first")
    _release(here, 1, "second")
    _release(here, 2, "another")
    third, second, first = (run["run"] for run in here.json("runs"))
    printed = here.ok("resume", second)
    assert f"scheduled of {first} is the same as that of {second}, and done." in printed
    assert [row["run"] for row in here.json("pending")] == [third]


def test_a_script_is_told_by_an_event(here: Checkout) -> None:
    _release(here, 1, "first")
    _release(here, 1, "second")
    events = here.ok(*TONIGHT, "--json").splitlines()
    assert '"event": "done_elsewhere"' in events[-1]


def test_what_cannot_be_kept_is_never_the_same(places: Places, here: Checkout) -> None:
    for _ in range(2):
        here.ok("run", "unkept")
    here.ok("run", "unkept", "--job", "scheduled")
    assert places.ran == ["use Opaque"] * 2


def test_the_items_of_an_each_count(places: Places, here: Checkout) -> None:
    for _ in range(2):
        here.ok("run", "fanned")
    printed = here.ok("run", "fanned", "--job", "scheduled")
    assert re.search("is the same as that of", printed)
    assert sorted(places.ran) == ["unpack[0] part a packed", "unpack[1] part b packed"]


def test_a_job_behind_one_that_was_the_same_gets_its_output(places: Places, here: Checkout) -> None:
    for _ in range(2):
        here.ok("run", "chain")
    for job in ("scheduled", "scheduled-2"):
        here.ok("run", "chain", "--job", job)
    newest = here.json("runs")[0]["run"]
    here.ok("resume", newest)
    assert places.ran[-1] == "last symbols of 42 and 5 of 42"
    assert places.ran.count("first 42 dsym of 42") == 1


def test_one_that_another_process_has_is_left_alone(here: Checkout) -> None:
    _release(here, 1, "first")
    _release(here, 1, "second")
    second, first = (run["run"] for run in here.json("runs"))
    with claimed(str(here.folder / ".lane"), first):
        printed = here.ok("resume", second)
    assert f"scheduled of {first} is the same as that of {second}, but it is not marked as done" in printed
    assert [row["run"] for row in here.json("pending")] == [first]
