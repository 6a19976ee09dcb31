"""Runs lanes in this process, with a real journal in a folder, and keeps what a reporter is told."""

from __future__ import annotations

import time
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

from lane._cli.looking import look
from lane._lanefile.lane import App
from lane._lanefile.load import Project
from lane._plan.credentials import Finder
from lane._plan.prepare import Prepared, prepare
from lane._run.journal import Journal
from lane._run.resume import find_run, given_parameters, resume
from lane._run.run import start

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from lane._lanefile.lane import Hook, Lane
    from lane._plan.plan import Job, Plan
    from lane._report.reporter import RunEnd, StepEnd


def until(condition: Callable[[], Any], seconds: float = 20.0) -> None:
    """Wait until something is so; an AssertionError if it never is."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.005)


class Seen:
    """What a run told, and its exit code."""

    def __init__(self) -> None:
        self.code = -1
        self.run = ""
        self.events: list[tuple[str, str]] = []
        self.ends: dict[str, StepEnd] = {}
        self.jobs: list[tuple[str, str]] = []
        self.notices: list[str] = []
        self.retries: list[tuple[str, int, str, float]] = []
        self.lines: list[tuple[str, str, str]] = []
        self.done: list[int] = []
        self.end: RunEnd | None = None

    @property
    def states(self) -> dict[str, str]:
        """How each step ended."""
        return {name: end.state for name, end in self.ends.items()}

    @property
    def begun(self) -> list[str]:
        """The steps that began, in their order."""
        return [name for name, state in self.events if state == "running"]

    def run_started(
        self, run: str, plan: Plan, jobs: Sequence[Job], *, sandbox: bool, done: Collection[int] = ()
    ) -> None:
        """Keep it."""
        self.run = run
        self.done = sorted(done)

    def job_started(self, job: Job) -> None:
        """Nothing to keep."""

    def step_started(self, index: int, step: str) -> None:
        """Keep it."""
        self.events.append((step, "running"))

    def step_retried(self, index: int, step: str, attempt: int, message: str, seconds: float) -> None:
        """Keep it."""
        self.retries.append((step, attempt, message, seconds))

    def step_output(self, index: int, step: str, level: str, text: str) -> None:
        """Keep it."""
        self.lines.append((step, level, text))

    def step_progress(
        self, index: int, step: str, label: str, done: int, total: int | None, unit: str
    ) -> None:
        """Nothing to keep."""

    def step_ended(self, index: int, step: str, end: StepEnd) -> None:
        """Keep it."""
        self.events.append((step, end.state))
        self.ends[step] = end

    def job_ended(self, job: Job, state: str) -> None:
        """Keep it."""
        self.jobs.append((job.name, state))

    def notice(self, level: str, text: str) -> None:
        """Keep it."""
        self.notices.append(text)

    def paused(self) -> AbstractContextManager[None]:
        """Nothing is drawn anyway."""
        return nullcontext()

    def run_ended(self, end: RunEnd) -> None:
        """Keep it."""
        self.end = end

    def close(self) -> None:
        """Nothing is open."""


class Engine:
    """A project of lanes that are defined in the test, in a folder with a store of its own."""

    def __init__(self, folder: Path, *, hooks: Sequence[Hook] = ()) -> None:
        self.folder = folder
        self.store = str(folder / ".lane")
        self.hooks = list(hooks)
        self.seen = Seen()

    def prepared(self, lane: Lane[..., Any], parameters: dict[str, Any], setting: str = "ci") -> Prepared:
        """Plan a lane."""
        project = Project(str(self.folder / "Lanefile.py"), {lane.name: lane}, self.hooks, App())
        made = prepare(project, lane, parameters, setting=setting, store=self.store)
        assert not made.problems, [str(one) for one in made.problems]
        return made

    def begin(
        self,
        lane: Lane[..., Any],
        *,
        parallel: int = 8,
        probe: bool = False,
        setting: str = "ci",
        **parameters: Any,
    ) -> Seen:
        """`lane run`."""
        made = self.prepared(lane, parameters, setting)
        find = Finder(made.environment, str(self.folder))
        self.seen = Seen()
        satisfied = look(made, find, self.seen.notice, None) if probe else {}
        self.seen.code = start(made, self.store, self.seen, parallel=parallel, find=find, satisfied=satisfied)
        return self.seen

    def resume(
        self,
        lane: Lane[..., Any],
        *,
        parallel: int = 8,
        only: str | None = None,
        again: frozenset[str] = frozenset(),
        setting: str = "ci",
        secrets: dict[str, Any] | None = None,
    ) -> Seen:
        """`lane resume`, of the newest run that has work left."""
        with self.journal() as journal:
            run = find_run(journal, None)
            assert run is not None, "no run has work left"
            made = self.prepared(lane, {**given_parameters(run, lane), **(secrets or {})}, setting)
            find = Finder(made.environment, str(self.folder))
            self.seen = Seen()
            self.seen.code = resume(
                made, run, journal, self.seen, parallel=parallel, find=find, only=only, again=again
            )
        return self.seen

    @contextmanager
    def journal(self) -> Iterator[Journal]:
        """The store's journal, open while the block runs."""
        journal = Journal(self.store)
        try:
            yield journal
        finally:
            journal.close()

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """Rows of the journal."""
        with self.journal() as journal:
            return journal.read(query, values)
