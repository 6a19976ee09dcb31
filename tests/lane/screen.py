"""A terminal's screen, as far as the live tree uses one."""

from __future__ import annotations

import re

_TOKEN = re.compile(r"\x1b\[([0-9;?]*)([A-Za-z])|\r|\n|[^\x1b\r\n]+")


class Screen:
    """Feeds on output; an escape sequence that it does not know is an error."""

    def __init__(self) -> None:
        self.lines = [""]
        self.row = self.column = 0
        self.cursor = True
        self.tallest = 0

    def feed(self, output: str) -> None:
        """Take in output."""
        at = 0
        while at < len(output):
            token = _TOKEN.match(output, at)
            assert token is not None, output[at : at + 20]
            self._take(token[0], token[1] or "", token[2] or "")
            at = token.end()

    def _take(self, text: str, numbers: str, command: str) -> None:
        if text == "\r":
            self.column = 0
        elif text == "\n":
            self.row, self.column = self.row + 1, 0
            self.lines += [""] * (self.row + 1 - len(self.lines))
        elif not command:
            line = self.lines[self.row].ljust(self.column)
            self.lines[self.row] = line[: self.column] + text + line[self.column + len(text) :]
            self.column += len(text)
        elif command == "A":
            self.row -= int(numbers or 1)
            assert self.row >= 0
            self.tallest = max(self.tallest, int(numbers or 1))
        elif (command, numbers) == ("K", "2"):
            self.lines[self.row] = ""
        elif command in "hl" and numbers == "?25":
            self.cursor = command == "h"
        else:
            assert command == "m", text

    @property
    def text(self) -> str:
        """What stands there, without spaces at the ends of lines."""
        return "\n".join(line.rstrip() for line in self.lines).rstrip("\n") + "\n"
