"""The planner: which mode each step runs under, what starts it, which job it is in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lane._errors import Problem
from lane._lanefile.trigger import problem_of

from .credentials import Choice, Found, Policy, choose
from .jobs import assign_jobs
from .plan import Plan

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lane._graph.graph import Graph
    from lane._lanefile.step import Step
    from lane._lanefile.trigger import Trigger

    from .auth import AuthMode


def plan(
    graph: Graph,
    modes: Sequence[tuple[AuthMode, ...]],
    found: Callable[[AuthMode], Found],
    *,
    setting: str = "ci",
    policy: Policy | None = None,
    satisfied: Callable[[int], bool] | None = None,
    by_machine: bool = False,
) -> Plan:
    """Plan a traced lane. Pure; linear in steps and edges.

    `modes` are each step's declared modes; `found` tells what is known of a mode's credential. `setting` is
    `ci`, or `local` where a person is here. `satisfied` tells which steps a probe has taken out. `by_machine` cuts
    a job where the machine changes that its steps need, and by that alone: what a probe takes out leaves the other
    jobs as they were, since a CI system that was set up for them has to find them.
    """
    made = Plan(graph, setting, modes)
    made.by_machine = by_machine
    policy = policy or Policy()
    _choose_modes(made, policy.known(found), policy, person=setting == "local")
    out = set() if satisfied is None else set(filter(satisfied, range(len(graph.steps))))
    _choose_triggers(made, out)
    assign_jobs(made, out)
    _list_missing(made, found)
    return made


def _choose_modes(made: Plan, found: Callable[[AuthMode], Found], policy: Policy, *, person: bool) -> None:
    known: dict[tuple[AuthMode, ...], Choice] = {}
    for step, modes in zip(made.graph.steps, made.modes, strict=True):
        choice = known.get(modes)
        if choice is None:
            allowed = policy.applied(modes)
            choice = known[modes] = choose(allowed, found, person=person)
        if modes and choice.mode is None:
            declared = ", ".join(mode.name for mode in modes)
            message = f"{step.id} can run under {declared} only, which the policy does not allow."
            _problem(made, step, "policy", message, "Allow one of them, or take the step out of the lane.")
        made.choices.append(choice)


def _choose_triggers(made: Plan, out: set[int]) -> None:
    steps, triggers = made.graph.steps, made.triggers
    triggers.extend([None] * len(steps))
    checked: dict[Trigger, str | None] = {}
    for index in made.graph.order:
        step = steps[index]
        said = step.settings.on
        deferral = _inherited(made, step, out) if said is None else _deferral(said)
        if deferral is not None and deferral not in checked:
            checked[deferral] = problem_of(deferral)
            if checked[deferral]:
                _problem(
                    made,
                    step,
                    "wrong_cron",
                    str(checked[deferral]),
                    'Five fields, such as cron("0 3 * * 1-5").',
                )
        triggers[index] = deferral


def _deferral(trigger: Trigger | None) -> Trigger | None:
    """A trigger that defers; `now` does not."""
    return None if trigger is None or trigger.cron is None else trigger


def _inherited(made: Plan, step: Step, out: set[int]) -> Trigger | None:
    """The deferral that the action declares, or that a step brings on which this one directly depends.

    A lane that has a schedule is deferred as a whole: what its actions declare does not defer them once more.
    """
    deferral = _deferral(step.action.on) if made.graph.schedule is None else None
    for needed in step.needs:
        other = made.triggers[needed]
        if other is None or other == deferral or needed in out:
            continue
        if deferral is None:
            deferral = other
            continue
        _problem(
            made, step, "two_schedules", f"Two schedules meet in {step.id}: {deferral!r} and {other!r}.",
            f"Decide with {step.action.name}.set(on=…).",
        )  # fmt: skip
        break
    return deferral


def _list_missing(made: Plan, found: Callable[[AuthMode], Found]) -> None:
    for index, choice in enumerate(made.choices):
        if choice.missing and choice.mode is not None and made.job_of[index] >= 0:
            made.miss(choice.mode, made.graph.steps[index].id, found)


def _problem(made: Plan, step: Step, code: str, message: str, hint: str | None) -> None:
    made.problems.append(Problem(code, message, line=step.place.shown(made.graph.folder), hint=hint))
