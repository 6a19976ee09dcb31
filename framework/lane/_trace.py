"""Tracing: calls a lane's function once, without doing its work, and keeps the graph."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from ._errors import LaneError, PlanError, Problem
from ._graph import Graph
from ._lane import Hook
from ._place import Place, shown_path

if TYPE_CHECKING:
    from types import TracebackType

    from ._lane import Lane


def trace(lane: Lane[..., Any], parameters: dict[str, Any], folder: str | None = None) -> Graph:
    """The graph of a lane for these parameters; whatever goes wrong is a problem of the graph.

    `folder` is what lines are shown relative to: the Lanefile's folder.
    """
    graph = Graph(lane.name, folder)
    if lane.refused:
        line = Place(lane.function.__code__, 0).shown(folder)
        graph.problems.append(
            Problem(
                "wrong_lane", f"{lane.name} cannot be a lane: {lane.refused}.", line=line, hint="Use def."
            )
        )
        return graph
    with graph:
        graph.path.append(lane.name)
        _guarded(graph, lane.function, (), parameters)
    graph.finish()
    return graph


def trace_hook(hook: Hook, lane: str, folder: str | None = None) -> Graph:
    """The graph of a hook for one lane; an `on_error` hook that takes a parameter gets the failure."""
    from ._output import Output

    graph = Graph(lane, folder)
    code = hook.function.__code__  # type: ignore[attr-defined]  # hooks are functions
    arguments: tuple[Any, ...] = ()
    if code.co_argcount:
        graph.failure = Output(graph, -1)
        arguments = (graph.failure,)
    with graph:
        graph.path.append(f"{hook.kind} of {lane}")
        _guarded(graph, hook.function, arguments, {})
    graph.finish()
    return graph


def inlined(
    graph: Graph, lane: Lane[..., Any], after: tuple[Any, ...], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    """Call a lane's function inside the lane that is being traced. Raises PlanError for recursion."""
    if lane.refused or lane.name in graph.path:
        why = lane.refused or f"it calls itself: {' → '.join([*graph.path, lane.name])}"
        place = Place(lane.function.__code__, 0)
        problem = Problem(
            "recursion" if lane.name in graph.path else "wrong_lane",
            f"The lane {lane.name} cannot be called here: {why}.",
            line=place.shown(graph.folder),
            hint="A plain Python loop repeats steps." if lane.name in graph.path else "Use def.",
        )
        graph.problems.append(problem)
        error = PlanError([problem])
        error.recorded = True
        raise error
    graph.path.append(lane.name)
    before = graph.ordered_after(after) if after else ()
    if after and before:
        graph.ordered_after((*before, *after))
    try:
        return lane.function(*args, **kwargs)
    finally:
        graph.path.pop()
        if after:
            graph.ordered_after(before)


def _guarded(graph: Graph, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    try:
        function(*args, **kwargs)
    except LaneError as error:
        if not error.recorded:
            line = error.where or _user_line(error.__traceback__, graph.folder)
            graph.problems.append(Problem(error.code, error.message, line=line, hint=error.hint))
    except Exception as error:
        graph.problems.append(_raised(graph, error))


def _raised(graph: Graph, error: Exception) -> Problem:
    line = _user_line(error.__traceback__, graph.folder)
    text = str(error)
    if isinstance(error, TypeError) and "Output" in text:
        what = (
            "joined"
            if "sequence item" in text
            else "turned into JSON"
            if "JSON" in text
            else "used as a plain value"
        )
        return Problem(
            "output_used",
            f"An output is not known while the lane is traced, but it was {what} ({text}).",
            line=line,
            hint='Put it into an f-string first, f"{output}", or compute with it in let(output, lambda value: …).',
        )
    return Problem(
        "lane_raised",
        f"The lane {graph.lane} raised {type(error).__name__}: {text or 'no message'}",
        line=line,
        hint="Lanes are traced before anything runs: what they do themselves happens at plan time.",
    )


def _user_line(traceback: TracebackType | None, folder: str | None) -> str | None:
    """The innermost line of the user's own code that a traceback passes through."""
    found: str | None = None
    while traceback is not None:
        file = traceback.tb_frame.f_code.co_filename
        if is_users(file, folder):
            found = f"{shown_path(file, folder)}:{traceback.tb_lineno}"
        traceback = traceback.tb_next
    return found


def is_users(file: str, folder: str | None) -> bool:
    """Whether a file is the user's: below the Lanefile's folder, and neither installed nor the interpreter's."""
    if file.startswith("<") or "site-packages" in file or file.startswith((sys.base_prefix, sys.prefix)):
        return False
    return folder is None or file.startswith(folder.rstrip("/") + "/")
