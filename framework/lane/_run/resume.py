"""Goes on with a run where it stopped: what has ended stays ended, what was under way is asked about."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from lane._errors import PersonNeededError, UsageError
from lane._lanefile.trigger import Trigger
from lane._plan.plan import Job
from lane._report.reporter import CANCELLED, FAILED, RUNNING, SKIPPED, SUCCEEDED

from .begin import check_before
from .claim import claimed
from .probing import Probing
from .run import Running, go
from .states import DONE, HANDED_OVER, OVER, PENDING
from .values import NoValueError, decode

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from lane._lanefile.lane import Lane
    from lane._plan.credentials import Finder
    from lane._plan.plan import Plan
    from lane._plan.prepare import Prepared
    from lane._report.reporter import Reporter

    from .journal import JobState, Journal, Run, StepState

_SAFE = frozenset({"read", "replace"})
_UNDER_WAY = "it was under way when the run was stopped"
_NOT_KEPT = "its output is needed, and could not be kept"


def named(journal: Journal, name: str) -> Run:
    """A run by its id. Raises UsageError for no such run."""
    run = journal.run(name)
    if run is None:
        raise UsageError(f"There is no run {name!r}.", hint="`lane runs` lists them.", code="unknown_run")
    return run


def find_run(
    journal: Journal, name: str | None, *, lane: str | None = None, job: str | None = None
) -> Run | None:
    """The run to go on with: the named one, or the newest that has work left. Raises UsageError for no such run."""
    if name is not None:
        return named(journal, name)
    for run_id, job_name in journal.unfinished():
        run = journal.run(run_id)
        if run is not None and (lane is None or run.lane == lane) and (job is None or job_name == job):
            return run
    return None


@contextmanager
def droppable(run: Run) -> Iterator[None]:
    """Say of a lane that is no longer what a run of this store began with how that run is given up."""
    try:
        yield
    except UsageError as error:
        if error.code in ("changed", "unknown_lane"):
            error.hint = f"{error.hint} `lane drop {run.id}` gives up what the run has left."
        raise


def given_parameters(run: Run, lane: Lane[..., Any]) -> dict[str, Any]:
    """The parameters that a run was begun with; secrets are not kept, and come from the environment.

    Raises UsageError where they are no longer what the lane takes.
    """
    options = lane.options.by_name
    kept: dict[str, Any] = {}
    for name, value in json.loads(run.parameters).items():
        if name not in options:
            raise _changed(run)
        try:
            kept[name] = decode(json.dumps(value), options[name].type)
        except ValueError:
            raise _changed(run) from None
    return kept


def resume(
    prepared: Prepared,
    run: Run,
    journal: Journal,
    reporter: Reporter,
    *,
    parallel: int,
    find: Finder,
    only: str | None = None,
    again: frozenset[str] = frozenset(),
    handoffs: Path | None = None,
) -> int:
    """Go on with a run: first what `lane run` would have done, and where that is done, the jobs that wait for a time.

    `only` names one job; `again` names steps that were under way and shall run again; `handoffs` is the folder that
    gets hand-offs for the jobs that wait. Returns the exit code. Raises
    UsageError where the lane has changed since, where another process has the run, or where nobody can know whether
    a step has happened.
    """
    with droppable(run):
        unchanged(prepared, run)
    with claimed(journal.folder, run.id):
        recorded = journal.jobs(run.id)
        _plan_as_recorded(prepared.plan, recorded)
        restored = journal.states(run.id)
        running = Running(
            prepared,
            run,
            journal,
            reporter,
            parallel=parallel,
            find=find,
            restored=restored,
            handoffs=handoffs,
        )
        running.job_states = {name: _job_state(job) for name, job in recorded.items()}
        jobs = _jobs_to_go_on_with(running, only)
        if not jobs and handoffs is None:
            reporter.notice("info", f"There is nothing left to do of {only or run.id}.")
            return 0
        check_before(prepared, jobs)
        _Restoring(running, restored, again).restore()
        return go(running, jobs, follow=only is None)


def unchanged(prepared: Prepared, run: Run) -> None:
    """Raise UsageError where the lane's plan is not the one that a run began with."""
    if prepared.plan.digest != run.digest:
        raise _changed(run)


