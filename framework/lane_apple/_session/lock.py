"""Locks between threads and processes that a kill releases too."""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from .errors import SessionStoreError
from .private_file import make_private_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 1.0  # seconds between two tries


@contextmanager
def locked(path: Path) -> Iterator[int]:
    """Hold the lock while the block goes on: for changes that take no time. Gives the open file."""
    with _opened(path) as descriptor:
        _flock(descriptor, fcntl.LOCK_EX, path)
        yield descriptor


@contextmanager
def leased(
    path: Path, wait: Callable[[float], object], waiting: Callable[[int], None] | None = None
) -> Iterator[int]:
    """Hold the lock while the block goes on, for minutes perhaps. Gives the open file.

    `wait` is called with seconds, between tries, and gives the wait up by raising; `waiting` is called once
    before the first wait, with the open file.
    """
    with _opened(path) as descriptor:
        pause = _FIRST_PAUSE
        while not _flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, path):
            if waiting is not None:
                waiting(descriptor)
                waiting = None
            wait(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)
        yield descriptor


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    # Never removed: a second file of this name would be a second lock.
    try:
        make_private_folder(path.parent)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise SessionStoreError(f"{path} cannot be opened: {error.strerror}.", hint=_ELSEWHERE) from None
    try:
        yield descriptor
    finally:
        os.close(descriptor)


_ELSEWHERE = "Set LANE_SESSIONS to a folder that you can write to."


def _flock(descriptor: int, how: int, path: Path) -> bool:
    try:
        fcntl.flock(descriptor, how)
    except BlockingIOError:
        return False
    except OSError as error:
        raise SessionStoreError(f"{path} cannot be locked: {error.strerror}.", hint=_ELSEWHERE) from None
    return True
