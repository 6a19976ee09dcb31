"""`lane` in a real terminal, with a person at it who reads and types."""

from __future__ import annotations

import os
import pty
import re
import select
import sys
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

SECONDS = 60.0  # in which something has to be said; nothing takes so long


class AtTerminal:
    """A process whose terminal this is. `said` is all that the terminal showed, what was typed included."""

    def __init__(self, *arguments: str, folder: Path, environment: dict[str, str]) -> None:
        self.said = ""
        self._ended: int | None = None
        self._child, self._terminal = pty.fork()
        if self._child == 0:
            os.chdir(folder)
            os.execve(sys.executable, [sys.executable, "-m", "lane", *arguments], environment)

    def until(self, words: str) -> re.Match[str]:
        """Wait until something is said that fits a pattern; what fitted."""
        while (found := re.search(words, self.said)) is None:
            assert self._read(), f"{words!r} was not said:\n{self.said}"
        return found

    def types(self, text: str) -> None:
        """Type a line. What was said before is put aside, so that `until` means what comes after."""
        self.said = ""
        os.write(self._terminal, text.encode() + b"\n")

    def presses(self, key: str) -> None:
        """Type a control character, such as that of Ctrl-C."""
        os.write(self._terminal, key.encode())

    def ends(self) -> int:
        """Wait for its end; the exit code."""
        while self._read():
            pass
        if self._ended is None:
            self._ended = os.waitstatus_to_exitcode(os.waitpid(self._child, 0)[1])
        return self._ended

    def _read(self) -> bool:
        assert select.select([self._terminal], [], [], SECONDS)[0], (
            f"nothing more is said after:\n{self.said}"
        )
        try:
            part = os.read(self._terminal, 65536)
        except OSError:  # Linux: the other end was closed
            return False
        self.said += part.decode(errors="replace").replace("\r\n", "\n")
        return bool(part)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._ended is None:
            import signal

            os.kill(self._child, signal.SIGKILL)
            os.waitpid(self._child, 0)
        os.close(self._terminal)
