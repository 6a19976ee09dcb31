"""Waits for a time, a signal or the end of a child, whichever comes first."""

from __future__ import annotations

import os
import select
import signal
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    Handler = Callable[[int, FrameType | None], object] | int | signal.Handlers | None

_STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Alarm:
    """Counts the signals that ask to stop while the block runs. In the main thread only.

    A signal that the process was told to ignore (`nohup`) stays ignored.
    """

    def __init__(self) -> None:
        self.stops = 0
        self._before: dict[int, Handler] = {}

    def __enter__(self) -> Self:
        self._ear, self._mouth = os.pipe()
        for end in (self._ear, self._mouth):
            os.set_blocking(end, False)
        # Each signal writes a byte, so that none is missed between a look and the wait after it.
        self._wakeup = signal.set_wakeup_fd(self._mouth, warn_on_full_buffer=False)
        for number in _STOPS:
            if signal.getsignal(number) is not signal.SIG_IGN:
                self._before[number] = signal.signal(number, self._stop)
        self._before[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, _heard)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
        signal.set_wakeup_fd(self._wakeup)
        os.close(self._ear)
        os.close(self._mouth)

    def wait(self, seconds: float) -> None:
        """Wait so long, or until a signal has come since the last wait."""
        if select.select([self._ear], [], [], max(seconds, 0))[0]:
            os.read(self._ear, 4096)

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self.stops += 1


def _heard(_number: int, _frame: FrameType | None) -> None:
    """A child ended: that it was heard is all."""
