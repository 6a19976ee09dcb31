"""`download_dsyms`: the symbols of builds, from Xcode's archives or from App Store Connect."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from lane import ActionError, Context, LaneError, Model, action, nightly, probe
from lane_apple import (
    DownloadedDsym,
    PackageError,
    api_key,
    apple_id,
    dsym_file_name,
    find_build_bundles,
    uuids_of,
)
from lane_apple import download_dsyms as fetch_dsyms

from ._build import Build
from ._door import app_store_connect
from ._last_download import last_download, remember_download
from ._local_archives import find_archive, xcode_archives, zip_dsyms
from ._which_builds import Platform, Wanted

if TYPE_CHECKING:
    from lane_apple import AppStoreConnect, BuildBundle

_POLL = 30.0  # seconds; fastlane's

Since = datetime | Literal["last_run"] | None


class Dsyms(Model):
    """Downloaded dSYMs: a zip for each bundle, and the UUIDs of the executables that they belong to.

    `build` is the newest of the builds, `builds` are all that have files here.
    """

    build: Build
    files: list[Path]
    uuids: list[str]
    builds: list[Build] = []  # noqa: RUF012 - pydantic copies a default, and the model is frozen


@probe
def are_downloaded(
    ctx: Context,
    *,
    build: Build | None = None,
    version: str | None = None,
    number: str | None = None,
    platform: Platform | None = None,
    since: Since = None,
    output: Path = Path("dsyms"),
    bundle_id: str | None = None,
) -> Dsyms | None:
    """The dSYMs, if all that Apple holds for the build are in the folder already."""
    if since is not None or version == "all":
        return None  # what is new has to be looked at
    try:
        apple = app_store_connect(ctx, patient=False)
        wanted = Wanted(version, number, platform)
        if build is not None and not build.id:
            build = _awaited(apple, build)
        builds = [build] if build is not None else [each for each, _ in _find(apple, wanted, bundle_id)]
        found: list[DownloadedDsym] = []
        for each in builds:
            bundles = _with_symbols(find_build_bundles(apple, each.id), each)
            here = [_here(_file(ctx, output, each, one), one.bundle_id, each) for one in bundles]
            found += [one for one in here if one is not None]
            if None in here:
                return None
    except LaneError:
        return None  # the step itself will meet it, and tell
    return _dsyms(builds, found)


@action(auth=[api_key, apple_id], effect="read", on=nightly, limits={"download": 4}, probe=are_downloaded)
def download_dsyms(
    ctx: Context,
    *,
    build: Annotated[Build | None, "The build; left out: the app's newest"] = None,
    version: Annotated[str | None, "latest, live, all, or a version, of which all builds are meant"] = None,
    number: Annotated[str | None, "Only builds with this number"] = None,
    platform: Annotated[Platform | None, "Only builds for this; left out: all"] = None,
    since: Annotated[Since, "Only builds uploaded after this time, or since the last run: last_run"] = None,
    output: Annotated[Path, "The folder that gets the zips"] = Path("dsyms"),
    archives: Annotated[Path | None, "Archives that are looked at first; left out: Xcode's own"] = None,
    wait: Annotated[float, "Seconds that Apple may take to have symbols that were uploaded"] = 300.0,
    bundle_id: Annotated[str | None, "The app, where no build is given"] = None,
) -> Dsyms:
    """Download the dSYMs that App Store Connect holds for a build; what is in the folder already stays.

    An archive of this machine comes first, if its dSYMs are the build's by UUID. A file appears only when it is
    whole and holds symbols of the build. Builds without symbols are warned of where all or new ones are asked for.
    """
    apple = app_store_connect(ctx)
    source = _Source(ctx, apple, output, archives or xcode_archives(), wait)
    if build is not None:
        known = build if build.id else _awaited(apple, build)
        return _dsyms([known], source.dsyms_of(known))
    folder = ctx.path(output)
    after = last_download(folder, bundle_id or "") if since == "last_run" else _utc(since)
    wanted = Wanted(version, number, platform, after)
    if since == "last_run" and after is None:
        wanted = Wanted(version or "all", number, platform)
    found = _find(apple, wanted, bundle_id)
    if not found:
        newest = _find(apple, Wanted(platform=platform), bundle_id)[0][0]
        ctx.log.info(f"There is no new build; the newest is {newest.version} ({newest.number}).")
        return _dsyms([newest], [])
    needed = since is None and version != "all"
    dsyms = _of_several(ctx, source, [each for each, _ in found], needed=needed)
    if since == "last_run" and bundle_id is not None:
        remember_download(folder, bundle_id, found[0][1])
    return dsyms


def _awaited(apple: AppStoreConnect, build: Build) -> Build:
    """A build that was uploaded without waiting for it, as Apple has it now."""
    wanted = Wanted(build.version, build.number, build.platform)
    found = wanted.find(apple, build.bundle_id)[0][0]
    return found.model_copy(update={"uuids": build.uuids})


def _of_several(ctx: Context, source: _Source, builds: list[Build], *, needed: bool) -> Dsyms:
    """The dSYMs of builds, with a warning for each that has none; an error if they are `needed` and all lack them."""
    found: list[DownloadedDsym] = []
    having: list[Build] = []
    missing: list[ActionError] = []
    for build in builds:
        ctx.check()
        try:
            found += source.dsyms_of(build)
            having.append(build)
        except ActionError as error:
            if error.code != "dsym_missing":
                raise
            missing.append(error)
    if missing and needed and not found:
        raise missing[0]
    for each in missing:
        ctx.log.warning(each.message)
    if missing:
        ctx.log.info(str(missing[0].hint))
    return _dsyms(having or builds, found)


@dataclass(slots=True)
class _Source:
    """Where symbols come from. `wait` are the seconds that are left for Apple."""

    ctx: Context
    apple: AppStoreConnect
    output: Path
    archives: Path
    wait: float

    def dsyms_of(self, build: Build) -> list[DownloadedDsym]:
        """Bring a build's dSYMs to the folder. Raises ActionError (dsym_missing) where there are none."""
        local = self._local(build)
        if local is not None:
            return [local]
        found: dict[BuildBundle, DownloadedDsym | None] = {}
        for bundle in _with_symbols(self._bundles(build), build):
            found[bundle] = _here(_file(self.ctx, self.output, build, bundle), bundle.bundle_id, build)
        lacking = [bundle for bundle, here in found.items() if here is None]
        fetched = dict(zip(lacking, self._fetch(build, lacking), strict=True))
        for bundle, here in found.items():
            if here is not None:
                self.ctx.log.info(f"{here.path} is there already.")
            else:
                found[bundle] = got = fetched[bundle]
                self.ctx.log.info(f"{got.path} ({', '.join(sorted(got.uuids))})")
        return [each for each in found.values() if each is not None]

    def _local(self, build: Build) -> DownloadedDsym | None:
        """Those of an archive on this machine."""
        folder = self.ctx.path(self.archives)
        archive = find_archive(folder, build) if folder.is_dir() else None
        if archive is None:
            return None
        target = self.ctx.path(self.output) / _name(build.bundle_id, build)
        wanted = uuids_of(archive / "dSYMs")
        here = _here(target, build.bundle_id, build)
        if here is not None and here.uuids >= wanted:
            self.ctx.log.info(f"{target} is there already.")
        else:
            zip_dsyms(archive, target)
            self.ctx.log.info(f"{target} is from {archive}.")
        return DownloadedDsym(target, build.bundle_id, wanted)

    def _bundles(self, build: Build) -> list[BuildBundle]:
        """The build's bundles, as soon as Apple has the symbols that were uploaded with them."""
        bundles = find_build_bundles(self.apple, build.id)
        while self.wait > 0 and any(each.includes_symbols and each.dsym_url is None for each in bundles):
            pause = min(_POLL, self.wait)
            self.ctx.log.info(
                f"Apple does not have the symbols of {build.version} ({build.number}) ready yet."
            )
            self.ctx.sleep(pause)
            self.wait -= pause
            bundles = find_build_bundles(self.apple, build.id)
        return bundles

    def _fetch(self, build: Build, bundles: list[BuildBundle]) -> list[DownloadedDsym]:
        if not bundles:
            return []
        targets = {bundle: _file(self.ctx, self.output, build, bundle) for bundle in bundles}
        with self.ctx.progress(f"{build.version} ({build.number})", unit="bytes") as bar:
            return fetch_dsyms(
                self.apple, targets, build_id=build.id, expected=build.uuids, progress=bar.update
            )


