"""The checksum of a whole file, computed while its parts are being sent."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import threading
    from pathlib import Path

Algorithm = Literal["SHA_256", "MD5"]
"""Apple's names (ChecksumAlgorithm). Where the processor helps, SHA-256 is twice as quick as MD5."""

_BLOCK = 4 * 1024 * 1024  # bytes


def checksum(path: Path, algorithm: Algorithm, stop: threading.Event) -> str:
    """The hexadecimal digest of a file; of a part of it once `stop` is set.

    Apple wants the digest of the whole, which no two processors can share. So this one only hashes: a second
    thread reads ahead, into the other of two buffers.
    """
    digest = hashlib.new(algorithm.replace("_", ""), usedforsecurity=False)
    buffers = [memoryview(bytearray(_BLOCK)) for _ in range(2)]
    with path.open("rb", buffering=0) as file, ThreadPoolExecutor(1, thread_name_prefix="read") as ahead:
        reading = ahead.submit(file.readinto, buffers[0])
        while (got := reading.result()) and not stop.is_set():
            block = buffers[0][:got]
            buffers.reverse()
            reading = ahead.submit(file.readinto, buffers[0])
            digest.update(block)
    return digest.hexdigest()
