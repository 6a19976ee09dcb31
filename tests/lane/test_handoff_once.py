"""A hand-off is done once: by one of many processes, in one of many stores, and after a kill."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from engine import until

if TYPE_CHECKING:
    from handing import Places


def test_it_is_done_once_in_a_store(places: Places) -> None:
    here, there = places.checkout("here"), places.checkout("there")
    here.ok("run", "release", *places.give)
    copy = places.folder / "fetched again"
    shutil.copytree(places.handoffs, copy)
    there.ok(*places.take())
    assert "is done already by the run" in there.ok(*places.take())
    assert "is done already by the run" in there.ok(
        "run", "release", "--job", "scheduled", "--handoff", str(copy)
    )
    assert len(places.ran) == 4


def test_it_is_done_once_from_a_folder(places: Places) -> None:
    here, there, other = (places.checkout(name) for name in ("here", "there", "other"))
    here.ok("run", "release", *places.give)
    there.ok(*places.take())
    assert "is done already" in other.ok(*places.take())
    assert len(places.ran) == 4


def test_one_that_failed_goes_on_where_it_was_begun(places: Places) -> None:
    here, there, other = (places.checkout(name) for name in ("here", "there", "other"))
    here.ok("run", "release", *places.give)
    (there.folder / "broken").touch()
    assert "It is broken." in there.refused(*places.take(), code=1)
    printed = other.refused(*places.take())
    (run,) = there.json("runs")
    assert "was taken into another store" in printed
    assert f"lane resume {run['run']}" in printed
    (there.folder / "broken").unlink()
    there.ok("resume")
    printed = other.refused(*places.take())
    assert "or this command, which also says here that it is done" in " ".join(printed.split())
    assert "is done already" in there.ok(*places.take())
    assert "is done already" in other.ok(*places.take())
    assert len(places.ran) == 4


def test_one_that_failed_can_be_taken_again_by_the_same_command(places: Places) -> None:
    here, there = places.checkout("here"), places.checkout("there")
    here.ok("run", "release", *places.give)
    (there.folder / "broken").touch()
    there.refused(*places.take(), code=1)
    (there.folder / "broken").unlink()
    there.ok(*places.take())
    assert len(there.json("runs")) == 1, "it is the same run that went on"
    assert len(places.ran) == 4


def test_one_that_is_refused_is_free_for_others(places: Places) -> None:
    here, there, other = (places.checkout(name) for name in ("here", "there", "other"))
    here.ok("run", "release", *places.give)
    (file,) = (places.handoffs / "files").iterdir()
    content = file.read_bytes()
    file.write_bytes(b"!" * len(content))
    assert "cannot be taken" in there.refused(*places.take())
    file.write_bytes(content)
    other.ok(*places.take())
    assert "is done already" in there.ok(*places.take())
    assert len(places.ran) == 4


def test_a_claim_whose_store_is_gone_can_be_removed(places: Places) -> None:
    here, there, other = (places.checkout(name) for name in ("here", "there", "other"))
    here.ok("run", "release", *places.give)
    (there.folder / "broken").touch()
    there.refused(*places.take(), code=1)
    shutil.rmtree(there.folder)
    (claim,) = places.handoffs.glob("*.claim")
    assert f"remove {claim}" in other.refused(*places.take()).replace("\n", " ")
    claim.unlink()
    other.ok(*places.take())
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
    here.ok("run", "slow", *places.give)
    take = places.take(lane="slow")
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
    here.ok("run", "release", *places.give)
    stores = [places.checkout(f"store {number}") for number in range(4)]
    begun = [store.begin(*places.take()) for store in stores]
    printed = [process.communicate()[0] for process in begun]
    codes = [process.returncode for process in begun]
    assert codes.count(0) >= 1, printed
    assert set(codes) <= {0, 2}, printed
    assert len(places.ran) == 4


def test_copies_taken_into_one_store_in_one_moment_run_once(places: Places) -> None:
    """Each process has a folder of its own, so that only the journal can tell."""
    here, there = places.checkout("here"), places.checkout("there")
    here.ok("run", "release", *places.give)
    copies = [shutil.copytree(places.handoffs, places.folder / f"copy {number}") for number in range(4)]
    begun = [there.begin("run", "release", "--job", "scheduled", "--handoff", str(copy)) for copy in copies]
    printed = [process.communicate()[0] for process in begun]
    assert {process.returncode for process in begun} <= {0, 2}, printed
    assert len(places.ran) == 4
    assert len(there.json("runs")) == 1


def test_a_process_that_is_killed_in_the_middle_loses_nothing(places: Places) -> None:
    here, there, other = (places.checkout(name, BLOCKING) for name in ("here", "there", "other"))
    here.ok("run", "slow", *places.give)
    take = places.take(lane="slow")
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
    here, there, other = (places.checkout(name) for name in ("here", "there", "other"))
    here.ok("run", "release", *places.give)
    script = KILLED.format(module=module, name=name, before=before)
    killed = subprocess.run(
        [sys.executable, "-c", script, *places.take()],
        cwd=there.folder,
        env=there.environment(),
        capture_output=True,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert len(there.json("runs")) <= 1
    printed = " ".join(other.refused(*places.take()).split())
    assert "Call this command there again" in printed or "Go on there: lane resume" in printed
    there.ok(*places.take())
    assert len(places.ran) == 4
    assert len(there.json("runs")) == 1
