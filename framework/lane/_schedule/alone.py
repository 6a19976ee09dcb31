"""Locks: one scheduler of a store at a time, and one process that works on a schedule."""

from __future__ import annotations

import json
import os
import platform
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from lane._errors import UsageError
from lane._run.journal import unusable

if TYPE_CHECKING:
    from collections.abc import Iterator

_SCHEDULER = "scheduler.lock"


class BusyError(UsageError):
    """Another process has what this one wants."""

    code = "busy"


@contextmanager
def only_scheduler(store: str) -> Iterator[None]:
    """Be the scheduler of a store while the block runs. Raises BusyError that says who is it."""
    path = Path(store, _SCHEDULER)
    with _locked(path) as handle:
        if handle is None:
            raise BusyError(
                f"Another scheduler is at work on {store}: {_holder(path)}.",
                hint="It does what this one would do. One that should go ends with SIGTERM.",
                code="scheduler_busy",
            )
        mine = {
            "pid": os.getpid(),
            "host": platform.node(),
            "since": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        os.ftruncate(handle, 0)
        os.pwrite(handle, json.dumps(mine).encode(), 0)
        yield


def scheduler_at_work(store: str) -> str | None:
    """Who is the scheduler of a store; None where there is none now."""
    path = Path(store, _SCHEDULER)
    if not path.exists():
        return None
    with _locked(path) as handle:
        return _holder(path) if handle is None else None


@contextmanager
def only_worker(store: str, schedule: str) -> Iterator[None]:
    """Be who works on a schedule while the block runs. Raises BusyError where another process does."""
    with _locked(_path(store, schedule)) as handle:
        if handle is None:
            raise BusyError(f"{schedule} is under way in another process.", hint="Wait until it ends.")
        yield


def worked_on(store: str, schedule: str) -> bool:
    """Whether a process works on a schedule now."""
    with _locked(_path(store, schedule)) as handle:
        return handle is None


def _path(store: str, schedule: str) -> Path:
    return Path(store, "schedules", f"{schedule.replace('/', '@')}.lock")


def _holder(path: Path) -> str:
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        return f"process {told['pid']} on {told['host']}, since {told['since']}"
    except (OSError, ValueError, LookupError, TypeError):
        return "a process that has just begun"


@contextmanager
def _locked(path: Path) -> Iterator[int | None]:
    """An open file whose lock is held while the block runs; None where another process holds it.

    The lock goes with the process, however that ends.
    """
    import fcntl

    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    except OSError as error:
        raise unusable(str(path), error) from None
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield None
        else:
            yield handle
    finally:
        os.close(handle)
