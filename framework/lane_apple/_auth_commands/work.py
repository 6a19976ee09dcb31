"""What waits for the session of the Apple ID that lanes use: jobs of earlier runs, and the lanes themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .dependants import dependants
from .when import iso, moment

if TYPE_CHECKING:
    from lane import WaitingJob

    from .dependants import Dependants
    from .place import Place


@dataclass(frozen=True, slots=True)
class Work:
    """`jobs` are pending ones that need it; `lanes` have steps, by id, that nothing else would let run."""

    jobs: tuple[WaitingJob, ...]
    lanes: dict[str, list[str]]

    def lines(self) -> list[str]:
        """One for each job, and one for each lane."""
        lines = [f"{_shown(job)}{_due(job)} → {job.command}" for job in self.jobs]
        return lines + [f"each run of {lane}: {', '.join(steps)}" for lane, steps in self.lanes.items()]

    def too_late(self, until: float | None) -> list[str]:
        """The jobs whose time comes after a session is expected to end, in a sentence each."""
        return [
            f"Before {_shown(job)}{_due(job)} a person is expected to be needed: {moment(until)}."
            for job in self.jobs
            if until is not None and job.due is not None and job.due > until
        ]

    def jobs_as_dicts(self) -> list[dict[str, Any]]:
        """For JSON."""
        return [
            {"run": job.run, "lane": job.lane, "job": job.job, "steps": list(job.steps), "due": iso(job.due)}
            for job in self.jobs
        ]


def work_of(place: Place) -> Work:
    """That of the Lanefile here, without the network. Where a lane cannot be planned, all its jobs count."""
    needed = dependants(place)
    jobs = [job for job in place.around.pending() if job.sandbox == place.sandbox and _needs(job, needed)]
    return Work(tuple(jobs), {} if needed is None else needed.steps)


def _needs(job: WaitingJob, needed: Dependants | None) -> bool:
    if needed is None or needed.trouble is not None or job.lane in needed.unread:
        return True
    return not set(job.steps).isdisjoint(needed.steps.get(job.lane, ()))


def _shown(job: WaitingJob) -> str:
    return f"{job.lane}, {job.job}: {', '.join(job.steps)}"


def _due(job: WaitingJob) -> str:
    return "" if job.due is None else f" ({moment(job.due)})"
