"""Advice as JSON: the shape that scripts rely on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .route import STRICTNESS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .advice import Advice, AdviceStep, Outlook
    from .lanefile import Unread
    from .route import Route


def advice_json(advice: Advice, unread: Sequence[Unread] = (), *, sandbox: bool = False) -> dict[str, Any]:
    """Advice as JSON: keys stay, and more may come."""
    return {
        "affected": advice.affected,
        "summary": advice.summary,
        "sandbox": sandbox,
        "lanes": _lanes(advice.routes),
        "advice": [_step(step) for step in advice.steps],
        "plans": [_outlook(plan) for plan in advice.outlooks],
        "open": [
            {
                "flag": one.question.flag,
                "question": one.question.text,
                "yes": list(one.yes),
                "no": list(one.no),
            }
            for one in advice.open
        ],
        "unknown": [{"lane": one.lane, "wants": list(one.wants), "how": one.how} for one in unread],
    }


def strictest(routes: Sequence[Route]) -> str:
    """The mode among those of a lane that asks most of a team."""
    return max((made.auth for made in routes), key=STRICTNESS.index, default="none")


def by_lane(routes: Sequence[Route]) -> dict[str, list[Route]]:
    """The ways of each lane's needs."""
    found: dict[str, list[Route]] = {}
    for made in routes:
        found.setdefault(made.need.lane, []).append(made)
    return found


def _lanes(routes: Sequence[Route]) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "affected": any(made.by_person for made in mine),
            "auth": strictest(mine),
            "steps": [_route(made) for made in mine],
        }
        for name, mine in by_lane(routes).items()
    ]


def _route(made: Route) -> dict[str, Any]:
    need, holding = made.need, made.holding
    return {
        "name": need.name,
        "call": need.call,
        "line": need.line,
        "modes": [mode.name for mode in need.modes] or ["none"],
        "auth": made.auth,
        "found": made.found,
        "source": holding.source if holding is not None and made.found else None,
        "seconds_left": None
        if holding is None or holding.seconds_left is None
        else round(holding.seconds_left),
    }


def _step(step: AdviceStep) -> dict[str, Any]:
    return {
        "code": step.code,
        "title": step.title,
        "why": step.why,
        "how": list(step.how),
        "steps": list(step.steps),
        "lines": list(step.lines),
    }


def _outlook(plan: Outlook) -> dict[str, Any]:
    return {
        "lane": plan.lane,
        "jobs": [
            {
                "name": job.name,
                "cron": job.cron,
                "attended": job.attended,
                "needs": list(job.needs),
                "steps": list(job.steps),
            }
            for job in plan.jobs
        ],
        "done": list(plan.done),
    }
