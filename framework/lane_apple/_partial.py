"""A file that is on its way: beside the target, so that moving it into place is one step."""

from __future__ import annotations

import contextlib
import fcntl
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


_MODE = 0o644


class Partial:
    """What was received so far: `size` bytes at `path`.

    Threads that download small files wait for each other at every call of the system: none is made in vain.
    """

    def __init__(self, path: Path, descriptor: int, size: int) -> None:
        self.path = path
        self.size = size
        self._descriptor = descriptor

    def append(self, block: memoryview) -> None:
        """Write a block at its place."""
        written = 0
        while written < len(block):
            written += os.pwrite(self._descriptor, block[written:], self.size + written)
        self.size += written

    def cut(self, size: int) -> None:
        """Forget all but the first `size` bytes."""
        if size < self.size:
            os.ftruncate(self._descriptor, size)
            self.size = size

    def become(self, target: Path) -> None:
        """Take the place of the target."""
        self.path.replace(target)


@contextlib.contextmanager
def partial(target: Path) -> Iterator[Partial]:
    """What an earlier try has left of a target, or nothing yet. What was received stays, where it is not moved."""
    path = target.with_name(f".{target.name}.part")
    descriptor = _opened(path)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:  # someone else downloads it too
        os.close(descriptor)
        descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".part")
        os.fchmod(descriptor, _MODE)
        path = Path(name)
    file = Partial(path, descriptor, os.fstat(descriptor).st_size)
    try:
        yield file
    except BaseException:
        if file.size == 0:
            path.unlink(missing_ok=True)
        raise
    finally:
        os.close(descriptor)


def _opened(path: Path) -> int:
    flags = os.O_RDWR | os.O_CREAT
    try:
        return os.open(path, flags, _MODE)
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        return os.open(path, flags, _MODE)
