"""Ends steps whose time is up: one thread for all steps that have a timeout."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from ._attempt import Outcome
from ._errors import ActionError
from ._reporter import FAILED

if TYPE_CHECKING:
    from collections.abc import Callable

    from ._context import Context

GRACE = 6.0  # seconds that a cancelled step has to come back, one more than its programs have to end


class _Limits:
    __slots__ = ("ended_by", "over", "silence", "until")

    def __init__(self, timeout: float | None, silence: float | None) -> None:
        self.until = None if timeout is None else time.monotonic() + timeout
        self.silence = silence
        self.ended_by: str | None = None
        self.over = 0.0


class Watch:
    """Cancels steps that run or are silent for too long, and gives up those that do not come back.

    A thread of Python cannot be killed: what is given up may go on in the background, but nothing waits for it.
    """

    def __init__(self, give_up: Callable[[Context, Outcome], None]) -> None:
        self._give_up = give_up
        self._steps: dict[Context, _Limits] = {}
        self._changed = threading.Condition()
        threading.Thread(target=self._work, name="lane-watch", daemon=True).start()

    def add(self, ctx: Context, timeout: float | None, silence: float | None) -> None:
        """Watch a step: so many seconds in all, so many without a line of output."""
        ctx.last_output = time.monotonic()
        with self._changed:
            self._steps[ctx] = _Limits(timeout, silence)
            self._changed.notify()

    def forget(self, ctx: Context) -> None:
        """A step has ended."""
        with self._changed:
            self._steps.pop(ctx, None)

    def reason(self, ctx: Context) -> str | None:
        """Why a step was ended, if it was."""
        limits = self._steps.get(ctx)
        return None if limits is None else limits.ended_by

    def _work(self) -> None:
        while True:
            with self._changed:
                now = time.monotonic()
                expired = [(ctx, limits) for ctx, limits in self._steps.items() if _due(ctx, limits) <= now]
                if not expired:
                    next_due = min((_due(ctx, limits) for ctx, limits in self._steps.items()), default=now + 3600)
                    self._changed.wait(max(next_due - now, 0.001))
                    continue
            for ctx, limits in expired:
                self._expire(ctx, limits)

    def _expire(self, ctx: Context, limits: _Limits) -> None:
        if limits.ended_by is not None:
            limits.over = float("inf")
            message = f"{limits.ended_by} It did not come back when it was cancelled; the run goes on without it."
            self._give_up(ctx, Outcome(FAILED, message=message, error=ActionError(message)))
            return
        by_time = limits.until is not None and limits.until <= time.monotonic()
        limits.ended_by = "Its time was up." if by_time else f"It wrote nothing for {limits.silence:g} s."
        limits.over = time.monotonic() + GRACE
        ctx.log.error(limits.ended_by)
        ctx.cancel()


def _due(ctx: Context, limits: _Limits) -> float:
    if limits.ended_by is not None:
        return limits.over
    silent = float("inf") if limits.silence is None else ctx.last_output + limits.silence
    return min(silent, float("inf") if limits.until is None else limits.until)
