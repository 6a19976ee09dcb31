"""The workflows of a lane: its plan in CI, parted by what starts a job."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lane._errors import PlanError, UsageError

from .inputs import Inputs, inputs_of
from .planned import CiPlan, ci_plan
from .subfolder import label, subfolder, within
from .workflow import CiJob, Workflow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lane._lanefile.lane import Lane
    from lane._lanefile.load import Project
    from lane._plan.auth import AuthMode
    from lane._plan.plan import Job

    from .policy import CiPolicy

_SETTING_UP = 10  # minutes: check-out and installation


def workflows(project: Project, lane: Lane[..., Any], policy: CiPolicy, store: str) -> list[Workflow]:
    """The workflows of a lane: its own, and one for each job that waits for a time.

    Raises PlanError for a lane that cannot be planned, UsageError for one that CI systems have no words for.
    """
    made = ci_plan(project, lane, policy, store)
    shape = _shape(made)

    def same_jobs(given: dict[str, Any]) -> bool:
        try:
            return _shape(ci_plan(project, lane, _with(policy, lane.name, given), store)) == shape
        except PlanError:
            return False

    inputs = inputs_of(lane, policy, same_jobs)
    return _Split(made, lane, policy, inputs, subfolder(Path(project.folder))).workflows()


def _with(policy: CiPolicy, lane: str, given: dict[str, Any]) -> CiPolicy:
    before = policy.lane(lane)
    after = before.model_copy(update={"parameters": {**before.parameters, **given}})
    return policy.model_copy(update={"lanes": {**policy.lanes, lane: after}})


def _shape(made: CiPlan) -> list[Any]:
    """What of a plan stands in a configuration; a lane whose parameters change it cannot have them as inputs."""
    plan = made.prepared.plan
    return [
        (job.name, job.needs, job.trigger, job.machine, job.attended, *_given(made, job)) for job in plan.jobs
    ]


def _given(made: CiPlan, job: Job) -> tuple[list[str], list[str]]:
    """The secrets and variables of a job: those of its steps, and of the hooks that run with it."""
    plan = made.prepared.plan
    modes: list[AuthMode] = [mode for index in job.steps if (mode := plan.choices[index].mode) is not None]
    actions = [plan.graph.steps[index].action.name for index in job.steps]
    for hook in made.prepared.hooks:
        modes.extend(choice.mode for choice in hook.choices if choice.mode is not None)
        actions.extend(step.action.name for step in hook.graph.steps)
    return made.secrets(modes, actions), made.variables(modes, actions)


def _in_order(jobs: Sequence[Job]) -> list[Job]:
    """Jobs so that each comes after those that it needs, and otherwise as they were."""
    found: list[Job] = []
    names: set[str] = set()
    while len(found) < len(jobs):
        ready = next(job for job in jobs if job.name not in names and names.issuperset(job.needs))
        found.append(ready)
        names.add(ready.name)
    return found


class _Split:
    """Sorts the jobs of a plan into workflows."""

    def __init__(
        self, made: CiPlan, lane: Lane[..., Any], policy: CiPolicy, inputs: Inputs, below: str
    ) -> None:
        self.made = made
        self.lane = lane
        self.policy = policy
        self.inputs = inputs
        self.below = below
        self.plan = made.prepared.plan
        # By job: the scheduled job whose workflow it is in, or "" for the lane's own.
        self.home: dict[str, str] = {}
        # By job: all that it waits for; what these hand over is in its own hand-off.
        self.behind: dict[str, set[str]] = {}
        self.jobs = _in_order(self.plan.jobs)
        for job in self.jobs:
            self.home[job.name] = self._home(job)
            self.behind[job.name] = set(job.needs).union(*(self.behind[need] for need in job.needs))

    def workflows(self) -> list[Workflow]:
        """The lane's own first; its schedule, if it has one, starts that."""
        found: dict[str, Workflow] = {}
        for job in self.jobs:
            home = self.home[job.name]
            if home not in found:
                found[home] = self._workflow(home)
            found[home].jobs.append(self._job(job))
        return [workflow for _, workflow in sorted(found.items())]

    def _workflow(self, home: str) -> Workflow:
        own = label(self.below, self.lane.name)
        job = self.plan.job(home)
        policy = self.policy.lane(self.lane.name)
        return Workflow(
            self.lane.name,
            f"{own}-{home}" if home else own,
            self.lane.summary,
            self.plan.digest,
            None if home else policy,
            self.lane.schedule if job is None else job.trigger,
            self.inputs,
            tuple(branch for branch in policy.branches if "*" not in branch) or ("main",),
            tuple(within(self.below, path) for path in policy.keep),
            self.made.words,
            self.below,
        )

    def _home(self, job: Job) -> str:
        """Scheduled jobs of one time share a workflow, named by the first; others follow what they wait for."""
        if job.trigger is not None:
            return next(one.name for one in self.jobs if one.trigger == job.trigger)
        homes = sorted({self.home[need] for need in job.needs} - {""})
        if len(homes) > 1:
            raise UsageError(
                f"{job.name} of {self.lane.name} waits for {' and '.join(homes)}, which have different times.",
                hint="Give one of them the other's time, with .set(on=…): a CI system has no way to wait for both.",
                code="two_schedules",
            )
        return homes[0] if homes else ""

    def _job(self, job: Job) -> CiJob:
        secrets, variables = _given(self.made, job)
        needs = self._needs(job)
        leaves = tuple(other.name for other in self.jobs if job.name in self._left_by(other))
        follow = any(job.name in self._needs(other) for other in self.jobs)
        modes = [mode for index in job.steps if (mode := self.plan.choices[index].mode) is not None]
        return CiJob(
            below=self.below,
            lane=self.lane.name,
            name=job.name,
            steps=tuple(self.plan.graph.steps[index].id for index in job.steps),
            machine=job.machine,
            attended=job.attended,
            needs=tuple(needs),
            fetches=tuple(self._left_by(job)),
            followed=follow,
            leaves=leaves,
            locks=tuple(dict.fromkeys(mode.name for mode in modes if mode.attended or mode.expires)),
            had=tuple(sorted(self.made.words[0].intersection(self.policy.modes))),
            secrets=(*self.inputs.secrets, *secrets),
            variables=tuple(variables),
            minutes=self._minutes(job),
            alone=len(self.plan.jobs) == 1 and job.trigger is None and not job.attended,
        )

    def _needs(self, job: Job) -> list[str]:
        """The jobs of its workflow that it takes hand-offs from."""
        return [need for need in self._feeding(job) if self.home[need] == self.home[job.name]]

    def _left_by(self, job: Job) -> list[str]:
        """The jobs whose hand-offs are kept for a scheduled one, until it is done: it may fail, or have to wait.

        Those that others of them wait for are left out: what these hand over is in the others' hand-offs.
        """
        feeding = self._feeding(job) if job.trigger is not None else []
        return [one for one in feeding if not any(one in self.behind[other] for other in feeding)]

    def _feeding(self, job: Job) -> list[str]:
        """The jobs that hand something to a job: for one that waits for none, the first of all.

        One run has one beginning: all that is known of it goes from there from job to job.
        """
        return job.needs or ([] if job is self._first else [self._first.name])

    @property
    def _first(self) -> Job:
        own = [job for job in self.jobs if not self.home[job.name]] or self.jobs
        return next((job for job in own if not job.attended and not job.needs), own[0])

    def _minutes(self, job: Job) -> int:
        """The longest way through the job's steps, where all say how long they may take, and what comes before."""
        steps = self.plan.graph.steps
        ends: dict[int, float] = {}
        told = True
        for index in job.steps:
            settings = steps[index].settings
            told = told and settings.timeout is not None and steps[index].fan is None
            begun = max((ends.get(needed, 0.0) for needed in steps[index].needs), default=0.0)
            ends[index] = begun + (settings.timeout or 0) * (1 + (settings.retries or 0))
        longest = math.ceil(max(ends.values()) / 60) + _SETTING_UP
        return longest if told else max(longest, self.policy.timeout)
