"""Goes on with a run where it stopped: what has ended stays ended, what was under way is asked about."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ._credentials import Choice
from ._errors import PersonNeededError, UsageError
from ._execute import DONE
from ._journal import Journal
from ._probing import Probing
from ._reporter import RUNNING, SKIPPED
from ._run import PENDING, SUCCEEDED, Running, check_before, go

if TYPE_CHECKING:
    from collections.abc import Callable

    from ._auth import AuthMode
    from ._credentials import Found
    from ._journal import Run, StepState
    from ._plan import Job
    from ._prepare import Prepared
    from ._reporter import Reporter

_SAFE = frozenset({"read", "replace"})


def find_run(journal: Journal, name: str | None, *, lane: str | None = None, job: str | None = None) -> Run | None:
    """The run to go on with: the named one, or the newest that has work left. Raises UsageError for an unknown name."""
    if name is not None:
        run = journal.run(name)
        if run is None:
            raise UsageError(f"There is no run {name!r}.", hint="`lane runs` lists them.", code="unknown_run")
        return run
    for run_id, job_name in journal.unfinished():
        run = journal.run(run_id)
        if run is not None and (lane is None or run.lane == lane) and (job is None or job_name == job):
            return run
    return None


def given_parameters(run: Run) -> dict[str, Any]:
    """The parameters that a run was begun with; secrets are not kept, and come from the environment."""
    kept: dict[str, Any] = json.loads(run.parameters)
    return kept


def resume(
    prepared: Prepared,
    run: Run,
    journal: Journal,
    reporter: Reporter,
    *,
    parallel: int,
    find: Callable[[AuthMode], Found],
    only: str | None = None,
    again: frozenset[str] = frozenset(),
) -> int:
    """Go on with a run: first what `lane run` would have done, and where that is done, the jobs that wait for a time.

    `only` names one job; `again` names steps that were under way and shall run again. Returns the exit code. Raises
    UsageError where the lane has changed since, or where nobody can know whether a step has happened.
    """
    if prepared.plan.digest != run.digest:
        raise UsageError(
            f"The lane {run.lane} has changed since the run {run.id} began: its plan is another one.",
            hint=f"Begin a new run: lane run {run.lane}. (Or put the Lanefile back as it was.)",
            code="changed",
        )
    restored = journal.states(run.id)
    running = Running(prepared, run, journal, reporter, parallel=parallel, find=find, restored=restored)
    _restore_jobs(running)
    jobs = _jobs_to_go_on_with(running, only)
    check_before(prepared, jobs)
    _restore_steps(running, restored, again)
    return go(running, jobs, follow=only is None)


def _restore_jobs(running: Running) -> None:
    for name, job in running.journal.jobs(running.run.id).items():
        if name in running.job_states:
            running.job_states[name] = SUCCEEDED if job.state == SUCCEEDED else PENDING


def _jobs_to_go_on_with(running: Running, only: str | None) -> list[Job]:
    states = running.job_states
    left = [job for job in running.plan.jobs if states[job.name] != SUCCEEDED and only in (None, job.name)]
    free = [job for job in left if all(states[need] == SUCCEEDED for need in job.needs)]
    if only is not None and left and not free:
        waits = ", ".join(need for need in left[0].needs if states[need] != SUCCEEDED)
        raise UsageError(
            f"The job {only} of the run {running.run.id} waits for {waits}.",
            hint=f"lane resume {running.run.id} goes on with that first.",
            code="job_waits",
        )
    now = [job for job in free if job.trigger is None and not job.attended]
    if now:
        return now[:1]
    here = running.plan.setting == "local"
    possible = [job for job in free if here or not job.attended]
    if free and not possible:
        steps = ", ".join(running.plan.graph.steps[index].id for job in free for index in job.steps)
        raise PersonNeededError(
            f"What is left of the run {running.run.id} needs a person: {steps}.",
            hint=f"Run `lane resume {running.run.id} --local` in a terminal, or give the credential.",
        )
    return possible


def _restore_steps(running: Running, restored: dict[str, StepState], again: frozenset[str]) -> None:
    graph = running.plan.graph
    unknown = again - {step.id for step in graph.steps}
    if unknown:
        raise UsageError(f"The run has no step {min(unknown)!r}.", hint="`lane show RUN` lists them.")
    for index, step in enumerate(graph.steps):
        state = restored.get(step.id)
        if state is None:
            continue
        if state.state in DONE and running.material.readable(index):
            running.states[index] = state.state
        elif state.state == SKIPPED:
            running.states[index] = SKIPPED
        elif state.state in DONE:
            _must_be_safe(running, index, again, "its output held a secret and was not kept")
        elif state.state == RUNNING and not _asked(running, index):
            _must_be_safe(running, index, again, "it was under way when the run was killed")


def _asked(running: Running, index: int) -> bool:
    """Ask the probe of a step that was under way; whether its work is done."""
    step = running.plan.graph.steps[index]
    if step.action.probe is None:
        return False
    prepared = running.prepared
    probing = Probing(
        prepared.graph, prepared.binding, prepared.environment, running.find, running.reporter.notice
    )
    choice: Choice = running.plan.choices[index]
    value = probing.ask(index, choice, running.material.result)
    if value is None:
        return False
    running.satisfy({index: value})
    return True


def _must_be_safe(running: Running, index: int, again: frozenset[str], why: str) -> None:
    step = running.plan.graph.steps[index]
    if step.action.effect in _SAFE or step.action.probe is not None or step.id in again:
        return
    raise UsageError(
        f"Nobody knows whether {step.id} has happened: {why}, its effect is {step.action.effect!r} and its action "
        "has no probe.",
        where=step.place.shown(running.prepared.project.folder),
        hint=f"Look for yourself; if it has not, lane resume {running.run.id} --again {step.id}.",
        code="unknown_outcome",
    )
