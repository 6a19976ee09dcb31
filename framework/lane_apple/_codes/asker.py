"""Asks the sources of codes in their order, and says what was tried where none has one."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING, Protocol, Self, runtime_checkable

from lane import CancelledError, LaneError, PersonNeededError, Secret

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType

    from .question import Answer, CodeQuestion, CodeSource


@runtime_checkable
class Opened(Protocol):
    """A source that has to be open before Apple sends the code."""

    def open(self) -> None:
        """Be ready for a code that comes quickly. Raises SourceError."""
        ...

    def close(self) -> None:
        """Be ready no more."""
        ...


class CodeAsker:
    """Called with a question it gives the code, or a `Resend` where a person wants another one.

    Each source has `seconds`. Call `open` before Apple is asked to send a code, so that none is missed that comes
    quickly (it is done by the first question at the latest), and `close` at the end; `with` does both.
    """

    def __init__(
        self, sources: Sequence[CodeSource], *, seconds: float, cancelled: threading.Event | None = None
    ) -> None:
        self._sources = list(sources)
        self._seconds = seconds
        self._cancelled = cancelled or threading.Event()

    @property
    def names(self) -> list[str]:
        """The sources in the order in which they are tried."""
        return [source.name for source in self._sources]

    def open(self) -> None:
        """Open the sources that have to be. One that cannot be is told when its turn has come."""
        for source in self._sources:
            if isinstance(source, Opened):
                _quietly(source.open)

    def close(self) -> None:
        """Close what was opened."""
        for source in self._sources:
            if isinstance(source, Opened):
                _quietly(source.close)

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __call__(self, question: CodeQuestion) -> Answer:
        """The answer. Raises PersonNeededError where no source has one, CancelledError where that was asked for."""
        self.open()
        tried: list[str] = []
        for source in self._sources:
            answer, trouble = self._ask(source, question)
            if isinstance(answer, str):
                return Secret(answer).reveal()  # from now on no log or error shows it
            if answer is not None:
                return answer
            if self._cancelled.is_set():
                raise CancelledError("The wait for a code was cancelled.")
            tried.append(f"{source.name}: {trouble or f'nothing came in {self._seconds:g} s.'}")
        raise _needed(question, tried)

    def _ask(self, source: CodeSource, question: CodeQuestion) -> tuple[Answer | None, str]:
        """The answer, or why there is none ("": it did not come)."""
        try:
            return source.code(question, seconds=self._seconds, cancelled=self._cancelled), ""
        except LaneError as error:
            return None, " ".join(_sentence(text) for text in (str(error), error.hint) if text)


def _quietly(do: Callable[[], None]) -> None:
    """Open or close a source; a failure is met again, and told, when the source is asked."""
    with contextlib.suppress(LaneError):
        do()


def _needed(question: CodeQuestion, tried: list[str]) -> PersonNeededError:
    if not tried:
        message = f"Apple wants a code for {question.masked}, and there is nobody to ask."
        hint = "Run this in a terminal, or configure where codes come from: LANE_CODE_SOURCES."
    else:
        message = " ".join([f"Apple wants a code for {question.masked}, and none came.", *tried])
        hint = "Run `lane auth login` in a terminal, or mend a source of codes (docs/codes.md)."
    return PersonNeededError(message, hint=hint, code="code_needed")


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."
