"""Named resources that steps occupy, such as one `xcodebuild`, and the steps that wait for each."""

from __future__ import annotations

from heapq import heappop, heappush
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

Task = tuple[int, int, int]


class Limits:
    """How many steps occupy each name. A step that waits is looked at again when a place that it waits for is free.

    Actions may allow different numbers of a name: who waits is kept by name and number. `ready` is the heap that
    tasks come from and go back to.
    """

    def __init__(self, ready: list[Task]) -> None:
        self._ready = ready
        self._occupied: dict[str, int] = {}
        self._waiting: dict[str, dict[int, list[Task]]] = {}

    def __bool__(self) -> bool:
        """Whether any task waits."""
        return any(heap for by_most in self._waiting.values() for heap in by_most.values())

    def take(self, task: Task, limits: Mapping[str, int]) -> bool:
        """Occupy what a task needs; False where one of them is full: the task waits for it."""
        occupied = self._occupied
        for name, most in limits.items():
            if occupied.get(name, 0) >= most:
                heappush(self._waiting.setdefault(name, {}).setdefault(most, []), task)
                self._try_next(limits)  # the place that it came for is another's
                return False
        for name in limits:
            occupied[name] = occupied.get(name, 0) + 1
        return True

    def free(self, limits: Mapping[str, int]) -> None:
        """A task has ended: those that its places let begin are ready again."""
        for name in limits:
            self._occupied[name] -= 1
            for most in self._waiting.get(name, ()):
                self._try(name, most)

    def let_go(self) -> None:
        """Make all that wait ready again: nothing of them will be run."""
        for by_most in self._waiting.values():
            for heap in by_most.values():
                for task in heap:
                    heappush(self._ready, task)
                heap.clear()

    def _try_next(self, limits: Mapping[str, int]) -> None:
        for name, most in limits.items():
            if most in self._waiting.get(name, ()):
                self._try(name, most)

    def _try(self, name: str, most: int) -> None:
        heap = self._waiting[name][most]
        if heap and self._occupied.get(name, 0) < most:
            heappush(self._ready, heappop(heap))
