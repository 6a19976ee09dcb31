"""Waiting for a code: until when, what ends it earlier, how long to the next look."""

from __future__ import annotations

import queue
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self, TypeVar

if TYPE_CHECKING:
    import threading

TICK = 0.1  # seconds between two looks at whether the wait was cancelled
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Wait:
    """A wait that ends at `until`, by the monotonic clock, or when `cancelled` is set."""

    until: float
    cancelled: threading.Event

    @classmethod
    def of(cls, seconds: float, cancelled: threading.Event) -> Self:
        """A wait of so many seconds from now on."""
        return cls(time.monotonic() + seconds, cancelled)

    @property
    def left(self) -> float:
        """Seconds to the end; 0 where it has come."""
        return 0.0 if self.cancelled.is_set() else max(0.0, self.until - time.monotonic())

    @property
    def tick(self) -> float:
        """Seconds to the next look."""
        return min(TICK, self.left)

    def sleep(self, seconds: float = TICK) -> None:
        """Sleep, no longer than the wait goes on."""
        self.cancelled.wait(min(seconds, self.left))

    def take(self, waiting: queue.SimpleQueue[T]) -> T | None:
        """The next of a queue, or None where the wait ended first."""
        while self.left:
            try:
                return waiting.get(timeout=self.tick)
            except queue.Empty:
                continue
        return None
