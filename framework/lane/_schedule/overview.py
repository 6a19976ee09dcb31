"""What `lane schedule list` shows of each schedule, without APScheduler."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import ZoneInfo

from .alone import worked_on
from .firings import HELD, Firing, Firings
from .schedules import Schedule, of_lanes, of_pending_jobs
from .spread import is_time_of, next_time, seed_of
from .telling import utc

if TYPE_CHECKING:
    from lane._lanefile.load import Project
    from lane._run.journal import Journal


class Row(NamedTuple):
    """A schedule. `next` is in seconds since the epoch: None while it is paused, or where it is `wrong`.

    `open` is its firing that has not ended, `last` the one that ended last; `busy`: a process works on it now.
    """

    schedule: Schedule
    paused: bool
    next: float | None
    open: Firing | None
    last: Firing | None
    wrong: str | None
    busy: bool

    @property
    def name(self) -> str:
        """The schedule's name."""
        return self.schedule.name

    @property
    def state(self) -> str:
        """What a scheduler makes of it."""
        if self.wrong is not None:
            return "wrong"
        if self.open is not None:
            return "under way" if self.busy else "held" if self.open.state == HELD else "due"
        if self.paused:
            return "paused"
        return "overdue" if self.next is not None and self.next <= time.time() else "waits"

    @property
    def why(self) -> str | None:
        """Why it is wrong, or held."""
        return self.wrong or (None if self.open is None else self.open.message)

    def as_dict(self) -> dict[str, Any]:
        """The row for scripts."""
        last = self.last
        return {
            "name": self.name,
            "lane": self.schedule.lane,
            "job": self.schedule.job,
            "cron": self.schedule.trigger.cron,
            "timezone": self.schedule.trigger.timezone,
            "next": None if self.next is None else utc(self.next),
            "runs": list(self.schedule.runs),
            "state": self.state,
            "paused": self.paused,
            "why": self.why,
            "last": None
            if last is None or last.ended is None
            else {"state": last.state, "ended": utc(last.ended), "run": last.run, "message": last.message},
        }

    def cells(self) -> tuple[str, ...]:
        """The row for people."""
        why = f": {self.why}" if self.why else ""
        last = (
            ""
            if self.last is None or self.last.ended is None
            else f"{self.last.state} {utc(self.last.ended)}"
        )
        waiting = str(len(self.schedule.runs)) if self.schedule.job else ""
        return (self.name, str(self.schedule.trigger), self.shown_next(), waiting, f"{self.state}{why}", last)

    def shown_next(self) -> str:
        """The next time as the clock in its timezone shows it."""
        if self.next is None:
            return ""
        zone = ZoneInfo(self.schedule.trigger.timezone)
        return f"{datetime.fromtimestamp(self.next, zone):%Y-%m-%d %H:%M:%S %Z}"


def overview(project: Project, journal: Journal) -> list[Row]:
    """A row for each schedule of a Lanefile and its store: the lanes, then the jobs."""
    firings = Firings(journal)
    paused = firings.paused()
    stored = _stored_times(journal)
    rows = []
    for one in [*of_lanes(project), *of_pending_jobs(journal)]:
        wrong = one.wrong
        at = None
        if wrong is None and one.name not in paused:
            at = _next(one, stored.get(one.name), journal.folder)
        open_, last = firings.open(one.name), firings.last(one.name)
        busy = open_ is not None and worked_on(journal.folder, one.name)
        rows.append(Row(one, one.name in paused, at, open_, last, wrong, busy))
    return rows


def _next(schedule: Schedule, stored: float | None, store: str) -> float | None:
    """When a schedule fires: what a scheduler has written down, unless the schedule is another one since."""
    if stored is not None and is_time_of(schedule.trigger, datetime.fromtimestamp(stored, UTC)):
        return stored
    new = stored is None and schedule.since is not None
    after = datetime.fromtimestamp(schedule.since or 0.0, UTC) if new else datetime.now(UTC)
    found = next_time(schedule.trigger, seed_of(store, schedule.name), after)
    return None if found is None else found.timestamp()


def _stored_times(journal: Journal) -> dict[str, float]:
    """The times that are in APScheduler's table, which is there once a scheduler was."""
    known = journal.read("SELECT 1 FROM sqlite_master WHERE type='table' AND name='scheduler_jobs'")
    rows = (
        journal.read("SELECT id, next_run_time FROM scheduler_jobs WHERE next_run_time IS NOT NULL")
        if known
        else []
    )
    return dict(rows)
