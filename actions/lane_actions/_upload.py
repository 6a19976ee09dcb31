"""`upload`: a build to App Store Connect, with its notes and groups."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from lane import ActionError, Context, LaneError, action, probe
from lane_apple import (
    AppSpecificPassword,
    api_key,
    app_specific_password,
    find_app,
    find_beta_groups,
    is_distributed,
    read_package,
)

from ._altool import upload_by_altool
from ._build import Build, build_of, build_to_be
from ._delivery import begin, deliver, find_delivered, find_earlier, warn_if_other
from ._distribution import hand_out, note
from ._door import app_store_connect

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lane import AuthMode
    from lane_apple import Package


@probe(auth=[api_key])
def is_uploaded(
    ctx: Context,
    *,
    ipa: Path,
    whats_new: str | None = None,
    locale: str = "en-US",
    groups: list[str] | None = None,
    bundle_id: str | None = None,
) -> Build | None:
    """The same build, if it is there, processed, and has its notes and groups."""
    try:
        return _look(ctx, ctx.path(ipa), whats_new, locale, groups, bundle_id)
    except LaneError:
        return None  # the step itself will meet it, and tell


def _look(
    ctx: Context,
    file: Path,
    whats_new: str | None,
    locale: str,
    groups: list[str] | None,
    bundle_id: str | None,
) -> Build | None:
    package = _read(file, bundle_id)
    apple = app_store_connect(ctx, patient=False)
    app = find_app(apple, package.bundle_id)
    found = find_delivered(apple, app.id, package)
    if found is None or found.state != "VALID":
        return None
    wanted = find_beta_groups(apple, app.id, groups) if groups else []
    if not is_distributed(apple, found.id, whats_new=whats_new, locale=locale, groups=wanted):
        return None
    warn_if_other(ctx, apple, find_earlier(apple, app.id, package), file)
    return build_of(app, found, package)


def _is_bare(whats_new: str | None, groups: list[str] | None, wait: float) -> bool:
    """Whether nothing is asked for but that Apple gets the file."""
    return wait == 0 and whats_new is None and not groups


def _modes(options: Any) -> Sequence[AuthMode]:
    """A password is enough for altool, which only sends."""
    bare = _is_bare(options.whats_new, options.groups, options.wait)
    return [api_key, app_specific_password] if bare else [api_key]


@action(auth=_modes, effect="create", limits={"upload": 4}, probe=is_uploaded)
def upload(
    ctx: Context,
    *,
    ipa: Annotated[Path, "The .ipa, or a zip with an .app in it"],
    whats_new: Annotated[str | None, "What to Test"] = None,
    locale: Annotated[str, "The language of whats_new"] = "en-US",
    groups: Annotated[list[str] | None, "Names of beta groups that get the build"] = None,
    wait: Annotated[float, "Seconds to wait for Apple's processing; 0: only send"] = 3600.0,
    bundle_id: Annotated[str | None, "The bundle id that the package must have"] = None,
    app_id: Annotated[str | None, "The app's number, which spares altool a look-up"] = None,
) -> Build:
    """Upload a build and wait until Apple has processed it; one that is there already is not sent again.

    Apple tells builds apart by version, number and platform alone. Where another file was sent under the same
    ones, what Apple has stays, and a warning says so.

    An application-specific password is enough, on a Mac, for a bare upload: wait=0, no notes, no groups. Nothing
    can be looked up with it, so bundle id, version and platform have to be in the package.
    """
    file = ctx.path(ipa)
    package = _read(file, bundle_id)
    if isinstance(ctx.credential, AppSpecificPassword):
        return _by_password(ctx, ctx.credential, package, file, app_id)
    apple = app_store_connect(ctx)
    app = find_app(apple, package.bundle_id)
    if _is_bare(whats_new, groups, wait):
        begun = begin(ctx, apple, app.id, package, file)
        return build_to_be(package, app.id) if isinstance(begun, str) else build_of(app, begun, package)
    wanted = find_beta_groups(apple, app.id, groups) if groups else []
    found = deliver(ctx, apple, app.id, package, file, wait=wait)
    if whats_new is not None:
        note(ctx, apple, found.id, whats_new, locale)
    hand_out(ctx, apple, found.id, wanted)
    return build_of(app, found, package)


def _by_password(
    ctx: Context, credential: AppSpecificPassword, package: Package, file: Path, app_id: str | None
) -> Build:
    named = f"{package.version} ({package.build_number})"
    delivery = upload_by_altool(ctx, credential, package, file, app_id)
    if delivery is None:
        ctx.log.warning(
            f"Apple has a build {named} already: it is not sent again. Whether it is this file, a password"
            " cannot tell; an API key can."
        )
    else:
        ctx.log.info(f"{named} is sent: delivery {delivery or 'without a number'}.")
        ctx.change(f"delivery of {package.bundle_id} {named}", after=delivery)
    return build_to_be(package, app_id or "")


def _read(file: Path, bundle_id: str | None) -> Package:
    package = read_package(file)
    if bundle_id is not None and bundle_id != package.bundle_id:
        raise ActionError(
            f"{file} is {package.bundle_id}, not {bundle_id}.",
            hint="Build the right target, or correct app(bundle_id=…).",
            code="bundle_id",
        )
    return package
