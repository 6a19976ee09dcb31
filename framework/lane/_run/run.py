"""Runs a plan's jobs: what can go now goes, the others wait in the journal with what they need."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from lane._errors import (
    EXIT_FAILED,
    EXIT_INTERRUPTED,
    EXIT_OK,
    EXIT_PERSON,
    CredentialError,
    PersonNeededError,
)
from lane._report.reporter import CANCELLED, FAILED, RUNNING, SATISFIED, SUCCEEDED, Pending, RunEnd, StepEnd

from .begin import check_before, machine, new_run, next_time, record
from .claim import claimed
from .execute import NOT_BEGUN, Execution
from .gate import held_back, person_asked_for
from .journal import Journal, Run
from .material import Material
from .recorder import Recorder
from .signals import Signals
from .states import HANDED_OVER, PENDING
from .values import encode

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from lane._errors import LaneError
    from lane._plan.credentials import Finder
    from lane._plan.plan import Job
    from lane._plan.prepare import PlannedHook, Prepared
    from lane._report.reporter import Reporter

    from .attempt import Outcome
    from .journal import StepState

_FOUND = "its work was done already"


class Running:
    """A run under way: its plan, its pen, and the states of its steps and jobs."""

    def __init__(
        self,
        prepared: Prepared,
        run: Run,
        journal: Journal,
        reporter: Reporter,
        *,
        parallel: int,
        find: Finder,
        restored: dict[str, StepState] | None = None,
        handoffs: Path | None = None,
    ) -> None:
        """`restored` are the states of the run's steps in the journal, by step id.

        `handoffs` is the folder that gets hand-offs for the jobs that wait; without it they wait in this store.
        """
        self.prepared = prepared
        self.plan = prepared.plan
        self.run = run
        self.journal = journal
        self.reporter = reporter
        self.parallel = parallel
        self.find = find
        self.handoffs = handoffs
        self.recorder = Recorder(journal, run.id, prepared.project.folder, prepared.environment, reporter)
        self.material = Material(
            prepared.graph, prepared.binding, prepared.plan.choices, find, restored or {}
        )
        self.states: dict[int, str] = {}
        self.job_states: dict[str, str] = {job.name: PENDING for job in prepared.plan.jobs}
        self.held: dict[str, LaneError] = {}  # jobs that could not begin, since a credential does not work
        self.seconds: list[float | None] = [None] * len(self.plan.graph.steps)
        self.not_handed_over: LaneError | None = None
        self.failure: Outcome | None = None
        self.failed_step = ("", "")
        self.interrupted = False
        self.signals = Signals(reporter)
        self.satisfied: set[int] = set()  # what probes found done when this process began
        self.again: set[int] = set()  # ended in an earlier process, but what they gave is gone, and needed

    def satisfy(self, satisfied: dict[int, Any]) -> None:
        """Take over the outputs that probes gave: these steps count as ended."""
        with self.recorder.lock:
            for index, value in satisfied.items():
                step = self.plan.graph.steps[index]
                self.states[index] = SATISFIED
                self.satisfied.add(index)
                self.material.keep(index, value)
                output, kept = encode(value, step.action.options.result)
                self.recorder.event(step.id, SATISFIED, 1, output, kept, _FOUND)
            self.recorder.commit()

    def begin(self, jobs: Sequence[Job]) -> None:
        """Say that the run begins, and which steps probes have found done."""
        earlier = [index for index in self.states if index not in self.satisfied]
        self.reporter.run_started(self.run.id, self.plan, jobs, sandbox=self.prepared.sandbox, done=earlier)
        for index in sorted(self.satisfied):
            end = StepEnd(SATISFIED, message=_FOUND)
            self.reporter.step_ended(index, self.plan.graph.steps[index].id, end)

    def finish(self, begun: float, jobs: Sequence[Job]) -> int:
        """Say how the run ended, and what waits; its exit code."""
        waiting = [job for job in self.plan.jobs if self.job_states[job.name] == PENDING]
        self._leave(waiting)
        code = self._exit_code(jobs)
        state = self._state([job for job in waiting if self.job_states[job.name] == PENDING])
        self.journal.set_run(self.run.id, state)
        pending = [self._pending(job) for job in waiting]
        self._tell(pending)
        critical = _critical(self) if len(self.plan.graph.steps) > 1 else []
        self.reporter.run_ended(RunEnd(state, code, time.time() - begun, pending, critical))
        return code

    def _leave(self, waiting: Sequence[Job]) -> None:
        """Hand over what jobs wait for, or keep it until they run here."""
        if not waiting or self.interrupted:
            return
        if self.handoffs is not None:
            from .handoff_export import try_to_export

            self.not_handed_over = try_to_export(self, self.handoffs)
        here = [job for job in waiting if self.job_states[job.name] == PENDING]
        if here:
            from .keeping import keep_files

            keep_files(self, here)

    def _state(self, waiting: Sequence[Job]) -> str:
        if self.interrupted:
            return CANCELLED
        if self.failure is not None:
            return FAILED
        return PENDING if waiting else SUCCEEDED

    def _exit_code(self, jobs: Sequence[Job]) -> int:
        if self.interrupted:
            return EXIT_INTERRUPTED
        if self.failure is not None:
            error = self.failure.error
            return error.exit_code if isinstance(error, (CredentialError, PersonNeededError)) else EXIT_FAILED
        if self.not_handed_over is not None:
            return EXIT_FAILED
        if not jobs and self.held:
            return next(iter(self.held.values())).exit_code
        if not jobs and any(
            job.attended and not job.needs and self.job_states[job.name] == PENDING for job in self.plan.jobs
        ):
            return EXIT_PERSON
        return EXIT_OK

    def _pending(self, job: Job) -> Pending:
        steps = [self.plan.graph.steps[index].id for index in job.steps]
        held = self.held.get(job.name)
        person = job.attended or isinstance(held, PersonNeededError)
        trigger = "attended" if job.trigger is None and person else str(job.trigger or "main")
        due = next_time(job)
        if self.job_states[job.name] == HANDED_OVER:
            why = f"handed over to {self.handoffs}"
        elif held is not None:
            why = _said(held)
        elif person:
            why = person_asked_for(self.plan, job, self.run.id)
        else:
            why = f"runs at {job.trigger}" if job.trigger else f"waits for {', '.join(job.needs)}"
        return Pending(job.name, trigger, person, steps, due, why)

    def _tell(self, pending: Sequence[Pending]) -> None:
        """Tell people by the notifier of what waits for one of them, where nobody is here to see it."""
        asked = [one for one in pending if one.attended]
        if not asked or self.plan.setting == "local":
            return
        from .told import tell_once, waits_for_person

        lines = [f"{one.job} ({', '.join(one.steps)}): {one.why}" for one in asked]
        title = f"{self.plan.lane}: a person is needed"
        if any(self.job_states[one.job] == PENDING for one in asked):
            lines.append(f"Then: lane resume {self.run.id}")
        message = "\n".join(lines)
        what = [waits_for_person(self.run.id, one.job) for one in asked]
        for why in tell_once(self.journal, what, message, title, self.prepared.environment):
            self.reporter.notice("warning", why)


def start(
    prepared: Prepared,
    store: str,
    reporter: Reporter,
    *,
    parallel: int,
    find: Finder,
    only: Job | None = None,
    satisfied: dict[int, Any] | None = None,
    began: Callable[[str], None] | None = None,
    handoffs: Path | None = None,
) -> int:
    """Begin a run of a prepared lane: its first job (or `only`), and what follows at once. Its exit code.

    `satisfied` are the outputs of the steps that probes took out of the plan. `began` is called with the run's id
    before the journal has the run. `handoffs` is the folder that gets hand-offs for the jobs that wait.
    """
    plan = prepared.plan
    first = only or plan.first_job
    check_before(prepared, [first] if first else [])
    journal = Journal(store)
    try:
        run = new_run(prepared)
        with claimed(store, run.id):
            if began is not None:
                began(run.id)
            record(journal, prepared, run)
            running = Running(
                prepared, run, journal, reporter, parallel=parallel, find=find, handoffs=handoffs
            )
            running.satisfy(satisfied or {})
            return go(running, [first] if first else [], follow=only is None)
    finally:
        journal.close()


def go(running: Running, jobs: list[Job], *, follow: bool) -> int:
    """Run jobs one after the other; `follow` goes on with those that become free. The caller has claimed the run."""
    begun = time.time()
    with running.signals.catching():
        if follow and not jobs:
            jobs.extend(_free(running))  # no job runs at once, but a person may be here for one
        running.begin(jobs)
        done: list[Job] = []
        while jobs and not running.failure and not running.interrupted:
            if running.signals.caught:
                running.interrupted = True
                break
            job = jobs.pop(0)
            if _may_begin(running, job):
                _run_job(running, job)
                done.append(job)
            if follow and not jobs:
                jobs.extend(_free(running))
        return running.finish(begun, done)


def _may_begin(running: Running, job: Job) -> bool:
    """Whether the credentials that a job runs under work; where one does not, the job stays pending."""
    try:
        with running.signals.let_through():
            why = held_back(job, running.plan, running.find, running.reporter)
    except KeyboardInterrupt:
        running.interrupted = True
        return False
    if why is not None:
        running.held[job.name] = why
        person = isinstance(why, PersonNeededError)
        running.journal.hold_job(running.run.id, job.name, _said(why), attended=person)
        running.reporter.notice("warning", f"{job.name} does not begin. {why}")
    return why is None


def _said(error: LaneError) -> str:
    return f"{error} {error.hint or ''}".strip()


def _free(running: Running) -> list[Job]:
    """The next job that can go on now: its needs are done, it waits for no time, a person is here if needed."""
    states = running.job_states
    for job in running.plan.jobs:
        here = (running.plan.setting == "local" or not job.attended) and set(job.machine) <= machine()
        free = states[job.name] == PENDING and all(states[need] == SUCCEEDED for need in job.needs)
        if free and here and job.trigger is None and job.name not in running.held:
            return [job]
    return []


def _run_job(running: Running, job: Job) -> None:
    journal, run = running.journal, running.run
    journal.set_job(run.id, job.name, RUNNING)
    running.reporter.job_started(job)
    ok = _run_hooks(running, "before_all", None)
    if ok:
        execution = _execution(running, job)
        _carry_out(running, execution)
        ok = execution.failed is None and not execution.interrupted
        _note(running, execution)
    ok = ok and _run_hooks(running, "after_all", None)
    if not ok and running.failure is not None and not running.interrupted:
        failure, running.failure = running.failure, None
        _run_hooks(running, "on_error", _told(running, job, failure))
        running.failure = failure
    state = SUCCEEDED if ok else CANCELLED if running.interrupted else FAILED
    running.job_states[job.name] = state
    journal.set_job(run.id, job.name, state)
    running.reporter.job_ended(job, state)


def _execution(running: Running, job: Job) -> Execution:
    for index in [index for index, state in running.states.items() if state == NOT_BEGUN]:
        del running.states[index]
    indices: Sequence[int] = job.steps
    if running.again:
        mine = running.again.union(job.steps)
        indices = [index for index in running.plan.graph.order if index in mine]
    return Execution(
        running.plan.graph,
        indices,
        running.material,
        running.recorder,
        parallel=running.parallel,
        states=running.states,
        seconds=running.seconds,
    )


def _carry_out(running: Running, execution: Execution) -> None:
    with running.signals.stopping(execution.stop):
        execution.run()


def _note(running: Running, execution: Execution, prefix: str = "") -> None:
    running.interrupted = running.interrupted or execution.interrupted
    if execution.failed is not None:
        index, outcome = execution.failed
        step = execution.graph.steps[index]
        outcome.where = outcome.where or step.place.shown(execution.graph.folder)
        running.failure = outcome
        running.failed_step = (prefix + step.id, step.action.name)


def _run_hooks(running: Running, kind: str, failure: Any) -> bool:
    """Run the hooks of one kind around a job; whether all of their steps succeeded."""
    for hook in running.prepared.hooks:
        if hook.kind == kind and hook.graph.steps and not _run_hook(running, hook, failure):
            return False
    return True


def _run_hook(running: Running, hook: PlannedHook, failure: Any) -> bool:
    execution = Execution(
        hook.graph,
        list(hook.graph.order),
        Material(hook.graph, hook.binding, hook.choices, running.find),
        running.recorder,
        parallel=running.parallel,
        states={},
        prefix=f"{hook.kind}/",
        failure=failure,
    )
    _carry_out(running, execution)
    _note(running, execution, execution.prefix)
    return execution.failed is None and not execution.interrupted


def _told(running: Running, job: Job, outcome: Outcome) -> Any:
    from lane._lanefile.failure import Failure

    step, action = running.failed_step
    return Failure(
        running.plan.lane, job.name, step, action, outcome.message or "", outcome.hint or "", running.run.id
    )


def _critical(running: Running) -> list[tuple[str, float]]:
    from .critical import critical_path

    graph, seconds = running.plan.graph, running.seconds
    path = critical_path(graph.order, [step.needs for step in graph.steps], seconds)
    return [(graph.steps[index].id, seconds[index] or 0.0) for index in path]
