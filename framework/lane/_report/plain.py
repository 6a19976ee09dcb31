"""Plain lines for pipes and CI systems: no control codes, groups where the system has them."""

# ruff: noqa: ARG002 - a method of an interface takes what all need

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from .ci import in_checkout
from .end import ending, failure, first_line, last_line, step_end
from .lines import Lines
from .reporter import FAILED, SKIPPED, SUCCEEDED
from .steps import HOOKED, Steps
from .tally import Tally
from .text import Line, amount, clean, clean_lines, counted, duration, listed
from .ticker import Ticker

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from lane._plan.plan import Job, Plan

    from .ci import System
    from .groups import Group, Groups, Problem
    from .reporter import RunEnd, StepEnd

_TICK = 0.1  # seconds: the longest that a line waits
_ANNOUNCED_AFTER = 1.0  # seconds: a step that ends sooner, and says nothing, needs one line only
_SILENCE = 30.0  # seconds: CI systems end a job that says nothing for long
_MOST_BUFFERED = 5_000  # lines of a step's log that wait for its end


class _Running:
    __slots__ = ("announced", "index", "lines", "parts", "progress", "started")

    def __init__(self, index: int, started: float) -> None:
        self.index = index
        self.started = started
        self.announced = False
        self.lines: list[str] = []
        self.parts = 0  # groups of its log that were printed so far
        self.progress = ""


