"""What to write instead of an expression that needs an output's value: made from the user's own source."""

from __future__ import annotations

import ast
import linecache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType

    from .output import Output

_LONGEST = 100


def as_let(frame: FrameType, output: Output) -> str | None:
    """`build.number > 3` as `let(build.number, lambda number: number > 3)`; None where that fails."""
    expression = _expression(frame)
    if expression is None:
        return None
    found = _standing_for(expression, output, frame)
    if found is None:
        return None
    names = {node.id for node in ast.walk(expression) if isinstance(node, ast.Name)}
    name = found.attr if isinstance(found, ast.Attribute) else "value"
    parameter = ast.Name("value" if name in names else name)
    body = ast.unparse(_Replacing(found, parameter).visit(expression))
    text = f"let({ast.unparse(found)}, lambda {parameter.id}: {body})"
    return text if len(text) <= _LONGEST else None


def as_source(frame: FrameType, output: Output) -> str | None:
    """The output as the user wrote it, such as `build.number`; None where the source cannot tell."""
    expression = _expression(frame)
    found = None if expression is None else _standing_for(expression, output, frame)
    return None if found is None else ast.unparse(found)


def _expression(frame: FrameType) -> ast.expr | None:
    """The expression that a frame is at: the instruction's own span in the source."""
    positions = list(frame.f_code.co_positions())
    line, end, start, stop = positions[frame.f_lasti // 2]
    if line is None or line != end or start is None or stop is None:
        return None
    source = linecache.getline(frame.f_code.co_filename, line).encode()[start:stop]
    try:
        return ast.parse(source.decode().strip(), mode="eval").body
    except (SyntaxError, UnicodeDecodeError):
        return None


def _standing_for(expression: ast.expr, output: Output, frame: FrameType) -> ast.expr | None:
    for node in ast.walk(expression):
        if isinstance(node, (ast.Name, ast.Attribute, ast.Subscript)) and _is(node, output, frame):
            return node
    return None


def _is(node: ast.expr, output: Output, frame: FrameType) -> bool:
    """Whether a name with its attributes and items is this very output."""
    from .output import Output

    path: list[tuple[str, object]] = []
    while not isinstance(node, ast.Name):
        if isinstance(node, ast.Attribute):
            path.insert(0, ("attribute", node.attr))
        elif isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
            path.insert(0, ("item", node.slice.value))
        else:
            return False
        node = node.value
    base = frame.f_locals.get(node.id, frame.f_globals.get(node.id))
    if not isinstance(base, Output) or base._step != output._step or base._let is not output._let:
        return False
    return (*base._path, *path) == output._path


class _Replacing(ast.NodeTransformer):
    def __init__(self, old: ast.expr, new: ast.expr) -> None:
        self._old = ast.dump(old)
        self._new = new

    def visit(self, node: ast.AST) -> ast.AST:
        if isinstance(node, ast.expr) and ast.dump(node) == self._old:
            return self._new
        return self.generic_visit(node)
