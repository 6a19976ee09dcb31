"""Requests to Apple's storage, where files lie at signed addresses: no token, no cookies, little overhead."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

import requests
import urllib3

from lane import CancelledError

from ._network import TIMEOUT, broken, retry_after
from ._refusal import AppleBusyError, AppleError, Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class Storage:
    """Sends by the adapters of a session, with its proxies and certificates. Threads may share it.

    A session's own way looks through the environment, the cookies and ~/.netrc for each request: with files of
    some MiB that is as much work as to send them. Where the session says that it was `aborted`, as the engine's
    does, a failed request is CancelledError.
    """

    def __init__(self, session: requests.Session) -> None:
        self._session = session
        self._settings: dict[str, Mapping[str, Any]] = {}

    def send(
        self, method: str, url: str, headers: Mapping[str, str], body: object = None
    ) -> requests.Response:
        """The answer, of which only the head was read. Raises LostAnswerError and the like."""
        request = requests.PreparedRequest()
        request.prepare(method=method, url=url, headers=dict(headers), data=cast(Any, body))
        with self.asking(method, url):
            adapter = self._session.get_adapter(url)
            return adapter.send(request, timeout=TIMEOUT, **self._settings_of(url))

    @contextmanager
    def asking(self, method: str, url: str) -> Iterator[None]:
        """Turns what a network can do into our errors."""
        try:
            yield
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            if getattr(self._session, "aborted", False):
                raise CancelledError("The step was cancelled during an HTTP call.") from None
            if isinstance(error, urllib3.exceptions.HTTPError):
                error = requests.ConnectionError(error)
            raise broken(error, method, url) from None

    def _settings_of(self, url: str) -> Mapping[str, Any]:
        """Proxies and certificates of a host, looked up once."""
        origin = "://".join(urlsplit(url)[:2])
        found = self._settings.get(origin)
        if found is None:
            found = self._session.merge_environment_settings(url, {}, True, None, None)
            self._settings[origin] = found
        return found


def refused(method: str, url: str, response: requests.Response, message: str, *, hint: str) -> Exception:
    """The error for an answer of the storage. Names the host and the path, never the query: it is signed."""
    parts = urlsplit(url)
    refusal = Refusal(method, f"{parts.netloc}{parts.path}", response.status_code)
    if response.status_code in {408, 429} or response.status_code >= 500:
        return AppleBusyError(refusal, retry_after=retry_after(response))
    return AppleError(refusal, f"{message}: {refusal.status}.", hint=hint)
