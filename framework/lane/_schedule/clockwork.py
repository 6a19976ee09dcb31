"""APScheduler tells what is due: its jobs are in the journal's database, and each firing is written there too."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from apscheduler.executors.base import BaseExecutor
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.base import BaseScheduler
from apscheduler.triggers.base import BaseTrigger
from sqlalchemy import URL
from sqlalchemy.exc import SQLAlchemyError

from lane._errors import LaneError
from lane._lanefile.trigger import Trigger
from lane._run.journal import unusable

from .firings import record
from .schedules import is_job
from .spread import next_time, seed_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from apscheduler.job import Job

    from .schedules import Schedule

TABLE = "scheduler_jobs"
_PATIENCE = 30.0  # seconds to wait for another process that writes


class Times(BaseTrigger):  # type: ignore[misc]  # APScheduler has no types
    """A schedule's times, as APScheduler asks for them and pickles them.

    After times that were missed comes the next one from now on: one firing stands for all of them.
    """

    def __init__(self, cron: str, timezone: str, seed: str) -> None:
        self.cron = cron
        self.timezone = timezone
        self.seed = seed

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> Any:
        """The first time after now, and after the previous one; None if there is none (its base says nothing else)."""
        after = now.astimezone(UTC)
        if previous_fire_time is not None:
            after = max(after, previous_fire_time.astimezone(UTC))
        return next_time(Trigger(self.cron, self.timezone), self.seed, after)

    def __str__(self) -> str:
        return f"{self.cron} {self.timezone}"


class _Writer(BaseExecutor):  # type: ignore[misc]  # as above
    """Writes a firing down before APScheduler writes down the next time: a kill between the two loses nothing."""

    def __init__(self, store: str) -> None:
        super().__init__()
        self._store = store
        self._unwritten: list[tuple[str, float]] = []

    def _do_submit_job(self, job: Job, run_times: list[datetime]) -> None:
        self._unwritten += [(job.id, time.timestamp()) for time in run_times]
        with suppress(LaneError):  # a full disk: the next look tries again, and tells
            self.write()
        self._run_job_success(job.id, [])

    def write(self) -> None:
        """Write what waits. Raises JournalError; then it waits on."""
        while self._unwritten:
            record(self._store, *self._unwritten[0])
            del self._unwritten[0]


class _ByHand(BaseScheduler):  # type: ignore[misc]  # as above
    """Does its work when it is told to, in the thread of who tells."""

    def shutdown(self, wait: bool = True) -> None:
        """Leave the job store and the executor."""
        super().shutdown(wait)

    def wakeup(self) -> None:
        """Nothing: `process` is called often."""

    def process(self) -> float | None:
        """Hand what is due to the executor; seconds until something else is."""
        seconds: float | None = self._process_jobs()
        return seconds


class Clockwork:
    """The times of all schedules of a store. The journal's database exists already.

    Its methods raise JournalError where that cannot be used.
    """

    def __init__(self, store: str, database: str) -> None:
        self._store = store
        self._database = database
        self._writer = _Writer(store)
        url = URL.create("sqlite", database=database)
        jobs = SQLAlchemyJobStore(
            url=url, tablename=TABLE, engine_options={"connect_args": {"timeout": _PATIENCE}}
        )
        # No firing is too late (a machine sleeps), many that were missed are one, and one goes on at a time.
        self._scheduler = _ByHand(
            jobstores={"default": jobs},
            executors={"default": self._writer},
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
            timezone=UTC,
        )
        with self._usable():
            self._scheduler.start()

    @contextmanager
    def _usable(self) -> Iterator[None]:
        try:
            yield
        except SQLAlchemyError as error:
            raise unusable(self._database, getattr(error, "orig", error)) from None

    def set(
        self, lanes: Iterable[Schedule] | None, jobs: Iterable[Schedule], paused: Collection[str]
    ) -> None:
        """Make APScheduler's jobs those of these schedules; the times of one that stays are kept.

        `lanes` is None until the Lanefile has been read: its schedules stay as they are.
        """
        with self._usable():
            self._set(lanes, {one.name: one for one in (*(lanes or ()), *jobs)}, paused)

    def _set(
        self, lanes: Iterable[Schedule] | None, wanted: dict[str, Schedule], paused: Collection[str]
    ) -> None:
        for job in self._scheduler.get_jobs():
            schedule = wanted.pop(job.id, None)
            if schedule is None:
                if lanes is not None or is_job(job.id):
                    self._scheduler.remove_job(job.id)
            elif str(job.trigger) != f"{schedule.trigger.cron} {schedule.trigger.timezone}":
                self._add(schedule, datetime.now(UTC), job.id in paused)
            elif (job.next_run_time is None) != (job.id in paused):
                (self._scheduler.pause_job if job.id in paused else self._scheduler.resume_job)(job.id)
        for schedule in wanted.values():
            since = (
                datetime.now(UTC) if schedule.since is None else datetime.fromtimestamp(schedule.since, UTC)
            )
            self._add(schedule, since, schedule.name in paused)

    def tick(self) -> float | None:
        """Write down what is due; seconds until something else is, None where nothing will be."""
        with self._usable():
            seconds = self._scheduler.process()
        self._writer.write()
        return seconds

    def next(self) -> tuple[str, float] | None:
        """What fires next, and when, in seconds since the epoch."""
        with self._usable():
            jobs = [job for job in self._scheduler.get_jobs() if job.next_run_time is not None]
        first = min(jobs, key=lambda job: (job.next_run_time, job.id), default=None)
        return None if first is None else (first.id, first.next_run_time.timestamp())

    def close(self) -> None:
        """Leave the database."""
        self._scheduler.shutdown(wait=False)

    def _add(self, schedule: Schedule, after: datetime, paused: bool) -> None:
        cron, timezone = schedule.trigger.cron, schedule.trigger.timezone
        assert cron is not None
        times = Times(cron, timezone, seed_of(self._store, schedule.name))
        at = times.get_next_fire_time(None, after)
        options: dict[str, Any] = {"id": schedule.name, "name": schedule.name, "replace_existing": True}
        self._scheduler.add_job(_fire, times, next_run_time=None if paused else at, **options)


def _fire() -> None:
    """What APScheduler's jobs name. It is never called: the executor writes the firing down, in this store."""
