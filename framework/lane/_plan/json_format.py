"""A plan as JSON: the shape that scripts rely on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .verdict import verdict
from .why import why

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lane._errors import Problem
    from lane._lanefile.trigger import Trigger

    from .bind import Binding
    from .plan import Job, Plan
    from .prepare import PlannedHook


def plan_json(
    plan: Plan, binding: Binding, *, values: bool = False, hooks: Sequence[PlannedHook] = ()
) -> dict[str, Any]:
    """A plan as JSON; `values` adds each step's effective options with their origins."""
    summary, would_help = verdict(plan)
    return {
        "lane": plan.lane,
        "setting": plan.setting,
        "schedule": None if plan.graph.schedule is None else str(plan.graph.schedule),
        "digest": plan.digest,
        "verdict": {
            "unattended": plan.unattended,
            "ready": plan.ready,
            "summary": summary,
            "would_help": would_help,
        },
        "jobs": [_job(plan, binding, job, values) for job in plan.jobs],
        "satisfied": [step.id for step, job in zip(plan.graph.steps, plan.job_of, strict=True) if job < 0],
        "hooks": [_hook(hook) for hook in hooks],
        "lifetimes": _lifetimes(plan),
        "missing": [
            {"mode": missing.mode.name, "needed_by": missing.needed_by, "how": missing.how}
            for missing in plan.missing
        ],
        "errors": [],
    }


def failed_plan_json(lane: str, setting: str, problems: Sequence[Problem]) -> dict[str, Any]:
    """The same shape for a lane that cannot be planned: every problem is in `errors`."""
    count = f"{len(problems)} problem{'' if len(problems) == 1 else 's'}"
    return {
        "lane": lane,
        "setting": setting,
        "schedule": None,
        "digest": None,
        "verdict": {
            "unattended": False,
            "ready": False,
            "summary": f"The lane {lane} cannot be planned: {count}.",
            "would_help": list(dict.fromkeys(problem.hint for problem in problems if problem.hint)),
        },
        "jobs": [],
        "satisfied": [],
        "hooks": [],
        "lifetimes": [],
        "missing": [],
        "errors": [problem.as_dict() for problem in problems],
    }


def runs_on(plan: Plan, job: Job) -> list[str]:
    """What a job's machines have to be, sorted; `any` stands for its steps that run anywhere."""
    found = {name for index in job.steps for name in plan.runs_on(index) or ("any",)}
    return sorted(found)


def _job(plan: Plan, binding: Binding, job: Job, values: bool) -> dict[str, Any]:
    return {
        "name": job.name,
        "trigger": {
            "kind": job.kind,
            "cron": job.trigger.cron if job.trigger else None,
            "timezone": job.trigger.timezone if job.trigger else None,
        },
        "attended": job.attended,
        "needs": job.needs,
        "runs_on": runs_on(plan, job),
        "steps": [_step(plan, binding, index, values) for index in job.steps],
    }


def _step(plan: Plan, binding: Binding, index: int, values: bool) -> dict[str, Any]:
    step, mode = plan.graph.steps[index], plan.choices[index].mode
    found: dict[str, Any] = {
        "id": step.id,
        "action": step.action.name,
        "needs": [plan.graph.steps[needed].id for needed in step.needs],
        "auth": "none" if mode is None else mode.name,
        "modes": [one.name for one in plan.modes[index]] or ["none"],
        "effect": step.action.effect,
        "runs_on": list(plan.runs_on(index)) or ["any"],
        "on": _on(step.settings.on or step.action.on),
        "each": step.fan is not None,
        "why": why(plan, index),
        "line": step.place.shown(plan.graph.folder),
    }
    if values:
        from .effective import effective

        found["values"] = [value.as_dict() for value in effective(binding, step)]
    return found


def _lifetimes(plan: Plan) -> list[dict[str, Any]]:
    from datetime import UTC, datetime

    from .lifetime import lifetimes

    return [
        {
            "mode": one.mode.name,
            "source": one.source,
            "until": None if one.until is None else one.until.isoformat(timespec="minutes"),
            "job": one.job,
            "due": None if one.due is None else one.due.astimezone(UTC).isoformat(timespec="minutes"),
            "reaches": one.reaches,
            "steps": one.steps,
        }
        for one in lifetimes(plan, datetime.now(UTC))
    ]


def _on(trigger: Trigger | None) -> str | None:
    return None if trigger is None else str(trigger)


def _hook(hook: PlannedHook) -> dict[str, Any]:
    graph = hook.graph
    return {
        "kind": hook.kind,
        "steps": [
            {
                "id": step.id,
                "action": step.action.name,
                "needs": [graph.steps[needed].id for needed in step.needs],
                "auth": "none" if choice.mode is None else choice.mode.name,
                "line": step.place.shown(graph.folder),
            }
            for step, choice in zip(graph.steps, hook.choices, strict=True)
        ],
    }
