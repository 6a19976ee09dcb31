"""Which reporters a run has; that they are told alike; what a run must not import."""

from __future__ import annotations

import io
import os
import pty
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from simulated import RUN, Played, planned, play

from lane._report.choose import Reporters, reporters_for
from lane._report.plain import PlainReporter
from lane._report.reporter import SUCCEEDED, RunEnd, StepEnd

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lane._report.reporter import Reporter

HERE = Path(__file__).parent


@contextmanager
def terminal() -> Iterator[io.TextIOWrapper]:
    ours, theirs = pty.openpty()
    with os.fdopen(ours, "rb", 0), os.fdopen(theirs, "w") as stream:
        yield stream


def kinds(reporters: Reporters) -> list[str]:
    return [type(one).__name__ for one in reporters.told]


def test_a_terminal_gets_the_tree_unless_a_ci_system_runs_there(tmp_path: Path) -> None:
    with terminal() as stream:
        assert kinds(reporters_for(stream=stream, environ={"TERM": "xterm"})) == ["LiveReporter"]
        assert kinds(reporters_for(stream=stream, environ={"TERM": "dumb"})) == ["PlainReporter"]
        environ = {"TERM": "xterm", "GITLAB_CI": "true"}
        assert kinds(reporters_for(stream=stream, environ=environ)) == ["PlainReporter"]
        environ = {"TERM": "xterm", "BUILDKITE": "true"}
        assert kinds(reporters_for(stream=stream, environ=environ)) == ["PlainReporter", "SummaryReporter"]
        assert kinds(reporters_for(stream=stream, environ={}, json=True)) == ["JsonReporter"]
    chosen = reporters_for(stream=io.StringIO(), environ={}, junit=tmp_path / "junit.xml")
    assert kinds(chosen) == ["PlainReporter", "JUnitReporter"]


PROBE = """
import sys
from simulated import play, planned
from lane._report.choose import reporters_for
before = set(sys.modules)
with reporters_for(json={json}) as reporter:
    play(reporter, planned(), fails=True, pause=lambda _: None)
print(*{{name.partition(".")[0] for name in set(sys.modules) - before}}, file=sys.stderr)
"""


@pytest.mark.parametrize(("json", "allowed"), [(False, set()), (True, {"json", "datetime", "_json"})])
def test_a_run_imports_nothing_heavy(json: bool, allowed: set[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROBE.format(json=json)], cwd=HERE, capture_output=True, text=True, check=True
    )
    heavy = {"rich", "networkx", "xml", "json", "datetime", "pydantic", "requests"}
    assert set(done.stderr.split()) & heavy <= allowed


class Broken(PlainReporter):
    """A reporter with a bug."""

    def step_ended(self, index: int, step: str, end: StepEnd) -> None:
        """Fail."""
        raise ZeroDivisionError("a bug")


def test_a_reporter_that_raises_is_left_out_and_the_others_say_so() -> None:
    made = Played()
    broken: Reporter = Broken(io.StringIO())
    reporters = Reporters([broken, made.reporter])
    play(reporters, made.plan, pause=lambda _: None)
    assert made.lines.count("warning: Broken stopped: ZeroDivisionError: a bug") == 1
    assert "✓ upload 12.3 s, 2 attempts" in made.lines
    assert kinds(reporters) == ["PlainReporter"]


def test_the_last_reporter_that_raises_is_told_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    reporters = Reporters([Broken(io.StringIO())])
    reporters.step_ended(0, "match", StepEnd(SUCCEEDED))
    reporters.step_ended(0, "match", StepEnd(SUCCEEDED))
    assert capsys.readouterr().err == "lane: Broken stopped: ZeroDivisionError: a bug\n"


def test_what_was_said_is_written_where_the_run_never_ended() -> None:
    made = Played()
    with Reporters([made.reporter]) as reporters:
        reporters.run_started(RUN, made.plan, made.plan.jobs, sandbox=False)
        reporters.step_ended(0, "match", StepEnd(SUCCEEDED, 1.0))
    assert made.lines[1:] == ["✓ match 1.0 s"]


def test_all_pause_while_a_person_is_asked() -> None:
    first, second = Played(), Played()
    reporters = Reporters([first.reporter, second.reporter])
    made = planned()
    reporters.run_started(RUN, made, made.jobs, sandbox=False)
    with reporters.paused():
        reporters.step_ended(0, "match", StepEnd(SUCCEEDED, 1.0))
    for one in (first, second):
        assert one.lines[1:] == ["✓ match 1.0 s"]
    reporters.run_ended(RunEnd(SUCCEEDED, 0, 1.0))
