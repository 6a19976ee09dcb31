"""What a shelf is: it tells what was kept, fetches it, removes it; some have to be given it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


class Kept(NamedTuple):
    """A hand-off that an earlier run left. `key` is what its system finds it by, fit for a folder's name."""

    key: str
    place: str


class Shelf(Protocol):
    """A CI system's own place for hand-offs. Every method raises LaneError where the system refuses."""

    def kept(self, lane: str, job: str) -> Iterable[Kept]:
        """What earlier runs of a lane left for a job."""
        ...

    def fetch(self, one: Kept, folder: Path) -> None:
        """Put what was kept into a folder."""
        ...

    def remove(self, key: str) -> None:
        """Keep it no longer."""
        ...


@runtime_checkable
class Keeper(Protocol):
    """A place that a job has to put its hand-off to; others take it from the job's artifacts."""

    def keep(self, lane: str, job: str, folder: Path) -> None:
        """Keep a folder's hand-offs for a job of a later run."""
        ...
