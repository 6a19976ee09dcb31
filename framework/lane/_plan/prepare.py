"""From a Lanefile to a plan: the stages that come before anything runs, in their order."""

from __future__ import annotations

import os
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from lane._errors import LaneError, Problem
from lane._graph.trace import trace, trace_hook
from lane._lanefile.options import MISSING
from lane._lanefile.text import Words, from_text, from_words
from lane._lanefile.trigger import problem_of

from .bind import Binding, variable
from .credentials import Finder, Policy, choose
from .environment import Environment, environment
from .planner import plan

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from os import PathLike

    from lane._graph.graph import Graph
    from lane._lanefile.lane import Hook, Lane
    from lane._lanefile.load import Project
    from lane._lanefile.options import Option

    from .auth import AuthMode
    from .credentials import Choice, Found
    from .plan import Plan

_GIVEN = "the command line"
_NOTHING: Mapping[str, str] = MappingProxyType({})

# Which Apple is meant is not the engine's affair: this module says what an offline one gives, and starts it.
SANDBOX = "lane_apple._rehearsal"


class PlannedHook:
    """A hook's graph, bound, with the mode of each of its steps."""

    __slots__ = ("binding", "choices", "graph", "kind")

    def __init__(self, kind: str, graph: Graph, binding: Binding, choices: list[Choice]) -> None:
        self.kind = kind
        self.graph = graph
        self.binding = binding
        self.choices = choices


class Prepared:
    """A lane that was traced, bound and planned. Where `problems` is not empty, nothing of it can be run."""

    def __init__(
        self,
        project: Project,
        lane: Lane[..., Any],
        parameters: dict[str, Any],
        surroundings: Environment,
        sandbox: bool,
    ) -> None:
        self.project = project
        self.lane = lane
        self.parameters = parameters
        self.environment = surroundings
        self.sandbox = sandbox
        self.problems: list[Problem] = []
        self.graph: Graph
        self.binding: Binding
        self.plan: Plan
        self.hooks: list[PlannedHook] = []
        self.find: Callable[[AuthMode], Found]


def prepare(
    project: Project,
    lane: Lane[..., Any],
    given: Mapping[str, Any],
    *,
    setting: str,
    policy: Policy | None = None,
    env: str | None = None,
    sandbox: bool = False,
    by_machine: bool = False,
    store: str,
) -> Prepared:
    """Trace, bind and plan a lane. `given` are its parameters: texts of the command line, or values.

    Whatever is wrong with the lane is in `problems` of the result, all at once.
    """
    surroundings = environment(project.folder, env)
    sandbox = sandbox or project.app.sandbox
    if sandbox:
        surroundings = surroundings.overlaid("sandbox", offered(store, surroundings))
    made = Prepared(project, lane, {}, surroundings, sandbox)
    find = Finder(surroundings, project.folder)
    return planned(made, given, find, setting=setting, policy=policy, by_machine=by_machine)


def planned(
    made: Prepared,
    given: Mapping[str, Any],
    find: Callable[[AuthMode], Found],
    *,
    setting: str,
    policy: Policy | None = None,
    by_machine: bool = False,
) -> Prepared:
    """Do what `prepare` does, with the environment that `made` has and the credentials that `find` knows of."""
    project, lane = made.project, made.lane
    made.parameters = _parameters(made, given)
    made.graph = (
        trace(lane, made.parameters, project.folder) if not made.problems else _empty(lane, project.folder)
    )
    made.binding = Binding(made.graph, made.environment, project.app.values)
    made.find = find
    made.plan = plan(
        made.graph, made.binding.modes, made.find, setting=setting, policy=policy, by_machine=by_machine
    )
    _plan_hooks(made, policy or Policy())
    made.problems.extend(schedule_problems(lane, project.folder))
    made.problems.extend([*made.graph.problems, *made.binding.problems, *made.plan.problems])
    if not made.problems:
        from .digest import digest

        made.plan.digest = digest(
            made.graph, made.binding, hooks=[(hook.kind, hook.graph, hook.binding) for hook in made.hooks]
        )
    return made


def schedule_problems(lane: Lane[..., Any], folder: str) -> list[Problem]:
    """What is wrong with a lane's schedule: its cron fields or its timezone."""
    wrong = None if lane.schedule is None else problem_of(lane.schedule)
    if wrong is None:
        return []
    line = lane.place.shown(folder)
    text = f"The schedule of {lane.name}: {wrong}"
    hint = 'Five fields and an IANA name: @lane(schedule="0 3 * * 1-5", timezone="Europe/Vienna").'
    return [Problem("wrong_cron", text, line=line, hint=hint)]


def offered(store: str, surroundings: Mapping[str, str] = _NOTHING) -> dict[str, str]:
    """The variables that the offline Apple gives, without starting it; `surroundings` may name who is meant there."""
    from importlib import import_module

    names: dict[str, str] = import_module(SANDBOX).offered(Path(store), surroundings)
    return names


