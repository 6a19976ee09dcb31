"""Lines to a pipe or a file, in chunks, in its encoding; a lost reader harms nothing."""

from __future__ import annotations

import os
import sys
from typing import TextIO

from .text import TO_ASCII, can_encode

_MOST_WAITING = 512  # lines; a chunk of that size costs no more per line than a larger one


class Lines:
    """Collects lines until `flush()`, or until many wait. Its user holds a lock."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._waiting: list[str] = []
        self._typographic = can_encode(stream.encoding)
        self._broken = False
        self.held = False  # while it is, nothing is written
        self.written = 0  # lines, ever: tells whether something was said since one looked last

    def add(self, line: str) -> None:
        """Write a line, soon."""
        self._waiting.append(line)
        if len(self._waiting) >= _MOST_WAITING:
            self.flush()

    def extend(self, lines: list[str]) -> None:
        """Write lines, soon."""
        self._waiting.extend(lines)
        if len(self._waiting) >= _MOST_WAITING:
            self.flush()

    def flush(self) -> None:
        """Write what waits, now."""
        if self.held or not self._waiting:
            return
        text = "\n".join(self._waiting) + "\n"
        self.written += len(self._waiting)
        self._waiting.clear()
        if self._broken:
            return
        if not self._typographic:
            text = text.translate(TO_ASCII)
        try:
            self._write(text)
            self._stream.flush()
        except (OSError, ValueError) as error:
            self._give_up(error)

    def _write(self, text: str) -> None:
        try:
            self._stream.write(text)
        except UnicodeEncodeError:
            encoding = self._stream.encoding or "ascii"
            self._stream.write(text.encode(encoding, "backslashreplace").decode(encoding))

    def _give_up(self, error: OSError | ValueError) -> None:
        """Go on without the stream: that nobody reads the log is no reason to break a release."""
        self._broken = True
        if not isinstance(error, BrokenPipeError):
            print(f"lane: the log cannot be written any more ({error}); the run goes on.", file=sys.stderr)
        try:
            # What is left in the stream's buffer would raise again when the interpreter ends.
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self._stream.fileno())
            os.close(nowhere)
        except (OSError, ValueError):
            return
