"""The live tree in a terminal: what runs, redrawn ten times a second; what failed stays above it."""

# ruff: noqa: ARG002 - a method of an interface takes what all need

from __future__ import annotations

import threading
import time
from collections import deque
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from rich.console import Console
from rich.live import Live
from rich.text import Text

from .end import ending, failure, first_line, last_line, step_end, wrapped
from .progress import Progress
from .reporter import FAILED, RUNNING, SUCCEEDED
from .steps import Steps
from .tally import Tally
from .text import SIGNS, TO_ASCII, Line, can_encode, clean, clean_lines, duration
from .ticker import Ticker
from .tree import JobView, Row, totals, tree

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from lane._plan.plan import Job, Plan

    from .reporter import RunEnd, StepEnd

_TICK = 0.1  # seconds between two drawings
_TAIL = 20  # lines of a failed step's log
_MOST_WAITING = 2_000  # lines above the tree that wait for the next drawing; older ones are in the step's log


class LiveReporter:
    """Draws the tree; above it stand warnings, failures with the end of their log and, if `verbose`, all logs."""

    def __init__(
        self,
        stream: TextIO,
        *,
        verbose: bool = False,
        console: Console | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`console` is made of `stream` where it is left out."""
        self._console = console or Console(file=stream, highlight=False, markup=False, emoji=False)
        self._typographic = can_encode(self._console.encoding)
        self._verbose = verbose
        self._clock = clock
        self._lock = threading.Lock()  # what is known; never held while something is drawn
        self._drawing = threading.Lock()
        self._ticker = Ticker(_TICK, self.tick, self.close)
        self._live: Live | None = None
        self._above: deque[Line] = deque(maxlen=_MOST_WAITING)
        self._rows: dict[str, tuple[Row, deque[str]]] = {}
        self._jobs: dict[str, JobView] = {}
        self._tally = Tally()

    # The reporter's interface

    def run_started(
        self, run: str, plan: Plan, jobs: Sequence[Job], *, sandbox: bool, done: Collection[int] = ()
    ) -> None:
        """Say which run, lane and plan this is, and begin to draw."""
        self._run, self._plan, self._sandbox = run, plan, sandbox
        self._began = self._clock()
        with self._lock:
            self._tally = Tally()
            self._steps = Steps(plan)
            self._ids = [step.id for step in plan.graph.steps]
            self._done = frozenset(done)
            self._jobs = {job.name: JobView(job, self._ids, self._done) for job in jobs}
        self._print(
            wrapped(first_line(run, plan, jobs, sandbox=sandbox, done=set(done)), self._console.width)
        )
        self._resume()
        self._ticker.start()

    def job_started(self, job: Job) -> None:
        """Its heading shows it; one that follows the first appears."""
        with self._lock:
            self._steps.running = job
            view = self._jobs.setdefault(job.name, JobView(job, self._ids, self._done))
            view.state = RUNNING

    def step_started(self, index: int, step: str) -> None:
        """A row of its own."""
        with self._lock:
            self._begun(index, step)

    def step_retried(self, index: int, step: str, attempt: int, message: str, seconds: float) -> None:
        """Its row says so."""
        why = clean_lines(message)[0]
        with self._lock:
            known = self._rows.get(step)
            if known is not None:
                known[0].progress = None
                known[0].note = f"attempt {attempt} in {duration(seconds)}: {why}"
                known[1].append(f"attempt {attempt} in {duration(seconds)}, since: {why}")

    def step_output(self, index: int, step: str, level: str, text: str) -> None:
        """The last line stands in its row; warnings stay above the tree, and all lines if that was asked for."""
        if level == "debug" and not self._verbose:
            return
        text = clean(text)
        if level in ("warning", "error"):
            text = f"{level}: {text}"
        with self._lock:
            known = self._rows.get(step)
            if known is not None:
                known[0].note = text
                known[1].append(text)
            if self._verbose or level == "warning":
                style = "yellow" if level == "warning" else ""
                self._above.append([(f"{step} │ ", "cyan"), (text, style)])

    def step_progress(
        self, index: int, step: str, label: str, done: int, total: int | None, unit: str
    ) -> None:
        """A bar in its row."""
        with self._lock:
            known = self._rows.get(step)
            if known is not None:
                row = known[0]
                if row.progress is None:
                    row.progress = Progress()
                row.progress.update(self._clock(), label, done, total, unit)

    def step_ended(self, index: int, step: str, end: StepEnd) -> None:
        """Its row shows how; a failure is told above the tree, where it stays."""
        with self._lock:
            row, tail = self._rows.get(step) or self._begun(index, step)
            del self._rows[step]
            row.note = clean_lines(end.message)[0] if end.message else ""
            self._tally.add(row.at, step, end)
            view = self._view(index, step)
            if view is not None:
                view.finished(row, end)
            if end.state == FAILED:
                self._above.extend(failure(step_end(step, end), end))
                if not self._verbose:
                    self._above.extend([("  │ ", "red"), (text, "dim")] for text in tail)

    def job_ended(self, job: Job, state: str) -> None:
        """Its heading shows how."""
        with self._lock:
            self._jobs[job.name].state = state if state in SIGNS else SUCCEEDED

    def notice(self, level: str, text: str) -> None:
        """Said above the tree, at once."""
        style = {"warning": "yellow", "error": "red"}.get(level, "")
        with self._lock:
            self._above.extend([(line, style)] for line in clean_lines(text))
        if self._live is None:
            self._print(self._waiting())
        else:
            self.tick()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """The tree is taken away while a person is asked."""
        self._suspend()
        try:
            yield
        finally:
            self._resume()

    def run_ended(self, end: RunEnd) -> None:
        """The tree gives way to the table, the critical path, what is pending, and the last line."""
        self._ticker.stop()
        self._suspend()
        far = self._verbose or self._tally.cut  # what was told of failures is out of sight
        lines = ending(self._tally, end, width=self._console.width, failures=far)
        self._print([*self._waiting(), *lines])
        last = last_line(self._run, self._plan, end, sandbox=self._sandbox, began=self._tally.total > 0)
        self._print(wrapped(last, self._console.width))

    def close(self) -> None:
        """Take the tree away, give the cursor back, print what waits."""
        self._ticker.stop()
        self._suspend()
        self._print(self._waiting())

    # Drawing

    def tick(self) -> None:
        """Draw the tree as it is now, below what is to stay above it."""
        with self._drawing:
            if self._live is None:
                return
            above = self._waiting()
            self._live.update(self._tree())
            if above:
                self._print(above)
            else:
                self._live.refresh()

    def _waiting(self) -> list[Line]:
        with self._lock:
            lines = list(self._above)
            self._above.clear()
        return lines

    def _tree(self) -> Text:
        width, height = self._console.size
        now = self._clock()
        with self._lock:
            jobs = list(self._jobs.values())
            lines = tree(jobs, now, width, max(height - 2, 1))
            head = totals(self._plan.lane, jobs, now - self._began)
        return self._text([head, *lines])

    def _text(self, lines: list[Line]) -> Text:
        text = Text(no_wrap=True, overflow="crop")
        for at, line in enumerate(lines):
            if at:
                text.append("\n")
            for part, style in line:
                text.append(part if self._typographic else part.translate(TO_ASCII), style)
        return text

    def _print(self, lines: list[Line]) -> None:
        if lines:
            self._console.print(self._text(lines), soft_wrap=True)

    def _resume(self) -> None:
        with self._drawing:
            # One that was stopped remembers how high it was, and would erase what stands there now.
            live = Live(
                self._tree(),
                console=self._console,
                auto_refresh=False,
                transient=True,
                vertical_overflow="crop",
            )
            live.start(refresh=True)
            self._live = live

    def _suspend(self) -> None:
        with self._drawing:
            live, self._live = self._live, None
            if live is not None:
                live.stop()

    def _begun(self, index: int, step: str) -> tuple[Row, deque[str]]:
        row = Row(self._steps.position(index, step), step, self._clock())
        known = self._rows[step] = row, deque[str](maxlen=_TAIL)
        view = self._view(index, step)
        if view is not None:
            view.started(row)
        return known

    def _view(self, index: int, step: str) -> JobView | None:
        return self._jobs.get(self._steps.job(index, step) or "")
