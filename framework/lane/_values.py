"""Values at run time: outputs replaced by what steps gave, and outputs written to and read from the journal."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import _token, _types
from ._fan import Fan
from ._output import Output

if TYPE_CHECKING:
    from collections.abc import Callable

    from ._graph import Graph

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
            return {self.value(key, item): self.value(one, item) for key, one in value.items()}
        if not isinstance(value, type) and _types.fields_of(type(value)):
            return self._record(value, item)
        return value

    def items(self, fan: Fan) -> list[Any]:
        """What an `each` fans out over."""
        return list(self.value(fan.items))

    def _text(self, text: str, item: Item | None) -> str:
        parts: list[str] = []
        for part in _token.split(text):
            parts.append(part if isinstance(part, str) else str(self._output(self.graph.tokens[part[1]], item)))
        return "".join(parts)

    def _collection(self, value: Any, item: Item | None) -> Any:
        resolved = [self.value(one, item) for one in value]
        if hasattr(value, "_fields"):
            return type(value)(*resolved)
        return type(value)(resolved)

    def _record(self, value: Any, item: Item | None) -> Any:
        before = vars(value)
        after = {name: self.value(one, item) for name, one in before.items()}
        if all(after[name] is one for name, one in before.items()):
            return value
        if hasattr(type(value), "model_validate"):
            return type(value).model_validate(after)
        made = copy.copy(value)
        vars(made).update(after)
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
        from ._graph import _the_item

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


class _Absent:
    """Stands in a fanned step's list for an item that was skipped or failed."""


ABSENT = _Absent()


def encode(value: Any, annotation: Any) -> tuple[str, bool]:
    """An output as JSON for the journal, and whether it can be read back: a secret in it cannot."""
    if type(value) is int or value is None or value is True or value is False:
        return ("null" if value is None else "true" if value is True else "false" if value is False else str(value)), True
    import json

    from ._redact import redactor

    if type(value) in (str, float):
        text = json.dumps(value)
    else:
        text = _dumped(value, annotation)
    redacted = redactor(text)
    return redacted, redacted == text and not _has_secret(value)


def _dumped(value: Any, annotation: Any) -> str:
    from pydantic import PydanticUserError

    from ._types import adapter

    try:
        return adapter(annotation if _specific(annotation) else type(value)).dump_json(value, warnings=False).decode()
    except (PydanticUserError, ValueError, TypeError):
        import json

        return json.dumps(value, default=str)


def _specific(annotation: Any) -> bool:
    return annotation is not Any and annotation is not object


def _has_secret(value: Any) -> bool:
    if type(value).__name__ in {"Secret", "SecretStr", "SecretBytes"}:
        return True
    if isinstance(value, dict):
        return any(map(_has_secret, value.values()))
    if isinstance(value, (list, tuple, set)):
        return any(map(_has_secret, value))
    return any(map(_has_secret, vars(value).values())) if _types.fields_of(type(value)) and hasattr(value, "__dict__") else False


def decode(text: str, annotation: Any) -> Any:
    """An output read back from the journal, typed. Raises ValueError where the type has changed since."""
    if _specific(annotation) and annotation not in (int, str, bool, float, type(None)):
        from ._types import adapter

        return adapter(annotation).validate_json(text)
    import json

    return json.loads(text)
