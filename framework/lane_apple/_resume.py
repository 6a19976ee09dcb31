"""Remembers on the disk which parts of a file Apple has, so that a crash costs only the rest."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ._uploads import PartRequest


@dataclass(frozen=True, slots=True)
class Target:
    """What an upload is of: the file as it is now, and the build that Apple shall make of it.

    A file counts as the same while its size in bytes and its time of change (nanoseconds) are.
    """

    name: str
    size: int
    changed: int
    apple: str
    app_id: str
    version: str
    number: str
    platform: str


class Record:
    """The record of one upload: a line of JSON that says of what, then a line for each part that arrived.

    Apple tells an upload's addresses, never which parts have arrived: `entityTag` of its uploadOperations is
    not documented to mean that. So it is remembered here. Lines are only appended: the last one may be torn.
    """

    def __init__(self, descriptor: int, path: Path, target: Target) -> None:
        self._descriptor = descriptor
        self._path = path
        self._target = asdict(target)
        head, *rest = _lines(descriptor) or [None]
        known = isinstance(head, dict) and head.get("target") == self._target
        self.upload_id: str | None = head["upload"] if known else None
        self.file_id: str | None = head["file"] if known else None
        self._arrived = {(offset, length) for offset, length in rest} if known else set()

    def begin(self, upload_id: str, file_id: str) -> None:
        """A new upload takes the place of whatever was remembered."""
        os.ftruncate(self._descriptor, 0)
        self.upload_id, self.file_id = upload_id, file_id
        self._arrived = set()
        self._append({"target": self._target, "upload": upload_id, "file": file_id})

    def has(self, part: PartRequest) -> bool:
        """Whether Apple has this part."""
        return (part.offset, part.length) in self._arrived

    def arrived(self, part: PartRequest) -> None:
        """Apple has this part from now on. Threads may call it at the same time."""
        self._append([part.offset, part.length])

    def remove(self) -> None:
        """All is committed: there is nothing to resume."""
        self._path.unlink(missing_ok=True)

    def _append(self, line: object) -> None:
        # A disk that is full must not end an upload: what is not remembered is sent again, no more.
        with contextlib.suppress(OSError):
            os.write(self._descriptor, json.dumps(line).encode() + b"\n")


@contextlib.contextmanager
def record(path: Path, target: Target) -> Iterator[Record | None]:
    """The record at `path`; None where it cannot be written, or another process uploads by it."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    except OSError:
        yield None
        return
    try:
        yield Record(descriptor, path, target) if _locked(descriptor) else None
    finally:
        if os.fstat(descriptor).st_size == 0:
            path.unlink(missing_ok=True)  # nothing was begun
        os.close(descriptor)


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _lines(descriptor: int) -> list[Any]:
    """What can be read; from a line on that is torn all is cut off."""
    content = os.pread(descriptor, os.fstat(descriptor).st_size, 0)
    lines: list[Any] = []
    whole = 0
    with contextlib.suppress(ValueError):
        for line in content[: content.rfind(b"\n") + 1].splitlines(keepends=True):
            lines.append(json.loads(line))
            whole += len(line)
    os.ftruncate(descriptor, whole)
    return lines
