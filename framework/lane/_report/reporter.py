"""What a run tells those who look at it: one small interface, filled by the live tree, plain lines, JSON and JUnit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from lane._plan.plan import Job, Plan

# How a step ended, and what it is until then.
WAITING, RUNNING, SUCCEEDED, FAILED, SKIPPED, CANCELLED, SATISFIED = (
    "waiting",
    "running",
    "succeeded",
    "failed",
    "skipped",
    "cancelled",
    "satisfied",
)


class StepEnd:
    """How a step ended. `seconds` is wall time; `attempts` counts from 1; `message`, `hint` and `where` are redacted.

    `allowed` says that it failed, but was allowed to. `log` is the file with its full log, or None if it wrote nothing.
    """

    __slots__ = ("allowed", "attempts", "hint", "log", "message", "seconds", "state", "where")

    def __init__(
        self,
        state: str,
        seconds: float = 0.0,
        *,
        attempts: int = 1,
        message: str | None = None,
        hint: str | None = None,
        where: str | None = None,
        allowed: bool = False,
        log: Path | None = None,
    ) -> None:
        self.state = state
        self.seconds = seconds
        self.attempts = attempts
        self.message = message
        self.hint = hint
        self.where = where
        self.allowed = allowed
        self.log = log


class Pending:
    """A job that waits for its trigger, as the end of a run lists it. `due` is an ISO time in UTC, or None."""

    __slots__ = ("attended", "due", "job", "steps", "trigger", "why")

    def __init__(
        self, job: str, trigger: str, attended: bool, steps: Sequence[str], due: str | None, why: str
    ) -> None:
        self.job = job
        self.trigger = trigger
        self.attended = attended
        self.steps = steps
        self.due = due
        self.why = why


class RunEnd:
    """How a run ended. `critical` are the ids of the steps on the longest chain in time, with their seconds."""

    __slots__ = ("critical", "exit_code", "pending", "seconds", "state")

    def __init__(
        self,
        state: str,
        exit_code: int,
        seconds: float,
        pending: Sequence[Pending] = (),
        critical: Sequence[tuple[str, float]] = (),
    ) -> None:
        self.state = state
        self.exit_code = exit_code
        self.seconds = seconds
        self.pending = pending
        self.critical = critical


class Reporter(Protocol):
    """Called from many threads: `step_*` by whichever thread runs the step. All texts are redacted before they come.

    Steps are named by their run-time id, such as `upload`, or `upload[2]` for an item of an `each`; `index` is the
    step's index in `plan.graph.steps`. A hook's step is `before_all/notify`, with its index in the hook's graph.
    """

    def run_started(
        self, run: str, plan: Plan, jobs: Sequence[Job], *, sandbox: bool, done: Collection[int] = ()
    ) -> None:
        """A run begins with these jobs (others may follow), or goes on: the steps in `done` ended earlier.

        `sandbox` says that it meets the offline Apple.
        """

    def job_started(self, job: Job) -> None:
        """The steps of a job begin."""

    def step_started(self, index: int, step: str) -> None:
        """A step begins, or begins again."""

    def step_retried(self, index: int, step: str, attempt: int, message: str, seconds: float) -> None:
        """An attempt failed; the next (numbered `attempt`) begins in so many seconds."""

    def step_output(self, index: int, step: str, level: str, text: str) -> None:
        """One line of a step's log. `level`: debug, info, warning, error, or output (of a subprocess)."""

    def step_progress(
        self, index: int, step: str, label: str, done: int, total: int | None, unit: str
    ) -> None:
        """How far a step is; `unit` is `bytes` or what is counted. Called often: at most ten times a second a step."""

    def step_ended(self, index: int, step: str, end: StepEnd) -> None:
        """A step ended."""

    def job_ended(self, job: Job, state: str) -> None:
        """The steps of a job ended."""

    def notice(self, level: str, text: str) -> None:
        """Something worth saying that belongs to no step, such as a signal that was caught. Written at once."""

    def paused(self) -> AbstractContextManager[None]:
        """While a person is asked something on this terminal, nothing is drawn; steps go on."""
        ...

    def run_ended(self, end: RunEnd) -> None:
        """The run ended."""

    def close(self) -> None:
        """Leave terminal and files in order, whether the run ended or not. May be called again."""
