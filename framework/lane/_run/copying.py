"""Copies files as streams: private copies, known by their SHA-256."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable
    from io import BufferedIOBase
    from pathlib import Path

BLOCK = 1 << 20  # bytes that are held at a time
_AT_ONCE = 1 << 30  # bytes that the system is asked to copy by itself
# It does not copy between these two files by itself.
_NOT_BY_ITSELF = {errno.EXDEV, errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.EBADF, errno.EPERM}


class Copied(NamedTuple):
    """What was copied: its SHA-256 in hexadecimal digits, and its size in bytes."""

    sha256: str
    size: int


def copy(
    source: Path, target: Path, *, look: Callable[[bytes], None] | None = None, executable: bool = False
) -> Copied:
    """Copy a file's content into a new file that only its owner can read; `look` is shown it, block by block.

    Where the file system can, both share their blocks until one is changed. It is no hard link: whoever writes to one
    of them later must not change the other. Raises OSError.
    """
    mode = 0o700 if executable else 0o600
    with source.open("rb") as given:
        handle = os.open(target, os.O_RDWR | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(handle, "w+b") as made:
            if not _copied_by_system(given, made):
                shutil.copyfileobj(given, made, BLOCK)
            made.flush()
            made.seek(0)
            return digest(made, look)


def _copied_by_system(given: BufferedIOBase, made: BufferedIOBase) -> bool:
    if not hasattr(os, "copy_file_range"):
        return False
    done = 0
    try:
        while more := os.copy_file_range(given.fileno(), made.fileno(), _AT_ONCE):
            done += more
    except OSError as error:
        if done or error.errno not in _NOT_BY_ITSELF:
            raise
        return False
    return done > 0  # some file systems say 0 of a file that is not empty


def digest(file: BufferedIOBase, look: Callable[[bytes], None] | None = None) -> Copied:
    """The SHA-256 and the size of what is left to read of a file."""
    hasher, size = hashlib.sha256(), 0
    block = bytearray(BLOCK)
    view = memoryview(block)
    while read := file.readinto(block):
        hasher.update(view[:read])
        size += read
        if look is not None:
            look(bytes(view[:read]))
    return Copied(hasher.hexdigest(), size)
