"""A build as steps hand it to each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lane import Model

if TYPE_CHECKING:
    import lane_apple


class Build(Model):
    """A build at App Store Connect. `number` is what Apple calls its version; `version` the marketing one."""

    id: str
    app_id: str
    bundle_id: str
    version: str
    number: str
    platform: str


def build_of(app: lane_apple.App, found: lane_apple.Build) -> Build:
    """The client's build as an output."""
    return Build(
        id=found.id,
        app_id=app.id,
        bundle_id=app.bundle_id,
        version=found.version or "",
        number=found.number,
        platform=found.platform or "IOS",
    )
