"""Ruby's methods on values, as far as options and names of lanes are made with them. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from .text_methods import TEXT_METHODS
from .values import (
    FALSE,
    GAP,
    NIL,
    TRUE,
    UNKNOWN,
    Choice,
    Items,
    Known,
    Table,
    Unknown,
    Value,
    choice,
    each_of,
    known_text,
    same,
    table_of,
    text_of,
    truth,
)

Method = Callable[[Value, Sequence[Value]], Value | None]
_KEPT = {
    "freeze",
    "dup",
    "clone",
    "to_s",
    "to_sym",
    "to_str",
    "itself",
    "tap",
    "strip",
    "chomp",
    "to_a",
    "to_h",
    "sort",
}
_KEPT |= {
    "uniq",
    "compact",
    "flatten",
    "lazy",
    "shuffle",
    "reverse",
    "presence",
    "to_boolean",
    "deep_dup",
    "shellescape",
}


def method_value(value: Value, name: str, given: Sequence[Value]) -> Value | None:
    """The value of a method; None where the text does not give it."""
    method = METHODS.get(name)
    if method is not None:
        return method(value, given)
    if name in _KEPT and not given:
        return _kept(value, name)
    return None


def _kept(value: Value, name: str) -> Value | None:
    if isinstance(value, Items) and name in ("compact", "flatten"):
        return _flattened(value) if name == "flatten" else _compacted(value)
    if isinstance(value, Known) and name == "to_s":
        return Known(text_of(value))
    if isinstance(value, Known) and isinstance(value.value, str) and name in ("strip", "chomp"):
        return Known(value.value.strip() if name == "strip" else value.value.removesuffix("\n"))
    return value


def _flattened(value: Items) -> Items:
    found: list[Value] = []
    for one in value.values:
        found.extend(_flattened(one).values if isinstance(one, Items) else (one,))
    return Items(tuple(found), value.complete)


def _compacted(value: Items) -> Items:
    return Items(tuple(one for one in value.values if one != NIL), value.complete)


def _get(value: Value, given: Sequence[Value]) -> Value | None:
    if not given:
        return None
    key = given[0]
    if isinstance(value, Table):
        names = [text_of(one) for one in each_of(key)]
        if any(name is None or GAP in name for name in names):
            return choice([*value.values.values(), UNKNOWN]) if not value.open else UNKNOWN
        return choice([value.get(name) for name in names if name is not None])
    if isinstance(value, Items) and isinstance(key, Known) and isinstance(key.value, int):
        inside = -len(value.values) <= key.value < len(value.values)
        return value.values[key.value] if inside else NIL if value.complete else UNKNOWN
    return UNKNOWN


def _fetch(value: Value, given: Sequence[Value]) -> Value | None:
    if not isinstance(value, Table) or not given:
        return _get(value, given)
    name = text_of(given[0])
    if name is None or GAP in name:
        return choice([*value.values.values(), UNKNOWN]) if value.open else choice(value.values.values())
    if name in value.values:
        return value.values[name]
    default = given[1] if len(given) > 1 else None
    if value.open:
        return choice((default, UNKNOWN)) if default is not None else UNKNOWN
    return default if default is not None else UNKNOWN


def _dig(value: Value, given: Sequence[Value]) -> Value | None:
    for key in given:
        found = _get(value, [key])
        if found is None or found == NIL:
            return found
        value = found
    return value


def _merge(value: Value, given: Sequence[Value]) -> Value | None:
    merged = value
    for other in given:
        merged = _merged(merged, table_of(other) if isinstance(other, Choice) else other)
    return merged


def _merged(left: Value, right: Value) -> Value:
    if isinstance(left, Table) and isinstance(right, Table):
        return Table({**left.values, **right.values}, left.open or right.open)
    if isinstance(left, Table):
        return Table(left.values, True)
    return Table(right.values, True) if isinstance(right, Table) else UNKNOWN


def _slice(value: Value, given: Sequence[Value]) -> Value | None:
    names = {known_text(one) for one in given}
    if not isinstance(value, Table):
        return None
    return Table({key: one for key, one in value.values.items() if key in names}, value.open)


def _except(value: Value, given: Sequence[Value]) -> Value | None:
    names = {known_text(one) for one in given}
    if not isinstance(value, Table):
        return None
    return Table({key: one for key, one in value.values.items() if key not in names}, value.open)


def _plus(value: Value, given: Sequence[Value]) -> Value | None:
    other = given[0] if given else UNKNOWN
    if isinstance(value, Items) and isinstance(other, Items):
        return Items((*value.values, *other.values), value.complete and other.complete)
    if isinstance(value, Items):
        return Items(value.values, False)
    left, right = text_of(value), text_of(other)
    numbers = isinstance(value, Known) and not isinstance(value.value, str)
    if numbers or (left is None and right is None):
        return UNKNOWN
    text = f"{GAP if left is None else left}{GAP if right is None else right}"
    return Unknown(text) if GAP in text else Known(text)


def _equal(value: Value, given: Sequence[Value]) -> Value | None:
    return _as_value(same(value, given[0])) if given else None


def _unequal(value: Value, given: Sequence[Value]) -> Value | None:
    equal = same(value, given[0]) if given else None
    return UNKNOWN if equal is None else FALSE if equal else TRUE


def _as_value(decided: bool | None) -> Value:
    return UNKNOWN if decided is None else TRUE if decided else FALSE


def _is_nil(value: Value, _: Sequence[Value]) -> Value | None:
    if isinstance(value, Known):
        return _as_value(value.value is None)
    if isinstance(value, Choice):
        return choice([_is_nil(one, ()) or UNKNOWN for one in value.values])
    return FALSE if isinstance(value, (Items, Table)) else UNKNOWN


def _is_empty(value: Value, _: Sequence[Value]) -> Value | None:
    match value:
        case Known(None):
            return TRUE
        case Known(str() as text):
            return _as_value(text == "")
        case Items(values, complete):
            return FALSE if values else _as_value(True if complete else None)
        case Table(values, is_open):
            return FALSE if values else _as_value(None if is_open else True)
    return UNKNOWN


def _is_present(value: Value, _: Sequence[Value]) -> Value | None:
    empty = _is_empty(value, ())
    decided = truth(empty) if empty is not None else None
    return UNKNOWN if decided is None else FALSE if decided else TRUE


def _includes(value: Value, given: Sequence[Value]) -> Value | None:
    if not given:
        return None
    wanted = given[0]
    if isinstance(value, Items):
        results = {same(one, wanted) for one in value.values}
        return TRUE if True in results else UNKNOWN if None in results or not value.complete else FALSE
    if isinstance(value, Table):
        return _has_key(value, given)
    left, right = known_text(value), known_text(wanted)
    return UNKNOWN if left is None or right is None else _as_value(right in left)


def _has_key(value: Value, given: Sequence[Value]) -> Value | None:
    name = known_text(given[0]) if given else None
    if not isinstance(value, Table) or name is None:
        return UNKNOWN
    return TRUE if name in value.values else UNKNOWN if value.open else FALSE


def _keys(value: Value, _: Sequence[Value]) -> Value | None:
    return Items(tuple(map(Known, value.values)), not value.open) if isinstance(value, Table) else UNKNOWN


def _values(value: Value, _: Sequence[Value]) -> Value | None:
    return Items(tuple(value.values.values()), not value.open) if isinstance(value, Table) else UNKNOWN


def _first(value: Value, given: Sequence[Value]) -> Value | None:
    if not isinstance(value, Items) or given:
        return UNKNOWN
    return value.values[0] if value.values else NIL if value.complete else UNKNOWN


def _last(value: Value, given: Sequence[Value]) -> Value | None:
    if not isinstance(value, Items) or given or not value.complete:
        return UNKNOWN
    return value.values[-1] if value.values else NIL


METHODS: dict[str, Method] = {
    **TEXT_METHODS,
    **dict.fromkeys(("[]", "at"), _get),
    "fetch": _fetch,
    "dig": _dig,
    **dict.fromkeys(("merge", "reverse_merge"), _merge),
    "slice": _slice,
    **dict.fromkeys(("except", "reject_keys"), _except),
    **dict.fromkeys(("+", "concat"), _plus),
    "==": _equal,
    "eql?": _equal,
    "!=": _unequal,
    "nil?": _is_nil,
    **dict.fromkeys(("empty?", "blank?"), _is_empty),
    "present?": _is_present,
    **dict.fromkeys(("include?", "member?"), _includes),
    **dict.fromkeys(("key?", "has_key?"), _has_key),
    "keys": _keys,
    "values": _values,
    "first": _first,
    "last": _last,
}
