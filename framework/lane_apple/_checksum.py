"""The checksum of a whole file, computed while its parts are being sent."""

from __future__ import annotations

import hashlib
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from pathlib import Path

Algorithm = Literal["SHA_256", "MD5"]
"""Apple's names (ChecksumAlgorithm). Where the processor helps, SHA-256 is twice as quick as MD5."""

_BLOCK = 4 * 1024 * 1024  # bytes


class Checksum:
    """The digest of a file, and how far it has come: what is sent follows behind.

    Apple wants the digest of the whole, which no two processors can share, and an upload is not done before it.
    So where the network is quicker, its threads leave the processor to this one; and a disk reads once, in order.
    """

    def __init__(self, path: Path, algorithm: Algorithm, stop: threading.Event) -> None:
        self._path = path
        self._digest = hashlib.new(algorithm.replace("_", ""), usedforsecurity=False)
        self._stop = stop
        self._moved = threading.Condition()
        self._done = 0.0

    def compute(self) -> str:
        """The hexadecimal digest; of a part of the file once `stop` is set."""
        try:
            self._read()
        finally:
            self._move_to(float("inf"))
        return self._digest.hexdigest()

    def wait_for(self, position: int) -> None:
        """Wait until the digest has come to a position, or has ended, for whatever reason."""
        if self._done < position:
            with self._moved:
                self._moved.wait_for(lambda: self._done >= position)

    def _read(self) -> None:
        """This thread only hashes: a second one reads ahead, into the other of two buffers."""
        buffers = [memoryview(bytearray(_BLOCK)) for _ in range(2)]
        done = 0
        with (
            self._path.open("rb", buffering=0) as file,
            ThreadPoolExecutor(1, thread_name_prefix="read") as ahead,
        ):
            reading = ahead.submit(file.readinto, buffers[0])
            while (got := reading.result()) and not self._stop.is_set():
                block = buffers[0][:got]
                buffers.reverse()
                reading = ahead.submit(file.readinto, buffers[0])
                self._digest.update(block)
                done += got
                self._move_to(done)

    def _move_to(self, position: float) -> None:
        with self._moved:
            self._done = position
            self._moved.notify_all()
