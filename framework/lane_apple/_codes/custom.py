"""A source of codes of one's own: a function under an entry point."""

from __future__ import annotations

import queue
import threading
from importlib.metadata import entry_points
from typing import TYPE_CHECKING

from .digits import code_in
from .question import Resend, SourceError
from .waiting import Wait

if TYPE_CHECKING:
    from collections.abc import Callable

    from .question import Answer, CodeQuestion

GROUP = "lane.codes"


class Custom:
    """Calls a function as `CodeSource.code` is called; when its time is up, goes on without it.

    The function is `(question, *, seconds, cancelled)` and gives the code, Apple's message, a `Resend`, or None.
    """

    def __init__(self, name: str, function: Callable[..., object]) -> None:
        self.name = name
        self._function = function

    def code(self, question: CodeQuestion, *, seconds: float, cancelled: threading.Event) -> Answer | None:
        """What it gives. Raises SourceError if it raises, or gives what is no answer."""
        over = threading.Event()  # tells the function, too, when its time is up
        given: queue.SimpleQueue[tuple[object, Exception | None]] = queue.SimpleQueue()

        def call() -> None:
            try:
                given.put((self._function(question, seconds=seconds, cancelled=over), None))
            except Exception as error:  # noqa: BLE001  # a stranger's code: whatever it raises is told
                given.put((None, error))

        threading.Thread(target=call, name=f"lane-code-{self.name}", daemon=True).start()
        try:
            result = Wait.of(seconds, cancelled).take(given)
        finally:
            over.set()
        if result is None:
            return None
        answer, error = result
        if error is not None:
            # Its text may hold the code, or what leads to it.
            raise SourceError(f"{self.name} raised {type(error).__name__}.", where=self.name) from None
        return self._checked(answer, question)

    def _checked(self, answer: object, question: CodeQuestion) -> Answer | None:
        if answer is None or isinstance(answer, Resend):
            return answer
        code = code_in(answer, question.length) if isinstance(answer, str) else None
        if code is None:
            raise SourceError(f"{self.name} gave no code of {question.length} digits.", where=self.name)
        return code


def registered(name: str) -> Custom | None:
    """The source of that name that an installed package registers in the group `lane.codes`; None: there is none.

    Raises SourceError where it cannot be imported.
    """
    for point in entry_points(group=GROUP, name=name):
        try:
            function = point.load()
        except Exception as error:
            raise SourceError(
                f"the source of codes {name} ({point.value}) cannot be imported: {type(error).__name__}: {error}"
            ) from error
        return Custom(name, function)
    return None
