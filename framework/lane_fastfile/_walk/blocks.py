"""Run a block: once, over each item of a list, over each pair of a hash; bind its parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .values import NIL, UNKNOWN, Choice, Code, Items, Known, Table, Value, choice

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lane_fastfile._ruby import nodes as n

    from .scope import Scope
    from .walker import Walker

MOST_ITEMS = 40


def run_block(walker: Walker, block: n.Block, scope: Scope, values: Sequence[Value] = ()) -> Value:
    """The value of a block for certain arguments; a jump in it ends it, not what stands around it."""
    inner = scope.inner()
    _bind(walker, block.params, list(values), inner)
    walker.block_results.append([])
    off_ci = walker.off_ci
    value = walker.visit(block.body, inner)
    walker.off_ci = off_ci
    found = walker.block_results.pop()
    if not walker.jumped:
        found.append(value)
    walker.jumped = False
    return choice(found) if found else UNKNOWN


def run_tap(walker: Walker, block: n.Block, scope: Scope, value: Value) -> Value:
    """`value.tap { |it| it[:key] = 1 }`: the value as the block leaves it."""
    inner = scope.inner()
    _bind(walker, block.params, [value], inner)
    walker.visit(block.body, inner)
    walker.jumped = False
    name = block.params[0].name if block.params else ""
    return inner.get(name) or value


def run_left(walker: Walker, call: n.Call, scope: Scope, given: Code | None = None) -> Value | None:
    """Run the block of a call where it stands, unless what was called has run it; None without one."""
    if call.block is None or given in walker.called:
        return None
    ended = walker.jumped
    value = run_block(walker, call.block, scope)
    walker.jumped = ended
    return value


def run_over(walker: Walker, subject: Value, block: n.Block, scope: Scope) -> list[tuple[Value, Value]]:
    """Run a block over what it goes through; each item with the block's value. Unknown: once."""
    results: list[tuple[Value, Value]] = []
    rounds = _rounds(subject) if walker.follows_arguments else [[UNKNOWN]]
    for values in rounds:
        item = values[0] if len(values) == 1 else Items(tuple(values))
        results.append((item, run_block(walker, block, scope, values)))
    return results


def _rounds(subject: Value) -> list[list[Value]]:
    match subject:
        case Items(values, True) if len(values) <= MOST_ITEMS:
            return [[value] for value in values]
        case Items(values):
            return [[choice(values) if values else UNKNOWN]]
        case Table(values, False) if len(values) <= MOST_ITEMS:
            return [[Known(key), value] for key, value in values.items()]
        case Choice(values) if all(isinstance(one, Items) and one.complete for one in values):
            return [round_ for one in values for round_ in _rounds(one)][:MOST_ITEMS]
        case _:
            return [[UNKNOWN]]


def _bind(walker: Walker, params: list[n.Param], values: list[Value], scope: Scope) -> None:
    wanted = [p for p in params if p.kind in ("positional", "optional", "parts", "rest")]
    if len(wanted) > 1 and len(values) == 1 and isinstance(values[0], Items):
        values = list(values[0].values)
    table = values[-1] if values and isinstance(values[-1], Table) else None
    for param in params:
        if param.kind in ("key", "keyrest"):
            bind_key(walker, param, table, scope)
        elif param.kind == "parts":
            _bind_parts(param, values.pop(0) if values else UNKNOWN, scope)
        elif param.kind == "rest":
            scope.own(param.name, Items(tuple(values)) if values else Items((), complete=False))
            values = []
        elif param.kind == "block":
            scope.own(param.name, UNKNOWN)
        elif values:
            scope.own(param.name, values.pop(0))
        else:
            scope.own(param.name, UNKNOWN)


def _bind_parts(param: n.Param, value: Value, scope: Scope) -> None:
    parts = value.values if isinstance(value, Items) else ()
    for index, name in enumerate(param.parts):
        scope.own(name, parts[index] if index < len(parts) else UNKNOWN)


def bind_key(walker: Walker, param: n.Param, table: Table | None, scope: Scope) -> None:
    """Bind a keyword parameter: what was given, its default, or either where that is not known."""
    if param.kind == "keyrest":
        scope.own(param.name, table if table is not None else Table())
        return
    given = table.values.get(param.name) if table is not None else None
    if given is not None:
        scope.own(param.name, given)
        return
    default = walker.maybe(param.default, scope)
    if table is not None and table.open:
        scope.own(param.name, choice((default, UNKNOWN)) if default is not None else UNKNOWN)
    else:
        scope.own(param.name, default if default is not None else NIL)
