"""The requests that a key has left this hour, shared by all threads and clients of this process."""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

from ._refusal import AppleBusyError

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping

    from ._refusal import Refusal

LONGEST_PAUSE = 900.0  # seconds; if Apple asks for more, the error says so in place of a silent hour

_HOUR = 3600.0
_EASY = 0.25  # the share of an hour's requests below which they are spaced out
_WIDEST = 10  # times the even pace of a whole hour
_LONGEST_SPACE = 60.0  # seconds between two requests; a tiny budget is better told by a 429
_AFTER_PAUSE = 0.1  # seconds between the requests that a pause has held back, until one succeeds
_FIRST_PAUSE, _LONGEST_GROWN = 1.0, 60.0  # seconds; Apple does not promise a Retry-After
_LIMITS = re.compile(r"user-hour-(lim|rem):\s*(\d+)")

_known: WeakValueDictionary[Hashable, Budget] = WeakValueDictionary()
_lock = threading.Lock()


class Budget:
    """When the next request of a key may go. Threads may share it; all times are those of `clock`.

    Apple counts the requests of a rolling hour and tells the rest in each answer: `X-Rate-Limit:
    user-hour-lim:3500;user-hour-rem:500;` (asc-official-limits.md, 4). While plenty is left nothing waits. Below
    a quarter requests are spaced out, the wider the less is left, so that we alone never use up the rest. A 429
    holds back all of the key's requests.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._space = 0.0
        self._next = clock()
        self._pauses = 0  # since the last success
        self._round = 0  # of pauses: answers to what was sent before one say nothing new
        self._refusal: Refusal | None = None

    def admit(self, sleep: Callable[[float], None]) -> int:
        """Wait until a request may go; the round of it, for `refused`. Raises AppleBusyError for a long pause."""
        while True:
            with self._lock:
                begun = self._round
                now = self._clock()
                wait = max(0.0, self._next - now)
                if wait > LONGEST_PAUSE and self._refusal is not None:
                    raise AppleBusyError(self._refusal, retry_after=wait)
                space = max(self._space, _AFTER_PAUSE if self._pauses else 0.0)
                self._next = max(self._next, now) + space
            if wait > 0:
                sleep(wait)
            if begun == self._round:
                return begun

    def answered(self, headers: Mapping[str, str]) -> None:
        """Learn from an answer that is no 429."""
        limits = {name: int(number) for name, number in _LIMITS.findall(headers.get("X-Rate-Limit", ""))}
        with self._lock:
            self._pauses = 0
            if limits.keys() == {"lim", "rem"} and limits["lim"] > 0:
                self._space = _space(limits["lim"], limits["rem"])

    def refused(self, begun: int, refusal: Refusal, retry_after: float | None) -> None:
        """Hold back all requests after a 429, as long as Apple asks, else longer each time."""
        with self._lock:
            if begun != self._round:
                return  # sent before the pause that is on already
            grown = min(_FIRST_PAUSE * 2.0**self._pauses, _LONGEST_GROWN)
            self._pauses += 1
            self._round += 1
            self._refusal = refusal
            self._next = max(self._next, self._clock() + (grown if retry_after is None else retry_after))


def _space(limit: int, remaining: int) -> float:
    """Seconds between two requests: none while plenty is left, later so that the rest lasts for an hour.

    After a burst nothing is given back for an hour, and others may use the key too.
    """
    share = remaining / limit
    if share >= _EASY:
        return 0.0
    even = _HOUR / max(remaining, 1)
    return min(even * (1 - share / _EASY), _WIDEST * _HOUR / limit, _LONGEST_SPACE)


def budget_of(key: Hashable, clock: Callable[[], float]) -> Budget:
    """The budget of a key: the same for all clients that have the same clock, as long as one of them is there."""
    with _lock:
        found = _known.get((key, clock))
        if found is None:
            found = _known[key, clock] = Budget(clock)
        return found
