"""Work in several threads: what was done is counted, the first error ends all."""

from __future__ import annotations

import threading
from concurrent.futures import FIRST_EXCEPTION, wait
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from concurrent.futures import Future

_GLANCE = 0.2  # seconds between two looks at whether the work was cancelled


class StoppedError(Exception):
    """Another thread failed, so this one need not go on."""


class Meter:
    """Counts the bytes that went over the network, from all threads; `done` of them earlier."""

    def __init__(self, report: Callable[[int], None] | None, done: int = 0) -> None:
        self._report = report
        self._lock = threading.Lock()
        self._done = done

    def add(self, amount: int) -> None:
        """Count some more, or fewer where a part has to be sent again."""
        if self._report is not None:
            with self._lock:
                self._done += amount
                self._report(self._done)


def all_done(futures: Collection[Future[Any]], sleep: Callable[[float], None]) -> None:
    """Wait for all; the first error is raised at once, as is whatever `sleep` raises when all is cancelled."""
    pending = set(futures)
    while pending:
        done, pending = wait(pending, timeout=_GLANCE, return_when=FIRST_EXCEPTION)
        for future in done:
            future.result()
        sleep(0)
