"""Calls that go through a list or a hash with a block: each, map, select and their kin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lane_fastfile._ruby import nodes as n

from .arguments import NO_ARGUMENTS, Arguments
from .blocks import run_block, run_over
from .methods import method_value
from .values import UNKNOWN, Code, Items, Known, Table, Value, choice, truth

if TYPE_CHECKING:
    from .scope import Scope
    from .walker import Walker

_EACH = {
    "each",
    "each_pair",
    "each_entry",
    "reverse_each",
    "each_key",
    "each_value",
    "each_with_index",
    "each_slice",
}
_MAP = {"map", "collect", "flat_map", "collect_concat", "filter_map"}
_KEEP = {"select", "filter", "reject", "sort_by", "take_while", "drop_while", "uniq"}
_FIRST = {"find", "detect", "max_by", "min_by"}
_OTHER = {
    "each_with_object",
    "inject",
    "reduce",
    "any?",
    "all?",
    "none?",
    "times",
    "upto",
    "step",
    "group_by",
    "to_h",
}
ITERATORS = (
    _EACH | _MAP | _KEEP | _FIRST | _OTHER | {"transform_values", "cycle", "zip", "partition", "sum", "count"}
)


def iterate(walker: Walker, subject: Value, call: n.Call, scope: Scope) -> Value:
    """The value of such a call."""
    for argument in call.args:
        walker.visit(argument, scope)
    through = _subject(subject, call.name)
    if call.block is None:
        return _passed(walker, through, call, scope)
    if call.name in ("each_slice", "each_with_object", "inject", "reduce", "times", "upto", "step"):
        run_block(walker, call.block, scope)
        return subject if call.name == "each_slice" else UNKNOWN
    if call.name == "each_with_index" and isinstance(through, Items):
        through = Items(tuple(Items((one, UNKNOWN)) for one in through.values), through.complete)
    results = run_over(walker, through, call.block, scope)
    return _result(call.name, subject, through, results)


def _subject(subject: Value, name: str) -> Value:
    if isinstance(subject, Table) and name in ("each_key", "each_value"):
        return method_value(subject, "keys" if name == "each_key" else "values", []) or UNKNOWN
    return subject


def _passed(walker: Walker, subject: Value, call: n.Call, scope: Scope) -> Value:
    """`map(&:to_s)`, `each(&method(:lane))`."""
    passed = call.passed
    values = subject.values if isinstance(subject, Items) else (UNKNOWN,)
    if isinstance(passed, n.Text):
        found = [method_value(one, str(passed), []) or UNKNOWN for one in values]
        mapped = Items(tuple(found), isinstance(subject, Items) and subject.complete)
        return mapped if call.name in _MAP else subject if call.name in _EACH else UNKNOWN
    code = walker.visit(passed, scope) if passed is not None else UNKNOWN
    if isinstance(code, Code):
        from .language import run_code

        for one in values:
            run_code(walker, code, Arguments((one,)) if one != UNKNOWN else NO_ARGUMENTS, call, scope)
    return UNKNOWN


def _result(name: str, subject: Value, through: Value, results: list[tuple[Value, Value]]) -> Value:
    complete = isinstance(through, (Items,)) and through.complete
    if name in _EACH:
        return subject
    if name in _MAP:
        values = [value for _, value in results]
        if name in ("flat_map", "collect_concat"):
            values = [
                one for value in values for one in (value.values if isinstance(value, Items) else (value,))
            ]
        return Items(tuple(values), complete)
    if name in _FIRST:
        return choice([*(item for item, _ in results), Known(None)])
    if name in _KEEP:
        if name in ("sort_by", "uniq") and isinstance(subject, Items):
            return subject
        wanted = name != "reject"
        kept = [item for item, value in results if truth(value) is not (not wanted)]
        sure = all(truth(value) is not None for _, value in results)
        if isinstance(subject, Items):
            return Items(tuple(kept), complete and (sure or name in _KEEP))
    return UNKNOWN
