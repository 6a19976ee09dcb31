"""Whether the files that are there are those that the lanes give today."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from lane._errors import UsageError

from .export import SYSTEMS, declared_lanes, exported
from .subfolder import file_of, root_of, subfolder
from .written import known, known_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lane._lanefile.load import Project

    from .policy import CiPolicy, SystemName


class Drift(NamedTuple):
    """A file that is not what it should be; `diff` leads from what is there to what should be."""

    path: str
    what: str
    diff: str


def drift(
    project: Project, policy: CiPolicy, store: str, systems: Iterable[SystemName] = SYSTEMS
) -> tuple[list[str], list[Drift]]:
    """The files that were looked at, and what is wrong with them. Raises UsageError where none was ever exported."""
    folder = Path(project.folder)
    looked: list[str] = []
    found: list[Drift] = []
    for system in systems:
        there = exported_before(folder, system)
        if there:
            wanted = exported(project, policy, system, _lanes(project, policy, there), store)
            looked += sorted({*there, *wanted})
            found += _differences(root_of(folder), there, wanted)
    if not looked:
        raise UsageError(
            "There are no files of `lane ci export` here.",
            hint=f"Export them first: lane ci export {'|'.join(SYSTEMS)}.",
            code="not_exported",
        )
    return looked, found


def exported_before(folder: Path, system: SystemName) -> dict[str, str]:
    """The files of a system that were exported from a project, by path from the root of its repository."""
    root, below = root_of(folder), subfolder(folder)
    place = ".github/workflows/*.yml" if system == "github" else file_of(system, below)
    found = {}
    for path in sorted(root.glob(place)):
        head = known_file(path)
        if head is not None and (head.system, head.below) == (system, below):
            found[path.relative_to(root).as_posix()] = path.read_text(encoding="utf-8")
    return found


def _lanes(project: Project, policy: CiPolicy, there: dict[str, str]) -> list[str]:
    """The lanes of the files, and those that the policy declares, in the Lanefile's order."""
    named = {lane for text in there.values() if (head := known(text)) is not None for lane in head.lanes}
    if policy.lanes:
        named.update(declared_lanes(project, policy))
    return [lane.name for lane in project.public if lane.name in named]


def _differences(root: Path, there: dict[str, str], wanted: dict[str, str]) -> Iterator[Drift]:
    for path in sorted({*there, *wanted}):
        before, after = there.get(path), wanted.get(path)
        if before == after:
            continue
        what = "is of a lane or job that is gone" if after is None else "has changed"
        if before is None:
            what = "was not exported by lane" if (root / path).exists() else "is missing"
        lines = difflib.unified_diff(
            (before or "").splitlines(keepends=True),
            (after or "").splitlines(keepends=True),
            path,
            "exported now",
        )
        yield Drift(path, what, "".join(lines))
