"""One request to one of Apple's web doors, and its answer: bounded, timed, with this account's cookies only."""

from __future__ import annotations

import contextlib
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

import requests
import requests.auth

from lane import __version__
from lane_apple._doors import Doors
from lane_apple._network import TIMEOUT, broken, retry_after, retrying
from lane_apple._refusal import AppleProblem, LostAnswerError, UnreachableError

from .errors import SignInChangedError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from lane_apple._session.jar import Jar

Door = Literal["sign_in", "app_store_connect", "developer"]
Step = Literal[
    "widget_key",
    "widget_key_old",
    "srp_init",
    "hashcash",
    "srp_complete",
    "code_options",
    "code_request",
    "code",
    "trust",
    "session",
    "team",
    "developer_portal",
]
"""The words for the steps of the flow, as `lane doctor` names them."""

LARGEST = 2 * 1024 * 1024
"""Bytes of an answer; Apple's are a few thousand."""
HTML = re.compile(rb"\s*<(!doctype|html|head|body|title)", re.IGNORECASE)
_APPLE = Doors()
# Where Apple puts its errors; some answers have two of them (apple-id-login.md, 5.4).
_PLACES = ("serviceErrors", "service_errors", "validationErrors")


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer. Its headers and body hold secrets: only what is asked of it below goes into messages."""

    step: Step
    where: str
    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    set_cookies: tuple[str, ...] = field(repr=False, default=())
    retry_after: float | None = None

    @property
    def ok(self) -> bool:
        """Whether the status is one of success."""
        return 200 <= self.status < 300

    @property
    def is_html(self) -> bool:
        """Whether it is a page for people."""
        return bool(HTML.match(self.body)) or "html" in self.headers.get("Content-Type", "").lower()

    @property
    def title(self) -> str:
        """What a page calls itself, with its status."""
        found = re.search(rb"<(title|h1)[^>]*>\s*([^<]{1,80})", self.body, re.IGNORECASE)
        name = found[2].decode(errors="replace").strip() if found else ""
        return name if name.startswith(str(self.status)) else f"{self.status} {name}".rstrip()

    @property
    def fields(self) -> dict[str, Any]:
        """The JSON object, or nothing where it is none."""
        try:
            value = json.loads(self.body)
        except (ValueError, RecursionError):
            return {}
        return value if isinstance(value, dict) else {}

    @property
    def problems(self) -> tuple[AppleProblem, ...]:
        """Apple's errors, in the order of the places where it puts them, each code once."""
        found: dict[str, AppleProblem] = {}
        for errors in map(self.fields.get, _PLACES):
            for error in errors if isinstance(errors, list) else []:
                if isinstance(error, dict):
                    code = str(error.get("code", "")) or "UNKNOWN"
                    found.setdefault(code, AppleProblem(code, _text(error)))
        return tuple(found.values())

    @property
    def cookie_names(self) -> frozenset[str]:
        """The names of the cookies that it sets."""
        return frozenset(header.partition("=")[0].strip() for header in self.set_cookies)

    def json(self) -> dict[str, Any]:
        """The JSON object. Raises SignInChangedError for anything else, and says what it is."""
        fields = self.fields
        if fields:
            return fields
        kind = f"a page ({self.title})" if self.is_html else "something that is no JSON object"
        raise self.changed(f"Apple answered with {kind} where JSON was expected.")

    def changed(self, message: str) -> SignInChangedError:
        """That this answer is not what the step should give."""
        return SignInChangedError(self.step, message, where=self.where)


class Wire:
    """Sends requests through a session of the caller's, which brings proxies, certificates and cancellation.

    The session's own cookies are not sent, and Apple's are not left in it: `jar` holds them. What was never sent is
    sent again, for about a minute; what only reads, and whose answer was lost, too. Statuses are never retried.
    `sleep` takes seconds; None: nothing is repeated. `say` gets a line before each further try.
    """

    def __init__(
        self,
        http: requests.Session,
        doors: Doors,
        jar: Jar,
        sleep: Callable[[float], None] | None,
        say: Callable[[str], None] | None = None,
    ) -> None:
        self.doors = doors
        self.jar = jar
        self._http = http
        self._sleep = sleep
        self._say = say

    def call(
        self,
        step: Step,
        method: str,
        door: Door,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: object = None,
        cookies: bool = True,
        reads: bool = False,
    ) -> Reply:
        """The answer, whatever its status. `reads`: it changes nothing. Raises the errors of a broken connection."""

        def once() -> Reply:
            return self._once(step, method, door, path, dict(headers or {}), body, cookies)

        if self._sleep is None:
            return once()
        passing = (UnreachableError, LostAnswerError) if reads else (UnreachableError,)
        return retrying(self._sleep, lambda error: isinstance(error, passing), say=self._say)(once)

    def _once(
        self,
        step: Step,
        method: str,
        door: Door,
        path: str,
        headers: dict[str, str],
        body: object,
        cookies: bool,
    ) -> Reply:
        url = getattr(self.doors, door) + path
        headers.setdefault("User-Agent", f"lane/{__version__}")
        apple_host = urlsplit(getattr(_APPLE, door)).hostname or ""
        quoted = door == "sign_in" and method != "GET"
        cookie = self.jar.header(url, apple_host=apple_host, quoted=quoted) if cookies else None
        if body is not None:
            headers.setdefault("Content-Type", "application/json")
        where = f"{method} {path.partition('?')[0]}"
        try:
            with self._http.request(
                method,
                url,
                data=None if body is None else body if isinstance(body, bytes) else json.dumps(body),
                headers=headers,
                auth=_Cookies(cookie),
                timeout=TIMEOUT,
                allow_redirects=False,
                stream=True,
            ) as response:
                self._forget(response)
                set_cookies = tuple(response.raw.headers.getlist("Set-Cookie"))
                content = self._bounded(response, step, where)
        except requests.RequestException as error:
            raise broken(error, method, url) from None
        if cookies:
            self.jar.receive(url, set_cookies)
        return Reply(
            step, where, response.status_code, response.headers, content, set_cookies, retry_after(response)
        )

    def _forget(self, response: requests.Response) -> None:
        """Take the cookies of this answer out of the caller's session, where requests puts them."""
        for cookie in response.cookies:
            with contextlib.suppress(KeyError):
                self._http.cookies.clear(cookie.domain, cookie.path, cookie.name)

    def _bounded(self, response: requests.Response, step: Step, where: str) -> bytes:
        content = bytearray()
        for piece in response.iter_content(65_536):
            content += piece
            if len(content) > LARGEST:
                raise SignInChangedError(step, f"The answer has more than {LARGEST:,} bytes.", where=where)
        return bytes(content)


class _Cookies(requests.auth.AuthBase):
    """These cookies and no others, and no authorization from ~/.netrc: requests applies it last."""

    def __init__(self, header: str | None) -> None:
        self._header = header

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """The request with the cookies."""
        request.headers.pop("Cookie", None)
        if self._header is not None:
            request.headers["Cookie"] = self._header
        return request


def _text(error: dict[str, Any]) -> str:
    said = error.get("message") or error.get("title") or "no reason given"
    return str(said)[:300]
