"""Finds the symbols of a build among Xcode's archives on this machine."""

from __future__ import annotations

import plistlib
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lane_apple import PackageError, uuids_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ._build import Build


def xcode_archives() -> Path:
    """Where Xcode keeps them."""
    return Path.home() / "Library" / "Developer" / "Xcode" / "Archives"


def find_archive(folder: Path, build: Build) -> Path | None:
    """The archive whose dSYMs are those of the build's app, by UUID: a number may have been built twice."""
    wanted = set(build.uuids.get(build.bundle_id, ()))
    if not wanted:
        return None
    for archive in _archives(folder, build.bundle_id):
        try:
            if wanted <= uuids_of(archive / "dSYMs"):
                return archive
        except PackageError:
            continue  # without symbols, or damaged
    return None


def find_archive_by_number(folder: Path, build: Build) -> Path | None:
    """The archive with a build's version and number, where its UUIDs are not known; None where several have them."""
    if build.uuids:
        return None
    wanted = (build.version, build.number)
    found = [
        archive
        for archive in _archives(folder, build.bundle_id)
        if tuple(map(_info(archive).get, ("CFBundleShortVersionString", "CFBundleVersion"))) == wanted
        and any((archive / "dSYMs").glob("*.dSYM"))
    ]
    return found[0] if len(found) == 1 else None


def zip_dsyms(archive: Path, target: Path) -> None:
    """All dSYMs of an archive as one zip, which appears when it is whole."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}.") as scratch:
        made = shutil.make_archive(str(Path(scratch) / "dSYMs"), "zip", root_dir=archive / "dSYMs")
        Path(made).replace(target)


def _archives(folder: Path, bundle_id: str) -> Iterator[Path]:
    """The archives of an app, the newest first. Xcode sorts them into folders by day."""
    if not folder.is_dir():
        return
    found = (
        [folder]
        if folder.suffix == ".xcarchive"
        else [*folder.glob("*.xcarchive"), *folder.glob("*/*.xcarchive")]
    )
    for archive in sorted(found, key=lambda path: path.stat().st_mtime, reverse=True):
        if _info(archive).get("CFBundleIdentifier", bundle_id) == bundle_id:
            yield archive


def _info(archive: Path) -> dict[str, Any]:
    """What its Info.plist says of the app; nothing where there is none."""
    try:
        info: Any = plistlib.loads((archive / "Info.plist").read_bytes())
        properties: dict[str, Any] = info.get("ApplicationProperties", {})
    except Exception:  # noqa: BLE001  # plistlib leaks ExpatError, ValueError, IndexError, … for broken files
        return {}
    return properties
