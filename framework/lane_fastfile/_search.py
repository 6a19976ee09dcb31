"""Find the Fastfiles that a command line means: files, and folders with all below them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from lane import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

DEFAULTS = ("fastlane/Fastfile", ".fastlane/Fastfile", "Fastfile")
_SKIPPED = {"node_modules", "Pods", "vendor", "DerivedData", "build", "Carthage"}


def fastfiles(named: Sequence[str | os.PathLike[str]]) -> list[Path]:
    """The Fastfiles of these paths, each once; without any, that of this folder.

    Raises UsageError where there is none.
    """
    if not named:
        return [_default()]
    found: dict[Path, None] = {}
    for one in map(Path, named):
        if one.is_dir():
            here = list(_below(one))
            if not here:
                raise UsageError(f"There is no Fastfile in {one} or below it.", code="no_fastfile")
            found.update(dict.fromkeys(here))
        elif one.is_file():
            found[one] = None
        else:
            raise UsageError(
                f"There is no file {one}.", hint="Name a Fastfile, or a folder.", code="no_fastfile"
            )
    return list(found)


def _default() -> Path:
    for name in DEFAULTS:
        if Path(name).is_file():
            return Path(name)
    raise UsageError(
        "There is no Fastfile in this folder.",
        hint=f"Looked for {', '.join(DEFAULTS)}. Name one: lane audit path/to/Fastfile.",
        code="no_fastfile",
    )


def _below(folder: Path) -> Iterator[Path]:
    """Every file named Fastfile; not in what package managers and builds make."""
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(
            name
            for name in folders
            if name not in _SKIPPED and (not name.startswith(".") or name == ".fastlane")
        )
        if "Fastfile" in files:
            yield Path(place, "Fastfile")
