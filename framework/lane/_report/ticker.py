"""Something that is done every so many seconds while a run lasts, and once more at its end."""

from __future__ import annotations

import atexit
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Ticker:
    """Calls `tick` every `seconds` in a thread of its own.

    `stop()` ends it; if the process ends without (an uncaught error), `at_exit` is called: nothing is lost.
    """

    def __init__(self, seconds: float, tick: Callable[[], None], at_exit: Callable[[], None]) -> None:
        self._seconds = seconds
        self._tick = tick
        self._at_exit = at_exit
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin; a ticker that runs already is left as it is."""
        if self._thread is not None:
            return
        self._over.clear()
        self._thread = threading.Thread(target=self._run, name="lane-report", daemon=True)
        self._thread.start()
        atexit.register(self._at_exit)

    def stop(self) -> None:
        """End it, and wait until its last call is over. Do not hold a lock that `tick` takes."""
        thread, self._thread = self._thread, None
        if thread is None:
            return
        atexit.unregister(self._at_exit)
        self._over.set()
        if thread is not threading.current_thread():
            thread.join()

    def _run(self) -> None:
        while not self._over.wait(self._seconds):
            self._tick()
