"""Lists every executable in a package: apps, extensions, frameworks and bare libraries."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ._macho import is_macho, read_images
from ._tree import open_tree

if TYPE_CHECKING:
    from collections.abc import Mapping
    from os import PathLike


@dataclass(frozen=True, slots=True)
class Executable:
    """A Mach-O file. `path` is inside the package; `uuids` are by architecture, empty where it has none."""

    path: str
    uuids: Mapping[str, str] = field(hash=False)


def find_executables(path: str | PathLike[str]) -> list[Executable]:
    """Every Mach-O file of an .ipa, a zip, an .app or an .xcarchive's app, by path. Raises PackageError."""
    with open_tree(Path(path)) as tree:
        return [
            Executable(name, {each.architecture: each.uuid for each in read_images(tree, name) if each.uuid})
            for name in tree.files
            if is_macho(tree, name)
        ]
