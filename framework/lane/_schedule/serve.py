"""The scheduler: waits for what is due, and runs one firing at a time, each in a process of its own."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

from lane._errors import EXIT_INTERRUPTED, EXIT_OK, EXIT_USAGE, LaneError
from lane._plan.environment import environment
from lane._run.told import forget, tell_once

from .alone import worked_on
from .clockwork import Clockwork
from .firings import CANCELLED, DUE, FAILED, HELD, Firing, Firings
from .lanefile import LANE, Lanefile
from .schedules import Schedule, is_job, of_pending_jobs
from .telling import here, utc

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lane._run.journal import Journal

    from .alarm import Alarm
    from .telling import Voice

TICK = 60.0
"""Seconds between two looks at what is due: while a machine sleeps, a wait that was begun before it stops too."""


class Scheduler:
    """The scheduler of a store; the caller holds its lock. `file` is the Lanefile, `env` what `--env` said."""

    def __init__(self, file: str, journal: Journal, voice: Voice, alarm: Alarm, env: str | None) -> None:
        self._folder = str(Path(file).parent)
        self._env = env
        self._journal = journal
        self._voice = voice
        self._alarm = alarm
        self._firings = Firings(journal)
        self._clockwork = Clockwork(journal.folder, journal.path)
        self._lanefile = Lanefile(file)
        self._lanes: list[Schedule] | None = None  # None: the Lanefile could not be read yet
        self._unreadable: str | None = None
        self._read_at = 0.0
        self._worst = EXIT_OK
        self._draining = False

    def serve(self) -> int:
        """Work until a signal asks to stop; what runs then is finished. Its exit code."""
        wait = self._tick()
        self._voice.say("scheduler_started", f"The scheduler begins. {self._outlook()}")
        while not self._alarm.stops:
            firing = self._next(time.time())
            if firing is not None:
                self._work(firing)
                wait = self._tick()
                continue
            self._alarm.wait(wait)
            wait = self._tick()
        return self._stopped()

    def catch_up(self) -> int:
        """Run what is due now, once each. The worst exit code of what ran."""
        self._tick()
        tried: set[tuple[str, float]] = set()
        while not self._alarm.stops:
            left = [one for one in self._workable() if (one.schedule, one.due) not in tried]
            if not left:
                break
            tried.add((left[0].schedule, left[0].due))
            self._work(left[0])
            self._tick()
        if self._unreadable is not None:
            self._worst = self._worst or EXIT_USAGE
        elif not tried:
            self._voice.say("nothing_due", f"Nothing is due. {self._outlook()}")
        return self._stopped() if self._alarm.stops else self._worst

    def close(self) -> None:
        """Leave the database."""
        self._clockwork.close()

    # What is due

    def _tick(self) -> float:
        """Look at the Lanefile, the journal and the clock; how long to wait until the next look, in seconds."""
        try:
            return self._look()
        except LaneError as error:  # a full disk, a database that is locked for long: it may pass
            self._voice.say("notice", f"{error} {error.hint or ''}".strip(), level="warning")
            return TICK

    def _look(self) -> float:
        if self._lanefile.changed() or (self._unreadable is not None and self._is_time_to_read_again()):
            self._read_lanefile()
        self._clockwork.set(self._lanes, of_pending_jobs(self._journal), self._firings.paused())
        before = {(one.schedule, one.due) for one in self._firings.unended()}
        seconds = self._clockwork.tick()
        for firing in self._firings.unended():
            if (firing.schedule, firing.due) not in before:
                late = time.time() - firing.due
                text = f"{firing.schedule} is due" + (f" since {here(firing.due)}." if late > TICK else ".")
                self._voice.of("schedule_due", firing, text)
        return TICK if seconds is None else min(TICK, seconds)

    def _is_time_to_read_again(self) -> bool:
        """What it lacks may not be beside it. The end of the process that reads it is a reason to look, too."""
        return not 0 <= time.time() - self._read_at < TICK

    def _read_lanefile(self) -> None:
        self._read_at = time.time()
        broken = f"{self._lanefile.file} cannot be read"
        try:
            self._lanes, wrong = self._lanefile.schedules()
        except LaneError as error:
            text = f"{error} {error.hint}"
            if text != self._unreadable:
                self._voice.say("notice", text, level="warning")
            self._unreadable = text
            self._tell(broken, "The schedules cannot be read", text)
            return
        if self._unreadable is not None:
            self._voice.say("notice", f"{self._lanefile.file} can be read again.", level="info")
        self._unreadable = None
        forget(self._journal, broken)
        for text in wrong:
            self._voice.say("notice", text, level="warning")
            self._tell(text, "A schedule is wrong", text)
        self._drop_what_is_gone(self._lanes)

    def _drop_what_is_gone(self, lanes: Iterable[Schedule]) -> None:
        """End the firings of lanes that have no schedule any more: nothing would ever run them."""
        known = {one.name for one in lanes}
        for firing in self._firings.unended():
            gone = not is_job(firing.schedule) and firing.schedule not in known
            if gone and not self._is_worked_on(firing):
                self._firings.end(firing, CANCELLED, "The lane has no schedule any more.")

    def _next(self, now: float) -> Firing | None:
        return next((one for one in self._workable() if one.again is None or one.again <= now), None)

    def _workable(self) -> list[Firing]:
        """What can be begun, were it time: nothing while the Lanefile cannot be read."""
        if self._unreadable is not None:
            return []
        return [one for one in self._firings.unended() if not self._is_worked_on(one)]

    def _is_worked_on(self, firing: Firing) -> bool:
        """Whether another process works on it: a person's, or one that an earlier scheduler left when it was killed."""
        return worked_on(self._journal.folder, firing.schedule)

    # One firing

    def _work(self, firing: Firing) -> None:
        again = " again" if firing.begun is not None else ""
        self._voice.of("firing_started", firing, f"{firing.schedule} begins{again}.")
        begun = time.time()
        code = self._run(firing)
        now = self._firings.again(firing)
        if now is not None and now.state == DUE and now.ended is None:
            now = self._left_open(now, code)
        if now is not None:
            self._report(now, code, time.time() - begun)

    def _run(self, firing: Firing) -> int:
        """Run it in a process that a Ctrl-C here does not reach; further signals are passed on to it."""
        words = [*LANE, "schedule", "run", firing.schedule, "--ci", "-f", self._lanefile.file]
        words += ["--json"] if self._voice.as_json else []
        words += [] if self._env is None else ["--env", self._env]
        plain = {**os.environ, "TERM": "dumb"}  # its lines and those of this process take turns: no drawing
        child = subprocess.Popen(words, stdin=subprocess.DEVNULL, env=plain, start_new_session=True)
        passed_on = max(self._alarm.stops, 1)
        while child.poll() is None:
            self._alarm.wait(self._tick_beside(firing))
            while passed_on < self._alarm.stops and child.poll() is None:
                passed_on += 1
                child.terminate()
        return child.returncode

    def _tick_beside(self, firing: Firing) -> float:
        """What falls due while a firing goes on is written down then; nothing else begins."""
        if not self._alarm.stops:
            return self._tick()
        if not self._draining:
            self._draining = True
            self._voice.of(
                "draining", firing, f"{firing.schedule} is finished first; a second signal stops it."
            )
        return TICK

    def _left_open(self, firing: Firing, code: int) -> Firing | None:
        """A process that ended without a word about its firing: it was stopped, or could not begin."""
        if self._alarm.stops or self._is_worked_on(firing):
            return firing  # it goes on when the scheduler does, or in the process of who was quicker
        how = f"was ended by signal {-code}" if code < 0 else f"ended with exit code {code}"
        message = f"`lane schedule run {firing.schedule}` {how}, and is tried again."
        self._firings.hold(firing, message)
        self._tell(f"{firing.schedule} {utc(firing.due)} {how}", f"{firing.schedule} could not run", message)
        return self._firings.again(firing)

    def _report(self, firing: Firing, code: int, seconds: float) -> None:
        why = f": {firing.message}" if firing.message else "."
        if firing.ended is not None:
            text = f"{firing.schedule} {firing.state}{why}"
        elif firing.state == HELD:
            text = f"{firing.schedule} waits{why}"
        elif self._is_worked_on(firing):
            text = f"{firing.schedule} is under way in another process."
        else:
            text = f"{firing.schedule} was stopped; it goes on when the scheduler does."
        self._voice.of(
            "firing_ended",
            firing,
            text,
            state=firing.state,
            run=firing.run,
            exit_code=code,
            seconds=round(seconds, 3),
            message=firing.message,
        )
        if firing.state in (HELD, FAILED):
            self._worst = self._worst or code

    # Words

    def _stopped(self) -> int:
        stopped = self._alarm.stops > 1
        self._voice.say("scheduler_stopped", "The scheduler ends.")
        return EXIT_INTERRUPTED if stopped else EXIT_OK

    def _outlook(self) -> str:
        found = self._clockwork.next()
        return "Nothing is scheduled." if found is None else f"Next is {found[0]} at {here(found[1])}."

    def _tell(self, what: str, title: str, message: str) -> None:
        for why in tell_once(self._journal, [what], message, title, environment(self._folder, self._env)):
            self._voice.say("notice", why, level="warning")
