"""Where in the user's code something was written, resolved to a line only when asked."""

from __future__ import annotations

import sys
from os.path import basename, dirname, join, relpath

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType, FrameType

_OWN = dirname(__file__) + "/"


class Place:
    """A code object and an instruction offset: cheap to keep, since a frame's line number is not."""

    __slots__ = ("code", "offset")

    def __init__(self, code: CodeType, offset: int) -> None:
        self.code = code
        self.offset = offset

    @property
    def line(self) -> int:
        """The line number, from 1."""
        for start, end, line in self.code.co_lines():
            if start <= self.offset < end and line is not None:
                return line
        return self.code.co_firstlineno

    @property
    def file(self) -> str:
        """The file's absolute path."""
        return self.code.co_filename

    def shown(self, folder: str | None = None) -> str:
        """`Lanefile.py:14`, relative to `folder` where the file is below it."""
        return f"{shown_path(self.file, folder)}:{self.line}"


def shown_path(file: str, folder: str | None) -> str:
    """`file` relative to `folder` where it is below it, else as it is."""
    if folder:
        relative = relpath(file, folder)
        if not relative.startswith(".."):
            return relative
    return file if folder else join(basename(dirname(file)), basename(file))


def here(depth: int = 1) -> Place:
    """The nearest place up the stack that is not the engine's own code."""
    frame: FrameType | None = sys._getframe(depth)
    while frame is not None and frame.f_code.co_filename.startswith(_OWN):
        frame = frame.f_back
    if frame is None:
        frame = sys._getframe(depth)
    return Place(frame.f_code, frame.f_lasti)
