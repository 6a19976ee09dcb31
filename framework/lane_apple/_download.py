"""Downloads a file: blocks at their place, broken connections resumed, whole before it appears."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from lane import ActionError

from ._network import may_repeat_read, retrying
from ._partial import partial
from ._refusal import LostAnswerError
from ._storage import refused

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import urllib3

    from ._partial import Partial
    from ._storage import Storage

_Checked = TypeVar("_Checked")


def download(
    storage: Storage,
    url: str,
    target: Path,
    *,
    check: Callable[[Path], _Checked],
    sleep: Callable[[float], None],
    progress: Callable[[int], None] | None = None,
    say: Callable[[str], None] | None = None,
) -> _Checked:
    """Download to the file `target`, which appears only when it is whole and `check` is content.

    What a crash or a lost network has left is gone on with. `check` gets the file under another name; what it
    raises ends the download, unless a part of the file was from an earlier try: then all is fetched once more.
    `progress` gets the bytes received so far, `say` a line before each further try. Gives what `check` gives.
    Raises AppleError, lane.TransientError.
    """
    with partial(target) as file:
        transfer = _Transfer(storage, url, file, progress)
        earlier = file.size > 0
        retrying(sleep, may_repeat_read, say=say)(transfer.go_on)
        try:
            checked = _checked(file, check)
        except ActionError:
            if not earlier:
                raise
            retrying(sleep, may_repeat_read, say=say)(transfer.go_on)
            checked = _checked(file, check)
        file.become(target)
    return checked


def _checked(file: Partial, check: Callable[[Path], _Checked]) -> _Checked:
    """What is no good is no start for another try."""
    try:
        return check(file.path)
    except ActionError:
        file.cut(0)
        raise


class _Transfer:
    """One file on its way: `go_on` fetches what is missing at the end of it."""

    def __init__(
        self, storage: Storage, url: str, file: Partial, progress: Callable[[int], None] | None
    ) -> None:
        self._storage = storage
        self._url = url
        self._file = file
        self._progress = progress
        self._version: str | None = None  # the ETag of what is there already

    def go_on(self) -> None:
        """Fetch the rest. Raises AppleBusyError, LostAnswerError and the like, after which it may go on."""
        with self._storage.send("GET", self._url, self._headers()) as response:
            if not self._fits(response):
                self._file.cut(0)
                self.go_on()
            elif response.status != 416:
                with self._storage.asking("GET", self._url):
                    self._receive(response)

    def _headers(self) -> dict[str, str]:
        headers = {"Accept-Encoding": "identity"}
        if self._file.size:
            headers["Range"] = f"bytes={self._file.size}-"
            if self._version is not None:
                headers["If-Range"] = self._version
        return headers

    def _fits(self, response: urllib3.BaseHTTPResponse) -> bool:
        """Whether an answer goes with the bytes that are there: whole, from their end on, or no more of them."""
        status, have = response.status, self._file.size
        said = response.headers.get("Content-Range", "")
        if status == 200 or (status == 206 and said.startswith(f"bytes {have}-")):
            return True
        if not have or status not in {206, 416}:
            message, hint = "Apple's storage refused the file", "Its address may be over."
            raise refused("GET", self._url, response, message, hint=hint)
        return status == 416 and said == f"bytes */{have}"

    def _receive(self, response: urllib3.BaseHTTPResponse) -> None:
        if response.status == 200:
            self._file.cut(0)
        self._version = _strong(response.headers.get("ETag", ""))
        length = response.headers.get("Content-Length", "")
        end = self._file.size + int(length) if length.isdecimal() else None
        buffer = self._storage.buffer
        while got := response.readinto(buffer):
            self._file.append(buffer[:got])
            if self._progress is not None:
                self._progress(self._file.size)
        if end is not None and self._file.size != end:
            path = urlsplit(self._url).path
            raise LostAnswerError(f"{self._file.size} of {end} bytes came.", where=f"GET {path}")


def _strong(tag: str) -> str | None:
    return tag if re.fullmatch(r'"[^"]*"', tag) else None
