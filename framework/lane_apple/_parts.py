"""Sends the parts of a file in parallel, and computes its checksum meanwhile."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from ._checksum import Checksum
from ._network import may_repeat_read, retrying
from ._part import PartBody
from ._refusal import LostAnswerError
from ._storage import refused
from ._together import all_done

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import urllib3

    from ._checksum import Algorithm
    from ._storage import Storage
    from ._together import Meter
    from ._uploads import PartRequest


def send_parts(
    storage: Storage,
    path: Path,
    parts: Sequence[PartRequest],
    *,
    algorithm: Algorithm | None,
    threads: int,
    sleep: Callable[[float], None],
    meter: Meter,
    arrived: Callable[[PartRequest], None] | None = None,
    say: Callable[[str], None] | None = None,
) -> str | None:
    """Send parts, each tried again as long as that may help; the checksum of the whole file, if it is wanted.

    Memory does not grow with the file: a block per thread. `arrived` is told of each part that Apple has, by
    the thread that sent it; `say` gets a line before a part is tried again. Whatever `sleep` raises ends it
    promptly.
    """
    stop = threading.Event()
    checksum = None if algorithm is None else Checksum(path, algorithm, stop)
    pool = ThreadPoolExecutor(threads, thread_name_prefix="upload")
    hashing = ThreadPoolExecutor(1, thread_name_prefix="checksum")

    def send(part: PartRequest) -> None:
        if checksum is not None:
            checksum.wait_for(part.offset)  # before there is a connection that would idle meanwhile
        attempts = retrying(sleep, may_repeat_read, say=say)
        attempts(_try_part, storage, path, part, meter, stop, checksum)
        if arrived is not None:
            arrived(part)

    try:
        digest = None if checksum is None else hashing.submit(checksum.compute)
        all_done([*([digest] if digest else []), *(pool.submit(send, part) for part in parts)], sleep)
        return None if digest is None else digest.result()
    finally:
        # After a failure nobody waits for a thread that is stuck in a dead connection.
        stop.set()
        pool.shutdown(wait=False, cancel_futures=True)
        hashing.shutdown(wait=False)


def _try_part(
    storage: Storage,
    path: Path,
    part: PartRequest,
    meter: Meter,
    stop: threading.Event,
    checksum: Checksum | None,
) -> None:
    body = PartBody(path, part, meter.add, stop, checksum)
    done = False
    try:
        with storage.send(part.method, part.url, dict(part.headers), body) as response:
            if not 200 <= response.status < 300:
                raise _refused(part, response)
            with storage.asking(part.method, part.url):
                response.drain_conn()  # so that the connection can be used again
        done = True
    except LostAnswerError:
        body.check()
        raise
    finally:
        body.close()
        if not done:
            meter.add(-body.given)


def _refused(part: PartRequest, response: urllib3.BaseHTTPResponse) -> Exception:
    return refused(
        part.method,
        part.url,
        response,
        f"Apple's storage refused bytes {part.offset} to {part.offset + part.length}",
        hint="The address for a part is good for a limited time. Start the upload again.",
    )
