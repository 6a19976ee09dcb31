"""The type that an output will have, and whether it fits the option that it goes to."""

from __future__ import annotations

from difflib import get_close_matches
from functools import partial
from typing import TYPE_CHECKING, Any, get_args, get_origin

from lane._lanefile import types as _types
from lane._lanefile.assignable import assignable
from lane._lanefile.fan import Fan
from lane._lanefile.members import NoSuchMemberError, attribute_type, item_type, items_type, union_of

from .output import LET, Output, refuse
from .walk import outputs_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .graph import Graph
    from .output import Computed


def type_of(output: Output) -> Any:
    """The type that an output will have; Any where it is not known."""
    let = output._let
    if let is None:
        found = (
            output._graph.steps[output._step].action.options.result if output._step >= 0 else _failure_type()
        )
    elif isinstance(let.source, Fan):
        found = _type_in_fan(let, let.source)
    else:
        return Any
    for kind, key in output._path:
        found = (attribute_type if kind == "attribute" else item_type)(found, key)
    return found


def _type_in_fan(let: Computed, fan: Fan) -> Any:
    from .graph import _the_item

    if let.function is _the_item:
        return items_type(type_of(fan.items)) if isinstance(fan.items, Output) else Any
    body: Any = type_of(fan.body) if isinstance(fan.body, Output) else Any
    return list[body]


def _failure_type() -> Any:
    from lane._lanefile.failure import Failure

    return Failure


def check_member(graph: Graph, output: Output, part: tuple[str, Any]) -> None:
    """Record an attribute or item that the output's type lacks, and raise."""
    kind, key = part
    try:
        owner = type_of(output)
        (attribute_type if kind == "attribute" else item_type)(owner, key)
    except NoSuchMemberError as error:
        close = get_close_matches(str(key), error.names, 1)
        if not error.names:
            refuse(output, f"{error}", LET, f"value.{key}()" if kind == "attribute" else f"value[{key!r}]")
        hint = f"Did you mean {close[0]!r}?" if close else f"It has {', '.join(error.names[:12])}."
        refuse(output, "", hint, message=f"The output {graph.described(output)}: {error}.")


def misfits(graph: Graph, value: Any, expected: Any, label: str) -> Iterator[str]:
    """What does not fit where outputs stand in a value; what is known is checked when the step runs."""
    if isinstance(value, Output):
        given = type_of(value)
        if not assignable(given, expected):
            yield (
                f"{label} takes {_types.shown(expected)}, but {graph.described(value)} is "
                f"{_types.shown(given)}."
            )
    elif isinstance(value, str):
        if not assignable(str, expected) and not _takes_text(expected):
            yield f"{label} takes {_types.shown(expected)}, but a text made from an output is a str."
    elif isinstance(value, (list, tuple, set, frozenset)) and not hasattr(value, "_fields"):
        for index, item in enumerate(value):
            kind = _part_of(expected, partial(_item_of, index=index))
            yield from _part_misfits(graph, value, item, kind, expected, label)
    elif isinstance(value, dict):
        for key, item in value.items():
            kind = _part_of(expected, partial(item_type, key=key))
            yield from _part_misfits(graph, value, item, kind, expected, label)
    elif fields := _types.fields_of(type(value)):
        if not assignable(type(value), expected):
            yield f"{label} takes {_types.shown(expected)}, not a {type(value).__name__}."
        for name, kind in fields.items():
            inner = f"{label} {type(value).__name__}.{name}"
            yield from misfits(graph, getattr(value, name, None), kind, inner)


def _part_misfits(
    graph: Graph, whole: Any, part: Any, kinds: list[Any], expected: Any, label: str
) -> Iterator[str]:
    """What does not fit of an item; `kinds` are what the option takes there."""
    if not kinds:
        yield f"{label} takes {_types.shown(expected)}, not a {type(whole).__name__}."
    elif outputs_in(part):
        yield from misfits(graph, part, union_of(kinds), label)


def _part_of(expected: Any, kind_of: Callable[[Any], Any]) -> list[Any]:
    """The types that a part of a value may have, by each member of a union."""
    found = []
    expected = _types.plain(expected)
    if expected is object:
        return [object]
    for member in get_args(expected) if get_origin(expected) in _types.UNIONS else (expected,):
        try:
            found.append(kind_of(_types.plain(member)))
        except NoSuchMemberError:
            continue
    return found


def _item_of(expected: Any, index: int) -> Any:
    return item_type(expected, index) if get_origin(expected) is tuple else items_type(expected)


def _takes_text(expected: Any) -> bool:
    """Whether a type takes a text by validation, as Secret does."""
    members = get_args(expected) if get_origin(expected) in _types.UNIONS else (expected,)
    return any(getattr(_types.plain(one), "__name__", "") in {"Secret", "SecretStr"} for one in members)
