"""The hand-offs that lie in a folder, as what they offer to a job."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from lane._errors import UsageError

from .disk import disk_problem
from .handoff import SUFFIX, HandedJob, HandOff, read
from .journal import Run
from .portable import HandOffError

if TYPE_CHECKING:
    from collections.abc import Sequence


class Offer:
    """What the runs that go back to one have left for a job: a hand-off from each that feeds it."""

    def __init__(self, parts: Sequence[tuple[Path, HandOff]]) -> None:
        self.parts = parts
        self.folder, self.first = parts[0]
        self.origin = self.first.origin
        self.job = self.first.job

    @property
    def left(self) -> tuple[str, str]:
        """When the first of it was left, and by whose doing: offers are in this order."""
        return min(part.left for _, part in self.parts), self.origin

    @property
    def jobs(self) -> list[HandedJob]:
        """The jobs of the run, each ended if any of the hand-offs says so."""
        ended = {name for _, part in self.parts for name in part.ended}
        return [job.model_copy(update={"ended": job.name in ended}) for job in self.first.jobs]

    @property
    def lacks(self) -> list[str]:
        """The jobs that it waits for, and that have left nothing yet."""
        ended = {job.name for job in self.jobs if job.ended}
        return [need for need in self.first.needs if need not in ended]

    def as_run(self) -> Run:
        """The run with which it began, as far as the hand-off tells."""
        first = self.first
        return Run(
            first.origin, first.lane, "", json.dumps(first.parameters), first.plan, "", first.sandbox, 0.0
        )


class Offers(NamedTuple):
    """What lies in a folder for one job, the oldest first; for which others something does; and what is wrong."""

    found: list[Offer]
    others: list[str]
    problems: list[HandOffError]


def offers(folder: Path, lane: str, job: str) -> Offers:
    """The hand-offs for a job that lie in a folder, or in a folder of it.

    Raises UsageError where there is no such folder.
    """
    if not folder.is_dir():
        raise UsageError(
            f"There is no folder {folder}.", hint="Say where --export-handoff wrote to.", code="no_handoffs"
        )
    problems: list[HandOffError] = []
    others: set[str] = set()
    groups: dict[tuple[str, ...], dict[str, tuple[Path, HandOff]]] = {}
    for path in filter(Path.is_file, sorted([*folder.glob(f"*{SUFFIX}"), *folder.glob(f"*/*{SUFFIX}")])):
        try:
            found = read(path.read_bytes(), str(path))
        except (HandOffError, OSError) as error:
            problems.append(error if isinstance(error, HandOffError) else _unreadable(path, error))
            continue
        if (found.lane, found.job) != (lane, job):
            others.add(f"{found.job} of {found.lane}")
            continue
        key = (found.origin, found.plan, json.dumps(found.parameters), str(found.sandbox))
        groups.setdefault(key, {}).setdefault(found.file_name, (path.parent, found))
    offered = [Offer(list(group.values())) for group in groups.values()]
    return Offers(sorted(offered, key=lambda offer: offer.left), sorted(others), problems)


def _unreadable(path: Path, error: OSError) -> HandOffError:
    message, hint = disk_problem(error) or (str(error), None)
    return HandOffError(f"The hand-off {path} cannot be read: {message}", hint=hint)
