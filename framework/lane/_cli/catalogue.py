"""Finds actions, and lanes that packages ship, by name: installed ones, and the project's own in `actions/`."""

from __future__ import annotations

import os
import sys
from contextlib import redirect_stdout
from difflib import get_close_matches
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

from lane._errors import Problem, UsageError
from lane._lanefile.action import Action
from lane._lanefile.lane import Lane
from lane._lanefile.place import Place, shown_path

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.metadata import EntryPoint, EntryPoints
    from types import TracebackType

ENTRY_POINTS = "lane.actions"
FOLDER = "actions"


class Entry(NamedTuple):
    """An action that a lane can use, or a lane that is called as one.

    `origin` is the package that brought it, or the project's own file.
    """

    action: Action[..., Any] | Lane[..., Any]
    origin: str
    module: str

    @property
    def name(self) -> str:
        """The name by which a lane calls it."""
        return self.action.name

    @property
    def imported(self) -> str:
        """The line that imports it: from the package that shows it, where its module is private."""
        return f"from {_public(self.module)} import {self.name}"


class Catalogue:
    """Finds actions, and lanes that are called as actions are; the project's own come before an installed one.

    `problems` tell which modules and packages could not be read so far; the others are found all the same.
    """

    def __init__(self, folder: str | None) -> None:
        self.problems: list[Problem] = []
        self._own: dict[str, Entry] = {}
        for entry in self._of_project(folder) if folder else ():
            self._add(entry, folder)

    @cached_property
    def entries(self) -> dict[str, Entry]:
        """All actions by name. Looking for installed ones imports their packages."""
        found = dict(self._own)
        for point in sorted(_points(), key=lambda point: point.name):
            entry = self._loaded(point)
            if entry is not None:
                found.setdefault(entry.name, entry)
        return found

    @property
    def names(self) -> list[str]:
        """The names of all actions, without importing a package."""
        return list(dict.fromkeys([*self._own, *sorted(point.name for point in _points())]))

    def entry(self, name: str) -> Entry:
        """An action by its name. Raises UsageError with a suggestion, or with what may have hidden it."""
        found = self._own.get(name)
        if found is not None:
            return found
        for point in _points(name):
            entry = self._loaded(point)
            if entry is not None:
                return entry
        close = get_close_matches(name, self.names, 1)
        hint = f"Did you mean {close[0]!r}?" if close else "`lane actions` lists them."
        broken = [f"{problem} (so its actions are not known)" for problem in self.problems]
        message = "\n  ".join([f"There is no action {name!r}.", *broken])
        raise UsageError(message, hint=hint, code="unknown_action")

    def _add(self, entry: Entry, folder: str | None) -> None:
        other = self._own.setdefault(entry.name, entry)
        if other.action is entry.action:
            return
        line = Place(entry.action.function.__code__, 0).shown(folder)
        message = f"Two actions are called {entry.name!r}: the other is in {other.origin}."
        self.problems.append(Problem("two_actions", message, line=line, hint="Rename one of them."))

    def _of_project(self, folder: str) -> Iterator[Entry]:
        """The actions that the modules directly in `actions/` define."""
        place = os.path.join(folder, FOLDER)  # noqa: PTH118
        if not os.path.isdir(place):  # noqa: PTH112
            return
        if folder not in sys.path:
            sys.path.insert(0, folder)
        for file in sorted(os.listdir(place)):  # noqa: PTH208
            stem, suffix = os.path.splitext(file)  # noqa: PTH122
            if suffix == ".py" and stem.isidentifier() and not stem.startswith("_"):
                yield from self._of_module(f"{FOLDER}.{stem}", os.path.join(place, file), folder)  # noqa: PTH118

    def _of_module(self, name: str, file: str, folder: str) -> Iterator[Entry]:
        try:
            with redirect_stdout(sys.stderr):  # what a module prints is no data of ours
                module = import_module(name)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a module may raise anything
            self.problems.append(_broken(error, file, folder))
            return
        for value in dict.fromkeys(one for one in vars(module).values() if type(one) is Action):
            if value.__module__ == name:
                yield Entry(value, shown_path(file, folder), name)

    def _loaded(self, point: EntryPoint) -> Entry | None:
        """The action that a package names by an entry point; None, and a problem, where it is none."""
        package = _public(point.module)
        try:
            action = point.load()
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a package may raise anything
            hint = f"Install a version of {package} that works here, or remove it."
            message = f"The action {point.name} of {package} cannot be imported: {_said(error)}"
            self.problems.append(Problem("broken_package", message, hint=hint))
            return None
        if isinstance(action, (Action, Lane)):
            return Entry(action, package, point.module)
        message = (
            f"The entry point {point.name} of {package} is neither an action nor a lane, but {action!r}."
        )
        hint = f"Tell those who make {package}: {point.value} should be declared with @action, or @lane."
        self.problems.append(Problem("broken_package", message, hint=hint))
        return None


def _points(name: str | None = None) -> EntryPoints:
    """The entry points of actions; asking costs 40 ms, so only who needs them asks."""
    from importlib.metadata import entry_points

    found = entry_points(group=ENTRY_POINTS)
    return found if name is None else found.select(name=name)


def _public(module: str) -> str:
    return module.partition("._")[0]


def _broken(error: BaseException, file: str, folder: str) -> Problem:
    """Why a module of the project cannot be imported, with the line of its own that is to blame."""
    if isinstance(error, SyntaxError):
        line = f"{shown_path(error.filename or file, folder)}:{error.lineno}"
        return Problem("syntax_error", f"{error.msg}.", line=line, hint="Mend the line and try again.")
    line = _innermost(error.__traceback__, file, folder) or shown_path(file, folder)
    if isinstance(error, UsageError):
        return Problem(error.code, error.message, line=error.where or line, hint=error.hint)
    hint = "Mend the line and try again."
    if isinstance(error, ModuleNotFoundError):
        hint = f"Install {error.name}, or correct the name."
    message = f"{shown_path(file, folder)} cannot be imported: {_said(error)}"
    return Problem("broken_module", message, line=line, hint=hint)


def _innermost(traceback: TracebackType | None, file: str, folder: str) -> str | None:
    """The last line below the project's folder that a traceback passes through."""
    found: str | None = None
    while traceback is not None:
        passed = traceback.tb_frame.f_code.co_filename
        if passed == file or (passed.startswith(folder) and "site-packages" not in passed):
            found = f"{shown_path(passed, folder)}:{traceback.tb_lineno}"
        traceback = traceback.tb_next
    return found


def _said(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
