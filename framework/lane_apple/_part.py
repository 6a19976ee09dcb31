"""A part of a file as requests sends it: a known length, and blocks without copies of them."""

from __future__ import annotations

import mmap
import os
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from lane import ActionError

from ._together import StoppedError

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from ._checksum import Checksum
    from ._uploads import PartRequest

BLOCK = 1024 * 1024


class _Source(Protocol):
    """Where the blocks of a part come from; each is valid until the next is taken."""

    def take(self, offset: int, size: int) -> memoryview: ...
    def close(self) -> None: ...


class _Reading:
    """Blocks are read into one buffer. What was cut off gives an empty block."""

    def __init__(self, descriptor: int, length: int) -> None:
        self._descriptor = descriptor
        self._buffer = memoryview(bytearray(min(BLOCK, length)))

    def take(self, offset: int, size: int) -> memoryview:
        block = self._buffer[:size]
        return block[: os.preadv(self._descriptor, [block], offset)]

    def close(self) -> None:
        self._buffer.release()


class _Mapping:
    """Blocks are pages of the file, which the kernel copies from the page cache into the connection.

    Half the processor time of reading. Only for connections without TLS, which reads the pages in this process:
    where a file was cut off meanwhile that would be SIGBUS, its end. The kernel's own copy fails with EFAULT.
    """

    def __init__(self, descriptor: int, offset: int, length: int) -> None:
        self._begin = offset - offset % mmap.ALLOCATIONGRANULARITY
        self._map = mmap.mmap(
            descriptor, offset + length - self._begin, access=mmap.ACCESS_READ, offset=self._begin
        )
        self._view = memoryview(self._map)
        self._block = self._view[:0]

    def take(self, offset: int, size: int) -> memoryview:
        begin = offset - self._begin
        self._block.release()
        self._block = self._view[begin : begin + size]
        return self._block

    def close(self) -> None:
        self._block.release()
        self._view.release()
        self._map.close()


class PartBody:
    """The body of a part's request. `sent` is told of each block; `stop` ends it with StoppedError.

    Blocks wait for the checksum to pass them. Raises ActionError where the file is shorter than it was.
    """

    def __init__(
        self,
        path: Path,
        part: PartRequest,
        sent: Callable[[int], None],
        stop: threading.Event,
        checksum: Checksum | None,
    ) -> None:
        self._path = path
        self._at, self._end = part.offset, part.offset + part.length
        self._length = part.length
        self._sent = sent
        self._stop = stop
        self._checksum = checksum
        self.given = 0
        self._descriptor = os.open(path, os.O_RDONLY)
        try:
            self.check()
            self._source = self._open(part)
        except BaseException:
            os.close(self._descriptor)
            raise

    def _open(self, part: PartRequest) -> _Source:
        if urlsplit(part.url).scheme == "http":
            try:
                return _Mapping(self._descriptor, part.offset, part.length)
            except ValueError:  # it was cut off after it was checked
                raise changed(self._path) from None
        return _Reading(self._descriptor, part.length)

    def check(self) -> None:
        """Raises ActionError where the file no longer reaches to the part's end."""
        if os.fstat(self._descriptor).st_size < self._end:
            raise changed(self._path)

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[memoryview]:  # what makes it a stream in requests' eyes
        while block := self.read():
            yield block

    def read(self, size: int = -1) -> memoryview:  # noqa: ARG002  # urllib3 asks for too little
        """The next block, which is valid until the one after it is read."""
        wanted = min(BLOCK, self._end - self._at)
        if self._checksum is not None:
            self._checksum.wait_for(self._at + wanted)
        if self._stop.is_set():
            raise StoppedError
        block = self._source.take(self._at, wanted)
        if not block and self._at < self._end:
            raise changed(self._path)
        self._at += len(block)
        self.given += len(block)
        self._sent(len(block))
        return block

    def close(self) -> None:
        """Let go of the file."""
        self._source.close()
        os.close(self._descriptor)


def changed(path: Path) -> ActionError:
    """The error for a file that is not what it was when the upload began."""
    return ActionError(
        f"{path} was changed while it was being uploaded.",
        code="file_changed",
        hint="Let the build finish first, and do not build into the same file meanwhile.",
    )
