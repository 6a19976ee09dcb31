"""What a scheduler does between two looks, under a clock that is moved."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from project import Project
from scheduling import Scheduled

from lane._run.journal import Journal
from lane._schedule import serve as _serve
from lane._schedule.alarm import Alarm
from lane._schedule.alone import only_worker
from lane._schedule.firings import Firings
from lane._schedule.lanefile import Lanefile
from lane._schedule.serve import TICK, Scheduler
from lane._schedule.telling import Voice

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from lane._schedule.schedules import Schedule


@pytest.fixture
def scheduled(tmp_path: Path) -> Scheduled:
    made = Scheduled(Project(tmp_path / "a project"))
    made.project.folder.mkdir()
    return made


class Told(Alarm):
    """An alarm whose waits end as they are told to, and what the scheduler says."""

    def __init__(self, *waits: Callable[[], object]) -> None:
        super().__init__()
        self._waits = list(waits)
        self._heard = io.StringIO()

    def wait(self, seconds: float) -> None:
        """Do what the test has for this wait; after the last, a signal comes."""
        assert seconds > 0
        if self._waits:
            self._waits.pop(0)()
        else:
            self.stops += 1

    def run(self, scheduled: Scheduled, work: str = "serve") -> list[dict[str, Any]]:
        """Let a scheduler work in this process; what it said."""
        journal = Journal(scheduled.store)
        file = str(scheduled.project.folder / "Lanefile.py")
        made = Scheduler(file, journal, Voice(self._heard, as_json=True), self, None)
        try:
            getattr(made, work)()
        finally:
            made.close()
            journal.close()
        return [json.loads(line) for line in self._heard.getvalue().splitlines()]


def test_what_a_lanefile_lacks_is_looked_for_each_minute_and_no_oftener(
    scheduled: Scheduled, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A package that is installed anew, say: no file beside the Lanefile changes."""
    scheduled.write("""
    import installed_anew
    """)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    read = Lanefile.schedules
    reads: list[Lanefile] = []

    def counted(self: Lanefile) -> tuple[list[Schedule], list[str]]:
        reads.append(self)
        return read(self)

    monkeypatch.setattr(Lanefile, "schedules", counted)
    counts: list[int] = []

    with time_machine.travel("2026-11-24 20:00 +0000", tick=False) as clock:

        def woken() -> None:
            counts.append(len(reads))

        def mended() -> None:
            woken()
            (tmp_path / "installed_anew.py").write_text("")
            clock.shift(TICK)

        events = Told(woken, mended, woken, woken).run(scheduled)
    assert counts == [1, 1, 2, 2]
    said = [one["text"] for one in events if one["event"] == "notice"]
    assert len(said) == 2
    assert "installed_anew" in said[0]
    assert "can be read again" in said[1]


def test_a_firing_that_somebody_else_was_quicker_to_begin_is_left_to_them(
    scheduled: Scheduled, monkeypatch: pytest.MonkeyPatch
) -> None:
    scheduled.write("""
    @lane(schedule="0 3 * * *")
    def night() -> None:
        note(text="night")
    """)
    journal = Journal(scheduled.store)
    Firings(journal).add("night", 0.0)
    looks = iter([False])  # they begin it right after this look
    monkeypatch.setattr(_serve, "worked_on", lambda *_: next(looks, True))
    with only_worker(journal.folder, "night"):
        events = Told().run(scheduled, "catch_up")
    (ended,) = [one for one in events if one["event"] == "firing_ended"]
    assert (ended["state"], ended["text"]) == ("due", "night is under way in another process.")
    assert Firings(journal).open("night") is not None
    assert scheduled.noted == []
    journal.close()
