"""CircleCI: hand-offs are folders, which the exported jobs keep from pipeline to pipeline by caches."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from lane._ci.workflow import pending

from .http import needed
from .kept import Kept

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

DONE = "handoffs-done"  # the folder with a file for each hand-off that is done


class CircleShelf:
    """Folders of the checkout. Two jobs never write the same, since of two caches only the newer is found again:

    `pending.LANE.JOB/FROM` is written by the job that leaves hand-offs, DONE by the one that takes them.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._run = needed(environ, "CIRCLE_WORKFLOW_ID", "CircleCI sets it.")

    def kept(self, lane: str, job: str) -> Iterable[Kept]:
        """The folders that were left for a job, and are not done."""
        Path(DONE).mkdir(exist_ok=True)
        there = {_key(path): path for path in sorted(Path(pending(lane, job)).glob("*/*")) if path.is_dir()}
        for mark in Path(DONE).glob("*"):
            if mark.name not in there:
                mark.unlink()  # the job that left it has removed it since
        yield from (Kept(key, str(path)) for key, path in there.items() if not Path(DONE, key).exists())

    def fetch(self, one: Kept, folder: Path) -> None:
        """Copy a folder."""
        shutil.copytree(one.place, folder, dirs_exist_ok=True)

    def keep(self, lane: str, job: str, folder: Path) -> None:
        """Put a job's folder beside those that earlier runs of it left, and remove of these what is done."""
        mine = Path(pending(lane, job), folder.name)
        mine.mkdir(parents=True, exist_ok=True)
        for path in list(mine.iterdir()):
            if Path(DONE, _key(path)).exists():
                shutil.rmtree(path)
        if any(folder.iterdir()):
            shutil.copytree(folder, mine / self._run, dirs_exist_ok=True)

    def remove(self, key: str) -> None:
        """Remember that it is done."""
        Path(DONE).mkdir(exist_ok=True)
        Path(DONE, key).touch()


def _key(path: Path) -> str:
    return f"{path.parent.name}.{path.name}"
