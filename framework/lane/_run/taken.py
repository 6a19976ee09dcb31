"""Which parts of earlier outputs steps take, and the files that these name."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from lane._graph import token as _token
from lane._graph.walk import outputs_in
from lane._lanefile import types as _types
from lane._lanefile.fan import Fan

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from lane._graph.graph import Graph
    from lane._graph.output import Output

Part = tuple[tuple[str, Any], ...]  # the attributes and items that lead from an output to what is taken of it


def taken(graph: Graph, steps: Collection[int]) -> dict[int, set[Part]]:
    """What these steps take of the outputs of others, by the index of the step that gives it."""
    found: dict[int, set[Part]] = {}
    seen: set[int] = set()
    left: list[Any] = []
    for index in steps:
        step = graph.steps[index]
        left += [step.options, step.settings.when, None if step.fan is None else step.fan.items]
    while left:
        for output in _outputs(graph, left.pop()):
            let = output._let
            if let is None:
                if output._step >= 0 and output._step not in steps:
                    found.setdefault(output._step, set()).add(output._path)
            elif id(let) not in seen:
                seen.add(id(let))
                source = let.source
                left += [source.items, source.body] if isinstance(source, Fan) else [source]
    return found


def _outputs(graph: Graph, value: object) -> Iterator[Output]:
    for one in outputs_in(value):
        if isinstance(one, str):
            yield from (graph.tokens[part[1]] for part in _token.split(one) if not isinstance(part, str))
        else:
            yield one


def paths_in(value: Any, parts: Iterable[Part]) -> set[PurePath]:
    """The paths in these parts of an output's value. A part that it lacks has none: its step will meet that."""
    found: set[PurePath] = set()

    def note(path: PurePath) -> PurePath:
        found.add(path)
        return path

    for part in parts:
        try:
            swapped(_at(value, part), note)
        except (AttributeError, LookupError, TypeError):
            continue
    return found


def _at(value: Any, part: Part) -> Any:
    for kind, key in part:
        value = getattr(value, key) if kind == "attribute" else value[key]
    return value


def swapped(value: Any, swap: Callable[[PurePath], PurePath]) -> Any:
    """`value` with every path in it replaced by what `swap` gives for it; nothing is validated."""
    if isinstance(value, PurePath):
        return swap(value)
    if isinstance(value, dict):
        return {swapped(key, swap): swapped(one, swap) for key, one in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        made = [swapped(one, swap) for one in value]
        return type(value)(*made) if hasattr(value, "_fields") else type(value)(made)
    fields = None if isinstance(value, type) else _types.fields_of(type(value))
    if not fields:
        return value
    import copy

    made_record = copy.copy(value)
    for name in fields:
        # It may be frozen, and may have slots.
        object.__setattr__(made_record, name, swapped(getattr(value, name), swap))
    return made_record
