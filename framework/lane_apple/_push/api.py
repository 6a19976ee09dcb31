"""A CI system's REST API: who asks, what is tried again, and what a refusal means."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

import requests
import requests.auth
from tenacity import Retrying, retry_if_exception, stop_after_attempt

from lane import ActionError, CredentialError, TransientError, UsageError
from lane_apple._network import TIMEOUT, broken, retry_after
from lane_apple._refusal import LostAnswerError, UnreachableError

from .said import said

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from types import TracebackType

    from tenacity import RetryCallState

    from lane import Secret

_ATTEMPTS = 4
_LONGEST_PAUSE = 60.0  # seconds; a service that wants more is left alone
_SECONDARY_PAUSE = 60.0  # seconds: what GitHub asks for where a secondary limit names no time
_VALUES = ("value", "encrypted_value")  # what is secret in a body
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True, slots=True)
class Service:
    """One CI system. `base` is the address of its API, `token_name` the variable that gave the token.

    The token goes into `header`, after `scheme`. `rights` says what it has to be allowed, `address_names` which
    variables name another server.
    """

    name: str
    base: str
    token: Secret
    token_name: str
    header: str
    scheme: str
    rights: str
    address_names: str
    headers: Mapping[str, str] = field(default_factory=dict)


class BusyError(TransientError):
    """A CI system is not to be asked now; `pause` is how many seconds it wants, None where it does not say."""

    code = "push_busy"

    def __init__(self, message: str, *, where: str, pause: float | None) -> None:
        super().__init__(
            message, where=where, hint="Try again later; what is there already is not sent again."
        )
        self.pause = pause


class Api:
    """Calls to one service. All that is called here can be repeated without harm."""

    def __init__(self, service: Service, sleep: Callable[[float], None]) -> None:
        host = urlsplit(service.base).hostname or ""
        if not service.base.startswith("https://") and host not in _LOOPBACK:
            raise UsageError(
                f"{service.name}'s address is {service.base}: a token does not travel without TLS.",
                hint="Give an address that begins with https://.",
                code="push_address",
            )
        self.service = service
        self._sleep = sleep
        self._http = requests.Session()
        self._http.headers.update(service.headers)
        self._http.auth = _Token(service)

    def call(
        self, method: str, path: str, *, query: Mapping[str, str] | None = None, body: Any = None
    ) -> requests.Response:
        """An answer that is good, or a 404. Raises CredentialError, UsageError, ActionError, TransientError."""
        attempts = Retrying(
            sleep=self._sleep,
            stop=stop_after_attempt(_ATTEMPTS),
            wait=_pause,
            retry=retry_if_exception(_may_repeat),
            reraise=True,
        )
        response: requests.Response = attempts(self._once, method, path, query, body)
        return response

    def pages(self, path: str, *, query: Mapping[str, str]) -> Iterator[requests.Response]:
        """The answers for all pages of a list, by their Link headers; a 404 is the only one."""
        response = self.call("GET", path, query=query)
        yield response
        while following := response.links.get("next", {}).get("url"):
            base, url = urlsplit(self.service.base), urlsplit(following)
            if (url.scheme, url.netloc) != (base.scheme, base.netloc):
                return  # the token is for this service only
            response = self.call("GET", f"{url.path.removeprefix(base.path)}?{url.query}")
            yield response

    def read(self, response: requests.Response) -> dict[str, Any]:
        """The object that an answer is. Raises ActionError for anything else: then another server is at the address."""
        try:
            document = response.json()
        except ValueError:
            document = None
        if isinstance(document, dict):
            return document
        raise ActionError(
            f"What answers at {self.service.base} is not the API of {self.service.name}.",
            where=f"{response.request.method} {urlsplit(response.url).path}",
            hint=f"Check the address: {self.service.address_names}.",
            code="push_address",
        )

    def _once(self, method: str, path: str, query: Mapping[str, str] | None, body: Any) -> requests.Response:
        url, service = self.service.base + path, self.service
        try:
            # A redirect would carry a token to another host, and make a GET of a PUT.
            response = self._http.request(
                method, url, params=query, json=body, timeout=TIMEOUT, allow_redirects=False
            )
        except requests.RequestException as error:
            raise broken(error, method, url) from None
        if (response.ok and not response.is_redirect) or response.status_code == 404:
            return response
        where = f"{method} {urlsplit(url).path}"
        if response.is_redirect:
            raise UsageError(
                f"{service.name} says that this is elsewhere now: it was renamed or moved.",
                where=where,
                hint="Name it as it is called now, by --repo.",
                code="push_moved",
            )
        if _is_busy(response):
            raise _busy(service.name, response, where)
        raise self._refusal(response, where, body)

    def _refusal(self, response: requests.Response, where: str, body: Any) -> Exception:
        service, status = self.service, response.status_code
        if status == 401:
            return CredentialError(
                f"{service.name} does not know the token in {service.token_name}: it is wrong, or over.",
                where=where,
                hint=f"Make a new one. {service.rights}",
                code="push_token",
            )
        secrets = [service.token.reveal(), *(body[name] for name in _VALUES if name in (body or {}))]
        why = said(_message(response), secrets)
        if status == 403:
            return CredentialError(
                f"The token in {service.token_name} may not do this at {service.name}{why}",
                where=where,
                hint=service.rights,
                code="push_rights",
            )
        return ActionError(f"{service.name} refused it ({status}){why}", where=where, code="push_refused")

    def close(self) -> None:
        """Close its connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class _Token(requests.auth.AuthBase):
    """The token as a header that ~/.netrc cannot replace."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        service = self._service
        request.headers[service.header] = f"{service.scheme}{service.token.reveal()}"
        return request


def _is_busy(response: requests.Response) -> bool:
    """Whether it may be otherwise later; GitHub answers 403 too where too much was asked."""
    if response.status_code == 429 or response.status_code >= 500:
        return True
    over = response.headers.get("X-RateLimit-Remaining") == "0" or "Retry-After" in response.headers
    return response.status_code == 403 and (over or "rate limit" in _message(response))


def _busy(name: str, response: requests.Response, where: str) -> BusyError:
    pause = retry_after(response)
    if pause is None and response.status_code == 403 and "secondary" in _message(response):
        pause = _SECONDARY_PAUSE
    if pause is None and response.headers.get("X-RateLimit-Remaining") == "0":
        return BusyError(f"{name} takes no more requests within this hour.", where=where, pause=float("inf"))
    wanted = "" if pause is None else f" and wants to be left alone for {pause:.0f} s"
    return BusyError(f"{name} answered {response.status_code}{wanted}.", where=where, pause=pause)


def _may_repeat(error: BaseException) -> bool:
    if isinstance(error, BusyError):
        return (error.pause or 0.0) <= _LONGEST_PAUSE
    return isinstance(error, UnreachableError | LostAnswerError)


def _pause(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    wanted = getattr(error, "pause", None)
    return float(2 ** (state.attempt_number - 1) if wanted is None else wanted)


def _message(response: requests.Response) -> str:
    """What a service says in its JSON of a refusal; GitLab says some things by the field."""
    try:
        document = response.json()
    except ValueError:
        return ""
    message = document.get("message", document.get("error")) if isinstance(document, dict) else None
    return re.sub(r"[\[\]{}'\"]", "", str(message or ""))
