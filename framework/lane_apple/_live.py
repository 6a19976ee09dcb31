"""The build that is on sale."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._builds import get_build

if TYPE_CHECKING:
    from ._builds import Build
    from ._client import AppStoreConnect

_LIVE = ("READY_FOR_DISTRIBUTION", "PROCESSING_FOR_DISTRIBUTION")  # as fastlane's `live` reads them


def find_live_build(apple: AppStoreConnect, app_id: str, *, platform: str | None = None) -> Build | None:
    """The build of the appStoreVersion that is in the App Store, or on its way there; None without any."""
    wanted: dict[str, Any] = {
        "filter[appVersionState]": list(_LIVE),
        "include": ["build"],
        "fields[appStoreVersions]": ["versionString", "platform", "appVersionState", "build"],
        "limit": 200,
    }
    if platform is not None:
        wanted["filter[platform]"] = platform
    for version in apple.find(f"/v1/apps/{app_id}/appStoreVersions", wanted):
        build = version.related("build")
        if build is not None:
            return get_build(apple, build)
    return None
