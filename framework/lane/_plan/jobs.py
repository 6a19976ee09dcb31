"""Cuts the steps of a plan into jobs: rule 3 of the planner."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lane._errors import Problem

from .machines import Machines
from .plan import ANY, Job, Machine, kind_name

if TYPE_CHECKING:
    from lane._lanefile.trigger import Trigger

    from .plan import Plan

MOST_JOBS = 1_000

# What steps share that may share a job: its trigger (None where a person or nothing starts it), its need of a
# person, and, where jobs are cut by machine, what that has to be.
Kind = tuple["Trigger | None", bool, Machine]


def assign_jobs(made: Plan, out: set[int]) -> None:
    """Cut a plan's steps into jobs, without those that probes took out; their triggers are chosen."""
    _Cut(made, set() if made.by_machine else out).cut()
    if made.by_machine and out:
        _take_out(made, out)


def _take_out(made: Plan, out: set[int]) -> None:
    """Take steps out of the jobs that they are in; a job that has none left is no job."""
    for index in out:
        made.job_of[index] = -1
    for job in made.jobs:
        job.steps = [index for index in job.steps if index not in out]
    empty = {job.name for job in made.jobs if not job.steps}
    made.jobs[:] = [job for job in made.jobs if job.steps]
    for number, job in enumerate(made.jobs):
        job.index = number
        job.needs = [need for need in job.needs if need not in empty]
        for index in job.steps:
            made.job_of[index] = number


class _Cut:
    """One walk over the steps in topological order; `out` are those that get no job."""

    def __init__(self, made: Plan, out: set[int]) -> None:
        self.made = made
        self.out = out
        self.machines = Machines(made) if made.by_machine else None
        self.job_of = made.job_of = [-1] * len(made.graph.steps)
        self.waits: list[int] = [0] * len(made.graph.steps)  # bit j: waits for job j, of another kind
        self.by_key: dict[tuple[Kind, int], Job] = {}
        self.feeds: list[int] = []  # per job: bit j: fed by job j
        self.counts: dict[str, int] = {}

    def cut(self) -> None:
        """Give each step its job, and each job those that feed it."""
        made, jobs = self.made, self.made.jobs
        for index in made.graph.order:
            if index in self.out:
                continue
            together = [index] if self.machines is None else self.machines.with_brought(index)
            if together and not self._assign(together):
                made.problems.append(_too_many(made.graph.steps[index].place.shown(made.graph.folder)))
                break
        for job in jobs:
            fed_by = self.feeds[job.index]
            job.needs = [other.name for other in jobs if fed_by >> other.index & 1]

    def _assign(self, together: list[int]) -> bool:
        """Put steps of one kind into one job; whether there is one left for them."""
        kind = self._kind(together[-1])
        wait = fed = 0
        for index in together:
            more, feeding = self._behind(index, kind)
            wait |= more
            fed |= feeding
        job = self.by_key.get((kind, wait))
        if job is None:
            if len(self.made.jobs) >= MOST_JOBS:
                return False
            job = self.by_key[kind, wait] = self._new_job(kind)
        for index in together:
            self.waits[index] = wait
            self.job_of[index] = job.index
            job.steps.append(index)
        self.feeds[job.index] |= fed & ~(1 << job.index)
        return True

    def _kind(self, index: int) -> Kind:
        made = self.made
        machine = ANY if self.machines is None else self.machines.of[index]
        return made.triggers[index], made.choices[index].attended, machine

    def _behind(self, index: int, kind: Kind) -> tuple[int, int]:
        """What a step of this kind waits for, and which jobs feed it, as bits."""
        wait = fed = 0
        for needed in self.made.graph.steps[index].needs:
            number = self.job_of[needed]
            if number < 0:
                continue
            wait |= self.waits[needed]
            fed |= 1 << number
            job = self.made.jobs[number]
            if (job.trigger, job.attended, job.machine) != kind:
                wait |= 1 << number
        return wait, fed

    def _new_job(self, kind: Kind) -> Job:
        trigger, attended, machine = kind
        word = "-".join([kind_name(trigger, attended), *machine])
        self.counts[word] = count = self.counts.get(word, 0) + 1
        job = Job(len(self.made.jobs), word if count == 1 else f"{word}-{count}", *kind)
        self.made.jobs.append(job)
        self.feeds.append(0)
        return job


def _too_many(line: str) -> Problem:
    return Problem(
        "too_many_jobs",
        f"The lane falls into more than {MOST_JOBS:,} jobs.",
        line=line,
        hint="Give steps that alternate between triggers a common one with .set(on=…).",
    )
