"""Who takes a hand-off: one process at a time, one store, once."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from lane._report.reporter import SUCCEEDED

from .portable import HandOffError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from .journal import Journal

SUFFIX = ".claim"
_TAKEN, _DONE = "taken", "done"


class Claim:
    """A hand-off that is this process's for now.

    `run` is the run that took it, if one has; `ours` says whether this store has it, `done` that its job succeeded.
    """

    def __init__(
        self, handle: int, token: str, store: str, run: str | None, *, ours: bool, done: bool
    ) -> None:
        self.run = run
        self.ours = ours
        self.done = done
        self.token = token
        self._store = store
        self._handle = handle

    def write(self, run: str | None) -> None:
        """Say beside the hand-off who has it, for other stores."""
        state = _DONE if self.done else _TAKEN
        said = {"state": state, "token": self.token, "store": self._store, "run": run}
        text = json.dumps(said, indent=1).encode() + b"\n"
        os.ftruncate(self._handle, 0)
        os.pwrite(self._handle, text, 0)
        os.fsync(self._handle)

    def finish(self, run: str) -> None:
        """Say that its job has succeeded."""
        self.done = True
        self.write(run)

    def withdraw(self) -> None:
        """Leave it to whoever comes. Its file stays: another may hold it open."""
        os.ftruncate(self._handle, 0)
        os.fsync(self._handle)


@contextmanager
def claimed_here(folder: Path, origin: str, job: str, journal: Journal) -> Iterator[Claim]:
    """Hold the hand-off of a job while the block goes on. `folder` is where it lies, `origin` the run it comes from.

    The journal remembers that this store has it, and a file beside it tells other stores; one that no run has taken
    when the block ends is free again. Raises HandOffError where another process holds it, and where another store has
    it and is not done.
    """
    path = folder / f"{origin}.{job}{SUFFIX}"
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise HandOffError(
            f"The hand-off of {job} from the run {origin} cannot be claimed: {path}: {error.strerror}.",
            hint="Copy its folder to a place that can be written.",
        ) from None
    try:
        _lock(handle, origin, job)
        said = _said(handle, path)
        claim = _claim(handle, said, origin, job, journal, path)
        if claim.ours and (said.get("state") != _DONE or not claim.done):
            claim.write(claim.run)
        try:
            yield claim
        finally:
            if claim.ours and _taker(journal, origin, job) is None:
                claim.withdraw()
    finally:
        os.close(handle)


def _lock(handle: int, origin: str, job: str) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise HandOffError(
            f"The hand-off of {job} from the run {origin} is under way in another process.",
            hint="Wait until that ends.",
            code="handoff_busy",
        ) from None


def _said(handle: int, path: Path) -> dict[str, Any]:
    """What the file says that claims it; nothing where nobody has."""
    text = os.pread(handle, 1 << 16, 0)
    try:
        said = json.loads(text) if text else {}
        if isinstance(said, dict):
            return said
    except ValueError:
        pass
    raise HandOffError(f"{path} is damaged.", hint="Remove it if no run has taken the hand-off beside it.")


def _claim(handle: int, said: dict[str, Any], origin: str, job: str, journal: Journal, path: Path) -> Claim:
    fresh = said.get("token") is None
    if fresh:
        insert = "INSERT OR IGNORE INTO handoffs VALUES (?,?,?,NULL)"
        journal.write(insert, (origin, job, secrets.token_hex(16)))
    rows = journal.read("SELECT token, run FROM handoffs WHERE origin=? AND job=?", (origin, job))
    token, run = rows[0] if rows else (None, None)
    ours = token is not None and (fresh or token == said["token"])
    done = said.get("state") == _DONE or (ours and run is not None and _succeeded(journal, run, job))
    if not ours and not done:
        raise _taken_elsewhere(said, origin, job, path)
    return Claim(handle, str(token), journal.folder, run if ours else said.get("run"), ours=ours, done=done)


def _taken_elsewhere(said: dict[str, Any], origin: str, job: str, path: Path) -> HandOffError:
    run = said.get("run")
    go_on = (
        f"Go on there: lane resume {run}, or this command, which also says here that it is done."
        if run
        else "Call this command there again: it was stopped before it had begun."
    )
    return HandOffError(
        f"The hand-off of {job} from the run {origin} was taken into another store, {said.get('store')}, "
        "and is not done there.",
        hint=f"{go_on} If that store is gone, remove {path}.",
        code="handoff_taken",
    )


def _taker(journal: Journal, origin: str, job: str) -> str | None:
    """The run of this store that took it."""
    rows = journal.read("SELECT run FROM handoffs WHERE origin=? AND job=?", (origin, job))
    return rows[0][0] if rows else None


def _succeeded(journal: Journal, run: str, job: str) -> bool:
    state = journal.jobs(run).get(job)
    return state is not None and state.state == SUCCEEDED
