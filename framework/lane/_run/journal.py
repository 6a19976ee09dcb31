"""The durable record of runs: SQLite beside the Lanefile. Append-only where it counts."""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from lane._errors import LaneError
from lane._report.reporter import RUNNING

from .states import OVER

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

SCHEMA_VERSION = 4
_PATIENCE = 30.0  # seconds to wait for another process that writes

# `events` is the truth about steps: one row for each change of state, in order; `steps` shows each step's last.
# Clustered by run, so that writing appends and reading a run touches only its own pages.
_SCHEMA = """
CREATE TABLE runs (
    id TEXT PRIMARY KEY, lane TEXT NOT NULL, lanefile TEXT NOT NULL, parameters TEXT NOT NULL,
    digest TEXT NOT NULL, setting TEXT NOT NULL, sandbox INTEGER NOT NULL, state TEXT NOT NULL,
    created REAL NOT NULL, ended REAL
) WITHOUT ROWID;
CREATE TABLE jobs (
    run TEXT NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL, cron TEXT, timezone TEXT,
    attended INTEGER NOT NULL, needs TEXT NOT NULL, steps TEXT NOT NULL, state TEXT NOT NULL,
    due REAL, started REAL, ended REAL,
    PRIMARY KEY (run, name)
) WITHOUT ROWID;
CREATE INDEX jobs_by_state ON jobs (state, run);
CREATE TABLE events (
    run TEXT NOT NULL, number INTEGER NOT NULL, time REAL NOT NULL, step TEXT NOT NULL, state TEXT NOT NULL,
    attempt INTEGER NOT NULL, output TEXT, kept INTEGER, message TEXT, PRIMARY KEY (run, number)
) WITHOUT ROWID;
CREATE VIEW steps AS
    SELECT run, step, state, time, attempt, output, kept, message, max(number) AS number
    FROM events GROUP BY run, step;
CREATE TABLE artifacts (
    run TEXT NOT NULL, step TEXT NOT NULL, path TEXT NOT NULL, size INTEGER NOT NULL, sha256 TEXT NOT NULL,
    PRIMARY KEY (run, step, path)
) WITHOUT ROWID;
CREATE TABLE ledger (
    id INTEGER PRIMARY KEY, run TEXT NOT NULL, step TEXT NOT NULL, time REAL NOT NULL, what TEXT NOT NULL,
    before TEXT, after TEXT
);
"""


# What leads from each format to the next.
_UPGRADES = {
    1: """CREATE TABLE handoffs (
        origin TEXT NOT NULL, job TEXT NOT NULL, token TEXT NOT NULL, run TEXT, PRIMARY KEY (origin, job)
    ) WITHOUT ROWID;
    CREATE INDEX handoffs_by_run ON handoffs (run);""",
    2: """CREATE TABLE firings (
        schedule TEXT NOT NULL, due REAL NOT NULL, state TEXT NOT NULL, run TEXT, begun REAL, ended REAL,
        again REAL, message TEXT, PRIMARY KEY (schedule, due)
    ) WITHOUT ROWID;
    CREATE UNIQUE INDEX open_firings ON firings (schedule) WHERE ended IS NULL;
    CREATE TABLE paused (schedule TEXT PRIMARY KEY, since REAL NOT NULL) WITHOUT ROWID;
    CREATE TABLE told (what TEXT PRIMARY KEY, time REAL NOT NULL) WITHOUT ROWID;""",
    3: """ALTER TABLE jobs ADD COLUMN held TEXT;
    ALTER TABLE paused ADD COLUMN until REAL;""",
}

_RUN = (
    "id, lane, lanefile, parameters, digest, setting, sandbox, created, state, ended"  # the columns of a run
)
_CHECKPOINT = 4_000  # pages (16 MB) between two that wait for the disk, which a step waits for too
_COLUMNS = 9  # of `events`
_PAIR = 2 * _COLUMNS
_INSERT = "INSERT INTO events VALUES (?,?,?,?,?,?,?,?,?)"
_INSERT_PAIR = f"{_INSERT},(?,?,?,?,?,?,?,?,?)"  # the end of a step and the start of the next
_NO_EVENTS: list[Any] = []


