"""Reads which executables a dSYM, or a zip of dSYMs, belongs to."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from ._macho import is_macho, read_images
from ._tree import PackageError, open_tree

if TYPE_CHECKING:
    from os import PathLike


def uuids_of(path: str | PathLike[str]) -> frozenset[str]:
    """The UUIDs of a .dSYM bundle, of a folder or of a zip that holds some, upper case with dashes.

    Apple's own zips hold several. Raises PackageError when there is no dSYM in it.
    """
    target = Path(path)
    uuids: set[str] = set()
    with open_tree(target) as tree:
        for name in tree.files:
            if is_symbols(target, PurePosixPath(name)) and is_macho(tree, name):
                uuids |= {image.uuid for image in read_images(tree, name) if image.uuid is not None}
    if not uuids:
        raise PackageError(
            f"{target} holds no dSYM.",
            code="dsym_empty",
            hint="A dSYM is a folder *.dSYM with Contents/Resources/DWARF in it.",
        )
    return frozenset(uuids)


def check_zip(path: Path) -> None:
    """Read a zip through and compare its checksums. Raises PackageError when it is damaged."""
    try:
        with zipfile.ZipFile(path) as archive:
            damaged = archive.testzip()
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise PackageError(f"{path} is not a whole zip archive: {error}.", code="package_not_a_zip") from None
    if damaged is not None:
        raise PackageError(f"{damaged} in {path} is damaged.", code="package_damaged")


def is_symbols(target: Path, name: PurePosixPath) -> bool:
    """Whether a file lies where Apple's dSYM bundles hold their symbols: …/Contents/Resources/DWARF."""
    return (target.resolve() / name).parent.parts[-3:] == ("Contents", "Resources", "DWARF")
