"""Pending jobs: one instance for each run that left one; those that would do the same run once."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any, Protocol

from lane._errors import LaneError
from lane._report.reporter import SATISFIED, SUCCEEDED

from .claim import claimed
from .states import OVER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from lane._plan.prepare import Prepared

    from .journal import JobState, Journal, Run, StepState


def waiting(journal: Journal, lane: str, job: str) -> list[Run]:
    """The runs of a lane that left a job, and have done all that it needs, the oldest first."""
    found = [
        journal.run(run)
        for run, name in journal.unfinished()
        if name == job and _may_begin(journal.jobs(run), job)
    ]
    return [run for run in reversed(found) if run is not None and run.lane == lane]


def _may_begin(jobs: dict[str, JobState], name: str) -> bool:
    return all(jobs[need].state == SUCCEEDED for need in json.loads(jobs[name].needs))


class Waiting(Protocol):
    """A job, by its name and the names of those that it waits for."""

    @property
    def name(self) -> str: ...

    @property
    def needs(self) -> Sequence[str]: ...


def names_after(jobs: Iterable[Waiting], first: set[str]) -> set[str]:
    """The names of jobs, and of those that wait for them, directly or not."""
    names, before = set(first), 0
    while len(names) > before:
        before = len(names)
        names |= {job.name for job in jobs if not names.isdisjoint(job.needs)}
    return names


def run_each_once(
    journal: Journal,
    runs: Sequence[Run],
    job: str,
    *,
    prepare: Callable[[Run], Prepared],
    go_on: Callable[[Run], int],
    tell: Callable[[str], None],
) -> int:
    """Run one job of several runs, each with what its own run left; the exit code of the first that failed.

    Of those that would do the same (see `likeness`) the oldest runs, and when it has succeeded, the others have too:
    their steps get its outputs. Where it fails, they stay as they are. `prepare` plans the lane of a run as it is
    today and may raise LaneError; `go_on` runs the job of a run, and tells its errors; `tell` is told of the others.
    """
    code = 0
    for first, *others in _alike(journal, runs, job, prepare):
        ended = go_on(first)
        code = code or ended
        if journal.jobs(first.id)[job].state == SUCCEEDED:
            for other in others:
                tell(mark_as_done(journal, other, first, job))
    return code


def finish_alike(
    journal: Journal,
    done: Run,
    job: str,
    *,
    prepare: Callable[[Run], Prepared],
    tell: Callable[[str], None],
) -> None:
    """After a run's job has succeeded: the pending instances that would do the same count as done."""
    others = waiting(journal, done.lane, job)
    if not others:
        return
    for group in _alike(journal, [done, *others], job, prepare):
        if group[0] is done:
            for other in group[1:]:
                tell(mark_as_done(journal, other, done, job))


def _alike(
    journal: Journal, runs: Sequence[Run], job: str, prepare: Callable[[Run], Prepared]
) -> Iterable[list[Run]]:
    """The runs in groups of those whose job would do the same, in their order."""
    if len(runs) < 2:
        return [list(runs)] if runs else []
    groups: dict[str, list[Run]] = {}
    for run in runs:
        try:
            found = likeness(prepare(run), journal, run, job)
        except LaneError:
            found = None  # going on with it will tell
        groups.setdefault(found or run.id, []).append(run)
    return groups.values()


def likeness(prepared: Prepared, journal: Journal, run: Run, job: str) -> str | None:
    """A text that two instances of a job share where they would do the same; None where that cannot be known.

    It says which steps the job has, with their options, and what the run left for them: outputs, and of files in the
    run's own folder not where they are but their SHA-256.
    """
    from lane._plan.digest import digest_of_steps

    from .taken import taken

    graph = prepared.graph
    if prepared.problems or prepared.plan.digest != run.digest:
        return None
    by_id = {step.id: index for index, step in enumerate(graph.steps)}
    steps = [by_id[name] for name in json.loads(journal.jobs(run.id)[job].steps)]
    states, files = journal.states(run.id), _files(journal, run)
    parts: list[Any] = [digest_of_steps(graph, prepared.binding, steps), run.sandbox]
    for index in sorted({needed for step in steps for needed in graph.steps[step].needs} - set(steps)):
        state = states.get(graph.steps[index].id)
        parts.append((index, None if state is None else state.state))
    for index in sorted(taken(graph, steps)):
        outputs = [_output(state, files) for state in states_of(graph.steps[index].id, states)]
        if None in outputs:
            return None
        parts.append((index, outputs))
    return json.dumps(parts)


def states_of(step: str, states: dict[str, StepState]) -> list[StepState]:
    """The states of a step, and of its items where it is one of an `each`, in their order."""
    count = states[step].output if step in states and f"{step}[0]" in states else None
    names = [step, *(f"{step}[{position}]" for position in range(int(count or 0)))]
    return [states[name] for name in names if name in states]


def _output(state: StepState, files: dict[str, str]) -> str | None:
    """What a step gave, with files by their content; None where it was not kept."""
    from .carried import with_texts

    if state.output is None:
        return state.state
    return (
        json.dumps(with_texts(json.loads(state.output), "", lambda text, _: _by_content(text, files)))
        if state.kept
        else None
    )


def _by_content(text: str, files: dict[str, str]) -> str:
    for path, digest in files.items():
        if text == path or text.startswith(path + os.sep):
            return digest + text[len(path) :]
    return text


def _files(journal: Journal, run: Run) -> dict[str, str]:
    """The SHA-256 of each file that a run has kept, by its path."""
    rows = journal.read("SELECT path, sha256 FROM artifacts WHERE run=? ORDER BY path", (run.id,))
    folder = os.path.join(journal.folder, "runs", run.id)  # noqa: PTH118 - pathlib costs 10 ms at start
    return {os.path.join(folder, path): digest for path, digest in rows}  # noqa: PTH118


def mark_as_done(journal: Journal, run: Run, like: Run, job: str) -> str:
    """Let a run's job count as done, by the outputs of another run's; what to tell of it.

    Where another process has the run, it is left alone.
    """
    try:
        with claimed(journal.folder, run.id):
            return _mark_as_done(journal, run, like, job)
    except LaneError as error:
        return f"{job} of {run.id} is the same as that of {like.id}, but it is not marked as done: {error}"


def _mark_as_done(journal: Journal, run: Run, like: Run, job: str) -> str:
    import time

    jobs = journal.jobs(run.id)
    if jobs[job].state in OVER:
        return f"{job} of {run.id} is done already."
    states, number, now = journal.states(like.id), journal.next_number(run.id), time.time()
    message = f"the same as in the run {like.id}"
    events: list[Any] = []
    for step in json.loads(jobs[job].steps):
        for state in states_of(step, states):
            ended = SATISFIED if state.state == SUCCEEDED else state.state
            events += [run.id, number, now, state.step, ended, 1, state.output, state.kept, message]
            number += 1
    journal.begin()
    journal.close_job(run.id, job, SUCCEEDED)
    if all(other.state in OVER for name, other in jobs.items() if name != job):
        journal.set_run(run.id, SUCCEEDED)
    journal.commit(events)
    return f"{job} of {run.id} is the same as that of {like.id}, and done."
