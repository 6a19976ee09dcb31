"""`upload`: a build to App Store Connect, with its notes and groups."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from lane import ActionError, Context, action, probe
from lane_apple import (
    AppStoreConnect,
    Package,
    add_to_beta_groups,
    api_key,
    find_app,
    find_beta_groups,
    find_build,
    is_distributed,
    read_package,
    set_whats_new,
    upload_build,
    wait_for_build,
    wait_for_upload,
)

from ._build import Build, build_of
from ._door import app_store_connect


@probe(auth=[api_key])
def is_uploaded(
    ctx: Context,
    *,
    ipa: Path,
    whats_new: str | None = None,
    locale: str = "en-US",
    groups: list[str] | None = None,
) -> Build | None:
    """The same build, if it is there, processed, and has its notes and groups."""
    file = ctx.path(ipa)
    if not file.exists():
        return None
    package = read_package(file)
    apple = app_store_connect(ctx)
    app = find_app(apple, package.bundle_id)
    found = find_build(
        apple, app.id, version=package.version, number=package.build_number, platform=package.platform
    )
    if found is None or found.state != "VALID":
        return None
    wanted = find_beta_groups(apple, app.id, groups) if groups else []
    done = is_distributed(apple, found.id, whats_new=whats_new, locale=locale, groups=wanted)
    return build_of(app, found) if done else None


@action(auth=[api_key], effect="create", limits={"upload": 4}, probe=is_uploaded)
def upload(
    ctx: Context,
    *,
    ipa: Annotated[Path, "The .ipa, or a zip with an .app in it"],
    whats_new: Annotated[str | None, "What to Test"] = None,
    locale: Annotated[str, "The language of whats_new"] = "en-US",
    groups: Annotated[list[str] | None, "Names of beta groups that get the build"] = None,
    wait: Annotated[float, "Seconds to wait for Apple's processing"] = 3600.0,
    bundle_id: Annotated[str | None, "The bundle id that the package must have"] = None,
) -> Build:
    """Upload a build and wait until Apple has processed it; one that is there already is not sent again."""
    file = ctx.path(ipa)
    package = read_package(file)
    _check_bundle_id(package, bundle_id, ipa)
    apple = app_store_connect(ctx)
    app = find_app(apple, package.bundle_id)
    wanted = find_beta_groups(apple, app.id, groups) if groups else []
    found = find_build(
        apple, app.id, version=package.version, number=package.build_number, platform=package.platform
    )
    if found is None:
        upload_id = _send(ctx, apple, app.id, package, file)
        found = wait_for_upload(apple, upload_id, deadline=wait, on_state=ctx.log.info)
    else:
        ctx.log.info(f"{package.version} ({package.build_number}) is there already")
        found = wait_for_build(apple, found.id, deadline=wait, on_state=ctx.log.info)
    if whats_new is not None and set_whats_new(apple, found.id, whats_new, locale=locale):
        ctx.change(f"builds/{found.id} whatsNew ({locale})", after=whats_new)
    added = add_to_beta_groups(apple, found.id, wanted) if wanted else []
    for group in added:
        ctx.change(f"builds/{found.id} betaGroups", after=group.name)
    return build_of(app, found)


def _check_bundle_id(package: Package, bundle_id: str | None, ipa: Path) -> None:
    if bundle_id is not None and bundle_id != package.bundle_id:
        raise ActionError(
            f"{ipa} is {package.bundle_id}, not {bundle_id}.",
            hint="Build the right target, or correct app(bundle_id=…).",
            code="bundle_id",
        )


def _send(ctx: Context, apple: AppStoreConnect, app_id: str, package: Package, file: Path) -> str:
    size = file.stat().st_size
    with ctx.progress(file.name, total=size, unit="bytes") as bar:
        sent = upload_build(
            apple,
            file,
            app_id=app_id,
            version=package.version,
            number=package.build_number,
            platform=package.platform,
            progress=bar.update,
        )
    ctx.change(f"buildUploads/{sent.id}", after={"version": package.version, "number": package.build_number})
    return sent.id
