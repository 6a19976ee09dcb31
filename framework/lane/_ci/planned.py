"""A lane planned as CI will have it: by what the project declares, never by what this machine holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lane._errors import PlanError, Problem
from lane._plan.bind import variable
from lane._plan.credentials import Found
from lane._plan.digest import digest
from lane._plan.environment import Environment
from lane._plan.prepare import Prepared, offered, planned
from lane._secret import Secret

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from lane._graph.graph import Graph
    from lane._lanefile.lane import Lane
    from lane._lanefile.load import Project
    from lane._plan.auth import AuthMode
    from lane._plan.bind import Binding

    from .policy import CiPolicy

SOURCE = "CI"


class Given:
    """A credential that CI will have."""

    source = SOURCE
    unattended = True


class CiPlan:
    """A lane's plan in CI; `offline` are the variables that the offline Apple gives there, if it is meant."""

    def __init__(self, prepared: Prepared, policy: CiPolicy, offline: frozenset[str]) -> None:
        self.prepared = prepared
        self.policy = policy
        self.offline = offline

    @property
    def words(self) -> tuple[frozenset[str], frozenset[str]]:
        """The names of the modes and of the actions that the lane's steps and its hooks have."""
        bound = _bound(self.prepared)
        modes = frozenset(mode.name for _, one in bound for declared in one.modes for mode in declared)
        return modes, frozenset(step.action.name for graph, _ in bound for step in graph.steps)

    def secrets(self, modes: Iterable[AuthMode], actions: Iterable[str]) -> list[str]:
        """The secrets that steps under these modes, with these actions, are given."""
        named: list[str] = []
        for mode in modes:
            named.extend(self.policy.secrets.get(mode.name, _carried(mode)))
        for action in actions:
            named.extend(self.policy.secrets.get(action, ()))
        return sorted(set(named) - self.offline)

    def variables(self, modes: Iterable[AuthMode], actions: Iterable[str]) -> list[str]:
        """The variables that are no secrets, likewise."""
        owners = [*(mode.name for mode in modes), *actions]
        return sorted(
            {name for owner in owners for name in self.policy.variables.get(owner, ())} - self.offline
        )


def _carried(mode: AuthMode) -> Sequence[str]:
    """The variables by which CI is given a mode's credential: those that the mode carries it in, if it says so."""
    names: Sequence[str] = getattr(mode, "carried", mode.names)
    return names


def ci_plan(project: Project, lane: Lane[..., Any], policy: CiPolicy, store: str) -> CiPlan:
    """Plan a lane as CI will, cut by machine. Raises PlanError with all that is wrong."""
    sandbox = project.app.sandbox
    offline = offered(store) if sandbox else {}
    given = {name for name, value in offline.items() if value}
    made = Prepared(project, lane, {}, Environment([("sandbox", offline)]), sandbox)
    prepared = planned(made, parameters(lane, policy), _finder(policy, given), setting="ci", by_machine=True)
    problems = [_for_ci(one, lane) for one in prepared.problems if one.code != "missing_option"]
    problems += _not_given(prepared, policy)
    if problems:
        raise PlanError(problems)
    hooks = [(hook.kind, hook.graph, hook.binding) for hook in prepared.hooks]
    prepared.plan.digest = digest(prepared.graph, prepared.binding, hooks=hooks)
    return CiPlan(prepared, policy, frozenset(offline))


def parameters(lane: Lane[..., Any], policy: CiPolicy) -> dict[str, Any]:
    """What CI gives a lane where nobody says otherwise. A secret is not known here; any will do for the plan."""
    declared = policy.lane(lane.name).parameters
    values: dict[str, Any] = dict(declared)
    for option in lane.options.by_name.values():
        if option.secret and option.name not in values:
            from secrets import token_hex

            values[option.name] = Secret(token_hex(16))
    return values


def _finder(policy: CiPolicy, given: set[str]) -> Callable[[AuthMode], Found]:
    """Finds the credentials that CI is declared to have, and those that the offline Apple gives to all."""

    def find(mode: AuthMode) -> Found:
        there = mode.name in policy.modes or (not mode.attended and bool(given.intersection(mode.names)))
        return Found(Given() if there else None)

    return find


def _for_ci(problem: Problem, lane: Lane[..., Any]) -> Problem:
    """A problem with a parameter, as it is mended where nobody types a command."""
    place = f"[tool.lane.ci.lanes.{lane.name}.parameters]"
    message, hint = problem.message, problem.hint
    if problem.code == "missing_parameter":
        hint = f"Give it a default, or declare it under {place}."
    elif problem.code == "wrong_type" and message.startswith("The parameter "):
        message, hint = message.replace("the command line", place), f"Mend it under {place}."
    elif problem.code == "unknown_parameter":
        hint = f"{hint} It stands under {place}."
    return Problem(problem.code, message, line=problem.line, hint=hint)


def _not_given(prepared: Prepared, policy: CiPolicy) -> Iterable[Problem]:
    """The options that have no value yet, and that the policy names no variable for."""
    named = {name for names in (*policy.secrets.values(), *policy.variables.values()) for name in names}
    for graph, binding in _bound(prepared):
        yield from _options_not_given(graph, binding, named)


def _bound(prepared: Prepared) -> list[tuple[Graph, Binding]]:
    return [(prepared.graph, prepared.binding), *((hook.graph, hook.binding) for hook in prepared.hooks)]


def _options_not_given(graph: Graph, binding: Binding, named: set[str]) -> Iterable[Problem]:
    for step in graph.steps:
        action = step.action
        for name in sorted(binding.defaults(action).missing - step.options.keys()):
            needed = variable(action.name, name)
            if needed not in named:
                yield Problem(
                    "missing_option",
                    f"{step.id} needs the option {name!r}, which neither the lane nor CI gives.",
                    line=step.place.shown(graph.folder),
                    hint=f'Write it in the lane, or declare variables.{action.name} = ["{needed}"].',
                )
