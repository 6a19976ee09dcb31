"""What a run leaves for jobs that wait: the outputs that their steps take, and the files that these name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from lane._redact import MASK, redactor

from .carried import NotCarriedError, carried
from .parcel import Parcel
from .pending import states_of
from .portable import HandOffError
from .states import DONE
from .taken import paths_in, taken
from .values import decode

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import PurePath

    from lane._graph.graph import Graph
    from lane._plan.plan import Job

    from .journal import StepState


class Left(NamedTuple):
    """The output of a step, or of an item of one, that waiting jobs take; `paths` are those that they use."""

    state: StepState
    annotation: Any
    value: Any
    paths: frozenset[PurePath]


def left_for(
    graph: Graph, jobs: Iterable[Job], states: dict[str, StepState], *, lost: bool = False
) -> dict[str, Left]:
    """The outputs of ended steps that jobs take, by step.

    Raises HandOffError where one is not kept; with `lost` it is left out.
    """
    steps = frozenset(index for job in jobs for index in job.steps)
    found: dict[str, Left] = {}
    for index, parts in sorted(taken(graph, steps).items()):
        step = graph.steps[index]
        for state in states_of(step.id, states):
            if state.state in DONE and (state.kept or not lost):
                found[state.step] = (
                    Left(state, int, None, frozenset())
                    if step.fan is not None and state.step == step.id  # how many items there are
                    else _left(state, step.action.options.result, parts)
                )
    return found


def _left(state: StepState, annotation: Any, parts: Iterable[Any]) -> Left:
    if not state.kept or state.output is None:
        raise _not_kept(state)
    try:
        value = decode(state.output, annotation)
    except ValueError:
        raise _not_kept(state) from None
    return Left(state, annotation, value, frozenset(paths_in(value, parts)))


def _not_kept(state: StepState) -> HandOffError:
    if MASK in (state.output or ""):
        return holds_secret(f"The output of {state.step}")
    return HandOffError(
        f"The output of {state.step} is needed by a job that waits, and cannot be written and read back.",
        hint="Let it return plain values: numbers, texts, paths, lists, dicts, lane.Model.",
    )


def holds_secret(what: str) -> HandOffError:
    """What to tell where a secret would be handed over."""
    return HandOffError(
        f"{what} holds a secret, which is not handed over.",
        hint="Let the job that needs it take it from a credential, or from an option of the type Secret.",
        code="handoff_secret",
    )


def parcel_of(left: Mapping[str, Left], folder: str) -> Parcel:
    """The files that outputs name."""
    return Parcel(Path(folder), {path: name for name, one in left.items() for path in one.paths})


def carried_output(name: str, one: Left, places: Mapping[PurePath, str]) -> tuple[Any, dict[str, str]]:
    """An output as JSON, and where in it stand which files. Raises HandOffError."""
    if redactor(one.state.output or "") != one.state.output:
        raise holds_secret(f"The output of {name}")
    if not one.paths:
        return json.loads(one.state.output or "null"), {}
    used = {path: places[path] for path in one.paths if path in places}
    try:
        return carried(one.value, one.annotation, used)
    except NotCarriedError as error:
        raise HandOffError(
            f"The output of {name} cannot be handed over: {error}.",
            hint="Let it name files by paths in fields or lists.",
        ) from None
