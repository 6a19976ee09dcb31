"""Opens an uploaded .ipa: its bundles, what they say of themselves, and their Mach-O files."""

from __future__ import annotations

import plistlib
import struct
import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any
from xml.parsers.expat import ExpatError

from lane_sandbox import _macho

if TYPE_CHECKING:
    from collections.abc import Iterator

LARGEST_PACKAGE = 4 * 1024**3
"""Apple takes apps of up to 4 GB, uncompressed."""
MOST_ENTRIES = 100_000
LARGEST_PLIST = 4 * 1024**2
BUNDLE_SUFFIXES = {".app", ".appex", ".framework", ".xpc", ".bundle"}
UNREADABLE = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, struct.error, ValueError)
BAD_PLIST = (
    plistlib.InvalidFileException,
    ExpatError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    OverflowError,
    RecursionError,
    struct.error,
)


class PackageError(Exception):
    """The package is refused; `code` and `description` as a buildUpload's state has them."""

    def __init__(self, code: str, description: str) -> None:
        super().__init__(f"{code}: {description}")
        self.code = code
        self.description = description


@dataclass(slots=True)
class Bundle:
    """An app, App Clip or watch app in the package; `place` is its path, without a slash at the end."""

    kind: str
    place: PurePosixPath
    info: dict[str, Any]
    binaries: list[str] = field(default_factory=list)
    architectures: set[str] = field(default_factory=set)
    locales: set[str] = field(default_factory=set)
    packed_bytes: int = 0
    unpacked_bytes: int = 0


class Package:
    """An opened .ipa. Raises PackageError for what is no package of an app; use in `with`."""

    def __init__(self, path: Path) -> None:
        try:
            self._zip = zipfile.ZipFile(path)
        except UNREADABLE as problem:
            raise _broken(f"The package is not a zip archive: {problem}") from problem
        entries = self._zip.infolist()
        if len(entries) > MOST_ENTRIES or sum(each.file_size for each in entries) > LARGEST_PACKAGE:
            self.close()
            raise _broken(f"The package is larger than {LARGEST_PACKAGE} bytes when it is unpacked")
        self._entries = {each.filename: each for each in entries if not each.is_dir()}

    def __enter__(self) -> Package:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the archive."""
        self._zip.close()

    def bundles(self) -> list[Bundle]:
        """The app first, then App Clips and watch apps, each with the Mach-O files that are its own."""
        found = {place: Bundle(kind, place, self._info(place)) for place, kind in self._places()}
        apps = [bundle for bundle in found.values() if bundle.kind == "APP"]
        if len(apps) != 1:
            raise PackageError(
                "SANDBOX.NO_APP", f"The package has {len(apps)} apps in Payload/; there must be one"
            )
        for name, entry in self._entries.items():
            path = PurePosixPath(name)
            owner = next((found[each] for each in path.parents if each in found), None)
            if owner is None:
                continue
            owner.packed_bytes += entry.compress_size
            owner.unpacked_bytes += entry.file_size
            owner.locales |= {each.stem for each in path.parents if each.suffix == ".lproj"}
            if _macho.looks_like(self._start(name)) and ".dSYM/" not in name:
                owner.binaries.append(name)
                owner.architectures |= {each.architecture for each in self.slices(name)}
        return sorted(found.values(), key=lambda bundle: (bundle.kind != "APP", str(bundle.place)))

    def slices(self, name: str) -> list[_macho.Slice]:
        """The architectures of a Mach-O in the package."""
        try:
            return _macho.slices(self._read(name))
        except _macho.MachOError as problem:
            raise PackageError("SANDBOX.INVALID_BINARY", f"'{name}' can not be read: {problem}") from problem

    def own_symbols(self) -> Iterator[tuple[frozenset[object], bytes]]:
        """The dSYMs that came with the package: the UUIDs and the bytes of each."""
        for name in self._entries:
            if ".dSYM/Contents/Resources/DWARF/" in name and _macho.looks_like(self._start(name)):
                data = self._read(name)
                yield frozenset(each.uuid for each in _macho.slices(data)), data

    def dsym_name(self, binary: str) -> str:
        """The name of the dSYM of a Mach-O: that of its bundle if it is the bundle's own, else its file's."""
        path = PurePosixPath(binary)
        home = next((each for each in path.parents if each.suffix in BUNDLE_SUFFIXES), None)
        if home is not None and (home.stem == path.name or self._executable(home) == path.name):
            return f"{home.name}.dSYM"
        return f"{path.name}.dSYM"

    def _executable(self, home: PurePosixPath) -> str | None:
        for name in (f"{home}/Info.plist", f"{home}/Resources/Info.plist"):
            if name in self._entries:
                executable = self._plist(name).get("CFBundleExecutable")
                return executable if isinstance(executable, str) else None
        return None

    def _places(self) -> Iterator[tuple[PurePosixPath, str]]:
        homes = {
            each for name in self._entries for each in PurePosixPath(name).parents if each.suffix == ".app"
        }
        kinds = {"Payload": "APP", "AppClips": "APP_CLIP", "Watch": "WATCH_APP"}
        for home in sorted(homes):
            parent = home.parent.name
            if parent in kinds and (parent == "Payload") == (len(home.parts) == 2):
                yield home, kinds[parent]

    def _info(self, place: PurePosixPath) -> dict[str, Any]:
        name = f"{place}/Info.plist"
        if name not in self._entries:
            raise PackageError("SANDBOX.NO_INFO_PLIST", f"The bundle '{place}' has no Info.plist")
        return self._plist(name)

    def _plist(self, name: str) -> dict[str, Any]:
        if self._entries[name].file_size > LARGEST_PLIST:
            raise PackageError("SANDBOX.INVALID_INFO_PLIST", f"'{name}' is larger than {LARGEST_PLIST} bytes")
        data = self._read(name)
        try:
            info = plistlib.loads(data)
        except BAD_PLIST as problem:
            raise PackageError("SANDBOX.INVALID_INFO_PLIST", f"'{name}' is not a property list") from problem
        if not isinstance(info, dict):
            raise PackageError("SANDBOX.INVALID_INFO_PLIST", f"'{name}' is not a dictionary")
        return info

    def _start(self, name: str) -> bytes:
        try:
            with self._zip.open(name) as file:
                return file.read(8)
        except UNREADABLE as problem:
            raise _broken(f"'{name}' can not be unpacked: {problem}") from problem

    def _read(self, name: str) -> bytes:
        try:
            return self._zip.read(name)
        except UNREADABLE as problem:
            raise _broken(f"'{name}' can not be unpacked: {problem}") from problem


def _broken(description: str) -> PackageError:
    return PackageError("SANDBOX.INVALID_PACKAGE", description)
