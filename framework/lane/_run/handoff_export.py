"""Leaves hand-offs in a folder: for each job that waits, what its steps and those after it take."""

from __future__ import annotations

import json
import os
import re
import secrets
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Self

from lane._errors import LaneError
from lane._redact import redactor
from lane._report.reporter import FAILED, SKIPPED, SUCCEEDED

from .copying import Copied, copy
from .disk import disk_problem
from .handoff import FILES, Entry, File, Folder, HandedJob, HandedStep, HandOff, Link, written
from .leaving import carried_output, holds_secret, left_for, parcel_of
from .parcel import refused
from .pending import names_after
from .portable import HandOffError
from .states import DONE, HANDED_OVER, PENDING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from lane._plan.plan import Job

    from .journal import StepState
    from .leaving import Left
    from .parcel import Item, Parcel
    from .run import Running

_GONE = frozenset({SUCCEEDED, HANDED_OVER})
_HANDED_STATES = frozenset({*DONE, SKIPPED, FAILED})
_SHORTEST = 8  # bytes: what is shorter stands in big files by chance


def try_to_export(running: Running, folder: Path) -> LaneError | None:
    """Hand over, and tell what was; why it could not be done, which is told too."""
    try:
        names = export(running, folder)
    except (LaneError, OSError) as error:
        problem = error if isinstance(error, LaneError) else _unwritable(folder, error)
        words = ["Nothing is handed over.", str(problem), problem.hint]
        words.append(f"Then: lane resume {running.run.id} --export-handoff {folder}")
        running.reporter.notice("error", " ".join(filter(None, words)))
        return problem
    if names:
        running.reporter.notice("info", f"Handed over to {folder}: {', '.join(names)}.")
    return None


def _unwritable(folder: Path, error: OSError) -> LaneError:
    message, hint = disk_problem(error) or (str(error), None)
    return HandOffError(f"{folder} cannot be written: {message}", hint=hint)


def export(running: Running, folder: Path) -> list[str]:
    """Write a hand-off into a folder for each job of a run that waits and whose needs have all ended.

    These jobs, and those that wait for them, are then no longer this store's. The names of those written.
    Raises HandOffError where something cannot go, or would give a secret away; OSError where the folder cannot be
    written. Then nothing is handed over.
    """
    recorded = running.journal.jobs(running.run.id)
    jobs = [
        job
        for job in running.plan.jobs
        if recorded[job.name].state == PENDING and all(recorded[need].state in _GONE for need in job.needs)
    ]
    if not jobs:
        return []
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _Files(folder / FILES) as files:
        exports = [_Export(running, job, files) for job in jobs]
        made = [one.handoff() for one in exports]
        files.settle()
    for one in made:
        _write(folder / one.file_name, written(one))
    _tell_missing(running, exports)
    for name in names_after(running.plan.jobs, {job.name for job in jobs}):
        if recorded[name].state == PENDING:
            running.job_states[name] = HANDED_OVER
            running.journal.close_job(running.run.id, name, HANDED_OVER)
    return [one.job for one in made]


def _tell_missing(running: Running, exports: Sequence[_Export]) -> None:
    missing = {path: step for one in exports for path, step in one.parcel.missing.items()}
    for path, step in missing.items():
        running.reporter.notice(
            "warning", f"The output of {step} names {path}, and nothing is there: it is not handed over."
        )


def _with_all_before(jobs: Sequence[Job], names: set[str]) -> set[str]:
    """Jobs, and all that they wait for, directly or not."""
    found, before = set(names), 0
    while len(found) > before:
        before = len(found)
        found |= {need for job in jobs if job.name in found for need in job.needs}
    return found


class _Export:
    """The making of one hand-off."""

    def __init__(self, running: Running, job: Job, files: _Files) -> None:
        self.running = running
        self.job = job
        self._files = files
        self._states = running.journal.states(running.run.id)
        later = names_after(running.plan.jobs, {job.name})
        self._later = [other for other in running.plan.jobs if other.name in later]
        self._left = left_for(running.plan.graph, self._later, self._states)
        self.parcel = parcel_of(self._left, running.plan.graph.folder or ".")

    def handoff(self) -> HandOff:
        """Copy what goes with it, and make it."""
        run, plan = self.running.run, self.running.plan
        if redactor(run.parameters) != run.parameters:
            raise holds_secret("A parameter of the lane")
        return HandOff(
            lane=plan.lane,
            job=self.job.name,
            plan=plan.digest,
            parameters=json.loads(run.parameters),
            sandbox=run.sandbox,
            origin=_origin(self.running),
            run=run.id,
            left=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            jobs=self._jobs(),
            steps=self._steps(),
            files=self._entries(),
        )

    def _jobs(self) -> list[HandedJob]:
        """The job, those that wait for it, and all that these wait for."""
        jobs, states = self.running.plan.jobs, self.running.job_states
        wanted = _with_all_before(jobs, {job.name for job in self._later})
        return [_handed(job, self.running, states[job.name]) for job in jobs if job.name in wanted]

    def _steps(self) -> dict[str, HandedStep]:
        """The steps that have ended: no hook's, and none that have yet to run elsewhere."""
        graph = self.running.plan.graph
        later = {index for job in self._later for index in job.steps}
        ids = {step.id for index, step in enumerate(graph.steps) if index not in later}
        return {
            name: _handed_step(name, state, self._left.get(name), self.parcel)
            for name, state in self._states.items()
            if state.state in _HANDED_STATES and name.partition("[")[0] in ids
        }

    def _entries(self) -> list[Entry]:
        entries: list[Entry] = []
        for step, item in self.parcel.items():
            if redactor(item.place) != item.place:
                raise holds_secret(f"The name of a file that the output of {step} names")
            entries.append(self._files.entry(step, item))
        return entries


