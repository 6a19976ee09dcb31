"""Runs a lane or an action for a test, in a folder of its own, and tells how every step went."""

# ruff: noqa: ARG002 - a reporter is told more than is kept here

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lane._errors import PlanError
from lane._lanefile.lane import App, Lane

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from lane._lanefile.action import Action
    from lane._plan.plan import Job, Plan
    from lane._plan.prepare import Prepared
    from lane._report.reporter import RunEnd, StepEnd

PARALLEL = 8


@dataclass(slots=True)
class StepOutcome:
    """How a step went: `succeeded`, `failed`, `skipped`, `cancelled` or `satisfied`; and what it said.

    `log` has its lines without levels, `attempts` counts from 1.
    """

    state: str = "running"
    message: str | None = None
    hint: str | None = None
    attempts: int = 1
    log: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Outcome:
    """How a run went. Steps and outputs by step id; `pending` are the names of the jobs that wait.

    `exit_code` is what `lane run` would have exited with. `events` are (step id, state), in their order. An
    item of an `each` is a step of its own in `steps`, such as `upload[0]`; the output of the step is a list.
    """

    exit_code: int = 0
    steps: dict[str, StepOutcome] = field(default_factory=dict)
    outputs: dict[str, Any] = field(default_factory=dict)
    events: list[tuple[str, str]] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    pending: list[str] = field(default_factory=list)


def run(what: Lane[..., Any] | Action[..., Any], folder: Path, /, **parameters: object) -> Outcome:
    """Run a lane, or an action alone, for real: threads, programs, HTTP, journal. Nobody is asked anything.

    `folder` stands for the Lanefile's: relative paths start there, and its `.env` is read. Credentials are
    found as in any run; the fixture `sandbox` gives some. Raises PlanError, CredentialError or UsageError
    where `lane run` would refuse to begin.
    """
    lane = what if isinstance(what, Lane) else _alone(what, parameters)
    prepared = _prepared(lane, folder, parameters if lane is what else {})
    return _run(prepared, str(folder / ".lane"))


def _alone(action: Action[..., Any], options: dict[str, object]) -> Lane[..., Any]:
    """A lane of one step."""

    def alone() -> None:
        action(**options)

    alone.__name__ = action.name
    return Lane(alone)


def _prepared(lane: Lane[..., Any], folder: Path, parameters: dict[str, object]) -> Prepared:
    from lane._lanefile.load import NAME, Project
    from lane._plan.prepare import prepare

    project = Project(str(folder / NAME), {lane.name: lane}, [], App())
    prepared = prepare(project, lane, parameters, setting="ci", store=str(folder / ".lane"))
    if prepared.problems:
        raise PlanError(prepared.problems)
    return prepared


def _run(prepared: Prepared, store: str) -> Outcome:
    from lane._plan.credentials import Finder
    from lane._run.begin import check_before, new_run, record
    from lane._run.claim import claimed
    from lane._run.journal import Journal
    from lane._run.run import Running, go

    plan = prepared.plan
    jobs = [plan.first_job] if plan.first_job else []
    check_before(prepared, jobs)
    watching = _Watching()
    journal = Journal(store)
    try:
        run = new_run(prepared)
        with claimed(store, run.id):
            record(journal, prepared, run)
            find = Finder(prepared.environment, prepared.project.folder)
            running = Running(prepared, run, journal, watching, parallel=PARALLEL, find=find)
            watching.outcome.exit_code = go(running, jobs, follow=True)
            if running.interrupted:
                raise KeyboardInterrupt  # it was meant for the tests, not only for this run
    finally:
        journal.close()
    steps = prepared.graph.steps
    watching.outcome.outputs = {steps[index].id: value for index, value in running.material.known()}
    return watching.outcome


class _Watching:
    """The reporter of a test: keeps what it is told."""

    def __init__(self) -> None:
        self.outcome = Outcome()

    def _step(self, step: str) -> StepOutcome:
        return self.outcome.steps.setdefault(step, StepOutcome())

    def run_started(
        self, run: str, plan: Plan, jobs: Sequence[Job], *, sandbox: bool, done: Collection[int] = ()
    ) -> None:
        """Nothing to keep."""

    def job_started(self, job: Job) -> None:
        """Nothing to keep."""

    def step_started(self, index: int, step: str) -> None:
        self._step(step)
        self.outcome.events.append((step, "running"))

    def step_retried(self, index: int, step: str, attempt: int, message: str, seconds: float) -> None:
        self.outcome.events.append((step, "retried"))

    def step_output(self, index: int, step: str, level: str, text: str) -> None:
        self._step(step).log.append(text)

    def step_progress(
        self, index: int, step: str, label: str, done: int, total: int | None, unit: str
    ) -> None:
        """Nothing to keep."""

    def step_ended(self, index: int, step: str, end: StepEnd) -> None:
        kept = self._step(step)
        kept.state, kept.message, kept.hint, kept.attempts = end.state, end.message, end.hint, end.attempts
        self.outcome.events.append((step, end.state))

    def job_ended(self, job: Job, state: str) -> None:
        """Nothing to keep."""

    def notice(self, level: str, text: str) -> None:
        self.outcome.notices.append(text)

    def paused(self) -> AbstractContextManager[None]:
        return nullcontext()

    def run_ended(self, end: RunEnd) -> None:
        self.outcome.pending = [one.job for one in end.pending]

    def close(self) -> None:
        """Nothing to let go of."""
