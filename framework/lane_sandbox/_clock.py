"""The sandbox's own time, which can be moved forward."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lane_sandbox._store import Store


class Clock:
    """The time by which builds are processed, budgets run and links expire.

    It runs with the real one, ahead of it by what it was moved. Tokens and the `Date` header keep to the
    real time, so that moving this clock does not make good tokens bad.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def now(self) -> float:
        """Seconds since the epoch."""
        ahead: float = self._store.fact("clock", 0.0)
        return time.time() + ahead

    def advance(self, seconds: float) -> float:
        """Move the clock forward; returns the new time, in seconds since the epoch.

        Raises ValueError for a negative number: time does not run backwards.
        """
        if not 0 <= seconds < 10**9:
            raise ValueError(
                f"the clock only moves forward, and by less than 10^9 s; {seconds!r} was asked for"
            )
        with self._store.writing():
            self._store.put_fact("clock", self._store.fact("clock", 0.0) + seconds)
            return self.now()

    def date(self, moment: float | None = None) -> str:
        """A moment, or now, as RFC 3339 text."""
        value = datetime.fromtimestamp(self.now() if moment is None else moment, UTC)
        return value.isoformat(timespec="seconds")
