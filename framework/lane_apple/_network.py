"""Retries where a repeat is safe, and what a broken connection means."""

from __future__ import annotations

import re
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import requests
import requests.auth
import urllib3
from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_exponential_jitter
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NewConnectionError, ProtocolError

from lane import ActionError

from ._budget import LONGEST_PAUSE
from ._refusal import AppleBusyError, LostAnswerError, UnreachableError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tenacity import RetryCallState

TIMEOUT = (15, 90)  # seconds to connect, and between two bytes

_ATTEMPTS = 7
_growing = wait_exponential_jitter(initial=1, max=60)


def may_repeat_read(error: BaseException) -> bool:
    """Whether to try again what changes nothing, such as GET, or PUT of the same bytes."""
    return isinstance(error, AppleBusyError | UnreachableError | LostAnswerError) and _bearable(error)


def may_repeat_write(error: BaseException) -> bool:
    """Whether to try again what changes something: only where Apple surely did not do it."""
    if isinstance(error, AppleBusyError):
        return error.refusal.status == 429 and _bearable(error)
    return isinstance(error, UnreachableError)


def _bearable(error: BaseException) -> bool:
    return (getattr(error, "retry_after", None) or 0) <= LONGEST_PAUSE


def retrying(
    sleep: Callable[[float], None],
    may_repeat: Callable[[BaseException], bool],
    *,
    budgeted: bool = False,
    say: Callable[[str], None] | None = None,
) -> Retrying:
    """Calls a function up to seven times, about a minute in all; the last error is raised as it is.

    Where the requests are `budgeted`, the key's budget holds them back after a 429, and nothing waits here. `say`
    gets a line before each further try.
    """

    def tell(state: RetryCallState) -> None:
        if say is not None:
            say(_next_try(state))

    return Retrying(
        sleep=sleep,
        stop=stop_after_attempt(_ATTEMPTS),
        wait=_wait_unless_budget_does if budgeted else _wait,
        retry=retry_if_exception(may_repeat),
        before_sleep=tell,
        reraise=True,
    )


def _next_try(state: RetryCallState) -> str:
    """What went wrong, and when it is tried again: `Apple answered 503; trying again in 4 s (2 of 7)`."""
    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, AppleBusyError):
        said = f"Apple answered {error.refusal.status}"
    else:
        said = str(getattr(error, "message", error)).rstrip(".")
    wait = f" in {state.upcoming_sleep:.0f} s" if state.upcoming_sleep >= 1 else ""
    return f"{said}; trying again{wait} ({state.attempt_number + 1} of {_ATTEMPTS})"


def _wait(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    asked = getattr(error, "retry_after", None)
    return float(_growing(state) if asked is None else asked)


def _wait_unless_budget_does(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, AppleBusyError) and error.refusal.status == 429:
        return 0.0
    return _wait(state)


def retry_after(response: requests.Response | urllib3.BaseHTTPResponse) -> float | None:
    """The seconds of a Retry-After header, which may hold a number or a date."""
    value = response.headers.get("Retry-After", "").strip()
    if value.isdigit():
        return float(value)
    until, now = http_date(value), http_date(response.headers.get("Date", ""))
    return max(0.0, until - now) if until is not None and now is not None else None


def http_date(text: str) -> float | None:
    """Seconds since 1970 of a date in a header, or None."""
    try:
        return parsedate_to_datetime(text).timestamp()
    except (TypeError, ValueError):
        return None


def broken(error: Exception, method: str, url: str) -> ActionError:
    """What a failed call means. Names the host, never the query, which may hold a signature."""
    parts = urlsplit(url)
    host, where = parts.netloc, f"{method} {parts.path}"
    if isinstance(error, requests.exceptions.SSLError | urllib3.exceptions.SSLError):
        return ActionError(
            f"No trusted connection to {host}: {_reason(error)}",
            where=where,
            code="tls",
            hint="Behind a proxy that inspects TLS, set REQUESTS_CA_BUNDLE to its certificate.",
        )
    if (refused := _proxy_refusal(error)) is not None and not isinstance(refused, ConnectionError):
        return UnreachableError(
            f"The proxy for {host} does not answer: {_reason(error)}",
            where=where,
            hint="Check HTTPS_PROXY and NO_PROXY.",
        )
    if _never_sent(error):
        return UnreachableError(
            f"{host} cannot be reached: {_reason(error)}",
            where=where,
            hint="Check the network, and whether a proxy is needed (HTTPS_PROXY).",
        )
    return LostAnswerError(
        f"The connection to {host} was lost before the answer came: {_reason(error)}",
        where=where,
        hint="Check the network, then try again.",
    )


def _never_sent(error: BaseException) -> bool:
    unsent = NewConnectionError | ConnectTimeoutError
    return isinstance(error, requests.exceptions.ConnectTimeout | unsent) or isinstance(_cause(error), unsent)


def _proxy_refusal(error: BaseException) -> BaseException | None:
    """Why a proxy did not serve a request; None where no proxy is to blame.

    A connection that breaks after the request was sent looks the same to urllib3, and is a ConnectionError.
    """
    for each in (error, _cause(error)):
        if isinstance(each, urllib3.exceptions.ProxyError):
            inner = each.original_error
            nested = inner.args[-1] if isinstance(inner, ProtocolError) and inner.args else inner
            return nested if isinstance(nested, BaseException) else inner
    return None


def _cause(error: BaseException) -> object:
    cause = error.args[0] if error.args else None
    return cause.reason if isinstance(cause, MaxRetryError) else cause


def _reason(error: BaseException) -> str:
    """The innermost cause in words, without the objects that urllib3 prints."""
    cause: Any = error
    while True:
        inner = getattr(cause, "reason", None) or next(
            (arg for arg in reversed(cause.args) if isinstance(arg, BaseException)), None
        )
        if not isinstance(inner, BaseException) or inner is cause:
            break
        cause = inner
    text = getattr(cause, "strerror", None) or re.sub(r".*(>: |\): |\[Errno -?\d+\] )", "", str(cause))
    if text.endswith(")") and "(" not in text:  # urllib3 puts why a name is not resolved into brackets
        text = text[:-1]
    return f"{text or type(cause).__name__}."


class Bearer(requests.auth.AuthBase):
    """The token, as an authorization that ~/.netrc cannot replace."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """The request with the token."""
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request
