"""A project below the root of its repository: its folder, and the names and paths that follow from that."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lane._errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

_FIT = re.compile(r"[\w.][\w./ -]*")


def root_of(folder: Path) -> Path:
    """The folder of the git repository that one is in; the folder itself where it is in none."""
    here = folder.resolve()
    return next((one for one in (here, *here.parents) if (one / ".git").exists()), here)


def subfolder(folder: Path) -> str:
    """A project's folder, from the root of its repository: `ios`, `apps/x`; empty at the root."""
    path = folder.resolve().relative_to(root_of(folder)).as_posix()
    return "" if path == "." else path


def check_fit(below: str) -> None:
    """Raises UsageError for a folder whose name some CI system would read as a pattern or as a variable."""
    if below and not _FIT.fullmatch(below):
        raise UsageError(
            f"The folder {below!r} cannot be named in the files of CI systems.",
            hint="Give it a name of letters, digits, spaces, `.`, `_` and `-`.",
            code="unfit_folder",
        )


def within(below: str, path: str) -> str:
    """A path below the project, from the root of the repository."""
    return f"{below}/{path}" if below else path


def slug(below: str) -> str:
    """The folder as a part of names: `apps-x`. They begin with a letter, since some systems' have to."""
    words = "-".join(re.findall(r"[A-Za-z0-9_]+", below))
    return words if words[:1].isalpha() else f"in-{words}"


def label(below: str, lane: str) -> str:
    """A lane's name among those of all projects of a repository: `release`, `apps-x-release`."""
    return f"{slug(below)}-{lane}" if below else lane


def lane_of(labelled: str) -> str:
    """The lane of such a name: a lane's own name has no hyphen."""
    return labelled.rpartition("-")[2]


def to_write(system: str, below: str) -> list[str]:
    """What people have to write so that a system reads a project's own file, where it would read the root's only."""
    if not below or system not in {"gitlab", "buildkite"}:
        return []
    file = file_of(system, below)
    if system == "gitlab":
        return [f"To write in .gitlab-ci.yml: include: [{{local: {file}}}]; its stages, if any, need `lane`"]
    return [f"To write in the pipeline's steps: buildkite-agent pipeline upload {file}"]


def file_of(system: str, below: str) -> str:
    """The file of a system that has one for all lanes, from the root of the repository."""
    return {
        "gitlab": within(below, ".gitlab-ci.yml"),
        "circleci": ".circleci/config.yml",
        "buildkite": f".buildkite/pipeline.{slug(below)}.yml" if below else ".buildkite/pipeline.yml",
    }[system]
