"""The steps that the end of a run shows: all, or of many what failed and the slowest."""

from __future__ import annotations

from heapq import heapify, heapreplace
from typing import TYPE_CHECKING, NamedTuple

from .reporter import FAILED

if TYPE_CHECKING:
    from .reporter import StepEnd

MOST_ROWS = 50
MOST_FAILED = 100
SLOWEST = 20


class Row(NamedTuple):
    """A step that ended; `at` is its place in the lane's order. `seconds` come first: what sorts rows."""

    seconds: float
    at: int
    step: str
    state: str
    attempts: int
    allowed: bool


class Tally:
    """Counts steps as they end, and keeps those worth a row: bounded, however many steps there are."""

    def __init__(self) -> None:
        self.total = 0
        self.counts: dict[str, int] = {}
        self.failed: list[tuple[int, str, StepEnd]] = []
        self._rows: list[Row] = []
        self._least = -1.0  # of a long run: the seconds that a step must exceed to be among the slowest

    def add(self, at: int, step: str, end: StepEnd) -> None:
        """A step ended."""
        state = end.state
        self.total = total = self.total + 1
        self.counts[state] = self.counts.get(state, 0) + 1
        if state == FAILED and len(self.failed) < MOST_FAILED:
            self.failed.append((at, step, end))
        if total <= MOST_ROWS:
            self._rows.append(Row(end.seconds, at, step, state, end.attempts, end.allowed))
            return
        if self._least < 0:
            self._rows = sorted(self._rows)[-SLOWEST:]
            heapify(self._rows)
            self._least = self._rows[0].seconds
        if end.seconds > self._least:
            heapreplace(self._rows, Row(end.seconds, at, step, state, end.attempts, end.allowed))
            self._least = self._rows[0].seconds

    @property
    def cut(self) -> bool:
        """Whether there were too many steps for a row each."""
        return self.total > MOST_ROWS

    def rows(self) -> list[Row]:
        """Each step in the lane's order; of a long run those that failed, then the slowest first."""
        if not self.cut:
            return sorted(self._rows, key=lambda row: (row.at, len(row.step), row.step))
        failed = [
            Row(end.seconds, at, step, end.state, end.attempts, end.allowed) for at, step, end in self.failed
        ]
        return failed + sorted((row for row in self._rows if row.state != FAILED), reverse=True)
