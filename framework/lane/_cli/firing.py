"""Works on a firing: runs a lane, or all instances of a pending job, and writes down what came of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from lane._errors import (
    EXIT_CREDENTIALS,
    EXIT_INTERRUPTED,
    EXIT_OK,
    EXIT_PERSON,
    LaneError,
)
from lane._plan.environment import environment
from lane._run.pending import run_each_once, waiting
from lane._run.run import start
from lane._run.states import OVER
from lane._run.told import forget, tell_once, waits_for_person
from lane._schedule.firings import CANCELLED, FAILED, SUCCEEDED, Firings

from .complain import complain
from .looking import look
from .run import resume_run
from .session import approve, say

if TYPE_CHECKING:
    from lane._run.journal import JobState, Journal, Run
    from lane._schedule.firings import Firing

    from .session import Session


class _Ended(NamedTuple):
    """What came of one run: `job` is the one that was wanted, None where that was the whole lane."""

    run: str | None
    job: str | None
    code: int
    why: str
    busy: bool = False

    @property
    def waits(self) -> bool:
        """Whether it can go on later: a credential or a person is needed, or another process has it."""
        return self.busy or self.code in (EXIT_CREDENTIALS, EXIT_PERSON)


class Work:
    """One schedule's firing under way; the caller holds the schedule. `env` is what `--env` said."""

    def __init__(self, session: Session, journal: Journal, schedule: str, env: str | None) -> None:
        self._session = session
        self._journal = journal
        self._schedule = schedule
        self._env = env
        self._firings = Firings(journal)
        self._ended: list[_Ended] = []

    def run(self, firing: Firing) -> int:
        """Do it; the exit code of the first that did not succeed."""
        self._firings.begin(firing)
        lane, _, job = self._schedule.partition("/")
        try:
            if job:
                self._instances(firing, lane, job)
            else:
                self._lane(firing, lane)
        except KeyboardInterrupt:
            self._ended.append(_Ended(None, job or None, EXIT_INTERRUPTED, "It was interrupted."))
        self._write_down(firing)
        return next((one.code for one in self._ended if one.code), EXIT_OK)

    # A pending job

    def _instances(self, firing: Firing, lane: str, job: str) -> None:
        runs = [one for one in waiting(self._journal, lane, job) if not self._tried(firing, one, job)]
        if not runs:
            text = f"There is nothing to do: no run has left the job {job} of {lane} pending."
            say(self._session, "nothing_to_do", text)
            return
        run_each_once(
            self._journal,
            runs,
            job,
            prepare=self._session.prepare_again,
            go_on=lambda run: self._instance(run, job),
            tell=lambda text: say(self._session, "done_elsewhere", text),
        )

    def _tried(self, firing: Firing, run: Run, job: str) -> bool:
        """Whether this firing has run the job before, in vain: that is for its next time, or for a person."""
        if self._session.setting == "local" or firing.begun is None:
            return False
        state = self._journal.jobs(run.id)[job]
        return state.state == FAILED and state.ended is not None and state.ended >= firing.begun

    def _instance(self, run: Run, job: str) -> int:
        try:
            code = resume_run(self._session, self._journal, run, job)
            code = code or self._follow(run.id, attended=False)
        except LaneError as error:
            return self._refused(error, run.id, job)
        return self._note(run.id, job, code)

    # A lane

    def _lane(self, firing: Firing, lane: str) -> None:
        try:
            code = EXIT_OK
            run = None if firing.run is None else self._journal.run(firing.run)
            if run is None:
                code = self._begin(firing, lane)
            run_id = self._run_of(firing)
            code = code or (self._follow(run_id, attended=True) if run_id else code)
        except LaneError as error:
            self._refused(error, self._run_of(firing), None)
        else:
            self._note(run_id, None, code)

    def _begin(self, firing: Firing, lane: str) -> int:
        session = self._session
        prepared = session.prepare(lane, {})
        approve(prepared, None)
        with session.surroundings(prepared) as find:
            satisfied = look(prepared, find, session.reporter.notice, None)
            return start(
                prepared,
                session.store,
                session.reporter,
                parallel=session.parallel,
                find=find,
                satisfied=satisfied,
                began=lambda run: self._firings.began_run(firing, run),
            )

    def _run_of(self, firing: Firing) -> str | None:
        now = self._firings.again(firing)
        return None if now is None or now.run is None or self._journal.run(now.run) is None else now.run

    def _follow(self, run_id: str, *, attended: bool) -> int:
        """Run what is left of a run and waits for no time; what is `attended` last, or not at all."""
        run, tried = self._journal.run(run_id), set[str]()
        assert run is not None
        while True:
            jobs = self._journal.jobs(run_id)
            free = [job for job in jobs.values() if _is_free(job, jobs) and job.name not in tried]
            free = [job for job in free if attended or not job.attended]
            if not free:
                return EXIT_OK
            job = min(free, key=lambda one: one.attended)
            tried.add(job.name)
            code = resume_run(self._session, self._journal, run, job.name)
            if code:
                return code

    # What came of it

    def _refused(self, error: LaneError, run: str | None, job: str | None) -> int:
        complain(error)
        why = f"{error} {error.hint or ''}".strip()
        self._ended.append(_Ended(run, job, error.exit_code, why, error.code == "run_busy"))
        return error.exit_code

    def _note(self, run: str | None, job: str | None, code: int) -> int:
        self._ended.append(_Ended(run, job, code, self._why(run, code)))
        return code

    def _why(self, run: str | None, code: int) -> str:
        if code == EXIT_OK or run is None:
            return ""
        states = self._journal.states(run).values()
        failed = [f"{one.step}: {one.message}" for one in states if one.state == FAILED and one.message]
        if failed and code not in (EXIT_CREDENTIALS, EXIT_PERSON):
            return f"{' '.join(failed)} Look at it with `lane show {run}`; `lane resume {run}` goes on."
        held = [one.held for one in self._journal.jobs(run).values() if one.held and one.state not in OVER]
        why = " ".join(dict.fromkeys(held)) or "A credential or a person is needed."
        return f"{why} `lane resume {run}` goes on."

    def _write_down(self, firing: Firing) -> None:
        self._tell_people(firing)
        stopped = any(one.code == EXIT_INTERRUPTED for one in self._ended)
        held = [one.why for one in self._ended if one.waits]
        failed = [one.why for one in self._ended if one.code and not one.waits]
        if stopped:
            if self._session.setting == "local":  # who pressed Ctrl-C wants no scheduler to go on with it
                self._firings.end(firing, CANCELLED, "It was interrupted.")
        elif held:
            self._firings.hold(firing, "\n".join(dict.fromkeys(held)))
        elif failed:
            self._firings.end(firing, FAILED, "\n".join(dict.fromkeys(failed)))
        else:
            self._firings.end(firing, SUCCEEDED)
            forget(self._journal, f"{self._schedule} ")

    def _tell_people(self, firing: Firing) -> None:
        """Tell of what failed and what waits, each once; not where a person is here and sees it."""
        if self._session.setting == "local":
            return
        surroundings = environment(self._session.project.folder, self._env)
        for one in self._ended:
            if one.code in (EXIT_OK, EXIT_INTERRUPTED) or one.busy:
                continue
            title = f"{self._schedule} {'waits' if one.waits else 'failed'}"
            for problem in tell_once(self._journal, self._what(one, firing), one.why, title, surroundings):
                self._session.reporter.notice("warning", problem)

    def _what(self, one: _Ended, firing: Firing) -> list[str]:
        """What is told, as the journal remembers it: of a job that waits for a person the run tells too."""
        if one.code == EXIT_PERSON and one.run is not None:
            jobs = self._journal.jobs(one.run)
            asked = [one.job] if one.job else [name for name, job in jobs.items() if _waits_for_person(job)]
            return [waits_for_person(one.run, name) for name in asked] or [f"{one.run} waits"]
        return [
            f"{self._schedule} {firing.due} {one.run} waits" if one.waits else f"{self._schedule} {one.why}"
        ]


def _is_free(job: JobState, jobs: dict[str, JobState]) -> bool:
    needs = json.loads(job.needs)
    return job.cron is None and job.state not in OVER and all(jobs[need].state == SUCCEEDED for need in needs)


def _waits_for_person(job: JobState) -> bool:
    return bool(job.attended) and job.state not in OVER


def run_schedule(session: Session, schedule: str, env: str | None) -> int:
    """Run what a schedule stands for now; the exit code of the first that did not succeed.

    Raises BusyError where another process does. What is due, or was held, is done with it.
    """
    import time

    from lane._schedule.alone import only_worker

    journal = session.journal()
    try:
        with only_worker(session.store, schedule):
            firings = Firings(journal)
            firing = firings.open(schedule)
            if firing is None:
                firings.add(schedule, time.time(), asked=True)
                firing = firings.open(schedule)
            assert firing is not None
            return Work(session, journal, schedule, env).run(firing)
    finally:
        journal.close()
