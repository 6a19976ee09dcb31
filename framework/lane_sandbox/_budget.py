"""The hourly number of requests of each key."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from lane_sandbox._problem import rate_limited

if TYPE_CHECKING:
    from lane_sandbox._clock import Clock

WINDOW_SECONDS = 3600.0


class Budget:
    """Counts the requests of each key over a rolling hour of the sandbox's clock."""

    def __init__(self, clock: Clock, hourly_limit: int) -> None:
        self._clock = clock
        self._limit = hourly_limit
        self._spent: dict[str, deque[float]] = {}

    def spend(self, key_id: str) -> None:
        """Count one request. Raises the 429 of `rate_limited` where none is left."""
        spent = self._recent(key_id)
        if len(spent) >= self._limit:
            raise rate_limited()
        spent.append(self._clock.now())

    def header(self, key_id: str | None) -> str:
        """The value of X-Rate-Limit (asc-official-limits.md, 4); the semicolon at the end is Apple's."""
        left = self._limit - (len(self._recent(key_id)) if key_id else 0)
        return f"user-hour-lim:{self._limit};user-hour-rem:{left};"

    def clear(self) -> None:
        """Begin a new hour for every key."""
        self._spent.clear()

    def _recent(self, key_id: str) -> deque[float]:
        spent = self._spent.setdefault(key_id, deque())
        horizon = self._clock.now() - WINDOW_SECONDS
        while spent and spent[0] <= horizon:
            spent.popleft()
        return spent