def _changed(run: Run) -> UsageError:
    return UsageError(
        f"The lane {run.lane} has changed since the run {run.id} began: its plan is another one.",
        hint=f"Begin a new run: lane run {run.lane}. (Or put the Lanefile back as it was.)",
        code="changed",
    )


def _plan_as_recorded(plan: Plan, recorded: dict[str, JobState]) -> None:
    """Cut the plan into the run's own jobs, not into those that today's credentials and probes would give."""
    by_id = {step.id: index for index, step in enumerate(plan.graph.steps)}
    rank = {index: position for position, index in enumerate(plan.graph.order)}
    steps = {
        name: sorted((by_id[one] for one in json.loads(job.steps)), key=rank.__getitem__)
        for name, job in recorded.items()
    }
    plan.jobs = []
    plan.job_of = [-1] * len(by_id)
    for name in sorted(recorded, key=lambda name: rank[steps[name][0]]):
        job, mine = recorded[name], steps[name]
        trigger = None if job.cron is None else Trigger(job.cron, job.timezone or "UTC")
        made = Job(len(plan.jobs), name, trigger, any(plan.choices[index].attended for index in mine))
        made.needs, made.steps = json.loads(job.needs), mine
        for index in mine:
            plan.job_of[index] = made.index
        plan.jobs.append(made)


def _job_state(job: JobState) -> str:
    return str(job.state) if job.state in OVER else PENDING


def _jobs_to_go_on_with(running: Running, only: str | None) -> list[Job]:
    states = running.job_states
    if only is not None and only not in states:
        hint = f"Its jobs: {', '.join(states)}."
        raise UsageError(f"The run {running.run.id} has no job {only!r}.", hint=hint, code="unknown_job")
    left = [job for job in running.plan.jobs if states[job.name] not in OVER and only in (None, job.name)]
    free = [job for job in left if all(states[need] == SUCCEEDED for need in job.needs)]
    if only is not None and states[only] == HANDED_OVER:
        lane = running.plan.lane
        raise UsageError(
            f"The job {only} of the run {running.run.id} was handed over: it runs where its hand-off is taken.",
            hint=f"lane run {lane} --job {only} --handoff DIR takes it, from the folder that it was written to.",
            code="handed_over",
        )
    if only is not None and left and not free:
        waits = ", ".join(need for need in left[0].needs if states[need] != SUCCEEDED)
        raise UsageError(
            f"The job {only} of the run {running.run.id} waits for {waits}.",
            hint=f"lane resume {running.run.id} goes on with that first.",
            code="job_waits",
        )
    now = [job for job in free if job.trigger is None and not job.attended]
    if now or (running.handoffs is not None and only is None):
        return now[:1]  # the others are handed over
    possible = [job for job in free if running.plan.setting == "local" or not job.attended]
    if free and not possible:
        steps = ", ".join(running.plan.graph.steps[index].id for job in free for index in job.steps)
        raise PersonNeededError(
            f"What is left of the run {running.run.id} needs a person: {steps}.",
            hint=f"Run `lane resume {running.run.id} --local` in a terminal. Or: {_how(running, free)}",
        )
    return possible


def _how(running: Running, jobs: list[Job]) -> str:
    """How to give what jobs wait for, the best way of each mode."""
    choices = [running.plan.choices[index] for job in jobs for index in job.steps]
    ways = [way for choice in choices if choice.attended and choice.mode for way in choice.mode.how()[:1]]
    return " ".join(dict.fromkeys(ways)) or "give the credential."


