"""Each effective option of a step, shown with its origin; secrets are masked, outputs named."""

from __future__ import annotations

import enum
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, NamedTuple

from lane._graph import token as _token
from lane._graph.output import Output
from lane._lanefile import types as _types
from lane._lanefile.options import holds_secret
from lane._redact import MASK, redactor

if TYPE_CHECKING:
    from lane._graph.graph import Graph
    from lane._lanefile.step import Step

    from .bind import Binding


class Effective(NamedTuple):
    """An option's value as JSON has it, with outputs in it as `{build.number}`, and where it came from."""

    option: str
    value: Any
    origin: str

    def as_dict(self) -> dict[str, Any]:
        """A row of `values` in the plan's JSON."""
        return {"option": self.option, "value": self.value, "origin": self.origin}


def effective(binding: Binding, step: Step) -> list[Effective]:
    """The effective options of a step, in the order of the action's signature."""
    options, graph = binding.options(step), binding.graph
    return [
        Effective(name, _shown(options[name], graph, option.secret), binding.origin(step, name))
        for name, option in step.action.options.by_name.items()
        if name in options
    ]


def _shown(value: Any, graph: Graph, secret: bool) -> Any:
    if isinstance(value, Output):
        return f"{{{graph.described(value)}}}"
    if (secret and value is not None) or holds_secret(type(value)):
        return MASK
    if isinstance(value, str):
        return redactor(_with_names(value, graph))
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, enum.Enum):
        return _shown(value.value, graph, secret)
    if isinstance(value, PurePath):
        return _shown(str(value), graph, secret)
    return _shown_parts(value, graph)


def _shown_parts(value: Any, graph: Graph) -> Any:
    if isinstance(value, dict):
        return {str(_shown(key, graph, False)): _shown(one, graph, False) for key, one in value.items()}
    if fields := _types.fields_of(type(value)):
        return {
            name: _shown(getattr(value, name, None), graph, holds_secret(kind))
            for name, kind in fields.items()
        }
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_shown(one, graph, False) for one in value]
    return redactor(str(value))


def _with_names(text: str, graph: Graph) -> str:
    """A text with `{build.number}` for each token."""
    if not _token.holds_token(text):
        return text
    return "".join(
        part if isinstance(part, str) else f"{{{graph.described(graph.tokens[part[1]])}}}"
        for part in _token.split(text)
    )