def _with_symbols(bundles: list[BuildBundle], build: Build) -> list[BuildBundle]:
    found = [each for each in bundles if each.dsym_url is not None]
    if not found:
        uploaded = any(each.includes_symbols for each in bundles)
        why = (
            "They were uploaded, but Apple gives none out: run this again later, or take them from the archive."
            if uploaded
            else "None were uploaded with it."
        )
        raise ActionError(
            f"Apple has no dSYMs for {build.version} ({build.number}).",
            hint=f"{why} That is normal since bitcode ended (Xcode 14): Apple builds nothing anew, so that the"
            " symbols are those of the build's archive; build_app gives them as `dsyms`.",
            code="dsym_missing",
        )
    return found


def _here(target: Path, bundle_id: str, build: Build) -> DownloadedDsym | None:
    """The file, if it is there with the bundle's symbols.

    Where the build's UUIDs are not known its name has to do: a number is good for one build, and files get
    their names when they are whole.
    """
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


def _file(ctx: Context, output: Path, build: Build, bundle: BuildBundle) -> Path:
    return ctx.path(output) / _name(bundle.bundle_id, build)


def _name(bundle_id: str, build: Build) -> str:
    """As fastlane names it; an app of several platforms has the same number on each."""
    number = build.number if build.platform == "IOS" else f"{build.number}-{build.platform}"
    return dsym_file_name(bundle_id, build.version, number)


def _dsyms(builds: list[Build], found: list[DownloadedDsym]) -> Dsyms:
    uuids = frozenset[str]().union(*(each.uuids for each in found))
    files = [each.path for each in found]
    return Dsyms(build=builds[0], files=files, uuids=sorted(uuids), builds=builds if files else [])


def _find(apple: AppStoreConnect, wanted: Wanted, bundle_id: str | None) -> list[tuple[Build, datetime]]:
    if bundle_id is None:
        raise ActionError(
            "download_dsyms knows neither a build nor an app.",
            hint='Pass build=…, or say app(bundle_id="…") in the Lanefile.',
            code="no_build",
        )
    return wanted.find(apple, bundle_id)


def _utc(time: datetime | None) -> datetime | None:
    """A time without an offset is meant in UTC."""
    if time is None:
        return None
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
