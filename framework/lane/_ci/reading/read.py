"""Reads the files of all four CI systems below a repository's root."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from lane._ci.subfolder import root_of

from .found import CiReading
from .repository import Repository

if TYPE_CHECKING:
    import os

    from .found import CiCall

SYSTEMS = ("github", "gitlab", "circleci", "buildkite")


def read_ci(folder: str | os.PathLike[str] = ".") -> CiReading:
    """What the CI files of a folder's repository run, and when; nothing of it is run. Raises nothing for bad files.

    The root is that of git, or the folder itself where it is in none.
    """
    repository = Repository(root_of(Path(folder)))
    found: list[CiCall] = []
    for system in SYSTEMS:
        repository.begin()
        found += import_module(f"lane._ci.reading.{system}").calls(repository)
    files = tuple(repository.files.values())
    return CiReading(repository.root, files, tuple(dict.fromkeys(found)), tuple(repository.unseen))
