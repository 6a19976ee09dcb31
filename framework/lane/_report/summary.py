"""A job's summary in Markdown, which a CI system shows beside its log: the plan, the steps, what failed, what waits."""

# ruff: noqa: ARG002 - a method of an interface takes what all need

from __future__ import annotations

import re
import subprocess
import threading
from contextlib import nullcontext
from typing import TYPE_CHECKING

from lane._redact import redactor

from .reporter import FAILED, SKIPPED
from .steps import HOOKED, Steps
from .tally import Tally
from .text import SIGNS, clean_lines, counted, duration, listed

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from lane._plan.plan import Job, Plan

    from .ci import System
    from .reporter import RunEnd, StepEnd

_MOST = 900_000  # bytes: GitHub takes 1 MiB of a step
_MOST_DRAWN = 60  # steps
_PATIENCE = 30.0  # seconds


def summary_of(system: System | None, environ: Mapping[str, str]) -> Callable[[str, bool], None] | None:
    """How a CI system takes a summary: called with the text, and whether the run did well; None where it has none."""
    name = None if system is None else system.name
    place = environ.get("GITHUB_STEP_SUMMARY")
    if name == "GitHub Actions" and place:
        return lambda text, _: _append(place, text)
    if name == "Buildkite":
        return _annotate
    return None


def _append(place: str, text: str) -> None:
    with open(place, "a", encoding="utf-8") as file:  # noqa: PTH123 - pathlib costs 10 ms at start
        file.write(f"{text}\n")


def _annotate(text: str, well: bool) -> None:
    """By Buildkite's agent, which is on the path of every job."""
    style = "success" if well else "error"
    command = ["buildkite-agent", "annotate", "--style", style, "--context", "lane", "--append"]
    subprocess.run(command, input=f"{text}\n".encode(), timeout=_PATIENCE, check=True, capture_output=True)


class SummaryReporter:
    """Writes the summary when the run ends; `write` gets it."""

    def __init__(self, write: Callable[[str, bool], None]) -> None:
        self._write = write
        self._lock = threading.Lock()
        self._tally = Tally()

    def run_started(
        self, run: str, plan: Plan, jobs: Sequence[Job], *, sandbox: bool, done: Collection[int] = ()
    ) -> None:
        """Remember what runs."""
        self._run, self._plan, self._jobs, self._sandbox = run, plan, list(jobs), sandbox
        self._steps = Steps(plan)
        self._tally = Tally()

    def job_started(self, job: Job) -> None:
        """Hooks are its steps too."""
        if job not in self._jobs:
            self._jobs.append(job)

    def step_started(self, index: int, step: str) -> None:
        """Its end is enough."""

    def step_retried(self, index: int, step: str, attempt: int, message: str, seconds: float) -> None:
        """The attempts are in the table."""

    def step_output(self, index: int, step: str, level: str, text: str) -> None:
        """That is in the log."""

    def step_progress(
        self, index: int, step: str, label: str, done: int, total: int | None, unit: str
    ) -> None:
        """Nothing moves in a summary."""

    def step_ended(self, index: int, step: str, end: StepEnd) -> None:
        """A row of the table."""
        with self._lock:
            at = self._steps.position(index, step) if HOOKED in step else index
            if not (end.state == SKIPPED and (end.message or "").startswith("not run")):
                self._tally.add(at, step, end)

    def job_ended(self, job: Job, state: str) -> None:
        """Its steps tell."""

    def notice(self, level: str, text: str) -> None:
        """That is in the log."""

    def paused(self) -> AbstractContextManager[None]:
        """Nothing is drawn."""
        return nullcontext()

    def run_ended(self, end: RunEnd) -> None:
        """Write it. Nothing of it counts for the run: what cannot be written is left out."""
        with self._lock:
            text = redactor("\n".join(self._lines(end)))
        raw = text.encode()
        if len(raw) > _MOST:
            text = raw[:_MOST].decode(errors="ignore") + "\n\n… cut off"
        self._write(text, end.exit_code == 0)

    def close(self) -> None:
        """Nothing is open."""

    # The text

    def _lines(self, end: RunEnd) -> Iterator[str]:
        sign = "✅" if end.exit_code == 0 else "❌"
        names = listed([job.name for job in self._jobs])
        yield f"### {sign} {_cell(self._plan.lane)}{f' · {_cell(names)}' if names else ''}"
        yield ""
        sandbox = " · against the sandbox" if self._sandbox else ""
        total = counted(self._tally.total, "step")
        yield f"{total} in {duration(end.seconds)}{sandbox} · run `{self._run}` · plan `{self._plan.digest[:19]}`"
        yield ""
        yield from self._table()
        for _, step, ended in self._tally.failed:
            yield from _failed(step, ended)
        yield from _pending(end)
        yield from self._plan_lines()

    def _table(self) -> Iterator[str]:
        rows = self._tally.rows()
        if not rows:
            return
        yield "| | Step | Time | Attempts |"
        yield "|---|---|--:|--:|"
        for row in rows:
            name = _cell(row.step) + (" (allowed)" if row.state == FAILED and row.allowed else "")
            yield f"| {SIGNS[row.state]} {row.state} | {name} | {duration(row.seconds)} | {row.attempts} |"
        yield ""

    def _plan_lines(self) -> Iterator[str]:
        from lane._plan.drawing import mermaid

        yield f"<details><summary>The plan: {counted(len(self._plan.jobs), 'job')}</summary>"
        yield ""
        yield "| Job | Begins | After | Steps |"
        yield "|---|---|---|---|"
        for job in self._plan.jobs:
            begins = str(job.trigger) if job.trigger else "with a person" if job.attended else "at once"
            steps = listed([self._plan.graph.steps[index].id for index in job.steps], 20)
            yield f"| {_cell(job.name)} | {_cell(begins)} | {_cell(', '.join(job.needs))} | {_cell(steps)} |"
        yield ""
        if len(self._plan.graph.steps) <= _MOST_DRAWN:
            yield "```mermaid"
            yield mermaid(self._plan).rstrip("\n")
            yield "```"
            yield ""
        yield "</details>"


def _failed(step: str, end: StepEnd) -> Iterator[str]:
    yield f"**{_cell(step)} failed**{f' at {_cell(end.where)}' if end.where else ''}"
    yield ""
    yield from _quoted(end.message or "")
    if end.hint:
        yield ">"
        yield from _quoted(f"→ {end.hint}")
    yield ""


def _quoted(text: str) -> Iterator[str]:
    """A text as a quotation, line by line as it is."""
    lines = [re.sub(r"^(\d*)([-+=.)])", r"\1\\\2", _cell(line)) for line in clean_lines(text)]
    yield from (f"> {line}\\" for line in lines[:-1])
    yield f"> {lines[-1]}"


def _pending(end: RunEnd) -> Iterator[str]:
    if not end.pending:
        return
    yield "**Pending**"
    yield ""
    for one in end.pending:
        due = f", due {one.due}" if one.due else ""
        yield f"- {_cell(one.job)} ({_cell(listed(list(one.steps)))}): {_cell(one.why)}{_cell(due)}"
    yield ""


def _cell(text: str) -> str:
    """A text that Markdown shows as it is, on one line of a table."""
    return re.sub(r"([\\`*_{}\[\]<>#|~&])", r"\\\1", " ".join(text.split()))
