"""Finds the Lanefile and loads what it declares."""

from __future__ import annotations

import os
import sys

from lane._errors import UsageError

from .lane import App, Hook, Lane, collect_app, collect_declared
from .place import Place, is_users, shown_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FunctionType, TracebackType
    from typing import Any

NAME = "Lanefile.py"


class Project:
    """A loaded Lanefile: its folder (absolute), lanes by name, hooks, and what `app(...)` said."""

    def __init__(self, file: str, lanes: dict[str, Lane[..., Any]], hooks: list[Hook], app: App) -> None:
        self.file = file
        self.folder = os.path.dirname(file)  # noqa: PTH120 - pathlib costs 10 ms at start
        self.lanes = lanes
        self.hooks = hooks
        self.app = app

    @property
    def public(self) -> list[Lane[..., Any]]:
        """The lanes that the command line lists, in the order of the file: the user's own, not those of a package."""
        return [
            lane
            for lane in self.lanes.values()
            if not lane.private and is_users(lane.function.__code__.co_filename, self.folder)
        ]

    def lane(self, name: str) -> Lane[..., Any]:
        """A public lane by its name. Raises UsageError with a suggestion."""
        lane = self.lanes.get(name)
        if lane is not None and not lane.private:
            return lane
        from difflib import get_close_matches

        names = [lane.name for lane in self.public]
        if lane is not None:
            raise UsageError(f"The lane {name!r} is private: only other lanes call it.", code="private_lane")
        close = get_close_matches(name, names, 1)
        hint = f"Did you mean {close[0]!r}?" if close else f"Lanes: {', '.join(names) or 'none'}."
        raise UsageError(f"There is no lane {name!r} in {self.file}.", hint=hint, code="unknown_lane")


def find(start: str | None = None) -> str:
    """The path of the Lanefile in this folder or the nearest parent. Raises UsageError for none."""
    folder = first = os.path.abspath(start or os.getcwd())  # noqa: PTH100, PTH109
    while True:
        file = os.path.join(folder, NAME)  # noqa: PTH118
        if os.path.isfile(file):  # noqa: PTH113
            return file
        parent = os.path.dirname(folder)  # noqa: PTH120
        if parent == folder:
            raise UsageError(
                f"There is no {NAME} in {first} or a folder above it.",
                hint="`lane init` writes one; `-f FILE` names another.",
                code="no_lanefile",
            )
        folder = parent


def path_of(file: str | None) -> str:
    """The whole path of a Lanefile that was named, or else is found. Raises UsageError where it is not there."""
    if not file:
        return find()
    if not os.path.isfile(file):  # noqa: PTH113
        raise _unreadable(file, "there is no such file")
    return os.path.abspath(file)  # noqa: PTH100


def load(file: str | None = None) -> Project:
    """Run a Lanefile and collect what it declares. Raises UsageError with the user's own lines."""
    path = os.path.abspath(file) if file else find()  # noqa: PTH100
    folder = os.path.dirname(path)  # noqa: PTH120
    source = _source(path)
    if folder not in sys.path:
        sys.path.insert(0, folder)  # so that lanes/ and actions/ beside the Lanefile can be imported
    module = type(sys)("Lanefile")
    module.__file__ = path
    sys.modules["Lanefile"] = module
    collect_app()
    collect_declared()
    try:
        _execute(source, path, module.__dict__)
    except SyntaxError as error:
        raise _syntax_error(error, path) from None
    except UsageError as error:
        error.where = _last_line(error.__traceback__, folder) or error.where
        raise
    except (Exception, SystemExit) as error:  # noqa: BLE001 - as above
        raise _load_error(error, path, folder) from None
    _check_twice(collect_declared(), folder)
    declared = list(module.__dict__.values())
    lanes = _by_name([value for value in declared if isinstance(value, Lane)], folder)
    hooks = list(dict.fromkeys(one for one in declared if isinstance(one, Hook)))
    for hook in hooks:
        _check_hook(hook, lanes, folder)
    return Project(path, lanes, hooks, collect_app())


def _execute(source: bytes, path: str, names: dict[str, Any]) -> None:
    """Run the user's file. What it prints goes to stderr: on stdout are data, for scripts."""
    stdout, sys.stdout = sys.stdout, sys.stderr  # contextlib costs 7 ms at start
    try:
        exec(compile(source, path, "exec", dont_inherit=True), names)  # noqa: S102 - it is the user's
    finally:
        sys.stdout = stdout


