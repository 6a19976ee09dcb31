"""Why a step is where a plan has it: its auth mode, its trigger, its job."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .plan import Plan


def why(plan: Plan, index: int) -> str:
    """Why a step runs under its mode, and why in its job."""
    reasons = [plan.choices[index].why, _deferral(plan, index), _machine(plan, index), _waiting(plan, index)]
    return "; ".join(filter(None, reasons))


def why_attended(plan: Plan, index: int) -> bool:
    """Whether a step itself needs a person, and is in the plan."""
    return plan.choices[index].attended and plan.job_of[index] >= 0


def _deferral(plan: Plan, index: int) -> str | None:
    step, trigger = plan.graph.steps[index], plan.triggers[index]
    said, usual = step.settings.on, step.action.on
    if trigger is None:
        undone = said is not None and said.cron is None
        if usual is not None and not undone and plan.graph.schedule is not None:
            return f"its usual deferral gives way to the lane's own schedule, {plan.graph.schedule}"
        return "its usual deferral is undone by .set(on=now)" if undone and usual is not None else None
    if said is not None:
        return f"the lane defers it to {trigger}"
    if usual is not None and usual == trigger:
        return f"{step.action.name} is deferred to {trigger} by its declaration"
    for needed in step.needs:
        if plan.triggers[needed] == trigger:
            return f"follows {plan.graph.steps[needed].id} to {trigger}"
    return f"deferred to {trigger}"


def _machine(plan: Plan, index: int) -> str | None:
    """The machine of its job, where jobs are cut by that."""
    job = plan.jobs[plan.job_of[index]]
    if not job.machine:
        return None
    needs = ", ".join(job.machine)
    return f"needs {needs}" if plan.runs_on(index) else f"goes with what needs {needs}"


def _waiting(plan: Plan, index: int) -> str | None:
    """The jobs of another kind that it waits for, and through which step."""
    job = plan.jobs[plan.job_of[index]]
    same: str | None = None
    awaited: dict[str, str] = {}
    for needed in plan.graph.steps[index].needs:
        if plan.job_of[needed] < 0:
            continue
        other, name = plan.jobs[plan.job_of[needed]], plan.graph.steps[needed].id
        if (other.trigger, other.attended, other.machine) != (job.trigger, job.attended, job.machine):
            awaited.setdefault(other.name, name)
        elif other.needs:
            same = name
    if awaited:
        return f"waits for {' and '.join(f'{name} ({step})' for name, step in awaited.items())}"
    return f"waits with {same}" if same is not None else None
