"""What is on a schedule: lanes that declare one, and jobs that runs have left for a time."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from lane._errors import UsageError
from lane._lanefile.trigger import Trigger, problem_of
from lane._report.reporter import SUCCEEDED
from lane._run.states import OVER

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from lane._lanefile.load import Project
    from lane._run.journal import Journal

_LEFT = (
    "SELECT jobs.run, jobs.name, runs.lane, runs.created FROM jobs JOIN runs ON runs.id = jobs.run"
    " WHERE jobs.cron IS NOT NULL AND jobs.state NOT IN (?,?,?) ORDER BY runs.created, jobs.name"
)


class Schedule(NamedTuple):
    """A lane, or a job of one with the runs that left it, the oldest first; and when it fires.

    It is called `refresh_dsyms`, or `release/scheduled`. `since` is when the first of the runs left the job, in
    seconds since the epoch: a time that came since then was missed. None for a lane, which has its `line`.
    """

    name: str
    lane: str
    trigger: Trigger
    since: float | None = None
    runs: tuple[str, ...] = ()
    line: str | None = None

    @property
    def job(self) -> str | None:
        """The job's name; None where the whole lane is what is scheduled."""
        return self.name.partition("/")[2] or None

    @property
    def wrong(self) -> str | None:
        """What is wrong with its times, or None."""
        problem = problem_of(self.trigger)
        return problem if problem is None or self.line is None else f"{self.line}: {problem}"


def is_job(name: str) -> bool:
    """Whether a schedule of this name is a job's, not a lane's."""
    return "/" in name


def of_lanes(project: Project) -> list[Schedule]:
    """The lanes that declare a schedule."""
    return [
        Schedule(one.name, one.name, one.schedule, line=one.place.shown(project.folder))
        for one in project.public
        if one.schedule is not None
    ]


def of_rows(rows: Iterable[Mapping[str, Any]]) -> list[Schedule]:
    """The same, from what `lane list --json` prints."""
    return [
        Schedule(row["name"], row["name"], Trigger(row["schedule"], row["timezone"]), line=row["line"])
        for row in rows
        if row["schedule"] is not None
    ]


def of_pending_jobs(journal: Journal) -> list[Schedule]:
    """The jobs that wait for a time and for nothing else. All instances of one fire at the newest one's times."""
    found: dict[str, Schedule] = {}
    for run, name, lane, created in journal.read(_LEFT, tuple(OVER)):
        jobs = journal.jobs(run)
        job = jobs[name]
        if all(jobs[need].state == SUCCEEDED for need in json.loads(job.needs)):
            trigger = Trigger(job.cron, job.timezone or "UTC")
            earlier = found.get(f"{lane}/{name}", Schedule("", lane, trigger, created))
            runs = (*earlier.runs, run)
            found[f"{lane}/{name}"] = Schedule(f"{lane}/{name}", lane, trigger, earlier.since, runs)
    return list(found.values())


def named(schedules: Sequence[Schedule], name: str) -> Schedule:
    """One by its name. Raises UsageError with a suggestion."""
    for one in schedules:
        if one.name == name:
            return one
    from difflib import get_close_matches

    names = [one.name for one in schedules]
    close = get_close_matches(name, names, 1)
    hint = f"Did you mean {close[0]!r}?" if close else f"Schedules: {', '.join(names) or 'none'}."
    raise UsageError(f"There is no schedule {name!r}.", hint=hint, code="unknown_schedule")
