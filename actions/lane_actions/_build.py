"""A build as steps hand it to each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lane import Model

if TYPE_CHECKING:
    import lane_apple


class Build(Model):
    """A build at App Store Connect. `number` is what Apple calls its version; `version` the marketing one.

    `id` is empty where nobody waited until Apple had made a build of the upload, `app_id` where an
    application-specific password cannot tell. `uuids` are those of its executables by bundle id; empty where the
    package was not at hand.
    """

    id: str
    app_id: str
    bundle_id: str
    version: str
    number: str
    platform: str
    uuids: dict[str, list[str]] = {}  # noqa: RUF012 - pydantic copies a default, and the model is frozen


def build_of(
    app: lane_apple.App, found: lane_apple.Build, package: lane_apple.Package | None = None
) -> Build:
    """The client's build as an output; `package` is what it was made of."""
    return Build(
        id=found.id,
        app_id=app.id,
        bundle_id=app.bundle_id,
        version=found.version or "",
        number=found.number,
        platform=found.platform or "IOS",
        uuids={} if package is None else _uuids(package),
    )


def build_to_be(package: lane_apple.Package, app_id: str) -> Build:
    """The build that Apple will make of a package, for those who do not wait for it."""
    return Build(
        id="",
        app_id=app_id,
        bundle_id=package.bundle_id,
        version=package.version,
        number=package.build_number,
        platform=package.platform,
        uuids=_uuids(package),
    )


def _uuids(package: lane_apple.Package) -> dict[str, list[str]]:
    found: dict[str, set[str]] = {}
    for bundle in package.bundles:
        if bundle.uuids:
            found.setdefault(bundle.bundle_id, set()).update(bundle.uuids.values())
    return {bundle_id: sorted(uuids) for bundle_id, uuids in sorted(found.items())}