class JournalError(LaneError):
    """The journal cannot be read or written: a full disk, a read-only folder, a newer format."""

    code = "journal"


class Journal:
    """The journal of a store. One connection; callers hold `lane`'s own lock when several threads write.

    Written in WAL mode with `synchronous=NORMAL`: what is committed survives a killed process; the last commits
    may be lost with the power.
    """

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.path = os.path.join(folder, "journal.db")  # noqa: PTH118 - pathlib costs 10 ms at start
        try:
            _make_store(folder, self.path)
            self._connection = sqlite3.connect(
                self.path, isolation_level=None, check_same_thread=False, timeout=_PATIENCE
            )
        except (OSError, sqlite3.Error) as error:
            raise unusable(self.path, error) from None
        self._execute = self._connection.execute
        try:
            self._open()
        except (OSError, sqlite3.Error) as error:
            self._connection.close()
            raise unusable(self.path, error) from None
        except BaseException:
            self._connection.close()
            raise

    def _open(self) -> None:
        if self._execute("PRAGMA user_version").fetchone()[0] != SCHEMA_VERSION:
            with _alone(self.path):
                self._migrate()
        self._execute("PRAGMA synchronous=NORMAL")
        self._execute(f"PRAGMA wal_autocheckpoint={_CHECKPOINT}")

    def _migrate(self) -> None:
        version = self._execute("PRAGMA user_version").fetchone()[0]
        if version == SCHEMA_VERSION:
            return
        if version > SCHEMA_VERSION:
            raise JournalError(
                f"The journal {self.path} has format {version}; this lane reads {SCHEMA_VERSION}.",
                hint="Use the version of lane that wrote it, or move the folder away.",
            )
        self._execute("PRAGMA journal_mode=WAL")  # kept in the file
        self._execute("BEGIN IMMEDIATE")
        steps = [_UPGRADES[one] for one in range(max(version, 1), SCHEMA_VERSION)]
        for statement in ";".join(steps if version else [_SCHEMA, *steps]).split(";"):
            self._execute(statement)
        self._execute(f"PRAGMA user_version={SCHEMA_VERSION}")
        self._execute("COMMIT")

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    # Transactions: rows wait for `commit()`, so that the end of a step and the start of the next are one write.

    def begin(self) -> None:
        """Open a transaction unless one is open."""
        try:
            if not self._connection.in_transaction:
                self._execute("BEGIN")
        except sqlite3.Error as error:  # it was closed: a thread that was given up
            raise unusable(self.path, error) from None

    def roll_back(self) -> None:
        """Forget what was written since `begin()`."""
        if self._connection.in_transaction:
            self._execute("ROLLBACK")

    def commit(self, events: list[Any] = _NO_EVENTS) -> None:
        """Make `events` and what was written since `begin()` durable against a killed process.

        `events` are the columns of their rows, one after the other. Raises JournalError (a full disk).
        """
        try:
            if len(events) == _PAIR and not self._connection.in_transaction:
                self._execute(_INSERT_PAIR, events)  # one statement is a transaction of its own
                return
            if events:
                self.begin()
                for at in range(0, len(events), _COLUMNS):
                    self._execute(_INSERT, events[at : at + _COLUMNS])
            if self._connection.in_transaction:
                self._execute("COMMIT")
        except sqlite3.Error as error:
            raise unusable(self.path, error) from None

    def write(self, statement: str, values: Sequence[Any]) -> int:
        """Write at once, or with the transaction that is open; how many rows it was. Raises JournalError."""
        try:
            return self._execute(statement, values).rowcount
        except sqlite3.Error as error:
            raise unusable(self.path, error) from None

    def read(self, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Rows of a query. Raises JournalError."""
        try:
            return self._execute(query, values).fetchall()
        except sqlite3.Error as error:
            raise unusable(self.path, error) from None

    # Runs and jobs

    def add_run(self, run: Run, jobs: Iterable[JobRow]) -> None:
        """Record a run and its jobs, all at once."""
        self.begin()
        self.write(
            "INSERT INTO runs VALUES (?,?,?,?,?,?,?,'running',?,NULL)",
            (
                run.id,
                run.lane,
                run.lanefile,
                run.parameters,
                run.digest,
                run.setting,
                run.sandbox,
                run.created,
            ),
        )
        for job in jobs:
            self.write("INSERT INTO jobs VALUES (?,?,?,?,?,?,?,?,?,?,NULL,NULL,NULL)", (run.id, *job))
        self.commit()

    def set_run(self, run: str, state: str) -> None:
        """Record a run's state."""
        self.write("UPDATE runs SET state=?, ended=? WHERE id=?", (state, time.time(), run))

    def set_job(self, run: str, job: str, state: str) -> None:
        """Record a job's state, with the time it started or ended."""
        column = "started" if state == RUNNING else "ended"
        update = f"UPDATE jobs SET state=?, held=NULL, {column}=? WHERE run=? AND name=?"  # noqa: S608 - one of two
        self.write(update, (state, time.time(), run, job))

    def close_job(self, run: str, job: str, state: str) -> None:
        """Record the state of a job that will not run here: its times stay what they are."""
        self.write("UPDATE jobs SET state=?, held=NULL WHERE run=? AND name=?", (state, run, job))

    def hold_job(self, run: str, job: str, why: str, *, attended: bool) -> None:
        """Record why a job could not begin, and whether it waits for a person."""
        update = "UPDATE jobs SET held=?, attended=max(attended, ?) WHERE run=? AND name=?"
        self.write(update, (why, attended, run, job))

    def run(self, run: str) -> Run | None:
        """A run by its id."""
        rows = self.read(f"SELECT {_RUN} FROM runs WHERE id=?", (run,))  # noqa: S608 - columns
        return Run(*rows[0]) if rows else None

    def runs(self, most: int = 50) -> list[Run]:
        """The newest runs, the newest first."""
        query = f"SELECT {_RUN} FROM runs ORDER BY created DESC LIMIT ?"  # noqa: S608 - columns
        return [Run(*row) for row in self.read(query, (most,))]

    def jobs(self, run: str) -> dict[str, JobState]:
        """The jobs of a run by name."""
        query = (
            "SELECT name, kind, cron, timezone, attended, needs, steps, state, due, started, ended, held"
            " FROM jobs WHERE run=?"
        )
        return {row[0]: JobState(*row) for row in self.read(query, (run,))}

    def unfinished(self) -> list[tuple[str, str]]:
        """Every (run, job) that has work left here (pending, failed, cancelled), the newest run first."""
        rows = self.read(
            "SELECT jobs.run, jobs.name FROM jobs JOIN runs ON runs.id = jobs.run"
            " WHERE jobs.state NOT IN (?,?,?) ORDER BY runs.created DESC, jobs.name",
            tuple(OVER),
        )
        return [(row[0], row[1]) for row in rows]

    # Steps

    def next_number(self, run: str) -> int:
        """The number of a run's next event."""
        return int(self.read("SELECT coalesce(max(number), -1) + 1 FROM events WHERE run=?", (run,))[0][0])

    def states(self, run: str) -> dict[str, StepState]:
        """The last event of every step of a run that has begun, by step id."""
        query = "SELECT step, state, time, attempt, output, kept, message FROM steps WHERE run=?"
        return {row[0]: StepState(*row) for row in self.read(query, (run,))}

    def durations(self, run: str) -> list[tuple[str, str, float, float]]:
        """(step, state, started, ended) of every step of a run, by its last attempt."""
        query = "SELECT step, state, time FROM events WHERE run=? ORDER BY number"
        rows: list[tuple[str, str, float]] = self.read(query, (run,))
        begun: dict[str, float] = {}
        found: dict[str, tuple[str, str, float, float]] = {}
        for step, state, at in rows:
            if state == RUNNING:
                begun[step] = at
            found[step] = (step, state, begun.get(step, at), at)
        return list(found.values())

    def add_artifact(self, run: str, step: str, path: str, size: int, sha256: str) -> None:
        """Record a file that a step left."""
        self.write("INSERT OR REPLACE INTO artifacts VALUES (?,?,?,?,?)", (run, step, path, size, sha256))

    def add_change(self, run: str, step: str, what: str, before: str | None, after: str | None) -> None:
        """Record a change made at Apple."""
        self.write(
            "INSERT INTO ledger VALUES (NULL,?,?,?,?,?,?)", (run, step, time.time(), what, before, after)
        )


class Run:
    """A row of `runs`. `parameters` is JSON; times are seconds since the epoch."""

    __slots__ = (
        "created",
        "digest",
        "ended",
        "id",
        "lane",
        "lanefile",
        "parameters",
        "sandbox",
        "setting",
        "state",
    )

    def __init__(
        self,
        id: str,  # noqa: A002 - the column's name
        lane: str,
        lanefile: str,
        parameters: str,
        digest: str,
        setting: str,
        sandbox: bool,
        created: float,
        state: str = RUNNING,
        ended: float | None = None,
    ) -> None:
        self.id = id
        self.lane = lane
        self.lanefile = lanefile
        self.parameters = parameters
        self.digest = digest
        self.setting = setting
        self.sandbox = bool(sandbox)
        self.created = created
        self.state = state
        self.ended = ended


# In turn: its name, kind, cron, timezone, attended; needs and steps as JSON; state, due.
JobRow = tuple[str, str, "str | None", "str | None", bool, str, str, str, "float | None"]


class JobState:
    """A row of `jobs`. `held` is why it could not begin when that was tried."""

    __slots__ = (
        "attended",
        "cron",
        "due",
        "ended",
        "held",
        "kind",
        "name",
        "needs",
        "started",
        "state",
        "steps",
        "timezone",
    )

    def __init__(self, *row: Any) -> None:
        (self.name, self.kind, self.cron, self.timezone, self.attended, self.needs, self.steps, self.state,
         self.due, self.started, self.ended, self.held) = row  # fmt: skip


class StepState:
    """A step's last event. `kept` says that `output` (JSON) is whole and can be read back."""

    __slots__ = ("attempt", "kept", "message", "output", "state", "step", "time")

    def __init__(
        self,
        step: str,
        state: str,
        time: float,
        attempt: int,
        output: str | None,
        kept: int | None,
        message: str | None,
    ) -> None:
        self.step = step
        self.state = state
        self.time = time
        self.attempt = attempt
        self.output = output
        self.kept = bool(kept)
        self.message = message


def _make_store(folder: str, database: str) -> None:
    """Make the store, which only its owner can read: logs and outputs are nobody else's business."""
    if not os.path.isdir(folder):  # noqa: PTH112 - pathlib costs 10 ms at start
        os.makedirs(folder, mode=0o700, exist_ok=True)  # noqa: PTH103
    ignore = os.path.join(folder, ".gitignore")  # noqa: PTH118
    if not os.path.exists(ignore):  # noqa: PTH110
        with open(ignore, "w", encoding="utf-8") as file:  # noqa: PTH123
            file.write("*\n")
    if not os.path.exists(database):  # noqa: PTH110
        os.close(
            os.open(database, os.O_CREAT | os.O_RDWR, 0o600)
        )  # SQLite gives its other files the same rights


@contextmanager
def _alone(path: str) -> Iterator[None]:
    """Keep other processes from making the same journal: SQLite does not wait when the mode is changed."""
    import fcntl

    handle = os.open(f"{path}.lock", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def unusable(path: str, error: Exception) -> JournalError:
    """What to tell where the journal, or the folder of a run, cannot be read or written."""
    reason = getattr(error, "strerror", None) or str(error)
    hint = "Free some space or mend the folder's rights, or set LANE_STORE to a folder that can be written."
    if "malformed" in reason or "not a database" in reason:
        hint = f"It is damaged. Move {path} away; runs that are not finished are lost with it."
    elif "locked" in reason:
        hint = "Another process is writing to it; try again when that is done."
    return JournalError(f"The journal {path} cannot be used: {reason}.", hint=hint)


def store_folder(lanefile_folder: str) -> str:
    """Where a Lanefile's runs are kept: `LANE_STORE`, or `.lane` beside it."""
    return os.path.abspath(os.environ.get("LANE_STORE") or os.path.join(lanefile_folder, ".lane"))  # noqa: PTH100, PTH118
