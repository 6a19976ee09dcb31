"""A release as reporters see it: a real plan, and what a run tells. `python simulated.py` plays it."""

from __future__ import annotations

import io
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lane._graph.trace import trace
from lane._lanefile.action import action
from lane._lanefile.lane import lane
from lane._lanefile.trigger import nightly
from lane._plan.credentials import Found
from lane._plan.planner import plan
from lane._report.choose import reporters_for
from lane._report.plain import PlainReporter
from lane._report.reporter import (
    CANCELLED,
    FAILED,
    SATISFIED,
    SKIPPED,
    SUCCEEDED,
    Pending,
    RunEnd,
    StepEnd,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from lane._plan.plan import Plan
    from lane._report.ci import System
    from lane._report.reporter import Reporter
    from lane._run.context import Context

RUN = "20261124-0751-3f2a"


@action
def match(ctx: Context) -> None:
    """Fetch signing."""


@action
def build_app(ctx: Context) -> None:
    """Build."""


@action
def upload(ctx: Context) -> None:
    """Upload."""


@action
def notify(ctx: Context) -> None:
    """Tell people."""


@action(on=nightly)
def download_dsyms(ctx: Context) -> None:
    """Fetch dSYMs."""


@lane
def release() -> None:
    """Ship a build."""
    signing = match()
    app = build_app.set(after=signing)()
    sent = upload.set(after=app)()
    notify.set(after=sent)()
    download_dsyms.set(after=sent)()


def planned(function: Any = release, folder: str | None = str(Path(__file__).parent)) -> Plan:
    """The plan of a lane, in which no step needs a credential."""
    graph = trace(function, {}, folder)
    assert not graph.problems, graph.problems
    made = plan(graph, [()] * len(graph.steps), lambda _mode: Found(None))
    made.digest = "sha256:0123456789abcdef0123456789abcdef"
    return made


def wide(count: int) -> Plan:
    """The plan of a lane of `count` equal steps."""

    @lane
    def many() -> None:
        for _ in range(count):
            notify()

    return planned(many)


WAITS = Pending(
    "scheduled", "0 3 * * * UTC", False, ["download_dsyms"], "2026-11-25T03:00Z", "nightly: lane resume"
)
ENDS = {
    "success": RunEnd(
        SUCCEEDED, 0, 21.4, [WAITS], [("match", 0.4), ("build_app", 8.1), ("upload", 12.3), ("notify", 0.05)]
    ),
    "failure": RunEnd(FAILED, 1, 20.9, [WAITS], [("match", 0.4), ("build_app", 8.1), ("upload", 12.3)]),
}
REFUSED = StepEnd(
    FAILED,
    12.3,
    attempts=3,
    message="The build 1.4.0 (37) exists already.",
    hint="Raise the build number: latest_build_number() + 1.",
    where="simulated.py:61",
    log=Path("logs/upload.log"),
)


class Clock:
    """Time that passes when told."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now

    def pass_by(self, seconds: float) -> None:
        self.now += seconds


class Played:
    """A reporter whose output can be read, and its clock."""

    def __init__(self, system: System | None = None, **options: Any) -> None:
        self.stream = io.StringIO()
        self.clock = Clock()
        self.reporter = PlainReporter(self.stream, system, clock=self.clock, **options)
        self.plan = planned()

    def start(self) -> PlainReporter:
        self.reporter.run_started(RUN, self.plan, [self.plan.jobs[0]], sandbox=False)
        return self.reporter

    @property
    def lines(self) -> list[str]:
        return self.stream.getvalue().splitlines()


def play(
    reporter: Reporter, made: Plan, *, fails: bool = False, pause: Callable[[float], object] = time.sleep
) -> None:
    """Tell `reporter` of a release; `pause` is called between what happens, with seconds."""
    main = made.jobs[0]
    reporter.run_started(RUN, made, [main], sandbox=True)
    reporter.job_started(main)
    reporter.step_started(0, "match")
    pause(0.4)
    reporter.step_ended(0, "match", StepEnd(SATISFIED, 0.4, message="the profile is there"))
    reporter.step_started(1, "build_app")
    for name in ("AppDelegate", "Aurora", "Settings", "Onboarding"):
        reporter.step_output(1, "build_app", "output", f"\x1b[1mCompiling\x1b[0m {name}.swift")
        pause(0.6)
    reporter.step_output(1, "build_app", "warning", "AppDelegate.swift:12: unused variable")
    reporter.step_ended(1, "build_app", StepEnd(SUCCEEDED, 8.1))
    _play_upload(reporter, fails=fails, pause=pause)
    reporter.job_ended(main, FAILED if fails else SUCCEEDED)
    reporter.run_ended(ENDS["failure" if fails else "success"])


def _play_upload(reporter: Reporter, *, fails: bool, pause: Callable[[float], object]) -> None:
    reporter.step_started(2, "upload")
    reporter.step_output(2, "upload", "info", "13 parts of 4 MiB")
    for part in range(27):
        reporter.step_progress(2, "upload", "parts", part * 2_000_000, 52_100_000, "bytes")
        pause(0.1)
        if part == 12:
            reporter.step_retried(2, "upload", 2, "Connection reset by peer", 0.5)
            pause(0.5)
    if fails:
        reporter.step_ended(2, "upload", REFUSED)
        reporter.step_ended(3, "notify", StepEnd(SKIPPED, message="not run: an earlier step failed"))
        return
    reporter.step_ended(2, "upload", StepEnd(SUCCEEDED, 12.3, attempts=2))
    reporter.step_started(3, "notify")
    reporter.step_ended(3, "notify", StepEnd(SUCCEEDED, 0.05))


def play_wide(reporter: Reporter, made: Plan, pause: Callable[[float], object], at_once: int = 6) -> None:
    """Tell of many steps, of which `at_once` run side by side."""
    main = made.jobs[0]
    ids = [made.graph.steps[index].id for index in main.steps]
    reporter.run_started(RUN, made, [main], sandbox=False)
    reporter.job_started(main)
    for at in range(len(ids) + at_once):
        if at >= at_once:
            state = (FAILED if at % 17 == 9 else SUCCEEDED) if at % 29 else CANCELLED
            end = StepEnd(state, at * 0.01, message=None if state == SUCCEEDED else "no reason")
            reporter.step_ended(at - at_once, ids[at - at_once], end)
        if at < len(ids):
            reporter.step_started(at, ids[at])
            reporter.step_output(at, ids[at], "info", f"Working on {at}")
        pause(0.1)
    reporter.job_ended(main, FAILED)
    reporter.run_ended(RunEnd(FAILED, 1, 12.0))


def main(words: list[str]) -> None:
    """Play it: `failure`, `at once`, `wide`, `--json`, `-v`, `--junit=FILE`."""
    junit = next((Path(word.partition("=")[2]) for word in words if word.startswith("--junit=")), None)
    with reporters_for(json="--json" in words, junit=junit, verbose="-v" in words) as reporter:
        if "wide" in words:
            play_wide(reporter, wide(120), time.sleep)
        else:
            pause = (lambda _: None) if "at once" in words else time.sleep
            play(reporter, planned(), fails="failure" in words, pause=pause)


if __name__ == "__main__":
    main(sys.argv[1:])
