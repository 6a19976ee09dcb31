"""Which reporters a run has, and how they are told, side by side."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, TextIO

from .ci import checkout_of, detect, terminal

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from pathlib import Path

    from lane._plan.plan import Job, Plan

    from .reporter import Reporter, RunEnd, StepEnd


def reporters_for(
    *,
    json: bool = False,
    junit: Path | None = None,
    verbose: bool = False,
    stream: TextIO | None = None,
    environ: Mapping[str, str] = os.environ,
) -> Reporters:
    """Events on stdout if `json`; else the live tree in a terminal, else plain lines in the CI system's way.

    `junit` adds a report in a file; raises UsageError where that cannot be written. A CI system that shows summaries
    gets one. What is not chosen is not imported.
    """
    told: list[Reporter] = [
        _on_stream(sys.stdout if stream is None else stream, environ, json=json, verbose=verbose)
    ]
    system = detect(environ)
    if system is not None:
        from .summary import SummaryReporter, summary_of

        write = summary_of(system, environ)
        if write is not None:
            told.append(SummaryReporter(write))
    if junit is not None:
        from .junit import JUnitReporter

        told.append(JUnitReporter(junit, checkout_of(system, environ)))
    return Reporters(told)


def _on_stream(stream: TextIO, environ: Mapping[str, str], *, json: bool, verbose: bool) -> Reporter:
    if json:
        from .json_lines import JsonReporter

        return JsonReporter(stream)
    system = detect(environ)
    if system is None and terminal(stream, environ):
        from .live import LiveReporter

        return LiveReporter(stream, verbose=verbose)
    from .plain import PlainReporter

    return PlainReporter(stream, system, verbose=verbose, checkout=checkout_of(system, environ))


class Reporters:
    """Tells several reporters, in turn. One that raises is left out from then on: no report breaks a run."""

    def __init__(self, told: Sequence[Reporter]) -> None:
        self.told = tuple(told)

    def run_started(
        self, run: str, plan: Plan, jobs: Sequence[Job], *, sandbox: bool, done: Collection[int] = ()
    ) -> None:
        """Tell all."""
        self._tell("run_started", run, plan, jobs, sandbox=sandbox, done=done)

    def job_started(self, job: Job) -> None:
        """Tell all."""
        self._tell("job_started", job)

    def step_started(self, index: int, step: str) -> None:
        """Tell all."""
        for reporter in self.told:
            try:
                reporter.step_started(index, step)
            except Exception as error:  # noqa: BLE001 - as in _tell(), which costs more: this is told most
                self._leave_out(reporter, error)

    def step_retried(self, index: int, step: str, attempt: int, message: str, seconds: float) -> None:
        """Tell all."""
        self._tell("step_retried", index, step, attempt, message, seconds)

    def step_output(self, index: int, step: str, level: str, text: str) -> None:
        """Tell all."""
        self._tell("step_output", index, step, level, text)

    def step_progress(
        self, index: int, step: str, label: str, done: int, total: int | None, unit: str
    ) -> None:
        """Tell all."""
        self._tell("step_progress", index, step, label, done, total, unit)

    def step_ended(self, index: int, step: str, end: StepEnd) -> None:
        """Tell all."""
        for reporter in self.told:
            try:
                reporter.step_ended(index, step, end)
            except Exception as error:  # noqa: BLE001 - as in _tell(), which costs more: this is told most
                self._leave_out(reporter, error)

    def job_ended(self, job: Job, state: str) -> None:
        """Tell all."""
        self._tell("job_ended", job, state)

    def notice(self, level: str, text: str) -> None:
        """Tell all."""
        self._tell("notice", level, text)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Let all pause."""
        with ExitStack() as stack:
            for reporter in self.told:
                stack.enter_context(reporter.paused())
            yield

    def run_ended(self, end: RunEnd) -> None:
        """Tell all."""
        self._tell("run_ended", end)

    def close(self) -> None:
        """Tell all."""
        self._tell("close")

    def __enter__(self) -> Reporters:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _tell(self, what: str, *args: Any, **named: Any) -> None:
        for reporter in self.told:
            try:
                getattr(reporter, what)(*args, **named)
            except Exception as error:  # noqa: BLE001 - whatever is wrong with a report, the release goes on
                self._leave_out(reporter, error)

    def _leave_out(self, reporter: Reporter, error: Exception) -> None:
        before = self.told
        self.told = tuple(other for other in before if other is not reporter)
        if len(self.told) == len(before):
            return
        text = f"{type(reporter).__name__} stopped: {type(error).__name__}: {error}"
        if self.told:
            self.notice("warning", text)
        else:
            print(f"lane: {text}", file=sys.stderr)
