"""What the clock brings: due events, and the looks at files that come before some of them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lane_sandbox._resource import Event
    from lane_sandbox._store import Record
    from lane_sandbox._team import Team

Due = tuple[float, "Record", "Event"]


class Events:
    """Brings resources to where they are by the clock, whenever somebody asks: no process has to stay.

    Files are examined in a thread as soon as it is known that they will be, so that nobody waits for it later.
    """

    def __init__(self, team: Team) -> None:
        self._team = team
        self._examinations: dict[tuple[str, str], asyncio.Task[Any]] = {}

    async def settle(self) -> None:
        """Let everything happen that is due, in its order."""
        if not self._begin():
            return
        while (due := self._next()) is not None:
            moment, record, event = due
            examination = self._examinations.get((record.type, record.id))
            found = await asyncio.shield(examination) if examination else None
            self._apply(record.type, record.id, moment, event, found)
            if examination and self._examinations.get((record.type, record.id)) is examination:
                del self._examinations[record.type, record.id]

    def _begin(self) -> bool:
        """Start what has to be examined; whether anything is due now."""
        store = self._team.store
        with store.reading():
            waiting = store.due()
            for _, record in waiting:
                self._examine(record)
            return bool(waiting) and waiting[0][0] <= self._team.clock.now()

    def _next(self) -> Due | None:
        store = self._team.store
        with store.reading():
            waiting = store.due()
            if not waiting or waiting[0][0] > self._team.clock.now():
                return None
            moment, record = waiting[0]
            return moment, record, self._examine(record)

    def _examine(self, record: Record) -> Event:
        """The event that waits for a resource; what it looks at is looked at from now on."""
        event = self._team.types[record.type].events[record.private["event"]]
        place = (record.type, record.id)
        if event.examine and place not in self._examinations:
            look = event.examine(self._team, record)
            self._examinations[place] = asyncio.create_task(asyncio.to_thread(look))
        return event

    def _apply(self, kind: str, identifier: str, moment: float, event: Event, found: Any) -> None:
        """Make it happen, unless another process, or another request, was quicker."""
        store = self._team.store
        with store.writing():
            record = store.find(kind, identifier)
            if record is not None and record.private.get("due") == moment:
                store.change(record, due=None, since=moment)
                event.apply(self._team, record, found)
                return
        if event.drop:
            event.drop(self._team, found)
