"""`--junit FILE`: jobs as suites, steps as cases; a whole, valid file at every moment of the run."""

# ruff: noqa: ARG002 - a method of an interface takes what all need

from __future__ import annotations

import re
import threading
from collections import deque
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from lane._errors import UsageError

from .ci import in_checkout
from .reporter import CANCELLED, FAILED, SKIPPED
from .steps import Steps
from .text import clean, clean_lines
from .ticker import Ticker

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from pathlib import Path

    from lane._plan.plan import Job, Plan

    from .reporter import RunEnd, StepEnd

_PAUSE = 1.0  # seconds between two writes
_TAIL = 20  # lines of a failed step's log
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")  # XML 1.0, production 2


class _Suite:
    """A job: its cases as they are in the file, so that a write costs no more than joining them."""

    def __init__(self, name: str, told: dict[str, str]) -> None:
        self.name = name
        self.told = told  # of its run
        self.started = datetime.now(UTC)
        self.cases: list[bytes] = []
        self.failures = self.skipped = 0
        self.seconds = 0.0


class JUnitReporter:
    """Rewrites the file at most once a second, and at the end; a step under way stands in it as an error.

    So after a kill it tells what ran and what was cut off. The file is replaced as a whole, never changed.
    """

    def __init__(self, path: Path, checkout: str | None = None) -> None:
        """`checkout` is the folder that files are told relative to. Raises UsageError where none can be written."""
        self._path = path
        self._checkout = checkout
        self._lock = threading.Lock()  # what is known
        self._writing = threading.Lock()  # the file
        self._ticker = Ticker(_PAUSE, self.tick, self.tick)
        self._past: list[_Suite] = []  # of runs before this one
        self._suites: dict[str, _Suite] = {}  # by job
        self._running: dict[str, tuple[int, deque[str]]] = {}
        self._changed = True
        self._title = "lane"
        self._steps: Steps
        self._folder: str | None = None
        self._told: dict[str, str] = {}
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._write()
        except OSError as error:
            raise UsageError(
                f"The file of --junit cannot be written: {path}: {error.strerror or error}.",
                hint="Name a file in a folder that can be written to.",
            ) from error

    # The reporter's interface

    def run_started(
        self, run: str, plan: Plan, jobs: Sequence[Job], *, sandbox: bool, done: Collection[int] = ()
    ) -> None:
        """Begin with a suite for each job."""
        with self._lock:
            self._steps, self._folder = Steps(plan), plan.graph.folder
            self._title = plan.lane
            self._told = {"run": run, "plan": plan.digest, "sandbox": "true" if sandbox else "false"}
            self._past += self._suites.values()
            self._suites = {job.name: _Suite(job.name, self._told) for job in jobs}
            self._changed = True
        self._write()
        self._ticker.start()

    def job_started(self, job: Job) -> None:
        """Note the time."""
        with self._lock:
            self._steps.running = job
            self._suite(job.name).started = datetime.now(UTC)

    def step_started(self, index: int, step: str) -> None:
        """It is under way."""
        with self._lock:
            self._running[step] = (index, deque(maxlen=_TAIL))
            self._changed = True

    def step_retried(self, index: int, step: str, attempt: int, message: str, seconds: float) -> None:
        """Part of what is told if it fails in the end."""
        self.step_output(index, step, "warning", f"Attempt {attempt} after: {message}")

    def step_output(self, index: int, step: str, level: str, text: str) -> None:
        """Keep the last lines, for the case that it fails."""
        running = self._running.get(step)
        if running is not None:
            running[1].append(text)

    def step_progress(
        self, index: int, step: str, label: str, done: int, total: int | None, unit: str
    ) -> None:
        """Not told here."""

    def step_ended(self, index: int, step: str, end: StepEnd) -> None:
        """Add its case."""
        with self._lock:
            _, tail = self._running.pop(step, (index, deque[str]()))
            suite = self._suite(self._job_of(index, step))
            case = self._case(index, step, suite.name, end.seconds)
            if end.state == FAILED and not end.allowed:
                suite.failures += 1
                _add_failure(case, end, tail)
            elif end.state in (SKIPPED, CANCELLED) or end.state == FAILED:
                suite.skipped += 1
                why = (
                    f"{'failed, which is allowed' if end.state == FAILED else end.state}: {end.message or ''}"
                )
                ET.SubElement(case, "skipped", message=_fit(why.removesuffix(": ")))
            suite.seconds += end.seconds
            suite.cases.append(_bytes(case))
            self._changed = True

    def job_ended(self, job: Job, state: str) -> None:
        """Not told here: a suite's state is that of its cases."""

    def notice(self, level: str, text: str) -> None:
        """The process may be about to end: write what is known."""
        self.tick()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Nothing to do: the file is not the terminal."""
        yield

    def run_ended(self, end: RunEnd) -> None:
        """Write the last version. Raises OSError where that fails."""
        self._ticker.stop()
        self._write()

    def close(self) -> None:
        """Write what is known; what is under way was cut off."""
        self._ticker.stop()
        self.tick()

    def tick(self) -> None:
        """Write what has changed since; a disk that is full for the moment is tried again."""
        if not self._changed:
            return
        try:
            self._write()
        except OSError:
            self._changed = True

    # The file

    def _write(self) -> None:
        with self._writing:
            with self._lock:
                self._changed = False
                content = self._document()
            beside = self._path.with_name(f".{self._path.name}.part")
            beside.write_bytes(content)
            beside.replace(self._path)

    def _document(self) -> bytes:
        under_way: dict[str, list[bytes]] = {}
        for step, (index, _) in self._running.items():
            job = self._job_of(index, step)
            case = self._case(index, step, job, 0.0)
            ET.SubElement(case, "error", message="Under way when this was written: the run was cut off here.")
            under_way.setdefault(job, []).append(_bytes(case))
        for job in under_way:
            self._suite(job)
        suites = [self._suite_bytes(suite, []) for suite in self._past]
        suites += [self._suite_bytes(one, under_way.get(one.name, [])) for one in self._suites.values()]
        whole = ET.Element("testsuites", self._totals(len(self._running)))
        return b'<?xml version="1.0" encoding="utf-8"?>\n' + _wrapped(whole, suites)

    def _all(self) -> list[_Suite]:
        return [*self._past, *self._suites.values()]

    def _totals(self, errors: int) -> dict[str, str]:
        suites = self._all()
        return {
            "name": _fit(self._title),
            "tests": str(sum(len(suite.cases) for suite in suites) + errors),
            "failures": str(sum(suite.failures for suite in suites)),
            "errors": str(errors),
            "skipped": str(sum(suite.skipped for suite in suites)),
            "time": f"{sum(suite.seconds for suite in suites):.3f}",
        }

    def _suite_bytes(self, suite: _Suite, under_way: list[bytes]) -> bytes:
        element = ET.Element(
            "testsuite",
            {
                "name": f"{_fit(self._title)}.{suite.name}",
                "tests": str(len(suite.cases) + len(under_way)),
                "failures": str(suite.failures),
                "errors": str(len(under_way)),
                "skipped": str(suite.skipped),
                "time": f"{suite.seconds:.3f}",
                "timestamp": suite.started.strftime("%Y-%m-%dT%H:%M:%S"),
            },
        )
        properties = ET.Element("properties")
        for name, value in suite.told.items():
            ET.SubElement(properties, "property", name=name, value=_fit(value))
        return _wrapped(element, [_bytes(properties), *suite.cases, *under_way])

    def _case(self, index: int, step: str, job: str, seconds: float) -> ET.Element:
        told = {
            "name": _fit(step),
            "classname": f"{_fit(self._title)}.{job}",
            "time": f"{seconds:.3f}",
        }
        planned = self._steps.step(index, step)
        if planned is not None:
            file, _, line = planned.place.shown(self._folder).rpartition(":")
            told |= {"file": _fit(in_checkout(file, self._folder, self._checkout)), "line": line}
        return ET.Element("testcase", told)

    def _job_of(self, index: int, step: str) -> str:
        return self._steps.job(index, step) or "satisfied"

    def _suite(self, job: str) -> _Suite:
        suite = self._suites.get(job)
        if suite is None:
            suite = self._suites[job] = _Suite(job, self._told)
        return suite


def _add_failure(case: ET.Element, end: StepEnd, tail: deque[str]) -> None:
    failure = ET.SubElement(case, "failure", type=end.state, message=_fit(end.message or "no message"))
    lines = clean_lines(end.message or "")
    lines += clean_lines(end.hint) if end.hint else []
    lines += [end.where] if end.where else []
    lines += [f"log: {end.log}"] if end.log else []
    lines += ["", "Its last lines:", *map(clean, tail)] if tail else []
    failure.text = _fit("\n".join(lines))


def _fit(text: str) -> str:
    """`text` with what XML cannot hold written out: `\\x07`."""
    return _UNFIT.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def _bytes(element: ET.Element) -> bytes:
    whole: bytes = ET.tostring(element, encoding="utf-8")
    return whole + b"\n"


def _wrapped(element: ET.Element, children: list[bytes]) -> bytes:
    """`element` around children that are bytes already."""
    element.text = "\n"
    opening, closing, rest = _bytes(element).rpartition(b"</")
    return opening + b"".join(children) + closing + rest
