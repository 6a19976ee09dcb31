"""Ctrl-C and SIGTERM while a run goes on: the first stops it in order, the second ends the process."""

from __future__ import annotations

import _thread
import os
import signal
import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from lane._errors import EXIT_INTERRUPTED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from types import FrameType

    from lane._report.reporter import Reporter

_NUMBERS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))
_CLOSING = 1.0  # seconds that the reporters have to leave the terminal in order


@contextmanager
def caught_by(handler: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """Catch the signals that stop a run while the block runs, in the main thread; elsewhere nothing is caught.

    A signal that the process was told to ignore (`nohup`, a shell's background job) stays ignored.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in _NUMBERS}
    # None: a handler that is not Python's, and could not be put back.
    mine = {number: old for number, old in before.items() if old not in (signal.SIG_IGN, None)}
    try:
        for number in mine:
            signal.signal(number, handler)
        yield
    finally:
        for number, old in mine.items():
            signal.signal(number, old)


def as_ctrl_c(_number: int, _frame: FrameType | None) -> None:
    """What a signal does before a run begins and after it: what is under way is left in order."""
    raise KeyboardInterrupt


class Signals:
    """What the signals do that stop a run."""

    def __init__(self, reporter: Reporter) -> None:
        self.caught = 0
        self._reporter = reporter
        self._stop: Callable[[], None] | None = None
        self._let_through = False

    def catching(self) -> AbstractContextManager[None]:
        """Catch signals while the block runs."""
        return caught_by(self._catch)

    @contextmanager
    def stopping(self, stop: Callable[[], None]) -> Iterator[None]:
        """Call `stop` on the first signal while the block runs; at once, if that one was caught before.

        It is called from a signal handler: it must take no lock.
        """
        self._stop = stop
        if self.caught:
            stop()
        try:
            yield
        finally:
            self._stop = None

    @contextmanager
    def let_through(self) -> Iterator[None]:
        """While the block runs a signal ends it, by KeyboardInterrupt: a person is asked, or a network."""
        self._let_through = True
        try:
            yield
        finally:
            self._let_through = False

    def _catch(self, _number: int, _frame: FrameType | None) -> None:
        self.caught += 1
        if self._let_through and self.caught == 1:
            raise KeyboardInterrupt
        if self.caught > 1:
            self._end_at_once()
        elif self._stop is not None:
            self._stop()

    def _end_at_once(self) -> None:
        """Kill all programs and leave. The journal has all that counts: what was under way is asked about later."""
        process = sys.modules.get(f"{__package__}.process")
        if process is not None:
            process.kill_all()
        # Not in this thread: what the signal interrupted may hold the reporter's lock, or be writing. And not by
        # threading.Thread: its start takes a lock that the interrupted code may hold as well.
        closed: list[bool] = []
        _thread.start_new_thread(self._close, (closed,))
        until = time.monotonic() + _CLOSING
        while not closed and time.monotonic() < until:
            time.sleep(0.01)
        os._exit(EXIT_INTERRUPTED)

    def _close(self, closed: list[bool]) -> None:
        try:
            self._reporter.close()
        finally:
            closed.append(True)
