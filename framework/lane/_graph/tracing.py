"""Which graph a thread is tracing; light, since every action that is called asks."""

from __future__ import annotations

from _thread import _local

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

    from .graph import Graph


class _Current(_local):
    graph: Graph | None = None


current = _Current()
open_graphs: list[Graph] = []  # every graph that is being traced, in whatever thread


def tracing(what: object) -> Graph:
    """The graph that this thread is tracing. Raises OutputError, which says what was used, for none."""
    graph = current.graph
    if graph is None:
        _refuse(what)
    return graph


def _refuse(what: object) -> NoReturn:
    from lane._errors import Problem
    from lane._lanefile.place import here

    from .output import OutputError

    place = here(3)
    if open_graphs:
        message = f"{what} was used in another thread than the one that traces the lane."
        hint = "Lanes are traced in one thread; the steps run side by side anyway."
    else:
        message = f"{what} was used outside a lane."
        hint = "Call it inside a function decorated with @lane; a test takes call(), trace() or run() of lane.testing."
    for graph in tuple(open_graphs):
        graph.note(Problem("outside_lane", message, line=place.shown(graph.folder), hint=hint))
    raise OutputError(message, hint=hint, where=place.shown(), code="outside_lane")
