"""A repository's files, as far as they are to be read: its root, and nothing outside of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .found import CiFile
from .yaml_lines import Table, Unreadable, documents

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_LARGEST = 300_000  # bytes
_FURTHEST = 1_000  # files, actions and commands that others lead to


class Repository:
    """Reads files below a root, each once, and notes those that cannot be read."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self._known: dict[str, list[Any]] = {}
        self.files: dict[str, CiFile] = {}
        self.unseen: dict[str, None] = {}
        self._left = _FURTHEST

    def begin(self) -> None:
        """Begin with another system."""
        self._left = _FURTHEST

    def follows(self) -> bool:
        """Whether to follow what leads from one file or command to another: not for ever."""
        self._left -= 1
        if self._left < 0:
            self.unseen[
                f"What leads to more than {_FURTHEST} files or commands was not followed to its end."
            ] = None
        return self._left >= 0

    def file(self, path: str) -> Path | None:
        """A file below the root, if there is one; what a link leads out of it to is none."""
        try:
            there = (self.root / path.lstrip("/")).resolve()
            return there if there.is_relative_to(self.root) and there.is_file() else None
        except (OSError, ValueError, RuntimeError):
            return None

    def matching(self, pattern: str) -> list[str]:
        """The paths of files below the root, sorted."""
        try:
            found = sorted(self.root.glob(pattern.lstrip("/")))
        except (OSError, ValueError, NotImplementedError):
            return []
        paths = (one.relative_to(self.root).as_posix() for one in found if one.is_relative_to(self.root))
        return [path for path in paths if self.file(path) is not None]

    def value(self, system: str, path: str) -> Any:
        """A file's last document, which is the only one but for GitLab's with a header; what is wrong is noted."""
        if path not in self._known:
            self._known[path] = list(self._read(system, path))
        found = self._known[path]
        return found[-1] if found else None

    def document(self, system: str, path: str) -> Table | None:
        """The same, where it is a mapping."""
        found = self.value(system, path)
        return found if isinstance(found, Table) else None

    def _read(self, system: str, path: str) -> Iterator[Any]:
        from lane._ci.written import known

        there = self.file(path)
        if there is None:
            return
        if there.stat().st_size > _LARGEST:
            self.files[path] = CiFile(system, path, problem="it is larger than 300 kB")
            return
        try:
            text = there.read_text(encoding="utf-8-sig")
            head = known(text)
            lanes = head.lanes if head is not None and head.system == system else None
            self.files[path] = CiFile(system, path, lanes)
            yield from documents(text, path)
        except Unreadable as error:
            self.files[path] = CiFile(system, path, problem=str(error))
        except UnicodeDecodeError as error:
            self.files[path] = CiFile(system, path, problem=f"it is no UTF-8 text: {error.reason}")
        except OSError as error:
            self.files[path] = CiFile(system, path, problem=str(error.strerror))

    def text(self, path: str) -> str:
        """A file's text; empty for one that is not there, is too large, or is no text."""
        there = self.file(path)
        try:
            small = there is not None and there.stat().st_size <= _LARGEST
            return there.read_text(encoding="utf-8", errors="replace") if there is not None and small else ""
        except OSError:
            return ""