def _by_name(declared: list[Lane[..., Any]], folder: str) -> dict[str, Lane[..., Any]]:
    """Lanes by name; one that was imported under two names is one. Raises UsageError for two of one name."""
    lanes: dict[str, Lane[..., Any]] = {}
    for lane in declared:
        other = lanes.setdefault(lane.name, lane)
        if other is not lane:
            places = [Place(one.function.__code__, 0).shown(folder) for one in (other, lane)]
            raise UsageError(
                f"Two lanes are called {lane.name!r}: {places[0]} and {places[1]}.",
                where=places[1],
                hint="Rename one of them: a lane is called by its function's name.",
                code="two_lanes",
            )
    return lanes


def _check_twice(declared: list[Lane[..., Any] | Hook], folder: str) -> None:
    """Raises UsageError for two lanes or hooks of one name in one module: Python has forgotten the first."""
    seen: dict[tuple[str, str], FunctionType] = {}
    for one in declared:
        function = one.function
        other = seen.setdefault((function.__module__, function.__qualname__), function)
        if other is not function and "<locals>" not in function.__qualname__:
            places = [Place(each.__code__, 0).shown(folder) for each in (other, function)]
            raise UsageError(
                f"{function.__name__!r} is declared twice: {places[0]} and {places[1]}.",
                where=places[1],
                hint="Rename one of them: Python forgets the first.",
                code="two_lanes",
            )


def _check_hook(hook: Hook, lanes: dict[str, Lane[..., Any]], folder: str) -> None:
    for name in hook.lanes:
        if name not in lanes:
            from difflib import get_close_matches

            close = get_close_matches(name, lanes, 1)
            raise UsageError(
                f"@{hook.kind} names the lane {name!r}, which is not there.",
                where=Place(hook.function.__code__, 0).shown(folder),
                hint=f"Did you mean {close[0]!r}?" if close else f"Lanes: {', '.join(lanes) or 'none'}.",
                code="unknown_lane",
            )


def _source(path: str) -> bytes:
    try:
        with open(path, "rb") as file:  # noqa: PTH123
            return file.read()
    except OSError as error:
        raise _unreadable(path, str(error.strerror)) from None


def _unreadable(path: str, why: str) -> UsageError:
    hint = "Name a Lanefile with -f FILE."
    return UsageError(f"{path} cannot be read: {why}.", hint=hint, code="no_lanefile")


def _syntax_error(error: SyntaxError, path: str) -> UsageError:
    line = f":{error.lineno}" if error.lineno else ""  # there is none for a file that is no text
    where = f"{_relative(error.filename or path, path)}{line}"
    source = (error.text or "").rstrip()
    column = (error.offset or 1) - 1 - (len(source) - len(source.lstrip()))
    shown = f"\n    {source.strip()}\n    {' ' * max(column, 0)}^" if source else ""
    return UsageError(
        f"{error.msg}.{shown}", where=where, hint="Mend the line and try again.", code="syntax_error"
    )


def _load_error(error: BaseException, path: str, folder: str) -> UsageError:
    import traceback

    from .misspelt import meant

    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if is_users(frame.filename, folder) or frame.filename == path
    ]
    lines = [f"    {_relative(frame.filename, path)}:{frame.lineno}: {frame.line or ''}" for frame in frames]
    where = f"{_relative(frames[-1].filename, path)}:{frames[-1].lineno}" if frames else path
    hint = "Mend the line and try again."
    if isinstance(error, ModuleNotFoundError):
        hint = f"Install it, or put it beside the Lanefile: modules are looked for in {folder}."
    hint = meant(error) or hint
    message = f"The Lanefile raised {type(error).__name__}: {error}"
    if isinstance(error, SystemExit):
        message, hint = (
            "The Lanefile ended the program.",
            "A Lanefile declares lanes: take the sys.exit() away.",
        )
    return UsageError("\n".join([message, *lines]), where=where, hint=hint, code="lanefile_raised")


def _last_line(trace: TracebackType | None, folder: str) -> str | None:
    from lane._graph.trace import _user_line

    return _user_line(trace, folder)


def _relative(file: str, lanefile: str) -> str:
    return shown_path(file, os.path.dirname(lanefile))  # noqa: PTH120
