"""Ends steps whose time is up: one thread for all steps that have a timeout."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from lane._errors import CancelledError
from lane._report.reporter import CANCELLED, FAILED

from .attempt import Outcome
from .context import INTERRUPTED

if TYPE_CHECKING:
    from collections.abc import Callable

    from .context import Context

GRACE = 6.0  # seconds that a cancelled step has to come back, one more than its programs have to end
_NEVER = float("inf")

given_up: list[str] = []  # steps whose threads may still run in this process


class _Limits:
    """What a step may take, from now on. `over` is when it is given up, once it was cancelled."""

    __slots__ = ("begun", "over", "silence", "timeout")

    def __init__(self, timeout: float | None, silence: float | None) -> None:
        self.begun = time.monotonic()
        self.timeout = timeout
        self.silence = silence
        self.over: float | None = None

    def due(self, ctx: Context) -> float:
        """When something has to be done about the step."""
        if self.over is not None:
            return self.over
        silent = _NEVER if self.silence is None else ctx.last_output + self.silence
        return min(silent, _NEVER if self.timeout is None else self.begun + self.timeout)

    def reason(self) -> str:
        """Why the step is ended now."""
        if self.timeout is not None and self.begun + self.timeout <= time.monotonic():
            return f"Its time was up: it ran for more than {self.timeout:g} s."
        return f"It was silent for too long: it wrote nothing for {self.silence:g} s."


class Watch:
    """Cancels steps that run or are silent for too long, and gives up those that do not come back.

    A thread of Python cannot be killed: what is given up may go on in the background, but nothing waits for it.
    """

    def __init__(self, give_up: Callable[[Context, Outcome], None]) -> None:
        self._give_up = give_up
        self._steps: dict[Context, _Limits] = {}
        self._changed = threading.Condition()
        self._ended = False
        threading.Thread(target=self._work, name="lane-watch", daemon=True).start()

    def add(self, ctx: Context, timeout: float | None, silence: float | None) -> None:
        """Watch a step: so many seconds in all, so many without a line of output."""
        ctx.last_output = time.monotonic()
        with self._changed:
            self._steps[ctx] = _Limits(timeout, silence)
            self._changed.notify()

    def expect(self, ctx: Context) -> None:
        """A step was cancelled: give it up if it does not come back in time."""
        with self._changed:
            limits = self._steps.setdefault(ctx, _Limits(None, None))
            limits.over = limits.over or time.monotonic() + GRACE
            self._changed.notify()

    def forget(self, ctx: Context) -> None:
        """A step has ended."""
        with self._changed:
            self._steps.pop(ctx, None)

    def end(self) -> None:
        """Watch no longer."""
        with self._changed:
            self._ended = True
            self._changed.notify()

    def _work(self) -> None:
        while True:
            with self._changed:
                if self._ended:
                    return
                now = time.monotonic()
                expired = [(ctx, limits) for ctx, limits in self._steps.items() if limits.due(ctx) <= now]
                if not expired:
                    following = min((limits.due(ctx) for ctx, limits in self._steps.items()), default=_NEVER)
                    self._changed.wait(None if following == _NEVER else max(following - now, 0.001))
                    continue
            for ctx, limits in expired:
                self._expire(ctx, limits)

    def _expire(self, ctx: Context, limits: _Limits) -> None:
        if limits.over is None:
            limits.over = time.monotonic() + GRACE
            reason = limits.reason()
            ctx.log.error(reason)
            ctx.cancel(reason)
            return
        limits.over = _NEVER
        given_up.append(ctx.step)
        because = ctx.ended_because
        message = f"{because} It did not come back when it was cancelled; the run goes on without it."
        outcome = Outcome(
            CANCELLED if because is INTERRUPTED else FAILED, message=message, error=CancelledError(message)
        )
        outcome.seconds = time.monotonic() - limits.begun
        self._give_up(ctx, outcome)
