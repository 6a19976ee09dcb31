"""The declarations of all types of resources that the sandbox has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lane_sandbox._resources._apps import APPS, BETA_APP_LOCALIZATIONS, BETA_APP_REVIEW_DETAILS
from lane_sandbox._resources._builds import (
    BUILD_BUNDLE_FILE_SIZES,
    BUILD_BUNDLES,
    BUILDS,
    PRE_RELEASE_VERSIONS,
)
from lane_sandbox._resources._testflight import (
    BETA_BUILD_LOCALIZATIONS,
    BETA_GROUPS,
    BETA_TESTER_INVITATIONS,
    BETA_TESTERS,
    BUILD_BETA_DETAILS,
    BUILD_BETA_NOTIFICATIONS,
)
from lane_sandbox._resources._uploads import BUILD_UPLOAD_FILES, BUILD_UPLOADS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lane_sandbox._resource import Resource

__all__ = ["TYPES"]

TYPES: Mapping[str, Resource] = {
    resource.type: resource
    for resource in (
        APPS,
        BETA_APP_LOCALIZATIONS,
        BETA_APP_REVIEW_DETAILS,
        BETA_BUILD_LOCALIZATIONS,
        BETA_GROUPS,
        BETA_TESTERS,
        BETA_TESTER_INVITATIONS,
        BUILDS,
        BUILD_BETA_DETAILS,
        BUILD_BETA_NOTIFICATIONS,
        BUILD_BUNDLES,
        BUILD_BUNDLE_FILE_SIZES,
        BUILD_UPLOADS,
        BUILD_UPLOAD_FILES,
        PRE_RELEASE_VERSIONS,
    )
}
