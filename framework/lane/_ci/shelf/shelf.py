"""The shelf of the CI system that this is; hand-offs fetched from it, and removed when they are done."""

from __future__ import annotations

import json
import os
import shutil
from typing import TYPE_CHECKING

from lane._ci.subfolder import lane_of
from lane._errors import UsageError
from lane._run.handoff import SUFFIX, HandOff, read
from lane._run.handoff_claim import SUFFIX as CLAIM

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from .kept import Shelf

_MARK = "kept-"  # begins the names of the folders that were fetched


def shelf(environ: Mapping[str, str] = os.environ) -> Shelf | None:
    """That of the CI system that this is; None where there is none."""
    from lane._report.ci import detect

    system = detect(environ)
    name = None if system is None else system.name
    if name == "GitHub Actions":
        from .github import GitHubShelf

        return GitHubShelf(environ)
    if name == "GitLab CI":
        from .gitlab import GitLabShelf

        return GitLabShelf(environ)
    if name == "Buildkite":
        from .buildkite import BuildkiteShelf

        return BuildkiteShelf(environ)
    if name == "CircleCI":
        from .circleci import CircleShelf

        return CircleShelf(environ)
    return None


def fetch(place: Shelf, lane: str, job: str, folder: Path) -> int:
    """Put all that earlier runs left for a job into folders of their own; how many there are."""
    folder.mkdir(parents=True, exist_ok=True)
    count = 0
    for one in place.kept(lane, job):
        own = folder / f"{_MARK}{one.key}"
        if not own.exists():
            draft = folder / f".{own.name}"
            shutil.rmtree(draft, ignore_errors=True)
            draft.mkdir()
            place.fetch(one, draft)
            draft.rename(own)
        count += 1
    return count


def settle(place: Shelf | None, lane: str, job: str, folder: Path) -> list[str]:
    """Remove the hand-offs for a job that are done, here and from where they were kept; the folders' names."""
    handed = {own: list(_handoffs(own, lane, job)) for own in sorted(folder.iterdir()) if own.is_dir()}
    done = {one.origin for own, found in handed.items() for one in found if _is_done(own, one)}
    removed = []
    for own, found in handed.items():
        taken = bool(found) or own.name.startswith(_MARK)  # what the job itself leaves is there too
        if taken and all(one.origin in done for one in found):
            if place is not None and own.name.startswith(_MARK):
                place.remove(own.name.removeprefix(_MARK))
            shutil.rmtree(own)
            removed.append(own.name)
    return removed


def _handoffs(folder: Path, lane: str, job: str) -> Iterator[HandOff]:
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        found = read(path.read_bytes(), str(path))
        if (found.lane, found.job) == (lane_of(lane), job):
            yield found


def _is_done(folder: Path, one: HandOff) -> bool:
    """Whether the file that claims it says so."""
    try:
        said = json.loads((folder / f"{one.origin}.{one.job}{CLAIM}").read_bytes())
    except (OSError, ValueError):
        return False
    return isinstance(said, dict) and said.get("state") == "done"


def no_shelf() -> UsageError:
    """What to tell where there is no such place, or where nothing of ours has to use it."""
    return UsageError(
        "This is no job of a CI system that keeps hand-offs so.",
        hint="`lane run LANE --job NAME --handoff DIR` takes what lies in a folder.",
        code="no_shelf",
    )
