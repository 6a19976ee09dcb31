"""Whether the files that are there are those that the lanes give today."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from lane._errors import UsageError

from .export import SYSTEMS, declared_lanes, exported
from .written import known, known_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lane._lanefile.load import Project

    from .policy import CiPolicy, SystemName

_PLACES = {
    "github": ".github/workflows/*.yml",
    "gitlab": ".gitlab-ci.yml",
    "circleci": ".circleci/config.yml",
    "buildkite": ".buildkite/pipeline.yml",
}


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
            found += _differences(folder, there, wanted)
    if not looked:
        raise UsageError(
            "There are no files of `lane ci export` here.",
            hint=f"Export them first: lane ci export {'|'.join(SYSTEMS)}.",
            code="not_exported",
        )
    return looked, found


def exported_before(folder: Path, system: SystemName) -> dict[str, str]:
    """The files of a system that were exported, by path."""
    found = {}
    for path in sorted(folder.glob(_PLACES[system])):
        head = known_file(path)
        if head is not None and head.system == system:
            found[path.relative_to(folder).as_posix()] = path.read_text(encoding="utf-8")
    return found


def _lanes(project: Project, policy: CiPolicy, there: dict[str, str]) -> list[str]:
    """The lanes of the files, and those that the policy declares, in the Lanefile's order."""
    named = {lane for text in there.values() if (head := known(text)) is not None for lane in head.lanes}
    if policy.lanes:
        named.update(declared_lanes(project, policy))
    return [lane.name for lane in project.public if lane.name in named]


def _differences(folder: Path, there: dict[str, str], wanted: dict[str, str]) -> Iterator[Drift]:
    for path in sorted({*there, *wanted}):
        before, after = there.get(path), wanted.get(path)
        if before == after:
            continue
        what = "is of a lane or job that is gone" if after is None else "has changed"
        if before is None:
            what = "was not exported by lane" if (folder / path).exists() else "is missing"
        lines = difflib.unified_diff(
            (before or "").splitlines(keepends=True),
            (after or "").splitlines(keepends=True),
            path,
            "exported now",
        )
        yield Drift(path, what, "".join(lines))
