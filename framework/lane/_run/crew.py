"""The threads of an execution: one goes on alone while steps are short, others come where one lasts."""

from __future__ import annotations

import threading
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sized

STOP, OVER = "stop", "over"
_MORE = "more"
_SHORT = 0.000_25  # seconds: steps below it are done sooner by one thread than by several
_PULSE = 0.2  # seconds: a signal that comes just before a wait begins is only seen when the wait ends
_PATIENCE = 0.001  # seconds that ready steps wait for a thread whose step lasts


class Crew:
    """At most so many threads. What is ready beside a step that lasts is begun within about a millisecond.

    For steps of microseconds, threads that take turns cost more than the steps. So a thread whose step was
    short goes on alone, and the others rest until a step lasts: then its thread calls one at its end, and the
    main thread, which looks every millisecond while something is ready, calls as many as can be used.
    """

    def __init__(self, lock: threading.Lock, most: int, ready: Sized, work: Callable[[], None]) -> None:
        """`ready` is what waits for a thread, `work` what each thread does."""
        self.lock = threading.Condition(lock)
        self._most = most
        self._ready = ready
        self._work = work
        self._threads = 0
        self._idle = 0
        self._alone = 0  # the thread that goes on alone
        self._ended = 0
        self._seen = 0  # of those that ended, when the main thread looked last
        self._asked = False  # whether the main thread looks
        self._words: SimpleQueue[str] = SimpleQueue()  # its put() is safe in a signal handler

    # What threads do; with the lock held

    def ended(self, seconds: float) -> bool:
        """A step of this thread has ended; whether it takes another one, or rests since one goes on alone."""
        self._ended += 1
        me = threading.get_ident()
        if seconds >= _SHORT:
            if self._alone == me:
                self._alone = 0
            if len(self._ready) > 1:
                self.call(1)
            return True
        if not self._alone:
            self._alone = me
        return self._alone == me

    def ask(self) -> None:
        """Let the main thread look whether what is ready waits too long."""
        if not self._asked and (self._idle or self._threads < self._most):
            self._asked = True
            self._seen = self._ended
            self._words.put(_MORE)

    def rest(self) -> None:
        """Wait to be called."""
        if self._alone == threading.get_ident():
            self._alone = 0
        if self._ready:
            self.ask()
        self._idle += 1
        self.lock.wait()
        self._idle -= 1

    def lost(self) -> None:
        """Go on without a thread that does not come back."""
        self._threads -= 1
        self._alone = 0

    def call(self, most: int | None = None) -> None:
        """Let threads that rest, or new ones, take what is ready, now."""
        wanted = len(self._ready) if most is None else most
        if self._idle:
            self.lock.notify(min(self._idle, wanted))
            wanted -= self._idle
        while wanted > 0 and self._threads < self._most:
            self._threads += 1
            wanted -= 1
            threading.Thread(target=self._work, name=f"lane-{self._threads}", daemon=True).start()

    # What the main thread hears; without the lock

    def tell(self, word: str) -> None:
        """Say STOP or OVER to the main thread. Takes no lock."""
        self._words.put(word)

    @property
    def told(self) -> bool:
        """Whether the main thread has something to hear."""
        return not self._words.empty()

    def hear(self) -> str:
        """Wait for STOP or OVER; meanwhile, call threads where what is ready waits for steps that last."""
        while True:
            try:
                word = self._words.get(timeout=_PATIENCE if self._asked else _PULSE)
            except Empty:
                if self._asked:
                    self._look()
            else:
                if word != _MORE:
                    return word

    def _look(self) -> None:
        if self._ended != self._seen:  # steps end: whoever is at it goes on
            self._seen = self._ended
            return
        with self.lock:
            self._asked = False
            self._alone = 0
            self.call()
