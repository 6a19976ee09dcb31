"""Who works on a run: one process at a time."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from lane._errors import UsageError

from .journal import unusable

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextlib.contextmanager
def claimed(store: str, run: str) -> Iterator[None]:
    """Hold a run while the block goes on; its folder is there then, and nobody else can read it.

    Raises UsageError where another process has it, JournalError where the folder cannot be made.
    """
    import fcntl

    folder = os.path.join(store, "runs", run)  # noqa: PTH118 - pathlib costs 10 ms at start
    try:
        os.makedirs(os.path.dirname(folder), mode=0o700, exist_ok=True)  # noqa: PTH103, PTH120
        os.makedirs(folder, exist_ok=True)  # noqa: PTH103
        handle = os.open(os.path.join(folder, "lock"), os.O_CREAT | os.O_RDWR, 0o600)  # noqa: PTH118
    except OSError as error:
        raise unusable(folder, error) from None
    try:
        if not _locked(handle, fcntl.LOCK_EX, tries=4):
            raise UsageError(
                f"The run {run} is under way in another process.", hint="Wait until it ends.", code="run_busy"
            )
        yield
    finally:
        os.close(handle)


def is_claimed(store: str, run: str) -> bool:
    """Whether a process works on a run. One whose process was killed is claimed by none."""
    import fcntl

    try:
        handle = os.open(os.path.join(store, "runs", run, "lock"), os.O_RDONLY)  # noqa: PTH118
    except OSError:
        return False
    try:
        return not _locked(handle, fcntl.LOCK_SH, tries=1)
    finally:
        os.close(handle)


def _locked(handle: int, kind: int, *, tries: int) -> bool:
    """Whether the lock was got. Who only looks holds it for some microseconds, so a claim asks more than once."""
    import fcntl
    from time import sleep

    for attempt in range(tries):
        if attempt:
            sleep(0.005)
        with contextlib.suppress(OSError):
            fcntl.flock(handle, kind | fcntl.LOCK_NB)
            return True
    return False
