"""Sends the parts of a file in parallel, block by block, and hashes the file meanwhile."""

from __future__ import annotations

import hashlib
import threading
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

import requests

from lane import ActionError

from ._network import TIMEOUT, Anonymous, broken, may_repeat_read, retry_after, retrying
from ._refusal import AppleBusyError, AppleError, Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import Future
    from pathlib import Path

    from ._uploads import PartRequest

BLOCK = 1024 * 1024  # bytes; with the 16 KiB that http.client likes, a fast network is used to a third

_GLANCE = 0.2  # seconds between two looks at whether the work was cancelled


class _Meter:
    """Counts the bytes that were sent, from all threads."""

    def __init__(self, report: Callable[[int], None] | None) -> None:
        self._report = report
        self._lock = threading.Lock()
        self._done = 0

    def add(self, amount: int) -> None:
        with self._lock:
            self._done += amount
            if self._report is not None:
                self._report(self._done)


class _StoppedError(Exception):
    """Another part failed, so this one need not go on."""


class _Body:
    """A part of a file as requests sends it: a known length, and blocks of one buffer that is used again."""

    def __init__(self, path: Path, part: PartRequest, meter: _Meter, stop: threading.Event) -> None:
        self._file = path.open("rb", buffering=0)
        self._file.seek(part.offset)
        self._path = path
        self._length = self._left = part.length
        self._buffer = memoryview(bytearray(min(BLOCK, part.length)))
        self._meter = meter
        self._stop = stop
        self.given = 0

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[memoryview]:  # what makes it a stream in requests' eyes
        while block := self.read():
            yield block

    def read(self, size: int = -1) -> memoryview:  # noqa: ARG002  # urllib3 asks for too little
        """The next block, which is valid until the one after it is read."""
        if self._stop.is_set():
            raise _StoppedError
        wanted = min(len(self._buffer), self._left)
        got = self._file.readinto(self._buffer[:wanted]) or 0
        if wanted and not got:
            raise changed(self._path)
        self._left -= got
        self.given += got
        self._meter.add(got)
        return self._buffer[:got]

    def close(self) -> None:
        self._file.close()


def changed(path: Path) -> ActionError:
    """The error for a file that is not what it was when the upload began."""
    return ActionError(
        f"{path} was changed while it was being uploaded.",
        code="file_changed",
        hint="Let the build finish first, and do not build into the same file meanwhile.",
    )


def send_parts(
    session: requests.Session,
    path: Path,
    parts: Sequence[PartRequest],
    *,
    algorithm: str,
    threads: int,
    sleep: Callable[[float], None],
    progress: Callable[[int], None] | None,
) -> str:
    """Send all parts, each tried again as long as that may help; the digest of the whole file, hexadecimal.

    Memory does not grow with the file: a block per thread. `progress` gets the bytes sent so far, from any
    thread, one at a time. Whatever `sleep` or the session raises ends it promptly.
    """
    stop = threading.Event()
    meter = _Meter(progress)
    pool = ThreadPoolExecutor(threads + 1, thread_name_prefix="upload")
    try:
        digest = pool.submit(_digest, path, algorithm, stop)
        futures = [pool.submit(_send_part, session, path, part, meter, stop, sleep) for part in parts]
        _all_done({digest, *futures}, sleep)
        return digest.result()
    finally:
        # After a failure nobody waits for a thread that is stuck in a dead connection.
        stop.set()
        pool.shutdown(wait=False, cancel_futures=True)


def _all_done(futures: set[Future[Any]], sleep: Callable[[float], None]) -> None:
    """Wait for all; the first error is raised at once."""
    pending = futures
    while pending:
        done, pending = wait(pending, timeout=_GLANCE, return_when=FIRST_COMPLETED)
        for future in done:
            future.result()
        sleep(0)  # raises when the work was cancelled


def _digest(path: Path, algorithm: str, stop: threading.Event) -> str:
    """Runs beside the sending: the pages that it reads are the ones that the senders need."""
    digest = hashlib.new(algorithm.replace("_", ""), usedforsecurity=False)
    buffer = memoryview(bytearray(BLOCK))
    with path.open("rb", buffering=0) as file:
        while (got := file.readinto(buffer)) and not stop.is_set():
            digest.update(buffer[:got])
    return digest.hexdigest()


def _send_part(
    session: requests.Session,
    path: Path,
    part: PartRequest,
    meter: _Meter,
    stop: threading.Event,
    sleep: Callable[[float], None],
) -> None:
    retrying(sleep, may_repeat_read)(_try_part, session, path, part, meter, stop)


def _try_part(
    session: requests.Session, path: Path, part: PartRequest, meter: _Meter, stop: threading.Event
) -> None:
    body = _Body(path, part, meter, stop)
    done = False
    try:
        response = session.request(
            part.method,
            part.url,
            data=cast(Any, body),
            headers=dict(part.headers),
            auth=Anonymous(),
            timeout=TIMEOUT,
            allow_redirects=False,
        )
        if not 200 <= response.status_code < 300:
            raise _refused(part, response)
        done = True
    except requests.RequestException as error:
        raise broken(error, part.method, part.url) from None
    finally:
        body.close()
        if not done:
            meter.add(-body.given)


def _refused(part: PartRequest, response: requests.Response) -> Exception:
    parts = urlsplit(part.url)
    refusal = Refusal(part.method, f"{parts.netloc}{parts.path}", response.status_code)
    if response.status_code in {408, 429} or response.status_code >= 500:
        return AppleBusyError(refusal, retry_after=retry_after(response))
    return AppleError(
        refusal,
        f"Apple's storage refused bytes {part.offset} to {part.offset + part.length}: {refusal.status}.",
        hint="The address for a part is good for a limited time. Start the upload again.",
    )
