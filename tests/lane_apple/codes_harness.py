"""What the tests of the sources of codes share: questions, an ask on a thread, what an ask that failed says."""

from __future__ import annotations

import queue
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from lane_apple._codes.question import Answer, CodeQuestion, CodeSource

if TYPE_CHECKING:
    from collections.abc import Iterator

SECONDS = 30.0  # an ask that is to be answered; none takes so long
SHORT = 0.3  # an ask that is not to be answered


def question(**changes: Any) -> CodeQuestion:
    """A question as Apple's sign-in asks it, now."""
    given: dict[str, Any] = {
        "account": "release@example.com",
        "length": 6,
        "way": "sms",
        "phone": "+49 ••••• •••85",
        "asked_at": time.time(),
    }
    return CodeQuestion(**{**given, **changes})


class Asked:
    """An ask that is under way on another thread."""

    def __init__(self, source: CodeSource, asked: CodeQuestion, seconds: float) -> None:
        self.cancelled = threading.Event()
        self._result: queue.SimpleQueue[tuple[Answer | None, Exception | None]] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._ask, args=(source, asked, seconds), daemon=True)
        self._thread.start()

    def _ask(self, source: CodeSource, asked: CodeQuestion, seconds: float) -> None:
        try:
            self._result.put((source.code(asked, seconds=seconds, cancelled=self.cancelled), None))
        except Exception as error:
            self._result.put((None, error))

    def answer(self) -> Answer | None:
        """What came of it; raises what it raised."""
        answer, error = self._result.get(timeout=SECONDS)
        if error is not None:
            raise error
        return answer

    def end(self) -> None:
        """Cancel it and wait for its end."""
        self.cancelled.set()
        self._thread.join(SECONDS)
        assert not self._thread.is_alive()


@contextmanager
def asking(
    source: CodeSource, asked: CodeQuestion | None = None, seconds: float = SECONDS
) -> Iterator[Asked]:
    """Ask a source on a thread; at the end the ask is cancelled, if it still goes on."""
    under_way = Asked(source, asked or question(), seconds)
    try:
        yield under_way
    finally:
        under_way.end()


def ask(source: CodeSource, asked: CodeQuestion | None = None, seconds: float = SECONDS) -> Answer | None:
    """Ask a source here and now."""
    return source.code(asked or question(), seconds=seconds, cancelled=threading.Event())
