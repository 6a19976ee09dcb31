"""Sends calls to Apple within a budget of requests, and says what a broken connection means."""

from __future__ import annotations

from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import requests

from ._budget import budget_of
from ._network import TIMEOUT, broken, retry_after
from ._refusal import Refusal, problems_of

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from ._door import Call
    from ._refusal import AppleProblem, Who

_WORTH_TELLING = 1.0  # seconds


class Line:
    """Connections to one of Apple's hosts. Threads may share it.

    `session` is someone else's, who closes it; without one there is an own one. All lines of the same `budget` and
    `clock` share it. `say` gets a line before the budget makes a request wait.
    """

    def __init__(
        self,
        session: requests.Session | None,
        *,
        budget: Hashable,
        who: Who,
        sleep: Callable[[float], None],
        clock: Callable[[], float],
        say: Callable[[str], None] | None = None,
    ) -> None:
        self.session = session or _session()
        self._owns_session = session is None
        self._budget = budget_of(budget, clock)
        self._who: Who = who
        self._sleep = sleep
        self._say = say

    def close(self) -> None:
        """Close the connections, unless the session is someone else's."""
        if self._owns_session:
            self.session.close()

    def send(self, call: Call) -> requests.Response:
        """The answer, whatever it says. Raises UnreachableError, LostAnswerError; AppleBusyError after a 429."""
        begun = self._budget.admit(self._wait)
        response = self._exchange(call)
        if response.status_code == 429:
            refusal = Refusal(call.method, urlsplit(call.url).path, 429, problems(response), self._who)
            self._budget.refused(begun, refusal, retry_after(response))
        else:
            self._budget.answered(response.headers)
        return response

    def _wait(self, seconds: float) -> None:
        if self._say is not None and seconds >= _WORTH_TELLING:
            self._say(f"Few requests are left with this {self._who}; the next goes in {seconds:.0f} s")
        self._sleep(seconds)

    def _exchange(self, call: Call) -> requests.Response:
        try:
            return self.session.request(
                call.method,
                call.url,
                params=dict(call.query) or None,
                data=call.content,
                headers=dict(call.headers),
                auth=call.authorization,
                timeout=TIMEOUT,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            raise broken(error, call.method, call.url) from None


def problems(response: requests.Response) -> tuple[AppleProblem, ...]:
    """Apple's errors in an answer; none where it is no JSON."""
    try:
        return problems_of(response.json())
    except ValueError:
        return ()


def _session() -> requests.Session:
    """Connections that keep no cookies: those are the door's business."""
    session = requests.Session()
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
    return session
