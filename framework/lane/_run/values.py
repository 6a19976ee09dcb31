"""Values at run time: outputs replaced by what steps gave, and outputs written to and read from the journal."""

from __future__ import annotations

import operator
from json import dumps, loads
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args, get_origin

from lane._graph import token as _token
from lane._graph.output import Output
from lane._lanefile import types as _types
from lane._lanefile.fan import Fan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from lane._graph.graph import Graph

_PLAIN = frozenset({str, int, float, bool, type(None), bytes})


class NoValueError(Exception):
    """An output has no value: its step failed or was skipped."""


class Item:
    """One item of an `each` while its steps run: which fan, which position, and the item itself."""

    __slots__ = ("fan", "position", "value")

    def __init__(self, fan: Fan, position: int, value: Any) -> None:
        self.fan = fan
        self.position = position
        self.value = value


class Resolver:
    """Replaces outputs by values. `result(step)` gives a step's output, or raises NoValueError."""

    def __init__(self, graph: Graph, result: Callable[[int], Any], failure: Any = None) -> None:
        self.graph = graph
        self._result = result
        self._failure = failure

    def value(self, value: Any, item: Item | None = None) -> Any:
        """`value` with every output in it replaced; what holds none is returned as it is."""
        if type(value) in _PLAIN:
            return self._text(value, item) if type(value) is str and _token.holds_token(value) else value
        if isinstance(value, Output):
            return self._output(value, item)
        if isinstance(value, str):
            return value
        if isinstance(value, Path):
            text = str(value)
            return type(value)(self._text(text, item)) if _token.holds_token(text) else value
        if isinstance(value, (list, tuple, set, frozenset)):
            return self._collection(value, item)
        if isinstance(value, dict):
            made = {self.value(key, item): self.value(one, item) for key, one in value.items()}
            return value if _same(made, value) and _same(made.values(), value.values()) else made
        if not isinstance(value, type) and _types.fields_of(type(value)):
            return self._record(value, item)
        return value

    def items(self, fan: Fan) -> list[Any]:
        """What an `each` fans out over."""
        return list(self.value(fan.items))

    def _text(self, text: str, item: Item | None) -> str:
        return "".join(
            part if isinstance(part, str) else str(self._output(self.graph.tokens[part[1]], item))
            for part in _token.split(text)
        )

    def _collection(self, value: Any, item: Item | None) -> Any:
        resolved = [self.value(one, item) for one in value]
        if _same(resolved, value):
            return value
        if hasattr(value, "_fields"):
            return type(value)(*resolved)
        return type(value)(resolved)

    def _record(self, value: Any, item: Item | None) -> Any:
        before = {name: getattr(value, name) for name in _types.fields_of(type(value)) or ()}
        after = {name: self.value(one, item) for name, one in before.items()}
        if all(after[name] is one for name, one in before.items()):
            return value
        if hasattr(type(value), "model_validate"):
            return type(value).model_validate(_by_alias(type(value), after))
        import copy

        made = copy.copy(value)
        for name, one in after.items():
            object.__setattr__(made, name, one)  # it may be frozen, and may have slots
        return made

    def _output(self, output: Output, item: Item | None) -> Any:
        let = output._let
        if let is not None:
            value = self._computed(let.source, let.function, item)
        elif output._step < 0:
            value = self._failure
        else:
            value = self._result(output._step)
            fan = self.graph.steps[output._step].fan
            if fan is not None and item is not None and item.fan is fan:
                value = value[item.position]
                if isinstance(value, _Absent):
                    raise NoValueError(self.graph.steps[output._step].id)
        for kind, key in output._path:
            value = getattr(value, key) if kind == "attribute" else value[key]
        return value

    def _computed(self, source: Any, function: Callable[[Any], Any], item: Item | None) -> Any:
        if not isinstance(source, Fan):
            return function(self.value(source, item))
        from lane._graph.graph import _the_item

        if function is _the_item:
            assert item is not None
            return item.value
        results: list[Any] = []
        for position, one in enumerate(self.items(source)):
            try:
                results.append(self.value(source.body, Item(source, position, one)))
            except NoValueError:
                continue
        return results


def _same(made: Iterable[Any], before: Iterable[Any]) -> bool:
    return all(map(operator.is_, made, before))


def _by_alias(model: Any, values: dict[str, Any]) -> dict[str, Any]:
    """The fields of a model as its constructor takes them."""
    fields = model.model_fields
    return {
        alias if isinstance(alias := fields[name].validation_alias, str) else name: one
        for name, one in values.items()
    }


class _Absent:
    """Stands in a fanned step's list for an item that was skipped or failed."""


ABSENT = _Absent()


def encode(value: Any, annotation: Any) -> tuple[str, bool]:
    """An output as JSON for the journal, and whether it can be read back as it was.

    A secret is not kept, and neither is what JSON and the annotation cannot tell.
    """
    if value is None or value is True or value is False:
        return "null" if value is None else "true" if value else "false", True
    from lane._redact import redactor

    kind = type(value)
    if kind is int or kind is str:
        text = str(value) if kind is int else dumps(value)
        redacted = redactor(text)
        whole = _keeps_plain(annotation, kind) or _reads_back(value, text, annotation)
        return redacted, redacted == text and whole
    text = dumped(value, annotation)
    redacted = redactor(text)
    return redacted, redacted == text and _reads_back(value, text, annotation)


def _keeps_plain(annotation: Any, kind: type) -> bool:
    """Whether JSON's own value of this type is what the annotation reads back."""
    if annotation is kind or not _specific(annotation):
        return True
    return get_origin(annotation) in _types.UNIONS and all(one in _PLAIN for one in get_args(annotation))


def dumped(value: Any, annotation: Any) -> str:
    """An output as JSON, by its annotation."""
    from pydantic import PydanticUserError

    from lane._lanefile.types import adapter

    try:
        kind = annotation if _specific(annotation) else type(value)
        return adapter(kind).dump_json(value, warnings=False).decode()
    except (PydanticUserError, ValueError, TypeError, AttributeError):
        return dumps(value, default=_unknown)


def _unknown(value: Any) -> str:
    return f"a {type(value).__name__}"


def _reads_back(value: Any, text: str, annotation: Any) -> bool:
    from pydantic import PydanticUserError

    try:
        found = decode(text, annotation)
        return type(found) is type(value) and bool(found == value)
    except (PydanticUserError, ValueError, TypeError):
        return False


def _specific(annotation: Any) -> bool:
    return annotation is not Any and annotation is not object


def decode(text: str, annotation: Any) -> Any:
    """An output read back from the journal, typed. Raises ValueError where the type has changed since."""
    if _specific(annotation) and annotation not in (int, str, bool, float, type(None)):
        from lane._lanefile.types import adapter

        return adapter(annotation).validate_json(text)
    return loads(text)
