"""A traced lane to look at in a test: its steps as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from lane._errors import PlanError
from lane._graph import token as _token
from lane._graph.output import Output
from lane._lanefile import types as _types

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lane._graph.graph import Graph
    from lane._lanefile.lane import Lane
    from lane._lanefile.step import Step

_SAID = ("on", "retries", "timeout", "no_output_timeout", "allow_failure", "always", "auth")


@dataclass(frozen=True, slots=True)
class TracedStep:
    """A step as the lane called it.

    `options` are those that the call gave; an output in them reads as in an f-string: `{upload.number}`.
    `needs` are the ids of the steps that it waits for, `settings` what `.set(...)` said, without `after`,
    `line` is `Lanefile.py:14`.
    """

    id: str
    action: str
    options: dict[str, Any]
    needs: list[str]
    settings: dict[str, Any]
    line: str


class Traced:
    """The steps of a lane, in the order of their calls: `graph["upload"].needs`, `graph.ids`."""

    def __init__(self, steps: list[TracedStep]) -> None:
        self._steps = {step.id: step for step in steps}

    @property
    def ids(self) -> list[str]:
        """The ids of all steps."""
        return list(self._steps)

    def __getitem__(self, step_id: str) -> TracedStep:
        try:
            return self._steps[step_id]
        except KeyError:
            raise KeyError(f"{step_id!r} is no step; the steps are {', '.join(self._steps)}") from None

    def __contains__(self, step_id: object) -> bool:
        return step_id in self._steps

    def __iter__(self) -> Iterator[TracedStep]:
        return iter(self._steps.values())

    def __len__(self) -> int:
        return len(self._steps)

    def __repr__(self) -> str:
        return f"<traced {', '.join(self._steps)}>"


def trace(lane: Lane[..., Any], /, **parameters: object) -> Traced:
    """Trace a lane for these parameters, without running anything.

    Raises PlanError with all problems of the lane: `error.problems` has their codes and lines.
    """
    from lane._errors import Problem
    from lane._graph.trace import trace as traced

    given: dict[str, Any] = dict(parameters)
    problems: list[Problem] = []
    for name, option in lane.options.by_name.items():
        if name in given:
            try:
                given[name] = option.check(given[name])
            except ValueError as error:
                message = f"The parameter {name} of {lane.name} got {given[name]!r}: {error}."
                problems.append(Problem("wrong_type", message))
    if problems:
        raise PlanError(problems)
    graph = traced(lane, given)
    if graph.problems:
        raise PlanError(graph.problems)
    return Traced([_step(graph, step) for step in graph.steps])


def _step(graph: Graph, step: Step) -> TracedStep:
    settings = {name: value for name in _SAID if (value := getattr(step.settings, name)) not in (None, False)}
    if step.settings.when is not None:
        settings["when"] = _shown(graph, step.settings.when)
    options = {name: _shown(graph, value) for name, value in step.options.items()}
    needs = [graph.steps[index].id for index in step.needs]
    return TracedStep(step.id, step.action.name, options, needs, settings, step.place.shown(graph.folder))


def _shown(graph: Graph, value: Any) -> Any:
    """A value with every output in it as an f-string would have it."""
    if isinstance(value, Output):
        return f"{{{graph.described(value)}}}"
    if isinstance(value, str):
        return _text(graph, value)
    if isinstance(value, PurePath):
        return type(value)(_text(graph, str(value)))
    if isinstance(value, dict):
        return {_shown(graph, key): _shown(graph, one) for key, one in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)) and not hasattr(value, "_fields"):
        return type(value)(_shown(graph, one) for one in value)
    from lane._graph.walk import outputs_in

    if not outputs_in(value):
        return value
    return {name: _shown(graph, getattr(value, name)) for name in _types.fields_of(type(value)) or ()}


def _text(graph: Graph, text: str) -> str:
    if not _token.holds_token(text):
        return text
    parts = _token.split(text)
    return "".join(
        part if isinstance(part, str) else f"{{{graph.described(graph.tokens[part[1]])}}}" for part in parts
    )