class PlainReporter:
    """Writes one line when a step that lasts begins, its log, and one line when it ends.

    Without groups each line of a log stands at once, as `upload │ text`. With a CI system's groups a step's
    lines wait for its end, since steps run side by side; they stream while it is the only one that runs.
    """

    def __init__(
        self,
        stream: TextIO,
        system: System | None = None,
        *,
        verbose: bool = False,
        checkout: str | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`checkout` is the folder that the CI system takes annotated files to be in."""
        self._lines = Lines(stream)
        self._groups: Groups | None = None
        if system is not None and system.groups is not None:
            from .groups import DIALECTS

            self._groups = DIALECTS[system.groups]
        self._verbose = verbose
        self._checkout = checkout
        self._clock = clock
        self._lock = threading.Lock()
        self._ticker = Ticker(_TICK, self.tick, self._flush)
        self._running: dict[str, _Running] = {}
        self._open: Group | None = None  # what streams
        self._keys = 0
        self._skipped: dict[str, list[str]] = {}  # by why, since many are skipped for one reason
        self._tally = Tally()
        self._heard = (0, 0.0)  # how many lines were written, and when that was seen to change

    # The reporter's interface

    def run_started(
        self, run: str, plan: Plan, jobs: Sequence[Job], *, sandbox: bool, done: Collection[int] = ()
    ) -> None:
        """Say which run, lane and plan this is."""
        self._run, self._plan, self._sandbox = run, plan, sandbox
        self._alone = jobs[0] if len(jobs) == 1 else None
        with self._lock:
            self._steps = Steps(plan)
            self._tally = Tally()
            self._heard = (0, self._clock())
            self._say(first_line(run, plan, jobs, sandbox=sandbox, done=set(done)))
            self._lines.flush()
        self._ticker.start()

    def job_started(self, job: Job) -> None:
        """Say so, unless the first line did."""
        if job is not self._alone:
            with self._lock:
                self._lines.add(f"Job {job.name}: {counted(len(job.steps), 'step')}")

    def step_started(self, index: int, step: str) -> None:
        """Remember it; it is announced if it lasts, or says something."""
        with self._lock:
            if self._open is not None:
                self._close_group()
            self._running[step] = _Running(index, self._clock())

    def step_retried(self, index: int, step: str, attempt: int, message: str, seconds: float) -> None:
        """Say why, and when it is tried again."""
        why = self._harmless(clean_lines(message)[0])
        with self._lock:
            self._lines.add(f"↻ {step}: attempt {attempt} in {duration(seconds)}, since: {why}")

    def step_output(self, index: int, step: str, level: str, text: str) -> None:
        """A line of its log."""
        if level == "debug" and not self._verbose:
            return
        text = clean(text)
        if level != "output":
            text = self._harmless(text)
            if level != "info":
                text = f"{level}: {text}"
        with self._lock:
            running = self._running.get(step)
            if self._groups is None or running is None:
                self._stream(step, running, text)
            elif self._open is not None and self._open.step == step:
                self._lines.add(text)
            else:
                running.lines.append(text)
                if len(running.lines) >= _MOST_BUFFERED:
                    self._group(step, running, f"▸ {step}")

    def step_progress(
        self, index: int, step: str, label: str, done: int, total: int | None, unit: str
    ) -> None:
        """Kept for the line that breaks a long silence."""
        running = self._running.get(step)
        if running is not None:
            running.progress = f"{label} {amount(done, total, unit)}".strip()

    def step_ended(self, index: int, step: str, end: StepEnd) -> None:
        """Its group, if its log is still to come; its state and time; why it failed."""
        with self._lock:
            running = self._running.pop(step, None)
            self._tally.add(self._steps.position(index, step) if HOOKED in step else index, step, end)
            streamed = self._open is not None and self._open.step == step
            if streamed:
                self._close_group()
            if running is not None and running.lines:
                self._group(step, running, _joined(step_end(step, end)), failed=end.state == FAILED)
                if end.state == FAILED:
                    self._tell_failure([(f"✗ {step}", "")], step, end)
            elif end.state == SUCCEEDED and end.attempts == 1:
                self._lines.add(f"✓ {step} {duration(end.seconds)}")
            elif end.state == FAILED:
                self._tell_failure(step_end(step, end), step, end)
            elif end.state == SKIPPED:
                self._skipped.setdefault(end.message or "", []).append(step)
            else:
                self._say(step_end(step, end))

    def job_ended(self, job: Job, state: str) -> None:
        """Say so, unless the first line did."""
        if job is not self._alone:
            with self._lock:
                self._tell_skipped()
                self._lines.add(f"Job {job.name} {state}")

    def notice(self, level: str, text: str) -> None:
        """Say it at once: the process may be about to end."""
        lines = clean_lines(text)
        if level not in ("info", "output"):
            lines[0] = f"{level}: {lines[0]}"
        with self._lock:
            self._lines.extend([self._harmless(line) for line in lines])
            self._lines.flush()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Nothing is written while a person is asked; steps go on."""
        with self._lock:
            self._lines.flush()
            self._lines.held = True
        try:
            yield
        finally:
            with self._lock:
                self._lines.held = False
                self._lines.flush()

    def run_ended(self, end: RunEnd) -> None:
        """The table, why steps failed, the critical path, what is pending, and the last line."""
        self._ticker.stop()
        with self._lock:
            if self._open is not None:
                self._close_group()
            for step, running in self._running.items():
                if running.lines:
                    self._group(step, running, f"▸ {step}")
            self._running.clear()
            self._tell_skipped()
            for line in ending(self._tally, end):
                self._say(line)
            began = self._tally.total > 0
            self._say(last_line(self._run, self._plan, end, sandbox=self._sandbox, began=began))
            self._lines.flush()

    def close(self) -> None:
        """Write what waits."""
        self._ticker.stop()
        self._flush()

    # By time

    def tick(self) -> None:
        """Announce what lasts, stream what runs alone, break a long silence, write what waits."""
        now = self._clock()
        with self._lock:
            for step, running in self._running.items():
                if not running.announced and now - running.started >= _ANNOUNCED_AFTER:
                    self._announce(step, running)
            if self._groups is not None and self._open is None and len(self._running) == 1:
                self._stream_alone()
            self._tell_skipped()
            self._lines.flush()
            self._break_silence(now)

    def _break_silence(self, now: float) -> None:
        written, since = self._heard
        if self._lines.written != written:
            self._heard = (self._lines.written, now)
        elif self._running and now - since >= _SILENCE:
            told = [
                f"{step} {duration(now - one.started)}{f' ({one.progress})' if one.progress else ''}"
                for step, one in list(self._running.items())[:5]
            ]
            more = f" and {len(self._running) - 5} more" if len(self._running) > 5 else ""
            self._lines.add(f"… still running: {', '.join(told)}{more}")
            self._lines.flush()
            self._heard = (self._lines.written, now)

    def _flush(self) -> None:
        with self._lock:
            for step, running in self._running.items():
                for text in running.lines:
                    self._lines.add(f"{step} │ {text}")
                running.lines.clear()
            self._lines.flush()

    # Lines and groups; all with the lock held

    def _announce(self, step: str, running: _Running) -> None:
        running.announced = True
        self._lines.add(f"▸ {step}")

    def _stream(self, step: str, running: _Running | None, text: str) -> None:
        if running is not None and not running.announced:
            self._announce(step, running)
        self._lines.add(f"{step} │ {text}")

    def _stream_alone(self) -> None:
        ((step, running),) = self._running.items()
        if running.lines:
            self._open_group(step, running, f"▸ {step}", failed=False)
            self._lines.extend(running.lines)
            running.lines = []

    def _group(self, step: str, running: _Running, title: str, *, failed: bool = False) -> None:
        """What waits of a step's log, as one group."""
        self._open_group(step, running, title, failed=failed)
        self._lines.extend(running.lines)
        running.lines = []
        self._close_group()

    def _open_group(self, step: str, running: _Running, title: str, *, failed: bool) -> None:
        from .groups import Group

        assert self._groups is not None
        running.announced = True
        running.parts += 1
        self._keys += 1
        if running.parts > 1:
            title += " (continued)"
        self._open = Group(step, title, f"{step}_{self._keys}", failed)
        self._lines.add(self._groups.opened(self._open))

    def _close_group(self) -> None:
        assert self._groups is not None
        assert self._open is not None
        closed = self._groups.closed(self._open)
        self._open = None
        if closed is not None:
            self._lines.add(closed)

    def _tell_skipped(self) -> None:
        for why, steps in self._skipped.items():
            self._say([(f"– {listed(steps)} skipped" + (f": {clean_lines(why)[0]}" if why else ""), "")])
        self._skipped.clear()

    def _tell_failure(self, heading: Line, step: str, end: StepEnd) -> None:
        """Why it failed: as lines, and as the CI system's annotation, which brings the eye there."""
        for line in failure(heading, end):
            self._say(line)
        told = self._groups.problem(self._problem(step, end)) if self._groups is not None else None
        if told is not None:
            self._lines.add(told)
        self._lines.flush()

    def _problem(self, step: str, end: StepEnd) -> Problem:
        from .groups import Problem

        file, _, line = (end.where or "").rpartition(":")
        text = "\n".join(clean_lines("\n".join(filter(None, (end.message, end.hint)))))
        level = "warning" if end.allowed else "error"
        title = f"{step} failed"
        there = in_checkout(file, self._plan.graph.folder, self._checkout) if file else None
        return Problem(level, title, text, there, line if line.isdigit() else None)

    def _harmless(self, text: str) -> str:
        return text if self._groups is None else self._groups.harmless(text)

    def _say(self, line: Line) -> None:
        self._lines.add(self._harmless(_joined(line)))


def _joined(line: Line) -> str:
    return "".join(text for text, _ in line).rstrip()
