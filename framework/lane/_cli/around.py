"""Where a command of another package works: beside a Lanefile, or in a folder without one."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Self

from lane._errors import UsageError
from lane._lanefile.load import load
from lane._plan.environment import environment
from lane._report.reporter import SUCCEEDED
from lane._run.journal import Journal, store_folder
from lane._run.states import PENDING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lane._plan.environment import Environment
    from lane._run.journal import JobState


@dataclass(frozen=True, slots=True)
class WaitingJob:
    """A job that waits for a time or a person, and for no other job; `steps` are ids. `sandbox` is its run's.

    `due` is its next time, in seconds since 1970; None where it waits for a person only.
    """

    run: str
    lane: str
    job: str
    steps: tuple[str, ...]
    sandbox: bool
    attended: bool
    due: float | None

    @property
    def command(self) -> str:
        """What goes on with it."""
        return f"lane resume {self.run}"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """A folder with its variables and its store. `file` is the Lanefile, None where there is none.

    `sandbox`: the offline Apple is meant. `environment` and `folder` are what `AuthMode.find` takes.
    """

    folder: Path
    store: Path
    environment: Environment = field(repr=False)
    file: Path | None
    sandbox: bool

    def overlaid(self, origin: str, variables: Mapping[str, str]) -> Self:
        """With these variables on top; one that is empty is unset, whatever was below."""
        return replace(self, environment=self.environment.overlaid(origin, variables))

    def waiting(self) -> list[WaitingJob]:
        """The jobs of earlier runs that wait for a person and for no other job, the newest run first."""
        return [job for job in self.pending() if job.attended]

    def pending(self) -> list[WaitingJob]:
        """The same, with those that wait for a time."""
        if not (self.store / "journal.db").is_file():
            return []
        journal = Journal(str(self.store))
        try:
            return list(_pending(journal))
        finally:
            journal.close()


def surroundings(file: str | None = None, *, env: str | None = None, sandbox: bool = False) -> Surroundings:
    """Those of a Lanefile, of the one here or in a folder above, or of this folder where there is none.

    `env` reads `.env.NAME` before `.env`. Raises UsageError for a Lanefile that cannot be loaded.
    """
    try:
        project = load(file)
    except UsageError as error:
        if file is not None or error.code != "no_lanefile":
            raise
        folder, lanefile = os.getcwd(), None  # noqa: PTH109
    else:
        folder, lanefile = project.folder, Path(project.file)
        sandbox = sandbox or project.app.sandbox
    return Surroundings(Path(folder), Path(store_folder(folder)), environment(folder, env), lanefile, sandbox)


def _pending(journal: Journal) -> Iterator[WaitingJob]:
    for run_id, name in journal.unfinished():
        jobs, run = journal.jobs(run_id), journal.run(run_id)
        job = jobs[name]
        ready = all(jobs[need].state == SUCCEEDED for need in json.loads(job.needs))
        if run is None or job.state != PENDING or not ready or not (job.attended or job.cron):
            continue
        steps = tuple(json.loads(job.steps))
        yield WaitingJob(
            run_id, run.lane, name, steps, bool(run.sandbox), bool(job.attended), _next_time(job)
        )


def _next_time(job: JobState) -> float | None:
    from datetime import UTC, datetime

    from lane._lanefile.trigger import Trigger, next_fire

    if job.cron is None:
        return None
    due = next_fire(Trigger(job.cron, job.timezone or "UTC"), datetime.now(UTC))
    return None if due is None else due.timestamp()
