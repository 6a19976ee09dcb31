"""What a scheduler says while it works: a line of text, or an event as JSON."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TextIO

from lane._redact import redactor
from lane._report.lines import Lines

if TYPE_CHECKING:
    from .firings import Firing


class Voice:
    """Says what happens, at once. A lost reader harms nothing."""

    def __init__(self, stream: TextIO | None = None, *, as_json: bool = False) -> None:
        self.as_json = as_json
        self._lines = Lines(sys.stdout if stream is None else stream)

    def say(self, event: str, text: str, **more: Any) -> None:
        """One event: `text` is for people; `more` are its keys for scripts."""
        now = datetime.now(UTC)
        if self.as_json:
            at = now.isoformat(timespec="milliseconds").replace("+00:00", "Z")
            line = json.dumps({"event": event, "time": at, "text": redactor(text), **more})
        else:
            line = f"{now.astimezone():%Y-%m-%d %H:%M:%S} {redactor(text)}"
        self._lines.add(line)
        self._lines.flush()

    def of(self, event: str, firing: Firing, text: str, **more: Any) -> None:
        """An event of a firing."""
        self.say(event, text, schedule=firing.schedule, due=utc(firing.due), **more)


def utc(seconds: float) -> str:
    """A time as ISO 8601 in UTC."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")


def here(seconds: float) -> str:
    """A time as the clock on the wall here shows it."""
    return f"{datetime.fromtimestamp(seconds).astimezone():%Y-%m-%d %H:%M:%S %Z}"
