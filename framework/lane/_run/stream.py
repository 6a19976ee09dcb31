"""What steps print by themselves goes to their logs, and nothing leaves the process without being redacted."""

from __future__ import annotations

import io
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from lane._redact import redactor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .context import Context


class _Current(threading.local):
    ctx: Context | None = None
    rest: str = ""  # what was printed since the last line break


_current = _Current()


def enter(ctx: Context) -> None:
    """From now on, what this thread prints belongs to a step."""
    _current.ctx = ctx


def leave() -> None:
    """The step has ended; a last line without a line break is written too."""
    ctx, rest = _current.ctx, _current.rest
    _current.ctx = None
    if rest:
        _current.rest = ""
        if ctx is not None:
            ctx.write_line("output", rest)


class StepStream(io.TextIOBase):
    """Stands for stdout and stderr while a run goes on.

    What a thread prints that belongs to no step goes to stderr, redacted: stdout is the reporters' own.
    """

    def __init__(self, stderr: TextIO) -> None:
        self._stderr = stderr

    @property
    def encoding(self) -> str:  # type: ignore[override]  # a plain attribute in typeshed
        """Always UTF-8: lines go to log files."""
        return "utf-8"

    def writable(self) -> bool:
        """Yes."""
        return True

    def isatty(self) -> bool:
        """Whether a person sees what this thread prints: a step's goes to its log."""
        return _current.ctx is None and self._stderr.isatty()

    def write(self, text: str) -> int:
        """Keep a line until it is whole, then log it."""
        ctx = _current.ctx
        if ctx is None:
            return self._stderr.write(redactor(text))
        *lines, _current.rest = (_current.rest + text).split("\n")
        for line in lines:
            ctx.write_line("output", line)
        return len(text)

    def flush(self) -> None:
        """Pass it on; a line that is not whole waits."""
        self._stderr.flush()

    def close(self) -> None:
        """Nothing is closed: an action that closes stdout closes nobody else's."""


@contextmanager
def captured() -> Iterator[None]:
    """Let steps' prints go to their logs while the block runs."""
    stdout, stderr = sys.stdout, sys.stderr
    sys.stdout = sys.stderr = StepStream(stderr)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = stdout, stderr
