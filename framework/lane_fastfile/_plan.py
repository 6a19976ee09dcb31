"""How a plan of ours would split a lane: what CI runs at once, what waits for a schedule or a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lane_apple import outlook

from ._advice.needs import lane_needs
from ._audit import PlannedJob
from ._auth.modes import APPLE_ID, NONE, strictest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lane_apple import Need

    from ._audit import AuditedCall


def planned(calls: Sequence[AuditedCall]) -> tuple[PlannedJob, ...]:
    """The jobs of a lane, from all that it reaches, by the planner's rules; a lane without calls has none."""
    needs = {need.name: need for need in lane_needs("", calls, long=True)}
    people = {name for name, need in needs.items() if _auth(need) == APPLE_ID}
    plan = outlook("", list(needs.values()), deferred={}, attended=people, done=())
    return tuple(
        PlannedJob(
            name=job.name,
            trigger=job.name.partition("-")[0],
            auth=strictest([NONE, *(_auth(needs[name]) for name in job.steps)]),
            calls=tuple(dict.fromkeys(needs[name].call for name in job.steps)),
            cron=job.cron,
            needs=job.needs,
        )
        for job in plan.jobs
    )


def _auth(need: Need) -> str:
    return need.modes[0].name if need.modes else NONE
