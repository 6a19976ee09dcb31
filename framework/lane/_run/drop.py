"""Gives up what runs have left: their jobs wait no more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .claim import claimed
from .states import DROPPED, OVER

if TYPE_CHECKING:
    from .journal import Journal


def drop(journal: Journal, run: str) -> list[str]:
    """Give up all jobs of a run that are not over; their names. Raises UsageError where another process has the run."""
    with claimed(journal.folder, run):
        left = [name for name, job in journal.jobs(run).items() if job.state not in OVER]
        if left:
            journal.begin()
            for name in left:
                journal.close_job(run, name, DROPPED)
            journal.set_run(run, DROPPED)
            journal.commit()
        return left
