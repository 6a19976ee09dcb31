"""The source of a function as text that is the same on every machine and version of Python."""

from __future__ import annotations

import ast
import dis
import functools
import linecache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import CodeType

# What a parser notes beside the program, or knows only in some versions of Python.
_LEFT_OUT = frozenset({"ctx", "kind", "type_comment", "type_params", "type_ignores"})

_Function = ast.Lambda | ast.FunctionDef


@functools.cache
def source_of(code: CodeType) -> str:
    """The syntax tree of a function as text; its names and constants where the source is not to be had."""
    found = _smallest_around(code, _functions(code.co_filename))
    if found is None:
        plain = [repr(one) for one in code.co_consts if not hasattr(one, "co_code")]
        return f"compiled {code.co_names} {code.co_varnames} {plain}"
    if isinstance(found, ast.Lambda):
        return f"lambda {_dumped(found.args)}: {_dumped(found.body)}"
    return f"def {_dumped(found.args)}: {_dumped(found.body)}"


@functools.cache
def globals_of(code: CodeType) -> tuple[str, ...]:
    """The names that a function looks up outside itself."""
    found = {one.argval for one in dis.get_instructions(code) if one.opname == "LOAD_GLOBAL"}
    return tuple(sorted(found))


@functools.cache
def _functions(file: str) -> list[_Function]:
    try:
        tree = ast.parse("".join(linecache.getlines(file)))
    except SyntaxError:
        return []
    return [node for node in ast.walk(tree) if isinstance(node, (ast.Lambda, ast.FunctionDef))]


def _smallest_around(code: CodeType, functions: list[_Function]) -> _Function | None:
    """The innermost function in whose body all instructions of the code were written."""
    spans = [
        ((line, start), (end, stop))
        for line, end, start, stop in code.co_positions()
        if line is not None and end is not None and start is not None and stop is not None
        if (line, start) < (end, stop)
    ]
    first, last = min((one for one, _ in spans), default=None), max((one for _, one in spans), default=None)
    if first is None or last is None:
        return None
    around = [node for node in functions if _begin(node) <= first and last <= _end(node)]
    return max(around, key=lambda node: (_begin(node), -_end(node)[0], -_end(node)[1]), default=None)


def _begin(node: _Function) -> tuple[int, int]:
    start = node.body if isinstance(node, ast.Lambda) else node.body[0]
    return start.lineno, start.col_offset


def _end(node: _Function) -> tuple[int, int]:
    assert node.end_lineno is not None
    assert node.end_col_offset is not None
    return node.end_lineno, node.end_col_offset


def _dumped(node: object) -> str:
    if isinstance(node, list):
        return f"[{','.join(map(_dumped, node))}]"
    if isinstance(node, ast.Constant):
        return repr(node.value)
    if not isinstance(node, ast.AST):
        return repr(node)
    fields = [
        f"{name}={_dumped(value)}"
        for name, value in ast.iter_fields(node)
        if name not in _LEFT_OUT and value is not None and value != []
    ]
    return f"{type(node).__name__}({','.join(fields)})"
