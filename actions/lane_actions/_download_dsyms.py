"""`download_dsyms`: the symbols of builds, from Xcode's archives or from App Store Connect."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from lane import ActionError, Context, LaneError, Model, action, nightly, probe
from lane_apple import api_key, apple_id, find_build_bundles

from ._build import Build
from ._door import app_store_connect
from ._last_download import count_night, last_download, remember_download
from ._local_archives import xcode_archives
from ._symbol_source import SymbolSource, dsym_here
from ._which_builds import Platform, Wanted

if TYPE_CHECKING:
    from lane_apple import AppStoreConnect, DownloadedDsym

    from ._symbol_source import Symbols

ENOUGH = 30
"""Nights in a row without a new dSYM, after which it is said that the job can go."""

LATE_FOR = timedelta(days=7)
"""How long symbols that Apple was told of are looked for again: since bitcode ended, most never come."""

Since = datetime | Literal["last_run"] | None


class Dsyms(Model):
    """Downloaded dSYMs: a zip for each bundle, and the UUIDs of the executables that they belong to.

    `build` is the newest of the builds, `builds` are all that have files here. `empty_nights` counts the nights in a
    row, up to this one, on which `since="last_run"` has found none.
    """

    build: Build
    files: list[Path]
    uuids: list[str]
    builds: list[Build] = []  # noqa: RUF012 - pydantic copies a default, and the model is frozen
    empty_nights: int = 0


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
        found = _all_here(apple, ctx.path(output), builds)
    except LaneError:
        return None  # the step itself will meet it, and tell
    return None if found is None else _dsyms(builds, found)


def _all_here(apple: AppStoreConnect, folder: Path, builds: list[Build]) -> list[DownloadedDsym] | None:
    """What Apple holds for the builds, if all of it is in the folder."""
    by_id = {build.id: build for build in builds}
    bundles = [each for each in find_build_bundles(apple, *by_id) if each.dsym_url is not None]
    if {each.build_id for each in bundles} != by_id.keys():
        return None
    here = [dsym_here(folder, by_id[each.build_id], each.bundle_id) for each in bundles]
    return None if None in here else [each for each in here if each is not None]


@action(
    auth=[api_key, apple_id(face="app_store_connect")],
    effect="read",
    on=nightly,
    limits={"download": 4},
    probe=are_downloaded,
)
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

    An archive of this machine comes first, if its dSYMs are the build's by UUID; where Apple has none, and the UUIDs
    are not known, the only one of that version and number. A file appears only when it is whole and holds symbols of
    the build. Builds without symbols are warned of where all or new ones are asked for.
    """
    apple, folder = app_store_connect(ctx), ctx.path(output)
    source = SymbolSource(ctx, apple, folder, archives or xcode_archives(), wait)
    if build is not None:
        return _told(ctx, source.bring([build if build.id else _awaited(apple, build)]), needed=True)
    if since == "last_run" and bundle_id is not None:
        return _new(ctx, source, Wanted(version, number, platform), bundle_id)
    after = None if since == "last_run" else _utc(since)
    return _those(ctx, source, Wanted(version, number, platform, after), bundle_id)


def _those(ctx: Context, source: SymbolSource, wanted: Wanted, bundle_id: str | None) -> Dsyms:
    """The dSYMs of the builds that are wanted."""
    found = _find(source.apple, wanted, bundle_id)
    if not found:
        return _none_new(ctx, source, wanted, bundle_id)
    brought = source.bring([each for each, _ in found])
    return _told(ctx, brought, needed=wanted.after is None and wanted.version != "all")


def _new(ctx: Context, source: SymbolSource, wanted: Wanted, bundle_id: str) -> Dsyms:
    """The dSYMs of all builds that have come since the last run, and whether the nights are worth it."""
    after = last_download(source.folder, bundle_id)
    version = wanted.version if after is not None else wanted.version or "all"
    found = _find(source.apple, replace(wanted, version=version, after=after), bundle_id)
    if found:
        brought = source.bring([each for each, _ in found])
        _remember(source.folder, bundle_id, [time for _, time in found], brought)
        dsyms = _told(ctx, brought, needed=False)
    else:
        dsyms = _none_new(ctx, source, wanted, bundle_id)
    nights = count_night(source.folder, bundle_id, datetime.now(UTC).date(), empty=not dsyms.files)
    if nights >= ENOUGH:
        ctx.log.warning(
            f"No dSYMs have come for {nights} nights: this job can go. Apple makes none any more; what it holds was "
            "uploaded with a build, and is on the machine that built it, too."
        )
    return dsyms.model_copy(update={"empty_nights": nights})


def _none_new(ctx: Context, source: SymbolSource, wanted: Wanted, bundle_id: str | None) -> Dsyms:
    newest = _find(source.apple, Wanted(platform=wanted.platform), bundle_id)[0][0]
    ctx.log.info(f"There is nothing to do: no build is newer than {newest.version} ({newest.number}).")
    return _dsyms([newest], [])


def _remember(folder: Path, bundle_id: str, times: list[datetime], brought: list[Symbols]) -> None:
    """Write down up to which upload all is here: what Apple may have later is looked for again next time."""
    given_up = datetime.now(UTC) - LATE_FOR
    from_the_oldest = reversed(list(zip(times, brought, strict=True)))
    here = takewhile(lambda each: not each[1].late or each[0] < given_up, from_the_oldest)
    done = [time for time, _ in here]
    if done:
        remember_download(folder, bundle_id, done[-1])


def _awaited(apple: AppStoreConnect, build: Build) -> Build:
    """A build that was uploaded without waiting for it, as Apple has it now."""
    wanted = Wanted(build.version, build.number, build.platform)
    found = wanted.find(apple, build.bundle_id)[0][0]
    return found.model_copy(update={"uuids": build.uuids})


def _told(ctx: Context, brought: list[Symbols], *, needed: bool) -> Dsyms:
    """The dSYMs of builds, with a warning for each that has none; an error if they are `needed` and all lack them."""
    found = [dsym for each in brought for dsym in each.dsyms]
    missing = [each.missing for each in brought if each.missing is not None]
    if missing and needed and not found:
        raise missing[0]
    for error in missing:
        ctx.log.warning(error.message)
    if missing:
        ctx.log.info(str(missing[0].hint))
    having = [each.build for each in brought if each.dsyms]
    return _dsyms(having or [each.build for each in brought], found)


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
