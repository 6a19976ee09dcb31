"""Load a Ruby file of a set-up: read it and enter what it declares."""

from __future__ import annotations

import posixpath
from pathlib import Path
from typing import TYPE_CHECKING

from lane_fastfile._ruby.read import read_ruby
from lane_fastfile._walk.program import Problem
from lane_fastfile._walk.scope import Scope

if TYPE_CHECKING:
    from lane_fastfile._walk.walker import Walker

_MOST_FILES = 500


def load_file(walker: Walker, name: str, from_file: str, *, fastfile: bool) -> bool:
    """Load a file that another one names; false where it is not there."""
    path = _find(walker.program.root, name, from_file, fastfile=fastfile)
    if path is None:
        return False
    if fastfile:
        load_actions(walker, Path(path).parent / "actions")
    load_path(walker, path)
    return True


def load_library(walker: Walker, name: str) -> None:
    """Load a file of the set-up that Ruby finds in its load path; what is not there is a gem's."""
    root = walker.program.root
    for named in walker.program.load_path:
        folder = _as_given(root, named) if posixpath.isabs(named) else posixpath.join(root, named)
        for ending in ("", ".rb"):
            path = posixpath.normpath(posixpath.join(folder, name + ending))
            if _is_file(path):
                load_path(walker, path)
                return


def load_path(walker: Walker, path: str) -> None:
    """Load a file once; a file that cannot be read is a problem of the set-up."""
    program = walker.program
    if path in program.sources or len(program.sources) >= _MOST_FILES:
        return
    try:
        source = read_ruby(Path(path).read_bytes())
    except OSError as error:
        program.problems.append(Problem(path, 1, f"cannot be read: {error.strerror}"))
        return
    program.sources[path] = source
    walker.budget.grow(len(source.nodes))
    if source.too_deep:
        program.problems.append(Problem(path, 1, "is nested too deeply to be read as a whole"))
    walker.visit(source.tree, Scope(path))
    walker.jumped = False


def load_actions(walker: Walker, folder: Path) -> None:
    """Load the local actions of a folder."""
    if not folder.is_dir():
        return
    for path in sorted(folder.glob("*.rb")):
        load_path(walker, path.as_posix())


def _find(root: str, name: str, from_file: str, *, fastfile: bool) -> str | None:
    """A file's path: fastlane looks from the Fastfile, Ruby from the file that asks."""
    beside = posixpath.dirname(from_file)
    folders = [root, beside] if fastfile else [beside, root]
    if posixpath.isabs(name):
        folders, name = [""], _as_given(root, name)
    endings = ("",) if fastfile else ("", ".rb")
    for folder in folders:
        for ending in endings:
            path = posixpath.normpath(posixpath.join(folder, name + ending))
            if _is_file(path):
                return path
    return None


def _as_given(root: str, path: str) -> str:
    """An absolute path as one below the folder that was named, where it lies there."""
    absolute = posixpath.abspath(root)
    within = posixpath.commonpath([absolute, posixpath.normpath(path)]) == absolute
    return posixpath.join(root, posixpath.relpath(path, absolute)) if within else path


def _is_file(path: str) -> bool:
    try:
        return Path(path).is_file()
    except (OSError, ValueError):
        return False
