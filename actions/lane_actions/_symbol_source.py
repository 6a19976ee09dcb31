"""Brings the symbols of builds to a folder: from Xcode's archives, or from App Store Connect."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from lane import ActionError
from lane_apple import DownloadedDsym, PackageError, dsym_file_name, find_build_bundles, uuids_of
from lane_apple import download_dsyms as fetch_dsyms

from ._local_archives import find_archive, find_archive_by_number, zip_dsyms

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from lane import Context
    from lane_apple import AppStoreConnect, BuildBundle

    from ._build import Build

_POLL = 30.0  # seconds; fastlane's


class Symbols(NamedTuple):
    """The dSYMs of a build, or the reason why there are none. `late`: Apple was told of some, and has none yet."""

    build: Build
    dsyms: list[DownloadedDsym]
    missing: ActionError | None = None
    late: bool = False


@dataclass(frozen=True, slots=True)
class SymbolSource:
    """Where symbols come from. `wait` are the seconds that Apple may take to have those that were uploaded."""

    ctx: Context
    apple: AppStoreConnect
    folder: Path
    archives: Path
    wait: float

    def bring(self, builds: Sequence[Build]) -> list[Symbols]:
        """Bring the dSYMs of builds to the folder; those that Apple has come side by side."""
        by_id = {build.id: build for build in builds}
        local = {build.id: self._local(build) for build in builds}
        bundles = self._bundles([build for build in builds if local[build.id] is None])
        got: dict[BuildBundle, DownloadedDsym] = {}
        lacking: dict[BuildBundle, Build] = {}
        for bundle in bundles:
            build = by_id[bundle.build_id]
            here = dsym_here(self.folder, build, bundle.bundle_id)
            if here is not None and bundle.dsym_url is not None:
                self.ctx.log.info(f"{here.path} is there already.")
                got[bundle] = here
            elif bundle.dsym_url is not None:
                lacking[bundle] = build
        got |= self._fetch(lacking)
        return [self._symbols(build, local[build.id], bundles, got) for build in builds]

    def _symbols(
        self,
        build: Build,
        local: DownloadedDsym | None,
        bundles: list[BuildBundle],
        got: Mapping[BuildBundle, DownloadedDsym],
    ) -> Symbols:
        if local is not None:
            return Symbols(build, [local])
        own = [bundle for bundle in bundles if bundle.build_id == build.id]
        dsyms = [got[bundle] for bundle in own if bundle in got]
        if dsyms:
            return Symbols(build, dsyms)
        archive = find_archive_by_number(self._archives, build)
        if archive is not None:
            return Symbols(build, [self._from_archive(build, archive)])
        return Symbols(build, [], _no_dsyms(build, own), late=any(map(_is_late, own)))

    # Archives of this machine

    @property
    def _archives(self) -> Path:
        return self.ctx.path(self.archives)

    def _local(self, build: Build) -> DownloadedDsym | None:
        archive = find_archive(self._archives, build)
        return None if archive is None else self._from_archive(build, archive)

    def _from_archive(self, build: Build, archive: Path) -> DownloadedDsym:
        target = self.folder / _name(build.bundle_id, build)
        wanted = uuids_of(archive / "dSYMs")
        here = dsym_here(self.folder, build, build.bundle_id)
        if here is not None and here.uuids >= wanted:
            self.ctx.log.info(f"{target} is there already.")
        else:
            zip_dsyms(archive, target)
            self.ctx.log.info(f"{target} is from {archive}.")
        return DownloadedDsym(target, build.bundle_id, wanted)

    # App Store Connect

    def _bundles(self, builds: list[Build]) -> list[BuildBundle]:
        """The builds' bundles, as soon as Apple has the symbols that were uploaded with them."""
        ids, left = [build.id for build in builds], self.wait
        bundles = find_build_bundles(self.apple, *ids)
        while left > 0 and (late := {each.build_id for each in bundles if _is_late(each)}):
            named = ", ".join(f"{each.version} ({each.number})" for each in builds if each.id in late)
            self.ctx.log.info(f"Apple does not have the symbols of {named} ready yet.")
            pause = min(_POLL, left)
            self.ctx.sleep(pause)
            left -= pause
            bundles = find_build_bundles(self.apple, *ids)
        return bundles

    def _fetch(self, bundles: Mapping[BuildBundle, Build]) -> dict[BuildBundle, DownloadedDsym]:
        if not bundles:
            return {}
        targets = {each: self.folder / _name(each.bundle_id, build) for each, build in bundles.items()}
        expected = {
            each: build.uuids[each.bundle_id]
            for each, build in bundles.items()
            if each.bundle_id in build.uuids
        }
        with self.ctx.progress("dSYMs", unit="bytes") as bar:
            dsyms = fetch_dsyms(self.apple, targets, expected=expected, progress=bar.update)
        for dsym in dsyms:
            self.ctx.log.info(f"{dsym.path} ({', '.join(sorted(dsym.uuids))})")
        return dict(zip(targets, dsyms, strict=True))


def dsym_here(folder: Path, build: Build, bundle_id: str) -> DownloadedDsym | None:
    """The file of a bundle, if it is there with the bundle's symbols.

    Where the build's UUIDs are not known its name has to do: a number is good for one build, and files get
    their names when they are whole.
    """
    target = folder / _name(bundle_id, build)
    if not target.is_file():
        return None
    try:
        uuids = uuids_of(target)
    except PackageError:
        return None  # cut off or damaged by something else: downloaded anew
    expected = build.uuids.get(bundle_id)
    if expected is not None and uuids.isdisjoint(expected):
        return None
    return DownloadedDsym(target, bundle_id, uuids)


def _no_dsyms(build: Build, bundles: Sequence[BuildBundle]) -> ActionError:
    """Why Apple has none for a build."""
    uploaded = any(each.includes_symbols for each in bundles)
    why = (
        "They were uploaded, but Apple gives none out: run this again later, or take them from the archive."
        if uploaded
        else "None were uploaded with it."
    )
    return ActionError(
        f"Apple has no dSYMs for {build.version} ({build.number}).",
        hint=f"{why} That is normal since bitcode ended (Xcode 14): Apple builds nothing anew, so that the"
        " symbols are those of the build's archive; build_app gives them as `dsyms`.",
        code="dsym_missing",
    )


def _is_late(bundle: BuildBundle) -> bool:
    return bundle.includes_symbols and bundle.dsym_url is None


def _name(bundle_id: str, build: Build) -> str:
    """As fastlane names it; an app of several platforms has the same number on each."""
    number = build.number if build.platform == "IOS" else f"{build.number}-{build.platform}"
    return dsym_file_name(bundle_id, build.version, number)
