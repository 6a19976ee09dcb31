"""Takes the symbols out of dSYMs, one file for each architecture: what crash reporters store."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING

from ._dsym import is_symbols
from ._macho import is_macho, read_images
from ._tree import PackageError, open_tree

if TYPE_CHECKING:
    from os import PathLike

    from ._tree import Tree

_BLOCK = 1024 * 1024  # bytes

# Fat headers, from Apple's <mach-o/fat.h>: an architecture's record, of which the third and fourth number
# are offset and size in bytes.
_FAT = {b"\xca\xfe\xba\xbe": ">IIIII", b"\xca\xfe\xba\xbf": ">IIQQII"}


@dataclass(frozen=True, slots=True)
class SymbolFile:
    """The symbols of one architecture of an executable. `name` is the executable's."""

    path: Path
    name: str
    uuid: str
    architecture: str


def extract_symbols(source: str | PathLike[str], folder: Path) -> list[SymbolFile]:
    """Write the symbols of a .dSYM, of a folder or of a zip of some to `folder`, each named by its UUID.

    Memory stays flat. Raises PackageError where there is no dSYM, or a damaged one.
    """
    target = Path(source)
    folder.mkdir(parents=True, exist_ok=True)
    with open_tree(target) as tree:
        names = [each for each in tree.files if is_symbols(target, PurePosixPath(each))]
        found = [one for name in names if is_macho(tree, name) for one in _extracted(tree, name, folder)]
    if not found:
        raise PackageError(
            f"{target} holds no dSYM.",
            code="dsym_empty",
            hint="A dSYM is a folder *.dSYM with Contents/Resources/DWARF in it.",
        )
    return found


def _extracted(tree: Tree, name: str, folder: Path) -> list[SymbolFile]:
    images = read_images(tree, name)  # in the order of their offsets, which it has checked
    found = []
    with tree.open(name) as stream:
        for image, (offset, size) in zip(images, _slices(stream, tree.size(name)), strict=True):
            if image.uuid is None:
                continue
            path = folder / image.uuid
            stream.seek(offset)
            with path.open("wb") as file:
                _copy(stream, file, size, name)
            found.append(SymbolFile(path, PurePosixPath(name).name, image.uuid, image.architecture))
    return found


def _slices(stream: IO[bytes], size: int) -> list[tuple[int, int]]:
    """Offset and size of every architecture, by offset."""
    magic = stream.read(4)
    if magic not in _FAT:
        return [(0, size)]
    (count,) = struct.unpack(">I", stream.read(4))
    record = struct.Struct(_FAT[magic])
    return sorted(record.unpack(stream.read(record.size))[2:4] for _ in range(count))


def _copy(stream: IO[bytes], file: IO[bytes], size: int, name: str) -> None:
    left = size
    while left:
        block = stream.read(min(left, _BLOCK))
        if not block:
            raise PackageError(f"{name} is cut off: its Mach-O header points beyond its end.")
        file.write(block)
        left -= len(block)
