"""Ruby's methods that change a list, a hash or a text in its place. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .methods import method_value
from .values import GAP, NIL, UNKNOWN, Items, Known, Table, Unknown, Value, choice, each_of, text_of

if TYPE_CHECKING:
    from .arguments import Arguments

CHANGES = {"merge!", "update", "store", "<<", "push", "append", "concat", "unshift", "prepend", "delete"}


def changed(value: Value, name: str, given: Arguments) -> tuple[Value, Value]:
    """What a value is after such a call, and what the call gives."""
    pairs = [_changed(one, name, given) for one in each_of(value)]
    return choice(after for after, _ in pairs), choice(result for _, result in pairs)


def _changed(value: Value, name: str, given: Arguments) -> tuple[Value, Value]:
    if name == "delete":
        return _without(value, given)
    match value:
        case Items():
            after = _with_items(value, name, given)
        case Table():
            after = _with_pairs(value, name, given)
        case Known(value=str()) | Unknown(text=str()) if given.positional:
            parts = (
                [given.positional[0], value]
                if name in ("unshift", "prepend")
                else [value, given.positional[0]]
            )
            after = method_value(parts[0], "+", parts[1:]) or UNKNOWN
        case _:
            after = UNKNOWN
    return after, after


def _with_items(value: Items, name: str, given: Arguments) -> Value:
    more: list[Value] = list(given.positional)
    complete = value.complete
    if name == "concat":
        complete = complete and all(isinstance(one, Items) and one.complete for one in more)
        more = [inner for one in more if isinstance(one, Items) for inner in one.values]
    front = name in ("unshift", "prepend")
    return Items((*more, *value.values) if front else (*value.values, *more), complete)


def _with_pairs(value: Table, name: str, given: Arguments) -> Value:
    if name != "store" or len(given.positional) != 2:
        return method_value(value, "merge", [given.table()]) or UNKNOWN
    key = text_of(given.positional[0])
    if not key or GAP in key:
        return Table(value.values, True)
    return Table({**value.values, key: given.positional[1]}, value.open)


def _without(value: Value, given: Arguments) -> tuple[Value, Value]:
    """`options.delete(:key)`: the hash without it, and what it was."""
    key = text_of(given.positional[0]) if given.positional else None
    if key is None or GAP in key:
        return UNKNOWN, UNKNOWN
    if isinstance(value, Table):
        rest = {name: one for name, one in value.values.items() if name != key}
        after = {**rest, key: NIL} if value.open else rest
        return Table(after, value.open), value.get(key)
    if isinstance(value, Items):
        kept = tuple(one for one in value.values if text_of(one) != key)
        return Items(kept, value.complete), given.positional[0]
    return value, UNKNOWN
