"""A session of an Apple ID in use: its cookies are sent, and kept as Apple renews them."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from requests.auth import AuthBase

from ._doors import Doors
from ._session.jar import Jar
from ._session.masking import masked

if TYPE_CHECKING:
    from collections.abc import Callable

    import requests

    from ._session.session import AppleSession

_APPLE = Doors()


class WebSession:
    """What opens App Store Connect's web door and the developer portal. Threads and clients may share it.

    `current` is the session with the cookies as Apple last renewed them: keep that. `doors` say where Apple is.
    `clock` gives seconds since 1970.
    """

    unattended = True

    def __init__(
        self, session: AppleSession, *, doors: Doors = _APPLE, clock: Callable[[], float] = time.time
    ) -> None:
        self.doors = doors
        self._session = session
        self._jar = Jar(session.cookies, clock)
        self._lock = threading.Lock()

    @property
    def account(self) -> str:
        """The Apple ID's address."""
        return self._session.account

    @property
    def masked_account(self) -> str:
        """The address as it may be shown."""
        return masked(self._session.account)

    @property
    def team_id(self) -> str | None:
        """The developer portal's team that was chosen at sign-in."""
        return self._session.team_id

    @property
    def source(self) -> str:
        """Where it was found."""
        return self._session.source

    @property
    def current(self) -> AppleSession:
        """The session with the cookies that it has by now."""
        with self._lock:
            return replace(self._session, cookies=self._jar.cookies)

    def cookies_for(self, url: str, door: str) -> str | None:
        """The `Cookie` header for a request to `url`; `door` is the address that Apple itself has for it."""
        with self._lock:
            return self._jar.header(url, apple_host=urlsplit(door).hostname or "")

    def learn(self, response: requests.Response) -> None:
        """Take over the cookies of an answer."""
        headers = response.raw.headers.getlist("Set-Cookie")
        if headers:
            with self._lock:
                self._jar.receive(response.url, headers)

    def __repr__(self) -> str:
        return f"WebSession({self.masked_account}, from {self.source})"


class Cookies(AuthBase):
    """The session's cookies as an authorization, in place of any that the HTTP client has gathered."""

    def __init__(self, session: WebSession, door: str) -> None:
        self._session = session
        self._door = door

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """The request with the cookies."""
        request.headers.pop("Cookie", None)
        header = self._session.cookies_for(request.url or "", self._door)
        if header is not None:
            request.headers["Cookie"] = header
        return request
