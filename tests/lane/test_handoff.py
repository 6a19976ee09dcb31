"""Jobs that run elsewhere: what one store leaves, another takes, in processes and folders of their own."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from handing import Places


def test_a_job_runs_elsewhere_with_all_that_it_needs(places: Places) -> None:
    here, there = places.checkout("here"), places.checkout("there")
    printed = here.ok("run", "release", "--number", "7", *places.give)
    assert f"Handed over to {places.handoffs}: scheduled." in printed
    assert f"handed over to {places.handoffs}" in printed.split("Pending")[1]
    shutil.rmtree(here.folder)
    there.ok(*places.take())
    assert places.ran == [
        "build 7",
        "tell none",
        "symbols 7 dsym of 7",
        "tell-2 symbols of 7 of 7",
    ]


def test_only_what_is_taken_goes(places: Places) -> None:
    here = places.checkout("here")
    here.ok("run", "release", *places.give)
    (left,) = places.left
    assert [entry["path"] for entry in left["files"]] == ["0/dsyms", "0/dsyms/deep", "0/dsyms/deep/a"]
    assert left["steps"]["build"]["output"]["dsyms"] == "0/dsyms"
    assert left["steps"]["tell"] == {"state": "succeeded"}
    assert len(list((places.handoffs / "files").iterdir())) == 1
    modes = {path.stat().st_mode & 0o777 for path in places.handoffs.rglob("*")}
    assert modes == {0o600, 0o700}


def test_the_run_that_took_it_tells_where_it_came_from(places: Places) -> None:
    here, there = places.checkout("here"), places.checkout("there")
    here.ok("run", "release", *places.give)
    (run,) = here.json("runs")
    there.ok(*places.take())
    story = there.json("show")
    (build,) = [step for job in story["jobs"] for step in job["steps"] if step["id"] == "build"]
    assert (build["state"], build["message"]) == ("succeeded", f"handed over from the run {run['run']}")
    assert story["state"] == "succeeded"
    assert story["parameters"] == run["parameters"] == {"number": 42, "notes": "none", "size": 5}
    (artifact,) = story["artifacts"]
    assert (artifact["step"], artifact["path"]) == ("build", "kept/0/0/dsyms")


def test_what_was_handed_over_is_not_this_store_s_any_more(places: Places) -> None:
    here = places.checkout("here")
    here.ok("run", "release", *places.give)
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
    here.ok("run", "release", *places.give)
    here.ok(*places.take())
    assert len(places.ran) == 4
    assert [run["state"] for run in here.json("runs")] == ["succeeded", "succeeded"]


def test_a_folder_without_any_is_nothing_to_do(places: Places) -> None:
    there = places.checkout("there")
    assert "There is no folder" in there.refused(*places.take())
    places.handoffs.mkdir()
    assert "has no hand-off for the job scheduled of release" in there.ok(*places.take())
    assert json.loads(there.ok(*places.take(), "--json"))["event"] == "nothing_to_do"
    places.checkout("here").ok("run", "release", *places.give)
    printed = there.ok(*places.take("scheduled-2"))
    assert "for the job scheduled-2 of release, only for scheduled of release." in printed
    assert "is no name of a job" in there.refused(*places.take("tonight"))
    assert "say which" in there.refused("run", "release", "--handoff", str(places.handoffs))


@pytest.mark.parametrize("folder", ["file", "file/handoffs", ""])
def test_a_folder_that_cannot_be_written_is_found_before_anything_runs(places: Places, folder: str) -> None:
    here = places.checkout("here")
    (here.folder / "file").write_text("no folder")
    for words in (("run", "release"), ("resume",)):
        assert "--export-handoff" in here.refused(*words, "--export-handoff", folder)
    assert places.ran == []
    assert "it is empty" in here.refused("run", "release", "--job", "scheduled", "--handoff", "")


SPOILED = '''
    @action(effect="read")
    def leave(ctx: Context, *, spoil: str) -> list[Path]:
        """A file and a folder, and what keeps them from being handed over."""
        ctx.path("file").write_text("fine")
        ctx.path("folder").mkdir(exist_ok=True)
        if spoil == "folder":
            ctx.path("handoffs").write_text("in its place")
        if spoil == "link":
            ctx.path("folder/link").symlink_to("/")
        if spoil == "missing":
            ctx.path("file").unlink()
        return [ctx.path("file"), ctx.path("folder")]

    @action(effect="read")
    def find(ctx: Context, *, files: list[Path]) -> None:
        """Look for them."""
        _ran(ctx, " ".join(f"{file.name} {file.exists()}" for file in files))

    @lane
    def spoiled(spoil: str) -> None:
        """Leave files for tonight."""
        find.set(on=nightly)(files=leave(spoil=spoil))
'''


@pytest.mark.parametrize(("spoil", "why"), [("folder", "cannot be written"), ("link", "it is a link to /")])
def test_all_is_handed_over_or_nothing(places: Places, spoil: str, why: str) -> None:
    here, there = places.checkout("here", SPOILED), places.checkout("there", SPOILED)
    printed = here.refused("run", "spoiled", "--spoil", spoil, "--export-handoff", "handoffs", code=1)
    (run,) = here.json("runs")
    assert f"lane resume {run['run']} --export-handoff {here.folder / 'handoffs'}" in printed
    assert "Nothing is handed over" in printed
    assert why in printed
    assert not list(here.folder.glob("handoffs/*")), "nothing of it is left there"
    assert [row["job"] for row in here.json("pending")] == ["scheduled"], "it waits here as ever"
    (here.folder / "folder/link").unlink(missing_ok=True)
    here.ok("resume", run["run"], *places.give)
    there.ok(*places.take(lane="spoiled"))
    assert places.ran == ["find file True folder True"]


def test_a_file_that_is_not_there_is_told(places: Places) -> None:
    here, there = places.checkout("here", SPOILED), places.checkout("there", SPOILED)
    printed = here.ok("run", "spoiled", "--spoil", "missing", *places.give)
    assert f"The output of leave names {here.folder / 'file'}, and nothing is there" in printed
    there.ok(*places.take(lane="spoiled"))
    assert places.ran == ["find file False folder True"]


def test_a_journal_of_the_format_before_is_brought_on(places: Places) -> None:
    here, there = places.checkout("here"), places.checkout("there")
    here.ok("run", "release", *places.give)
    there.ok("run", "release", "--number", "1")
    journal = sqlite3.connect(there.folder / ".lane/journal.db")
    for table in ("handoffs", "firings", "paused", "told"):
        journal.execute(f"DROP TABLE {table}")
    journal.execute("ALTER TABLE jobs DROP COLUMN held")
    journal.execute("PRAGMA user_version = 1")
    journal.close()
    there.ok(*places.take())
    there.ok("run", "release", "--job", "scheduled")
    assert [line for line in places.ran if line.startswith("symbols")] == [
        "symbols 42 dsym of 42",
        "symbols 1 dsym of 1",
    ]
