"""`download_dsyms`: the symbols that App Store Connect holds for a build."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from lane import ActionError, Context, Model, action, nightly
from lane_apple import (
    api_key,
    apple_id,
    download_dsym,
    dsym_file_name,
    find_app,
    find_build_bundles,
    find_builds,
    get_build,
)

from ._build import Build, build_of
from ._door import app_store_connect


class Dsyms(Model):
    """Downloaded dSYMs: a zip for each bundle, and the UUIDs of the executables that they belong to."""

    build: Build
    files: list[Path]
    uuids: list[str]


@action(auth=[api_key, apple_id], effect="read", on=nightly, limits={"download": 4})
def download_dsyms(
    ctx: Context,
    *,
    build: Annotated[Build | None, "The build; left out: the app's newest"] = None,
    output: Annotated[Path, "The folder that gets the zips"] = Path("dsyms"),
    bundle_id: Annotated[str | None, "The app, where no build is given"] = None,
) -> Dsyms:
    """Download the dSYMs that App Store Connect holds for a build."""
    apple = app_store_connect(ctx)
    if build is None:
        build = _newest(ctx, bundle_id)
    bundles = find_build_bundles(apple, build.id)
    with_symbols = [bundle for bundle in bundles if bundle.dsym_url is not None]
    if not with_symbols:
        raise ActionError(
            f"Apple has no dSYMs for {build.version} ({build.number}).",
            hint="Apple keeps only what came with the build; the archive has them.",
            code="dsym_missing",
        )
    files: list[Path] = []
    uuids: set[str] = set()
    with ctx.progress("dSYMs", total=len(with_symbols), unit="bundles") as bar:
        for bundle in with_symbols:
            name = dsym_file_name(bundle.bundle_id, build.version, build.number)
            got = download_dsym(apple, bundle, ctx.path(output) / name, build_id=build.id)
            ctx.log.info(f"{got.path} ({', '.join(sorted(got.uuids))})")
            files.append(got.path)
            uuids |= got.uuids
            bar.advance()
    return Dsyms(build=build, files=files, uuids=sorted(uuids))


def _newest(ctx: Context, bundle_id: str | None) -> Build:
    if bundle_id is None:
        raise ActionError(
            "download_dsyms knows neither a build nor an app.",
            hint='Pass build=…, or say app(bundle_id="…") in the Lanefile.',
            code="no_build",
        )
    apple = app_store_connect(ctx)
    app = find_app(apple, bundle_id)
    found = next(find_builds(apple, app.id, state="VALID"), None)
    if found is None:
        raise ActionError(f"{bundle_id} has no processed build.", hint="Upload one first.", code="no_build")
    return build_of(app, get_build(apple, found.id))