class _Restoring:
    """Finds out what became of the steps that an earlier process began."""

    def __init__(self, running: Running, restored: dict[str, StepState], again: frozenset[str]) -> None:
        self.running = running
        self.graph = running.plan.graph
        self.restored = restored
        self.again = again

    def restore(self) -> None:
        """Set the states of the steps that have ended. Raises UsageError where that cannot be known."""
        ids = {step.id for step in self.graph.steps}
        unknown = {name for name in self.again if name.partition("[")[0] not in ids}
        if unknown:
            hint = f"`lane show {self.running.run.id}` lists them."
            raise UsageError(f"The run has no step {min(unknown)!r}.", hint=hint, code="unknown_step")
        for index in self.graph.order:
            state = self.restored.get(self.graph.steps[index].id)
            if state is not None:
                self._restore_step(index, state.state)
            self._look_at_items(index)
        self._begin_again_what_was_not_kept()

    def _restore_step(self, index: int, state: str) -> None:
        step = self.graph.steps[index]
        allowed = state == FAILED and step.settings.allow_failure
        if state in DONE or state == SKIPPED or allowed:
            self.running.states[index] = state
        elif step.id not in self.again and not self._is_done(index) and state in (RUNNING, CANCELLED):
            self._must_be_safe(index, step.id, _UNDER_WAY)

    def _look_at_items(self, index: int) -> None:
        if self.graph.steps[index].fan is None or index in self.running.states:
            return
        for position, state in self.running.material.items(index).items():
            name = f"{self.graph.steps[index].id}[{position}]"
            if state.state in (RUNNING, CANCELLED):
                self._must_be_safe(index, name, _UNDER_WAY)
            elif state.state in DONE and not state.kept:
                self._must_be_safe(index, name, _NOT_KEPT)

    def _begin_again_what_was_not_kept(self) -> None:
        """Steps that ended, but whose output is gone and taken by a step that has yet to run."""
        states, material = self.running.states, self.running.material
        for index in reversed(self.graph.order):
            if index in states or not self._will_run(index):
                continue
            for needed in self.graph.steps[index].data:
                if states.get(needed) in DONE and not material.readable(needed) and not self._is_done(needed):
                    self._must_be_safe(needed, self.graph.steps[needed].id, _NOT_KEPT)
                    del states[needed]
                    self.running.again.add(needed)

    def _will_run(self, index: int) -> bool:
        job = self.running.plan.job_of[index]
        name = None if job < 0 else self.running.plan.jobs[job].name
        here = (
            name is not None and self.running.job_states[name] not in OVER
        )  # what was handed over runs elsewhere
        return here or index in self.running.again

    def _is_done(self, index: int) -> bool:
        """Ask a step's probe whether its work is done; if so, it counts as ended."""
        step = self.graph.steps[index]
        if step.action.probe is None or step.fan is not None:
            return False
        running, prepared = self.running, self.running.prepared
        probing = Probing(
            prepared.graph, prepared.binding, prepared.environment, running.find, running.reporter.notice
        )
        value = probing.ask(index, running.plan.choices[index], self._result)
        if value is None:
            return False
        running.satisfy({index: value})
        return True

    def _result(self, index: int) -> Any:
        if self.running.states.get(index) not in DONE or not self.running.material.readable(index):
            raise NoValueError(self.graph.steps[index].id)
        return self.running.material.result(index)

    def _must_be_safe(self, index: int, name: str, why: str) -> None:
        step = self.graph.steps[index]
        if step.action.effect in _SAFE or self.again & {name, step.id}:
            return
        if step.action.probe is not None and step.fan is None:
            return  # it was asked, and said that its work is not done
        probe = "its action has no probe" if step.action.probe is None else "an item of each() is not probed"
        raise UsageError(
            f"Nobody knows whether {name} has happened: {why}, its effect is {step.action.effect!r} and {probe}.",
            where=step.place.shown(self.running.prepared.project.folder),
            hint=f"Look for yourself; if it has not, lane resume {self.running.run.id} --again {name}.",
            code="unknown_outcome",
        )
