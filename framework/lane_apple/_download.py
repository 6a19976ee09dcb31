"""Downloads a file: blocks at their place, broken connections resumed, whole before it appears."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from lane import ActionError

from ._network import may_repeat_read, retrying
from ._refusal import LostAnswerError
from ._storage import refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import requests

    from ._storage import Storage

_Checked = TypeVar("_Checked")
_BLOCK = 256 * 1024  # bytes; larger ones leave the processor's cache on their way to the disk


def download(
    storage: Storage,
    url: str,
    target: Path,
    *,
    check: Callable[[Path], _Checked],
    sleep: Callable[[float], None],
    progress: Callable[[int], None] | None = None,
) -> _Checked:
    """Download to the file `target`, which appears only when it is whole and `check` is content.

    What a crash or a lost network has left is gone on with. `check` gets the file under another name; what it
    raises ends the download, unless a part of the file was from an earlier try: then all is fetched once more.
    `progress` gets the bytes received so far. Gives what `check` gives. Raises AppleError, lane.TransientError.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with _partial(target) as (part, descriptor):
        transfer = _Transfer(storage, url, descriptor, progress)
        earlier = os.fstat(descriptor).st_size > 0
        retrying(sleep, may_repeat_read)(transfer.go_on)
        try:
            checked = _checked(part, descriptor, check)
        except ActionError:
            if not earlier:
                raise
            retrying(sleep, may_repeat_read)(transfer.go_on)
            checked = _checked(part, descriptor, check)
        part.chmod(0o644)
        part.replace(target)
    return checked


def _checked(part: Path, descriptor: int, check: Callable[[Path], _Checked]) -> _Checked:
    """What is no good is no start for another try."""
    try:
        return check(part)
    except ActionError:
        os.ftruncate(descriptor, 0)
        raise


@contextlib.contextmanager
def _partial(target: Path) -> Iterator[tuple[Path, int]]:
    """A file beside the target, so that moving it into place is one step. What was received stays in it."""
    part = target.with_name(f".{target.name}.part")
    descriptor = os.open(part, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:  # someone else downloads it too
        os.close(descriptor)
        descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".part")
        part = Path(name)
    try:
        yield part, descriptor
    finally:
        if os.fstat(descriptor).st_size == 0:
            part.unlink(missing_ok=True)
        os.close(descriptor)


class _Transfer:
    """One file on its way: `go_on` fetches what is missing at the end of it."""

    def __init__(
        self,
        storage: Storage,
        url: str,
        descriptor: int,
        progress: Callable[[int], None] | None,
    ) -> None:
        self._storage = storage
        self._url = url
        self._descriptor = descriptor
        self._progress = progress
        self._version: str | None = None  # the ETag of what is there already

    def go_on(self) -> None:
        """Fetch the rest. Raises AppleBusyError, LostAnswerError and the like, after which it may go on."""
        have = os.fstat(self._descriptor).st_size
        with self._storage.send("GET", self._url, self._headers(have)) as response:
            if not self._fits(response, have):
                os.ftruncate(self._descriptor, 0)
                self.go_on()
            elif response.status_code != 416:
                with self._storage.asking("GET", self._url):
                    self._receive(response)

    def _headers(self, have: int) -> dict[str, str]:
        headers = {"Accept-Encoding": "identity"}
        if have:
            headers["Range"] = f"bytes={have}-"
            if self._version is not None:
                headers["If-Range"] = self._version
        return headers

    def _fits(self, response: requests.Response, have: int) -> bool:
        """Whether an answer goes with the bytes that are there: whole, from their end on, or no more of them."""
        status = response.status_code
        said = response.headers.get("Content-Range", "")
        if status == 200 or (status == 206 and said.startswith(f"bytes {have}-")):
            return True
        if not have or status not in {206, 416}:
            raise refused(
                "GET",
                self._url,
                response,
                "Apple's storage refused the file",
                hint="Its address may be over.",
            )
        return status == 416 and said == f"bytes */{have}"

    def _receive(self, response: requests.Response) -> None:
        at = os.fstat(self._descriptor).st_size if response.status_code == 206 else 0
        os.ftruncate(self._descriptor, at)
        self._version = _strong(response.headers.get("ETag", ""))
        length = response.headers.get("Content-Length", "")
        end = at + int(length) if length.isdecimal() else None
        buffer = memoryview(bytearray(min(_BLOCK, int(length) or 1) if end else _BLOCK))
        while got := response.raw.readinto(buffer):
            at += _write(self._descriptor, buffer[:got], at)
            if self._progress is not None:
                self._progress(at)
        if end is not None and at != end:
            raise LostAnswerError(f"{at} of {end} bytes came.", where=f"GET {urlsplit(self._url).path}")


def _write(descriptor: int, block: memoryview, at: int) -> int:
    written = 0
    while written < len(block):
        written += os.pwrite(descriptor, block[written:], at + written)
    return written


def _strong(tag: str) -> str | None:
    return tag if re.fullmatch(r'"[^"]*"', tag) else None