class _Files:
    """The folder with the content of files, by SHA-256. Each file is copied once, and searched for secrets.

    Until all is there that goes with it (`settle`), it is in drafts, which vanish at the end of the block.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._copied: dict[Path, Copied] = {}
        self._drafts: dict[Path, str] = {}
        self._secrets = _SecretsIn(redactor.forms())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for draft in self._drafts:
            draft.unlink(missing_ok=True)
        with suppress(OSError):
            self._folder.rmdir()  # where it is empty

    def settle(self) -> None:
        """Give the drafts the names that hand-offs call them by."""
        for draft, sha256 in self._drafts.items():
            draft.replace(self._folder / sha256)

    def entry(self, step: str, item: Item) -> Entry:
        """A file, folder or link as it stands in a hand-off. Raises HandOffError for one with a secret in it."""
        if item.kind == "folder":
            return Folder(type="folder", path=item.place)
        if item.kind == "link":
            return Link(type="link", path=item.place, target=item.target)
        if item.source not in self._copied:
            self._copied[item.source] = self._copy(step, item.source)
        sha256, size = self._copied[item.source]
        return File(type="file", path=item.place, sha256=sha256, size=size, executable=item.executable)

    def _copy(self, step: str, source: Path) -> Copied:
        self._folder.mkdir(mode=0o700, exist_ok=True)
        draft = self._folder / f".{secrets.token_hex(8)}"
        self._drafts[draft] = ""
        copied = copy(source, draft, look=self._secrets.begin())
        if self._secrets.found:
            raise refused(step, source, "it holds a secret")
        self._drafts[draft] = copied.sha256
        return copied


def _handed(job: Job, running: Running, state: str) -> HandedJob:
    trigger, graph = job.trigger, running.plan.graph
    kind: Any = job.kind
    return HandedJob(
        name=job.name,
        kind=kind,
        cron=None if trigger is None else trigger.cron,
        timezone=None if trigger is None else trigger.timezone,
        attended=job.attended,
        needs=list(job.needs),
        steps=[graph.steps[index].id for index in job.steps],
        ended=state == SUCCEEDED,
    )


def _handed_step(name: str, state: StepState, left: Left | None, parcel: Parcel) -> HandedStep:
    ended: Any = state.state
    if left is None:
        return HandedStep(state=ended)
    output, files = carried_output(name, left, parcel.places)
    return HandedStep(state=ended, output=output, files=files)


def _origin(running: Running) -> str:
    """The run with which all began: this one, or that which the hand-off came from that this one took."""
    rows = running.journal.read("SELECT origin FROM handoffs WHERE run=?", (running.run.id,))
    return str(rows[0][0]) if rows else running.run.id


class _SecretsIn:
    """Looks for secrets in the bytes of files, block by block, also where one lies across two blocks."""

    def __init__(self, forms: frozenset[str]) -> None:
        wanted = [form.encode() for form in forms if len(form.encode()) >= _SHORTEST]
        self._overlap = max(map(len, wanted), default=1) - 1
        self._pattern = re.compile(b"|".join(map(re.escape, wanted))) if wanted else None
        self._tail = b""
        self.found = False

    def begin(self) -> Callable[[bytes], None] | None:
        """What is to be shown the blocks of the next file; None where no secret is known."""
        self._tail, self.found = b"", False
        return None if self._pattern is None else self._look

    def _look(self, block: bytes) -> None:
        assert self._pattern is not None
        whole = self._tail + block
        self.found = self.found or self._pattern.search(whole) is not None
        self._tail = whole[-self._overlap :] if self._overlap else b""


def _write(path: Path, data: bytes) -> None:
    """Write a file whole or not at all; only its owner can read it."""
    draft = path.with_name(f".{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