def started(
    store: str, surroundings: Mapping[str, str] = _NOTHING, faults: PathLike[str] | None = None
) -> Any:
    """A context manager that runs the offline Apple and gives the same variables; `faults` says what goes wrong."""
    from importlib import import_module

    return import_module(SANDBOX).started(Path(store), surroundings, faults)


def _empty(lane: Lane[..., Any], folder: str) -> Graph:
    from lane._graph.graph import Graph

    graph = Graph(lane.name, folder)
    graph.finish()
    return graph


def _parameters(made: Prepared, given: Mapping[str, Any]) -> dict[str, Any]:
    """A lane's parameters: what was given, else `LANE_<LANE>__<PARAMETER>`, else the default."""
    lane, values = made.lane, {}
    try:
        options = lane.options.by_name
    except LaneError as error:
        made.problems.append(Problem(error.code, error.message, line=error.where, hint=error.hint))
        return {}
    for name in given.keys() - options.keys():
        made.problems.append(_unknown_parameter(lane, name, list(options)))
    for option in options.values():
        value, origin = given.get(option.name, MISSING), _GIVEN
        if value is MISSING:
            found = made.environment.lookup(variable(lane.name, option.name))
            value, origin = (
                (found[0], variable(lane.name, option.name)) if found else (option.default, "default")
            )
        if value is MISSING:
            hint = f"Give it: lane run {lane.name} --{option.name.replace('_', '-')} VALUE."
            made.problems.append(Problem("missing_parameter", f"{lane.name} needs {option.name}.", hint=hint))
            continue
        try:
            values[option.name] = _parameter(value, option, origin, made.project.folder)
        except ValueError as error:
            shown = "" if option.secret else f" {_written(value)!r}"
            text = f"The parameter {option.name} of {lane.name} got{shown} from {origin}: {error}."
            made.problems.append(Problem("wrong_type", text, hint=f"See lane run {lane.name} --help."))
    return values


def _written(value: Any) -> Any:
    return value[0] if isinstance(value, Words) and len(value) == 1 else value


def _parameter(value: Any, option: Option, origin: str, folder: str) -> Any:
    if origin == "default":
        return value
    if isinstance(value, Words):
        return _relative_to(folder, from_words(value, option.type))
    return from_text(value, option.type) if origin != _GIVEN else option.check(value)


def _relative_to(folder: str, value: Any) -> Any:
    """A value in which paths that were written in a shell, in its folder, mean the same from the Lanefile's."""
    if isinstance(value, Path):
        here = os.path.realpath(os.getcwd())  # noqa: PTH109 - cwd() of pathlib is not realpath
        if value.is_absolute() or here == os.path.realpath(folder):
            return value
        whole = os.path.join(here, value)  # noqa: PTH118
        relative = os.path.relpath(whole, os.path.realpath(folder))
        return Path(whole if relative.startswith("..") else relative)
    if type(value) in (list, tuple, set, frozenset):
        return type(value)(_relative_to(folder, one) for one in value)
    return value


def _unknown_parameter(lane: Lane[..., Any], name: str, names: list[str]) -> Problem:
    from difflib import get_close_matches

    close = get_close_matches(name, names, 1)
    hint = f"Did you mean {close[0]!r}?" if close else f"Its parameters: {', '.join(names) or 'none'}."
    return Problem("unknown_parameter", f"{lane.name} has no parameter {name!r}.", hint=hint)


def _plan_hooks(made: Prepared, policy: Policy) -> None:
    """Trace and bind the hooks of a lane. Hooks run with every job, so none of them may need a person."""
    for hook in made.project.hooks:
        if not hook.applies_to(made.lane.name):
            continue
        made.hooks.append(planned_hook(made, hook, policy))


def planned_hook(made: Prepared, hook: Hook, policy: Policy) -> PlannedHook:
    """One hook of a lane; its problems go to the lane's."""
    graph = trace_hook(hook, made.lane.name, made.project.folder)
    binding = Binding(graph, made.environment, made.project.app.values)
    made.problems.extend([*graph.problems, *binding.problems])
    choices = [choose(policy.applied(modes), made.find, person=False) for modes in binding.modes]
    for step, choice in zip(graph.steps, choices, strict=True):
        mode = choice.mode
        if mode is not None and choice.attended:
            text = f"{step.id} in {hook.kind} runs with every job, but {mode.name} needs a person."
            line = step.place.shown(made.project.folder)
            made.problems.append(
                Problem("attended_hook", text, line=line, hint="Give its credential, or take it out.")
            )
        elif mode is not None and choice.missing:
            made.plan.miss(mode, f"{hook.kind}/{step.id}", made.find)
    return PlannedHook(hook.kind, graph, binding, choices)
