"""Traces a function as a lane and tells what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lane._graph.trace import trace
from lane._lanefile.lane import Lane
from lane._plan.bind import Binding
from lane._plan.environment import Environment

if TYPE_CHECKING:
    from collections.abc import Callable

    from lane._graph.graph import Graph


def traced(function: Callable[..., Any], **parameters: Any) -> Graph:
    """The graph of a function, which must have no problems."""
    graph = trace(Lane(function), parameters)
    assert [str(problem) for problem in graph.problems] == []
    return graph


def codes(function: Callable[..., Any]) -> list[str]:
    """The codes of the problems of a function that is no good lane."""
    return [problem.code for problem in trace(Lane(function), {}).problems]


def bound(graph: Graph, environment: dict[str, str] | None = None, **app: Any) -> Binding:
    """A graph's options, with these variables and `app(...)` values."""
    return Binding(graph, Environment([("environment", environment or {})]), app)
