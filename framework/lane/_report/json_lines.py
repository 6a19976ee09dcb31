"""`--json`: one event a line on stdout.

Every event has `event`, `time` (ISO 8601, UTC, milliseconds) and `run`; those of a step have `job`, `step`
and `action`, too. These may be null: message, hint, where, log, total, due; the job of a
satisfied step; the action of a hook's.

| event | more keys |
|---|---|
| run_started | lane, plan (its digest), setting, sandbox, jobs: name, steps (their ids); done (ids) |
| job_started | job |
| step_started | none |
| step_retried | attempt, message, seconds (until it begins) |
| step_output | level (debug, info, warning, error, output), text |
| step_progress | label, done, total, unit |
| step_ended | state, seconds, attempts, message, hint, where, allowed, log |
| job_ended | job, state |
| notice | level, text |
| run_ended | state, exit_code, seconds, critical, pending |

`critical` is a list of step, seconds; `pending` one of job, trigger, attended, steps, due, why. More keys may
come; none of these goes.
"""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TextIO

from .lines import Lines
from .steps import Steps

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from lane._plan.plan import Job, Plan

    from .reporter import RunEnd, StepEnd


class JsonReporter:
    """Writes each event as it happens: a reader at the other end of a pipe sees it at once."""

    def __init__(self, stream: TextIO) -> None:
        self._lines = Lines(stream)
        self._lock = threading.Lock()
        self._run = ""
        self._steps: Steps

    def run_started(
        self, run: str, plan: Plan, jobs: Sequence[Job], *, sandbox: bool, done: Collection[int] = ()
    ) -> None:
        """Write `run_started`."""
        self._run, self._steps = run, Steps(plan)
        steps = plan.graph.steps
        self._write(
            "run_started",
            lane=plan.lane,
            plan=plan.digest,
            setting=plan.setting,
            sandbox=sandbox,
            jobs=[{"name": job.name, "steps": [steps[index].id for index in job.steps]} for job in jobs],
            done=[steps[index].id for index in sorted(done)],
        )

    def job_started(self, job: Job) -> None:
        """Write `job_started`."""
        self._steps.running = job
        self._write("job_started", job=job.name)

    def step_started(self, index: int, step: str) -> None:
        """Write `step_started`."""
        self._of_step("step_started", index, step)

    def step_retried(self, index: int, step: str, attempt: int, message: str, seconds: float) -> None:
        """Write `step_retried`."""
        self._of_step(
            "step_retried", index, step, attempt=attempt, message=message, seconds=_rounded(seconds)
        )

    def step_output(self, index: int, step: str, level: str, text: str) -> None:
        """Write `step_output`; the text is as it came, with its colours."""
        self._of_step("step_output", index, step, level=level, text=text)

    def step_progress(
        self, index: int, step: str, label: str, done: int, total: int | None, unit: str
    ) -> None:
        """Write `step_progress`."""
        self._of_step("step_progress", index, step, label=label, done=done, total=total, unit=unit)

    def step_ended(self, index: int, step: str, end: StepEnd) -> None:
        """Write `step_ended`."""
        self._of_step(
            "step_ended",
            index,
            step,
            state=end.state,
            seconds=_rounded(end.seconds),
            attempts=end.attempts,
            message=end.message,
            hint=end.hint,
            where=end.where,
            allowed=end.allowed,
            log=None if end.log is None else str(end.log),
        )

    def job_ended(self, job: Job, state: str) -> None:
        """Write `job_ended`."""
        self._write("job_ended", job=job.name, state=state)

    def notice(self, level: str, text: str) -> None:
        """Write `notice`."""
        self._write("notice", level=level, text=text)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Nothing to do: who reads events is no person."""
        yield

    def run_ended(self, end: RunEnd) -> None:
        """Write `run_ended`."""
        self._write(
            "run_ended",
            state=end.state,
            exit_code=end.exit_code,
            seconds=_rounded(end.seconds),
            critical=[{"step": step, "seconds": _rounded(seconds)} for step, seconds in end.critical],
            pending=[
                {
                    "job": one.job,
                    "trigger": one.trigger,
                    "attended": one.attended,
                    "steps": list(one.steps),
                    "due": one.due,
                    "why": one.why,
                }
                for one in end.pending
            ],
        )

    def close(self) -> None:
        """Nothing to do: each line is written as it comes."""

    def _of_step(self, event: str, index: int, step: str, **more: Any) -> None:
        planned = self._steps.step(index, step)
        action = None if planned is None else planned.action.name
        self._write(event, job=self._steps.job(index, step), step=step, action=action, **more)

    def _write(self, event: str, **more: Any) -> None:
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        line = json.dumps({"event": event, "time": now, "run": self._run, **more})
        with self._lock:
            self._lines.add(line)
            self._lines.flush()


def _rounded(seconds: float) -> float:
    return round(seconds, 6)
