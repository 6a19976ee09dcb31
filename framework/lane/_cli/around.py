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
from lane._run.begin import PENDING
from lane._run.journal import Journal, store_folder

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lane._plan.environment import Environment


@dataclass(frozen=True, slots=True)
class WaitingJob:
    """A job that waits for a person and for nothing else; `steps` are their ids. `sandbox` is its run's."""

    run: str
    lane: str
    job: str
    steps: tuple[str, ...]
    sandbox: bool

    @property
    def command(self) -> str:
        """What goes on with it once the person has acted."""
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
        """The jobs of earlier runs that wait for a person and for nothing else, the newest run first."""
        if not (self.store / "journal.db").is_file():
            return []
        journal = Journal(str(self.store))
        try:
            return list(_waiting(journal))
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


def _waiting(journal: Journal) -> Iterator[WaitingJob]:
    for run_id, name in journal.unfinished():
        jobs, run = journal.jobs(run_id), journal.run(run_id)
        job = jobs[name]
        ready = all(jobs[need].state == "succeeded" for need in json.loads(job.needs))
        if run is not None and job.state == PENDING and job.attended and ready:
            yield WaitingJob(run_id, run.lane, name, tuple(json.loads(job.steps)), bool(run.sandbox))
