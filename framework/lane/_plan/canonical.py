"""Values as texts that are the same on every machine: for digests."""

from __future__ import annotations

import contextlib
import enum
import functools
import re
from pathlib import PurePath
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import TYPE_CHECKING, Any

from lane._graph import token as _token
from lane._graph.output import Output
from lane._lanefile import types as _types
from lane._lanefile.fan import Fan
from lane._lanefile.options import holds_secret
from lane._lanefile.trigger import Trigger

from .source import globals_of, source_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lane._graph.graph import Graph

    from .auth import AuthMode

_PLAIN = frozenset({int, float, bool, complex, bytes, type(None), type(...), range, Trigger})
_NAMED = (FunctionType, BuiltinFunctionType, MethodType, functools.partial, type, ModuleType)
# Modules whose values print the same everywhere.
_PRINTED = frozenset({"datetime", "decimal", "fractions", "ipaddress", "uuid", "zoneinfo"})
_ENDS = r"(?![^/\s:;,'\"])"  # what may follow a folder's path in a text
SECRET = "secret"  # noqa: S105 - what stands for one


class Canonical:
    """Texts of the values of a graph: outputs by what they stand for, paths relative to its folder."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.folder = graph.folder or None
        self._in_folder = re.compile(re.escape(graph.folder or "\0") + _ENDS)
        self._lets = {id(let): number for number, let in enumerate(graph.lets)}
        self._fans = {id(fan): number for number, fan in enumerate(graph.fans)}
        self._under_way: set[int] = set()

    def text(self, value: Any) -> str:
        """The text of a value. Of a secret it says no more than that it is one."""
        cls = type(value)
        if cls in _PLAIN:
            return repr(value)
        if cls is str:
            return self._string(value)
        if cls is Output:
            return self._output(value)
        if id(value) in self._under_way:
            return "again"
        self._under_way.add(id(value))
        try:
            return self._other(value, cls)
        finally:
            self._under_way.discard(id(value))

    def _string(self, value: str) -> str:
        if _token.MARKER in value:
            return f"t[{','.join(map(self._part, _token.split(value)))}]"
        if self.folder is not None and self.folder in value:
            return repr(self._in_folder.sub("\0", value))
        return repr(value)

    def _part(self, part: str | tuple[int, int]) -> str:
        return self._string(part) if isinstance(part, str) else self._output(self.graph.tokens[part[1]])

    def _output(self, output: Output) -> str:
        let = output._let
        if let is None:
            base = f"o{output._step}"
        elif isinstance(let.source, Fan):
            base = f"{'i' if let.fan is let.source else 'r'}{self._fans[id(let.source)]}"
        else:
            base = f"l{self._lets[id(let)]}"
        return f"{base}{output._path}" if output._path else base

    def _other(self, value: Any, cls: type) -> str:
        if isinstance(value, PurePath):
            return f"p{self._string(value.as_posix())}"
        if isinstance(value, enum.Enum):
            return f"{cls.__qualname__}.{value.name}"
        if holds_secret(cls):
            return SECRET
        if isinstance(value, dict):
            return (
                f"{{{','.join(sorted(f'{self.text(key)}:{self.text(one)}' for key, one in value.items()))}}}"
            )
        if isinstance(value, (set, frozenset)):
            return f"s{{{','.join(sorted(map(self.text, value)))}}}"
        if isinstance(value, _NAMED):
            return self.function(value)
        if _types.fields_of(cls):
            return self._record(value)
        if isinstance(value, (list, tuple)):
            return f"{cls.__name__[0]}[{','.join(map(self.text, value))}]"
        if isinstance(value, re.Pattern):
            return f"re({value.pattern!r},{value.flags})"
        if cls.__module__ in _PRINTED or isinstance(value, (str, int, float)):
            return repr(value)
        return self._record(value)

    def _record(self, value: Any, without: str | None = None) -> str:
        cls = type(value)
        names = _types.fields_of(cls) or sorted(getattr(value, "__dict__", ()))
        fields = (f"{name}={self.text(getattr(value, name, None))}" for name in names if name != without)
        return f"{cls.__qualname__}({','.join(fields)})"

    def mode(self, mode: AuthMode) -> str:
        """An auth mode, but not what it says for people: another wording makes no other plan."""
        return self._record(mode, without="instead")

    def function(self, function: Any) -> str:
        """A function by its source and the values that it takes from around it."""
        if isinstance(function, functools.partial):
            given = self.text((function.args, function.keywords))
            return f"partial({self.text(function.func)},{given})"
        if isinstance(function, MethodType):
            return f"{self.function(function.__func__)} of {self.text(function.__self__)}"
        if not isinstance(function, FunctionType):
            named = hasattr(function, "__qualname__")
            return f"{function.__module__}.{function.__qualname__}" if named else self.text(function)
        code = function.__code__
        defaults = (function.__defaults__, function.__kwdefaults__)
        known = sorted(f"{name}={self._around(value)}" for name, value in _taken_from_around(function))
        return f"{source_of(code)} {self.text(defaults)} {','.join(known)}"

    def _around(self, value: Any) -> str:
        """A value from around a function: functions and classes go by their names, not their source."""
        if isinstance(value, ModuleType):
            return value.__name__
        if isinstance(value, (FunctionType, BuiltinFunctionType, type)):
            return f"{value.__module__}.{value.__qualname__}"
        return self.text(value)


def _taken_from_around(function: FunctionType) -> Iterator[tuple[str, Any]]:
    for name in globals_of(function.__code__):
        if name in function.__globals__:
            yield name, function.__globals__[name]
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        with contextlib.suppress(ValueError):  # not set yet
            yield name, cell.cell_contents
