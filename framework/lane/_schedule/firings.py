"""Firings in the journal: what fell due, what became of it; and which schedules are paused."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

from lane._run.journal import Journal

if TYPE_CHECKING:
    from collections.abc import Iterable

# `due`: to be worked on, or under way, or cut off while it was; `held`: it could not begin, and is tried again.
DUE, HELD, SUCCEEDED, FAILED, CANCELLED = "due", "held", "succeeded", "failed", "cancelled"

AGAIN = 300.0
"""Seconds after which a firing that could not begin is tried again."""

_COLUMNS = "schedule, due, state, run, begun, ended, again, message"


class Firing(NamedTuple):
    """A row of `firings`; times are seconds since the epoch.

    `begun` is when it was worked on first; `run` is the run that a lane's firing began; `again` is when a held one is
    tried again.
    """

    schedule: str
    due: float
    state: str
    run: str | None
    begun: float | None
    ended: float | None
    again: float | None
    message: str | None


def record(store: str, schedule: str, due: float | None = None) -> bool:
    """Write down that a schedule fell due (now, unless a time is given); whether that was news.

    It is none where the schedule is paused, or was then, where an earlier firing of it has not ended, or where the
    same one was written down before: a scheduler may have been killed between this and what it writes of the next
    time.
    """
    journal = Journal(store)
    try:
        return Firings(journal).add(schedule, time.time() if due is None else due)
    finally:
        journal.close()


class Firings:
    """The firings of a store. At most one of a schedule has not ended."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def add(self, schedule: str, due: float, *, asked: bool = False) -> bool:
        """See `record`. One that a person `asked` for does not care whether the schedule is paused."""
        now = "schedule=?1 AND (until IS NULL OR ?2 BETWEEN since AND until)"
        paused = "" if asked else f" WHERE NOT EXISTS (SELECT 1 FROM paused WHERE {now})"  # noqa: S608 - constant
        insert = f"INSERT OR IGNORE INTO firings (schedule, due, state) SELECT ?1, ?2, 'due'{paused}"
        return self._journal.write(insert, (schedule, due)) > 0

    def open(self, schedule: str) -> Firing | None:
        """The firing of a schedule that has not ended."""
        return self._one("schedule=? AND ended IS NULL", schedule)

    def last(self, schedule: str) -> Firing | None:
        """The firing of a schedule that ended last."""
        return self._one("schedule=? AND ended IS NOT NULL ORDER BY ended DESC", schedule)

    def unended(self) -> list[Firing]:
        """All that have not ended, in the order in which they fell due."""
        return self._rows("ended IS NULL ORDER BY due, schedule")

    def again(self, firing: Firing) -> Firing | None:
        """The same firing as it is now."""
        return self._one("schedule=? AND due=?", firing.schedule, firing.due)

    def begin(self, firing: Firing) -> None:
        """Note that a process works on it now; `begun` stays when one first did."""
        self._set(firing, "state='due', begun=coalesce(begun, ?), again=NULL, message=NULL", time.time())

    def began_run(self, firing: Firing, run: str) -> None:
        """Note the run that it is about to begin."""
        self._set(firing, "run=?", run)

    def hold(self, firing: Firing, message: str) -> None:
        """Note that it could not begin; it is tried again in five minutes."""
        self._set(firing, "state='held', message=?, again=?", message, time.time() + AGAIN)

    def end(self, firing: Firing, state: str, message: str | None = None) -> None:
        """Note how it ended."""
        self._set(firing, "state=?, message=?, ended=?", state, message, time.time())

    # Paused schedules

    def paused(self) -> set[str]:
        """The names of the schedules that are paused."""
        return {row[0] for row in self._journal.read("SELECT schedule FROM paused WHERE until IS NULL")}

    def pause(self, schedule: str) -> bool:
        """Keep a schedule from firing; whether that is a change."""
        insert = (
            "INSERT INTO paused VALUES (?,?,NULL) ON CONFLICT (schedule)"
            " DO UPDATE SET since=excluded.since, until=NULL WHERE until IS NOT NULL"
        )
        return self._journal.write(insert, (schedule, time.time())) > 0

    def unpause(self, schedule: str) -> bool:
        """Let a schedule fire again, from its next time on; whether that is a change."""
        update = "UPDATE paused SET until=? WHERE schedule=? AND until IS NULL"
        return self._journal.write(update, (time.time(), schedule)) > 0

    # Rows

    def _set(self, firing: Firing, columns: str, *values: object) -> None:
        update = f"UPDATE firings SET {columns} WHERE schedule=? AND due=?"  # noqa: S608 - columns
        self._journal.write(update, (*values, firing.schedule, firing.due))

    def _one(self, where: str, *values: object) -> Firing | None:
        return next(iter(self._rows(f"{where} LIMIT 1", values)), None)

    def _rows(self, where: str, values: Iterable[object] = ()) -> list[Firing]:
        query = f"SELECT {_COLUMNS} FROM firings WHERE {where}"  # noqa: S608 - columns
        return [Firing(*row) for row in self._journal.read(query, tuple(values))]
