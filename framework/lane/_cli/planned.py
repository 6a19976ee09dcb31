"""What a command of another package sees of a Lanefile: each lane's steps, as CI would plan them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lane._errors import PlanError
from lane._plan.bind import OptionValues

from .session import Session

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from lane._errors import Problem
    from lane._graph.graph import Graph
    from lane._lanefile.step import Step
    from lane._lanefile.trigger import Trigger
    from lane._plan.auth import AuthMode
    from lane._plan.bind import Binding
    from lane._plan.prepare import Prepared

# A hook whose step needs a person makes a lane one that cannot run; what it needs is known all the same.
_TOLD_BY_STEPS = frozenset({"attended_hook"})
_WANTING = frozenset({"missing_parameter"})


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """One step of a lane. `module` is where its action is declared, `line` is `Lanefile.py:14`.

    `modes` are those that it may run under, `declared` those of its action before a pin. `needs` are the ids of the
    steps that it waits for, `data` those of them whose outputs it takes. `on` is the trigger that the lane or the
    action gives it, None where it follows others. `probe` are the modes under which its probe can look whether its
    work is done, None where none can. A hook's steps have `hook`.
    """

    id: str
    action: str
    module: str
    line: str
    modes: tuple[AuthMode, ...]
    declared: tuple[AuthMode, ...]
    needs: tuple[str, ...]
    data: tuple[str, ...]
    effect: str
    on: Trigger | None
    probe: tuple[AuthMode, ...] | None
    hook: str | None = None


@dataclass(frozen=True, slots=True)
class PlannedLane:
    """One lane: its steps in an order in which they can run, then those of its hooks.

    `wants` are the parameters that have no value: without them there are no steps. `environment` and `folder`
    are what `AuthMode.find` takes.
    """

    name: str
    wants: tuple[str, ...]
    steps: tuple[PlannedStep, ...]
    environment: Mapping[str, str] = field(repr=False)
    folder: Path
    sandbox: bool


def planned(
    file: str | None = None, *, lanes: Sequence[str] = (), env: str | None = None, sandbox: bool = False
) -> list[PlannedLane]:
    """Plan the public lanes of a Lanefile, or those named, as CI would: no person is here, nothing is run.

    A lane's parameters are their defaults, or `LANE_<LANE>__<PARAMETER>`. Raises UsageError for a Lanefile that
    cannot be loaded or a lane that is not there, PlanError with the problems of all lanes.
    """
    session = Session(file=file, env=env, setting="ci")
    names = list(dict.fromkeys(lanes)) or [lane.name for lane in session.project.public]
    prepared = [session.prepare(name, {}, sandbox=sandbox) for name in names]
    if problems := list(_distinct(problem for made in prepared for problem in made.problems)):
        raise PlanError(problems)
    return [_lane(made) for made in prepared]


def _distinct(found: Iterable[Problem]) -> Iterator[Problem]:
    """The problems that keep a lane from being understood, each once: lanes share lines."""
    seen: list[Problem] = []
    for problem in found:
        if problem.code not in _TOLD_BY_STEPS | _WANTING and problem not in seen:
            seen.append(problem)
            yield problem


def _lane(made: Prepared) -> PlannedLane:
    from pathlib import Path

    wants = tuple(
        name
        for name, option in made.lane.options.by_name.items()
        if option.required and name not in made.parameters
    )
    steps = _steps(made.graph, made.binding, None)
    for hook in made.hooks:
        steps += _steps(hook.graph, hook.binding, hook.kind)
    return PlannedLane(
        made.lane.name,
        wants,
        () if wants else steps,
        made.environment,
        Path(made.project.folder),
        made.sandbox,
    )


def _steps(graph: Graph, binding: Binding, hook: str | None) -> tuple[PlannedStep, ...]:
    def of(index: int) -> PlannedStep:
        step = graph.steps[index]
        return PlannedStep(
            step.id,
            step.action.name,
            step.action.__module__,
            step.place.shown(graph.folder),
            binding.modes[index],
            _declared(step, binding, binding.modes[index]),
            tuple(graph.steps[needed].id for needed in step.needs),
            tuple(graph.steps[needed].id for needed in step.data),
            step.action.effect,
            _own_trigger(step),
            _probe_modes(step, binding.modes[index]),
            hook,
        )

    return tuple(of(index) for index in graph.order)


def _declared(step: Step, binding: Binding, modes: tuple[AuthMode, ...]) -> tuple[AuthMode, ...]:
    auth = step.action.auth
    if step.settings.auth is None:
        return modes
    return tuple(auth(OptionValues(binding.options(step)))) if callable(auth) else auth


def _probe_modes(step: Step, modes: tuple[AuthMode, ...]) -> tuple[AuthMode, ...] | None:
    probe = step.action.probe
    if probe is None or step.fan is not None or step.settings.when is not None:
        return None  # see the run's Probing: what is not sure to run once is not asked about
    return modes if probe.auth is None else probe.auth


def _own_trigger(step: Step) -> Trigger | None:
    if step.settings.on is not None:
        return step.settings.on
    usual = step.action.on
    return None if usual is None or usual.cron is None else usual
