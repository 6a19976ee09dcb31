"""The verdict of a plan in words, and what would change it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .auth import instead
from .why import why_attended

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .plan import Plan


def verdict(plan: Plan) -> tuple[str, list[str]]:
    """Whether CI can run a plan by itself, in a sentence; and what would help, the nearest first."""
    attended = [index for index in range(len(plan.choices)) if why_attended(plan, index)]
    if not plan.jobs:
        return "Nothing is left to do.", []
    if attended:
        summary = f"{_steps(plan, attended)} a person; the other jobs run unattended."
        if not any(not job.attended for job in plan.jobs):
            summary = f"{_steps(plan, attended)} a person."
    else:
        summary = "CI can run this unattended." if plan.setting == "ci" else "This runs unattended."
    if plan.missing:
        names = list(dict.fromkeys(missing.mode.name for missing in plan.missing))
        verb = "is" if len(names) == 1 else "are"
        if attended and not summary.endswith("unattended."):
            summary += f" {' and '.join(names)} {verb} missing."
        else:
            summary = f"{summary[:-1]} once {' and '.join(names)} {verb} given."
    return summary, list(dict.fromkeys(_help(plan, attended)))


def _steps(plan: Plan, indices: list[int]) -> str:
    names = [plan.graph.steps[index].id for index in indices]
    if len(names) == 1:
        return f"{names[0]} needs"
    shown = names[:4] if len(names) <= 4 else [*names[:3], f"{len(names) - 3} more"]
    return f"{', '.join(shown[:-1])} and {shown[-1]} need"


def _help(plan: Plan, attended: list[int]) -> Iterator[str]:
    for missing in plan.missing:
        how = missing.how[0] if missing.how else "See its documentation."
        yield f"Give {missing.mode.name}, which {_named(missing.needed_by)} needs: {how}"
    for index in attended:
        yield from _help_step(plan, index)
    for step, choice, job in zip(plan.graph.steps, plan.choices, plan.job_of, strict=True):
        if job >= 0 and (spared := instead(choice.mode)):
            yield f"In place of {step.id}: {spared}"


def _help_step(plan: Plan, index: int) -> Iterator[str]:
    step, mode = plan.graph.steps[index], plan.choices[index].mode
    assert mode is not None
    for other in plan.modes[index]:
        if not other.attended and other != mode:
            how = f": {other.how()[0]}" if other.how() else "."
            yield f"With {other.name} {step.id} would need no person{how}"
    if mode.expires:
        yield f"A session of {mode.name} that still lives would do for {step.id}: {_first(mode.how())}"
    if step.action.probe is not None:
        yield f"If the work of {step.id} is done already, `lane plan --probe` takes it out."
    yield f"Take {step.id} out of this lane, into one that a person runs."


def _first(how: list[str]) -> str:
    return how[0] if how else "see its documentation."


def _named(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} (and {len(names) - 1} more)"
