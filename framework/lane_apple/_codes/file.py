"""Takes the code from a file or a FIFO that a person or a program writes."""

from __future__ import annotations

import contextlib
import errno
import os
import select
import stat
from typing import TYPE_CHECKING

from .digits import LONGEST, code_in
from .question import SourceError
from .variables import FILE
from .waiting import Wait

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterator
    from pathlib import Path

    from .question import CodeQuestion, Invite

_COARSE = 0.02  # seconds that the clock of a file system may be behind: it advances by the kernel's tick


class File:
    """Waits for a file that is written after the question, reads and removes it; or reads a FIFO.

    Only the user and root may be able to write it, or others could answer: anything else is refused.
    """

    name = "file"

    def __init__(self, path: Path, *, invite: Invite | None = None) -> None:
        self._path = path
        self._invite = invite

    def code(self, question: CodeQuestion, *, seconds: float, cancelled: threading.Event) -> str | None:
        """The code. Raises SourceError for a file that others may write or that cannot be read."""
        if self._invite is not None:
            self._invite(question, f"write it to {self._path}.")
        wait = Wait.of(seconds, cancelled)
        try:
            return self._waited(question, wait)
        except OSError as error:
            why = "it is a symbolic link" if error.errno == errno.ELOOP else error.strerror
            raise SourceError(f"{self._path} cannot be read: {why}.", where=FILE) from None

    def _waited(self, question: CodeQuestion, wait: Wait) -> str | None:
        while wait.left:
            with self._opened() as descriptor:
                code = None if descriptor is None else self._look(descriptor, question, wait)
            if code is not None:
                return code
            wait.sleep()
        return None

    @contextlib.contextmanager
    def _opened(self) -> Iterator[int | None]:
        """A descriptor, once the file is there; a link is not followed, and a FIFO without a writer does not block."""
        try:
            descriptor = os.open(self._path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
        except FileNotFoundError:
            yield None
            return
        try:
            self._refuse_others(os.fstat(descriptor))
            yield descriptor
        finally:
            os.close(descriptor)

    def _refuse_others(self, status: os.stat_result) -> None:
        folder = self._path.absolute().parent.stat()
        shared = bool(folder.st_mode & (stat.S_IWGRP | stat.S_IWOTH)) and not folder.st_mode & stat.S_ISVTX
        if status.st_uid not in {os.geteuid(), 0} or status.st_mode & (stat.S_IWGRP | stat.S_IWOTH) or shared:
            raise SourceError(
                f"{'The folder of ' if shared else ''}{self._path} can be written by other users.",
                hint="Others could give a code of theirs. Make it your own: chmod go-w.",
                where=FILE,
            )
        if not (stat.S_ISREG(status.st_mode) or stat.S_ISFIFO(status.st_mode)):
            raise SourceError(f"{self._path} is neither a file nor a FIFO.", where=FILE)

    def _look(self, descriptor: int, question: CodeQuestion, wait: Wait) -> str | None:
        status = os.fstat(descriptor)
        if stat.S_ISFIFO(status.st_mode):
            return _from_fifo(descriptor, question.length, wait)
        if not _came_after(status, question):
            return None
        code = code_in(_decoded(os.read(descriptor, LONGEST)), question.length)
        if code is not None:
            self._path.unlink(missing_ok=True)
        return code


def _came_after(status: os.stat_result, question: CodeQuestion) -> bool:
    """Whether it was written after the question; some file systems know whole seconds only."""
    whole = status.st_mtime_ns % 1_000_000_000 == 0
    return status.st_mtime >= (int(question.asked_at) if whole else question.asked_at - _COARSE)


def _from_fifo(descriptor: int, length: int, wait: Wait) -> str | None:
    """What writers write, one after the other: the code once a line has it, or at a writer's end.

    The descriptor stays open between writers: what one of them writes while it is closed would be lost.
    """
    text = b""
    while wait.left:
        if not select.select([descriptor], [], [], wait.tick)[0]:
            continue
        try:
            part = os.read(descriptor, LONGEST)
        except BlockingIOError:
            continue
        text = (text + part)[-LONGEST:]
        if part and not text.endswith(b"\n"):
            continue
        code = code_in(_decoded(text), length)
        if code is not None:
            return code
        if not part:  # nobody has it open for writing
            text = b""
            wait.sleep()
    return None


def _decoded(text: bytes) -> str:
    return text.decode(errors="replace")
