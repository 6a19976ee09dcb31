"""Asks for the code in the terminal, and nowhere else."""

from __future__ import annotations

import os
import select
import sys
from typing import TYPE_CHECKING

from .digits import plain_code
from .question import Resend, SourceError
from .waiting import Wait

if TYPE_CHECKING:
    import threading
    from typing import TextIO

    from .question import Answer, CodeQuestion

_WORDS = {
    "sms": Resend("sms"),
    "call": Resend("voice"),
    "device": Resend("trusted_device"),
    "resend": Resend(),
}


def at_terminal(stdin: TextIO | None = None, stderr: TextIO | None = None) -> bool:
    """Whether a person can be asked: what is read and what is written to are both a terminal."""
    streams = (stdin or sys.stdin, stderr or sys.stderr)
    return all(stream is not None and not stream.closed and stream.isatty() for stream in streams)


class Prompt:
    """Asks on standard error and reads standard input; a code is shown as it is typed, it is soon worth nothing.

    The words `sms`, `call`, `device` and `resend` ask for another code. Ctrl-D gives up.
    """

    name = "prompt"

    def __init__(
        self, *, allowed: bool = True, stdin: TextIO | None = None, stderr: TextIO | None = None
    ) -> None:
        self._allowed = allowed
        self._stdin = stdin or sys.stdin
        self._stderr = stderr or sys.stderr

    def code(self, question: CodeQuestion, *, seconds: float, cancelled: threading.Event) -> Answer | None:
        """What was typed. Raises SourceError where there is no terminal, and where the person gives up."""
        if not (self._allowed and at_terminal(self._stdin, self._stderr)):
            raise SourceError("there is no terminal here.")
        wait = Wait.of(seconds, cancelled)
        self._say(f"{_asked(question)}\nCode, or {_others(question)}: ")
        while (line := self._line(wait)) is not None:
            word = line.strip().lower()
            answer = _words(question).get(word) or plain_code(line, question.length)
            if answer is not None:
                return answer
            said = f"That is no code of {question.length} digits.\n" if word else ""
            self._say(f"{said}Code, or {_others(question)}: ")
        self._say("\n")
        if wait.left:
            raise SourceError("no code was typed.")
        return None

    def _line(self, wait: Wait) -> str | None:
        """One line; None at the end of input, of the time, or where the wait was cancelled."""
        typed = b""
        descriptor = self._stdin.fileno()
        while wait.left:
            if not select.select([descriptor], [], [], wait.tick)[0]:
                continue
            part = os.read(descriptor, 1024)
            typed += part
            if not part or len(typed) > 1024:
                return None
            if b"\n" in typed:
                return typed.decode(errors="replace")
        return None

    def _say(self, text: str) -> None:
        self._stderr.write(text)
        self._stderr.flush()


def _asked(question: CodeQuestion) -> str:
    again = "That code was wrong. " if question.refused else ""
    where = {
        "trusted_device": "Apple shows it on your devices",
        "sms": f"Apple sent it to {question.phone or 'your phone'}",
        "voice": f"Apple calls {question.phone or 'your phone'}",
    }[question.way]
    return f"{again}Apple wants a code of {question.length} digits for {question.masked}. {where}."


def _words(question: CodeQuestion) -> dict[str, Resend]:
    """What may be typed in place of a code, for this Apple ID."""
    ways = {None, *question.ways}
    return {word: resend for word, resend in _WORDS.items() if resend.way in ways}


def _others(question: CodeQuestion) -> str:
    """The words that are offered; that of the way itself means `resend`."""
    *most, last = (word for word, resend in _words(question).items() if resend.way != question.way)
    return f"{', '.join(most)} or {last}" if most else last
