"""A project with schedules, and the scheduler in processes of its own."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import time_machine
from engine import until
from project import Project, variables

from lane._run.journal import Journal
from lane._schedule.clockwork import Clockwork
from lane._schedule.lanefile import Lanefile
from lane._schedule.schedules import of_pending_jobs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LANEFILE = '''
    import os
    import time
    from dataclasses import dataclass
    from pathlib import Path

    from lane import ActionError, Context, PersonNeededError, action, lane, nightly

    def noted(ctx: Context, text: str) -> None:
        with ctx.path("noted.txt").open("a") as file:
            file.write(text + "\\n")

    @action(effect="replace")
    def note(ctx: Context, *, text: str) -> str:
        """Note a text."""
        noted(ctx, text)
        return text

    @action(effect="create")
    def wait(ctx: Context, *, text: str) -> str:
        """Note that it begins; end when there is a file `go`."""
        noted(ctx, f"{text} begins")
        while not ctx.path("go").exists():
            ctx.sleep(0.02)
        noted(ctx, f"{text} ends")
        return text

    @action(effect="read")
    def steady(ctx: Context, *, text: str) -> None:
        """The same, but it may be run again."""
        noted(ctx, f"{text} begins")
        while not ctx.path("go").exists():
            ctx.sleep(0.02)
        noted(ctx, f"{text} ends")

    @action
    def break_down(ctx: Context) -> None:
        """Fail while there is a file `broken`."""
        noted(ctx, "tried")
        if ctx.path("broken").exists():
            raise ActionError("It is broken.", hint="Mend it.")

    @dataclass
    class Session:
        file: Path
        unattended: bool = True
        until: float | None = None
        source: str = "session.txt"

        def ensure(self) -> None:
            if self.file.read_text() != "alive":
                raise PersonNeededError("The session has ended.", hint="Sign in.")

    @dataclass(frozen=True)
    class SessionMode:
        name: str = "session"
        attended: bool = True
        expires: bool = True
        fit_for_ci: bool = False
        names: tuple[str, ...] = ()

        def how(self) -> list[str]:
            return ["Sign in."]

        def find(self, environment, folder):
            file = folder / "session.txt"
            return Session(file, unattended=file.read_text() != "known to be dead")

    @action(auth=[SessionMode()])
    def fetch(ctx: Context, *, text: str) -> None:
        """Needs a session that lives."""
        noted(ctx, f"fetched {text}")

    @lane
    def release(number: int = 1) -> None:
        """Ship, and leave something for the night."""
        built = note(text=f"built {number}")
        note.set(on=nightly, name="tonight", after=built)(text=f"tonight {number}")
        note.set(name="later", after="tonight")(text=f"later {number}")

    @lane
    def symbols(number: int = 1) -> None:
        """Leave something for the night that needs a session."""
        fetch.set(on=nightly, after=note(text=f"built {number}"))(text=str(number))

    @lane
    def fragile(number: int = 1) -> None:
        """Leave something for the night that fails."""
        break_down.set(on=nightly, after=note(text=f"built {number}"))()
'''


@dataclass
class Scheduled:
    """A project whose scheduler is run. `moment` is the time of the last look of a scheduler that is no more."""

    project: Project

    def write(self, lanes: str = "") -> None:
        """The Lanefile, with more lanes."""
        from textwrap import dedent

        self.project.write("Lanefile.py", dedent(LANEFILE) + dedent(lanes))

    @property
    def store(self) -> str:
        """Its store."""
        return str(self.project.folder / ".lane")

    def slept(self, hours: float) -> None:
        """As if a scheduler had looked at the clock so many hours ago for the last time, and all runs were older."""
        now = datetime.now(UTC)
        with closing(sqlite3.connect(self.project.folder / ".lane" / "journal.db")) as journal, journal:
            journal.execute("UPDATE runs SET created = created - ?", (2 * hours * 3600,))
        with time_machine.travel(now - timedelta(hours=hours)):
            journal_ = Journal(self.store)
            clockwork = Clockwork(journal_.folder, journal_.path)
            lanes, wrong = Lanefile(str(self.project.folder / "Lanefile.py")).schedules()
            assert not wrong
            clockwork.set([], [], set())
            clockwork.set(lanes, of_pending_jobs(journal_), set())
            clockwork.close()
            journal_.close()

    def lane(self, *words: str, code: int | None = 0, **variables: str) -> str:
        """Run `lane`; all that it printed."""
        done = self.project.lane(*words, **variables)
        said = done.stdout + done.stderr
        assert code is None or done.returncode == code, said
        assert "Traceback" not in said, said
        return said

    def once(self, code: int = 0, **variables: str) -> list[dict[str, Any]]:
        """`lane scheduler --once`; its events."""
        done = self.project.lane("scheduler", "--once", "--json", **variables)
        assert done.returncode == code, done.stdout + done.stderr
        assert "Traceback" not in done.stderr, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    @property
    def noted(self) -> list[str]:
        """What the steps noted."""
        path = self.project.folder / "noted.txt"
        return path.read_text().splitlines() if path.exists() else []

    def firings(self, *columns: str) -> list[tuple[Any, ...]]:
        """Columns of the firings, in their order."""
        with closing(sqlite3.connect(self.project.folder / ".lane" / "journal.db", timeout=30)) as journal:
            return list(journal.execute(f"SELECT {','.join(columns)} FROM firings ORDER BY due, schedule"))

    def try_again_now(self) -> None:
        """Let the time pass after which what is held is tried again."""
        with closing(sqlite3.connect(self.project.folder / ".lane" / "journal.db")) as journal, journal:
            journal.execute("UPDATE firings SET again = 0 WHERE again IS NOT NULL")

    @contextmanager
    def serving(self, **given: str) -> Iterator[Serving]:
        """`lane scheduler`, in a session of its own; whatever is left of it is killed at the end."""
        process = subprocess.Popen(
            [sys.executable, "-m", "lane", "scheduler", "--json"],
            cwd=self.project.folder,
            env={**variables(), **given},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        serving = Serving(process, self)
        try:
            yield serving
        finally:
            serving.clear()


class Serving:
    """A scheduler at work."""

    def __init__(self, process: subprocess.Popen[str], scheduled: Scheduled) -> None:
        self.process = process
        self._scheduled = scheduled

    def notes(self, *texts: str) -> None:
        """Wait until the steps have noted just this."""
        until_so(lambda: self._scheduled.noted == list(texts) or self.process.poll() is not None)
        assert self._scheduled.noted == list(texts)

    def signal(self, number: int = signal.SIGTERM) -> None:
        """Send a signal to the scheduler, not to what it runs."""
        self.process.send_signal(number)

    def look(self) -> None:
        """Let it look at once, not in a minute."""
        self.signal(signal.SIGCHLD)

    def events(self, code: int = 0) -> list[dict[str, Any]]:
        """Wait for its end; what it and its runs said."""
        stdout, stderr = self.process.communicate(timeout=60)
        assert self.process.returncode == code, stdout + stderr
        assert "Traceback" not in stderr, stderr
        return [json.loads(line) for line in stdout.splitlines()]

    def until_said(self, event: str) -> dict[str, Any]:
        """Read what it says until this event."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            found: dict[str, Any] = json.loads(line)
            if found["event"] == event:
                return found
        raise AssertionError(f"it never said {event}: {self.process.stderr and self.process.stderr.read()}")

    def children(self) -> list[int]:
        """The processes that it started."""
        listed = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", str(self.process.pid)], capture_output=True, text=True
        )
        return [int(one) for one in listed.stdout.split()]

    def clear(self) -> None:
        """Kill what is left of it."""
        for pid in [*self.children(), self.process.pid]:
            try:
                os.killpg(pid, signal.SIGKILL)  # each is the leader of a group of its own
            except ProcessLookupError:
                continue
        self.process.wait()
        for stream in (self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()


def until_so(condition: Callable[[], Any]) -> None:
    """Wait until something is so that several processes have to do; the machine may be busy."""
    until(condition, seconds=90)


def ended(events: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Schedule and state of each firing that ended."""
    return [(one["schedule"], one["state"]) for one in events if one["event"] == "firing_ended"]
