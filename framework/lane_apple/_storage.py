"""Requests to Apple's storage, where files lie at signed addresses: no token, no cookies, little overhead."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

import requests
import urllib3

from lane import CancelledError

from ._network import TIMEOUT, broken, retry_after
from ._refusal import AppleBusyError, AppleError, Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sized

_BUFFER = 512 * 1024  # bytes; larger ones leave the processor's cache on their way to the disk


_TIMEOUT = urllib3.Timeout(connect=TIMEOUT[0], read=TIMEOUT[1])


class Storage:
    """Sends by the connections of a session's adapters, with its proxies and certificates. Threads may share it.

    A session's own way looks through the environment, the cookies and ~/.netrc for each request, and wraps each
    answer twice: with files of some MiB that is more work than to send them. Where the session says that it was
    `aborted`, as the engine's does, a failed request is CancelledError.
    """

    def __init__(self, session: requests.Session) -> None:
        self._session = session
        self._ways: dict[str, Callable[[str], tuple[urllib3.HTTPConnectionPool, str]]] = {}
        self._own = threading.local()

    @property
    def buffer(self) -> memoryview:
        """A buffer of the calling thread: a new one for each file would cost as much as to fill it."""
        found: memoryview | None = getattr(self._own, "buffer", None)
        if found is None:
            found = self._own.buffer = memoryview(bytearray(_BUFFER))
        return found

    def send(
        self, method: str, url: str, headers: Mapping[str, str], body: Sized | None = None
    ) -> urllib3.BaseHTTPResponse:
        """The answer, of which only the head was read. Raises LostAnswerError and the like."""
        given = dict(headers)
        if body is not None:
            given["Content-Length"] = str(len(body))
        with self.asking(method, url):
            pool, target = self._way(url)
            return pool.urlopen(
                method,
                target,
                body=cast("bytes | None", body),
                headers=given,
                timeout=_TIMEOUT,
                retries=False,
                redirect=False,
                assert_same_host=False,
                preload_content=False,
                decode_content=False,
            )

    @contextmanager
    def asking(self, method: str, url: str) -> Iterator[None]:
        """Turns what a network can do into our errors."""
        try:
            yield
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            if getattr(self._session, "aborted", False):
                raise CancelledError("The step was cancelled during an HTTP call.") from None
            raise broken(error, method, url) from None

    def _way(self, url: str) -> tuple[urllib3.HTTPConnectionPool, str]:
        """The connections that lead to an address, and what to ask them for. Looked up once for each host."""
        origin = "://".join(urlsplit(url)[:2])
        way = self._ways.get(origin)
        if way is None:
            way = self._ways[origin] = self._found(origin)
        return way(url)

    def _found(self, origin: str) -> Callable[[str], tuple[urllib3.HTTPConnectionPool, str]]:
        # What requests declares of these is less than what it documents.
        adapter: Any = self._session.get_adapter(origin)
        settings: Any = self._session.merge_environment_settings(origin, {}, True, None, None)
        proxies, verify, certificate = (settings[name] for name in ("proxies", "verify", "cert"))
        request = requests.Request("GET", origin).prepare()
        pool = adapter.get_connection_with_tls_context(request, verify, proxies, certificate)
        adapter.cert_verify(pool, origin, verify, certificate)

        def way(url: str) -> tuple[urllib3.HTTPConnectionPool, str]:
            asked = requests.PreparedRequest()
            asked.url = url
            return pool, adapter.request_url(asked, proxies)

        return way


def refused(
    method: str, url: str, response: urllib3.BaseHTTPResponse, message: str, *, hint: str
) -> Exception:
    """The error for an answer of the storage. Names the host and the path, never the query: it is signed."""
    parts = urlsplit(url)
    refusal = Refusal(method, f"{parts.netloc}{parts.path}", response.status)
    if response.status in {408, 429} or response.status >= 500:
        return AppleBusyError(refusal, retry_after=retry_after(response))
    return AppleError(refusal, f"{message}: {refusal.status}.", hint=hint)
