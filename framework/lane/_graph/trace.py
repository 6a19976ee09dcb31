"""Tracing: calls a lane's function once, without doing its work, and keeps the graph."""

from __future__ import annotations

import sys
from contextlib import redirect_stdout
from typing import TYPE_CHECKING, Any, NoReturn

from lane._errors import LaneError, PlanError, Problem
from lane._lanefile.misspelt import meant
from lane._lanefile.place import Place, here, is_users, shown_path

from .graph import Graph

if TYPE_CHECKING:
    from types import TracebackType

    from lane._lanefile.lane import Hook, Lane


def trace(lane: Lane[..., Any], parameters: dict[str, Any], folder: str | None = None) -> Graph:
    """The graph of a lane for these parameters; whatever goes wrong is a problem of the graph.

    `folder` is what lines are shown relative to: the Lanefile's folder.
    """
    graph = Graph(lane.name, folder)
    graph.schedule = lane.schedule
    if lane.refused:
        graph.note(_refused(graph, lane))
        return graph
    with graph, graph.inside(lane, lane.name):
        _guarded(graph, lane.function, (), parameters)
    graph.finish()
    return graph


def trace_hook(hook: Hook, lane: str, folder: str | None = None) -> Graph:
    """The graph of a hook for one lane; an `on_error` hook that takes a parameter gets the failure."""
    from .output import Output

    graph = Graph(lane, folder)
    arguments: tuple[Any, ...] = ()
    if hook.takes_failure:
        graph.failure = Output(graph, -1)
        arguments = (graph.failure,)
    with graph, graph.inside(hook, f"{hook.kind} of {lane}"):
        _guarded(graph, hook.function, arguments, {})
    graph.finish()
    return graph


def inlined(
    graph: Graph, lane: Lane[..., Any], after: tuple[Any, ...], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    """Call a lane's function inside the lane that is being traced. Raises PlanError for recursion."""
    if lane.refused:
        _raise(graph, _refused(graph, lane))
    place = here(3, graph.folder)
    if graph.is_inside(lane):
        message = f"The lane {lane.name} calls itself: {' → '.join([*graph.path, lane.name])}."
        hint = "A lane is traced once; a plain Python loop repeats steps."
        _raise(graph, Problem("recursion", message, line=place.shown(graph.folder), hint=hint))
    with graph.inside(lane, lane.name, after, place):
        return lane.function(*args, **kwargs)


def _refused(graph: Graph, lane: Lane[..., Any]) -> Problem:
    line = Place(lane.function.__code__, 0).shown(graph.folder)
    message = f"{lane.name} cannot be a lane: {lane.refused}."
    return Problem("wrong_lane", message, line=line, hint="Write def, without yield or await.")


def _raise(graph: Graph, problem: Problem) -> NoReturn:
    graph.note(problem)
    error = PlanError([problem])
    error.recorded = True
    raise error


def _guarded(graph: Graph, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    try:
        with redirect_stdout(sys.stderr):  # what the user prints is no data of ours
            function(*args, **kwargs)
    except LaneError as error:
        if not error.recorded:
            line = error.where or _user_line(error.__traceback__, graph.folder)
            graph.note(Problem(error.code, error.message, line=line, hint=error.hint))
    except (Exception, SystemExit) as error:  # noqa: BLE001 - the lane is the user's program
        graph.note(_raised(graph, error))


# What Python says of an output that it cannot use, by what its message has in it: what was done, and what to
# write.
_MISUSES = {
    "sequence item": ("joined", 'Write ", ".join(f"{output}" for output in outputs).'),
    "JSON": ("turned into JSON", 'Write let(output, json.dumps), or put f"{output}" where a text will do.'),
    "'in <string>'": ("looked for with `in`", "Write let(output, lambda value: value in text)."),
    "": ("used as a plain value", 'Write f"{output}", or let(output, lambda value: …).'),
}


def _raised(graph: Graph, error: BaseException) -> Problem:
    line = _user_line(error.__traceback__, graph.folder)
    if model := _model_with_outputs(error):
        graph.forget("output_used", line)  # what pydantic tried on the output
        return Problem(
            "output_used",
            f"An output was put into {model}, which wants its value at once.",
            line=line,
            hint=f"Derive {model} from lane.Model: its fields may hold outputs.",
        )
    text = str(error)
    if isinstance(error, TypeError) and "Output" in text:
        what, hint = next(found for sign, found in _MISUSES.items() if sign in text)
        message = f"An output is not known while the lane is traced, but it was {what} ({text})."
        return Problem("output_used", message, line=line, hint=hint)
    hint = "Lanes are traced before anything runs: what they do themselves happens at plan time."
    message = f"The lane {graph.lane} raised {type(error).__name__}: {text or 'no message'}"
    return Problem("lane_raised", message, line=line, hint=meant(error) or hint)


def _model_with_outputs(error: BaseException) -> str | None:
    """The name of the pydantic model that refused an output, if that is what an error says."""
    from .output import Output

    faults: Any = getattr(error, "errors", None)
    if type(error).__name__ != "ValidationError" or not callable(faults):
        return None
    found: Any = faults(include_url=False, include_context=False)
    if not any(isinstance(fault["input"], Output) for fault in found):
        return None
    return str(getattr(error, "title", "a model"))


def _user_line(traceback: TracebackType | None, folder: str | None) -> str | None:
    """The innermost line of the user's own code that a traceback passes through."""
    found: str | None = None
    while traceback is not None:
        file = traceback.tb_frame.f_code.co_filename
        if is_users(file, folder):
            found = f"{shown_path(file, folder)}:{traceback.tb_lineno}"
        traceback = traceback.tb_next
    return found
