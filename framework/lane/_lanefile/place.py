"""Where in the user's code something was written, resolved to a line only when asked."""

from __future__ import annotations

import os
import sys
from os import path as files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType, FrameType

_OWN = files.dirname(files.dirname(__file__)) + os.sep  # noqa: PTH120 - pathlib costs 10 ms at start
_STDLIB = files.dirname(os.__file__) + os.sep  # noqa: PTH120


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
        relative = files.relpath(file, folder)
        if not relative.startswith(".."):
            return relative
    return file if folder else file[file.rfind(os.sep, 0, file.rfind(os.sep)) + 1 :]


def here(depth: int = 1, folder: str | None = None) -> Place:
    """The nearest place up the stack that is the user's own code."""
    frame = users_frame(depth + 1, folder)
    return Place(frame.f_code, frame.f_lasti)


def users_frame(depth: int = 1, folder: str | None = None) -> FrameType:
    """The nearest frame up the stack that is the user's own code; failing that, not the engine's."""
    return nearest_users(sys._getframe(depth), folder)


def nearest_users(start: FrameType, folder: str | None) -> FrameType:
    """The nearest frame from `start` on that is the user's own; failing that, not the engine's."""
    frame: FrameType | None = start
    outside: FrameType | None = None
    while frame is not None:
        file = frame.f_code.co_filename
        if is_users(file, folder):
            return frame
        if outside is None and not file.startswith(_OWN):
            outside = frame
        frame = frame.f_back
    return outside or start


def is_users(file: str, folder: str | None) -> bool:
    """Whether a file is the user's: below the Lanefile's folder, and neither installed nor the interpreter's.

    What is below an entry of `sys.path` that is itself below the folder is installed: a virtual environment,
    or the source root of a package installed in place.
    """
    if file.startswith(("<", _OWN, _STDLIB)) or "site-packages" in file or "dist-packages" in file:
        return False
    if folder is None:
        return True
    folder = folder.rstrip(os.sep) + os.sep
    if not file.startswith(folder):
        return False
    return not any(
        entry.startswith(folder) and file.startswith(entry.rstrip(os.sep) + os.sep) for entry in sys.path
    )
