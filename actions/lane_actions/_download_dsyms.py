"""`download_dsyms`: the symbols that App Store Connect holds for a build."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from lane import ActionError, Context, LaneError, Model, action, nightly, probe
from lane_apple import (
    DownloadedDsym,
    PackageError,
    api_key,
    apple_id,
    download_dsym,
    dsym_file_name,
    find_app,
    find_build_bundles,
    find_builds,
    uuids_of,
)

from ._build import Build, build_of
from ._door import app_store_connect

if TYPE_CHECKING:
    from lane_apple import AppStoreConnect, BuildBundle


class Dsyms(Model):
    """Downloaded dSYMs: a zip for each bundle, and the UUIDs of the executables that they belong to."""

    build: Build
    files: list[Path]
    uuids: list[str]


@probe
def are_downloaded(
    ctx: Context, *, build: Build | None = None, output: Path = Path("dsyms"), bundle_id: str | None = None
) -> Dsyms | None:
    """The dSYMs, if all that Apple holds for the build are in the folder already."""
    try:
        apple = app_store_connect(ctx, patient=False)
        build = build or _newest(apple, bundle_id)
        bundles = _with_symbols(apple, build)
    except LaneError:
        return None  # the step itself will meet it, and tell
    here = [_here(_file(ctx, output, build, bundle), bundle, build) for bundle in bundles]
    found = [each for each in here if each is not None]
    return _dsyms(build, found) if len(found) == len(bundles) else None


@action(auth=[api_key, apple_id], effect="read", on=nightly, limits={"download": 4}, probe=are_downloaded)
def download_dsyms(
    ctx: Context,
    *,
    build: Annotated[Build | None, "The build; left out: the app's newest"] = None,
    output: Annotated[Path, "The folder that gets the zips"] = Path("dsyms"),
    bundle_id: Annotated[str | None, "The app, where no build is given"] = None,
) -> Dsyms:
    """Download the dSYMs that App Store Connect holds for a build; what is in the folder already stays.

    A file appears only when it is whole and holds symbols of the build.
    """
    apple = app_store_connect(ctx)
    build = build or _newest(apple, bundle_id)
    found: list[DownloadedDsym] = []
    for bundle in _with_symbols(apple, build):
        target = _file(ctx, output, build, bundle)
        got = _here(target, bundle, build)
        if got is None:
            got = _download(ctx, apple, bundle, build, target)
            ctx.log.info(f"{got.path} ({', '.join(sorted(got.uuids))})")
        else:
            ctx.log.info(f"{got.path} is there already.")
        found.append(got)
    return _dsyms(build, found)


def _download(
    ctx: Context, apple: AppStoreConnect, bundle: BuildBundle, build: Build, target: Path
) -> DownloadedDsym:
    expected = build.uuids.get(bundle.bundle_id)
    with ctx.progress(target.name, unit="bytes") as bar:
        return download_dsym(apple, bundle, target, build_id=build.id, expected=expected, progress=bar.update)


def _with_symbols(apple: AppStoreConnect, build: Build) -> list[BuildBundle]:
    bundles = [each for each in find_build_bundles(apple, build.id) if each.dsym_url is not None]
    if not bundles:
        raise ActionError(
            f"Apple has no dSYMs for {build.version} ({build.number}).",
            hint="It keeps only what was uploaded with the build: take them from the build's archive.",
            code="dsym_missing",
        )
    return bundles


def _here(target: Path, bundle: BuildBundle, build: Build) -> DownloadedDsym | None:
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
    expected = build.uuids.get(bundle.bundle_id)
    if expected is not None and uuids.isdisjoint(expected):
        return None
    return DownloadedDsym(target, bundle.bundle_id, uuids)


def _file(ctx: Context, output: Path, build: Build, bundle: BuildBundle) -> Path:
    """As fastlane names it; an app of several platforms has the same number on each."""
    number = build.number if build.platform == "IOS" else f"{build.number}-{build.platform}"
    return ctx.path(output) / dsym_file_name(bundle.bundle_id, build.version, number)


def _dsyms(build: Build, found: list[DownloadedDsym]) -> Dsyms:
    uuids = frozenset[str]().union(*(each.uuids for each in found))
    return Dsyms(build=build, files=[each.path for each in found], uuids=sorted(uuids))


def _newest(apple: AppStoreConnect, bundle_id: str | None) -> Build:
    if bundle_id is None:
        raise ActionError(
            "download_dsyms knows neither a build nor an app.",
            hint='Pass build=…, or say app(bundle_id="…") in the Lanefile.',
            code="no_build",
        )
    app = find_app(apple, bundle_id)
    found = next(find_builds(apple, app.id, state="VALID"), None)
    if found is None:
        raise ActionError(f"{bundle_id} has no processed build.", hint="Upload one first.", code="no_build")
    return build_of(app, found)
