"""The declarations of all types of resources that the sandbox has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lane_sandbox._resources._app_info import (
    AGE_RATING_DECLARATIONS,
    APP_CATEGORIES,
    APP_INFO_LOCALIZATIONS,
    APP_INFOS,
)
from lane_sandbox._resources._apps import APPS, BETA_APP_LOCALIZATIONS, BETA_APP_REVIEW_DETAILS
from lane_sandbox._resources._beta_review import (
    APP_ENCRYPTION_DECLARATION_DOCUMENTS,
    APP_ENCRYPTION_DECLARATIONS,
    BETA_APP_REVIEW_SUBMISSIONS,
    BETA_LICENSE_AGREEMENTS,
)
from lane_sandbox._resources._builds import (
    BUILD_BUNDLE_FILE_SIZES,
    BUILD_BUNDLES,
    BUILDS,
    PRE_RELEASE_VERSIONS,
)
from lane_sandbox._resources._certificates import CERTIFICATES
from lane_sandbox._resources._devices import DEVICES
from lane_sandbox._resources._identifiers import (
    BUNDLE_ID_CAPABILITIES,
    BUNDLE_IDS,
    MERCHANT_IDS,
    PASS_TYPE_IDS,
)
from lane_sandbox._resources._phased import APP_STORE_VERSION_PHASED_RELEASES
from lane_sandbox._resources._profiles import PROFILES
from lane_sandbox._resources._review import ACTORS, REVIEW_SUBMISSION_ITEMS, REVIEW_SUBMISSIONS
from lane_sandbox._resources._screenshots import (
    APP_PREVIEW_SETS,
    APP_PREVIEWS,
    APP_SCREENSHOT_SETS,
    APP_SCREENSHOTS,
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
from lane_sandbox._resources._users import USER_INVITATIONS, USERS
from lane_sandbox._resources._version_texts import (
    APP_STORE_REVIEW_ATTACHMENTS,
    APP_STORE_REVIEW_DETAILS,
    APP_STORE_VERSION_LOCALIZATIONS,
    ROUTING_APP_COVERAGES,
)
from lane_sandbox._resources._versions import (
    APP_STORE_VERSION_RELEASE_REQUESTS,
    APP_STORE_VERSION_SUBMISSIONS,
    APP_STORE_VERSIONS,
)
from lane_sandbox._resources._web_only import (
    APP_GROUPS,
    CLOUD_CONTAINERS,
    FOREIGN_APPS,
    PUSH_CERTIFICATES,
    WEBSITE_PUSH_IDS,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lane_sandbox._resource import Resource

__all__ = ["ALL_TYPES", "TYPES"]

TYPES: Mapping[str, Resource] = {
    resource.type: resource
    for resource in (
        ACTORS,
        AGE_RATING_DECLARATIONS,
        APPS,
        APP_CATEGORIES,
        APP_ENCRYPTION_DECLARATIONS,
        APP_ENCRYPTION_DECLARATION_DOCUMENTS,
        APP_INFOS,
        APP_INFO_LOCALIZATIONS,
        APP_PREVIEWS,
        APP_PREVIEW_SETS,
        APP_SCREENSHOTS,
        APP_SCREENSHOT_SETS,
        APP_STORE_REVIEW_ATTACHMENTS,
        APP_STORE_REVIEW_DETAILS,
        APP_STORE_VERSIONS,
        APP_STORE_VERSION_LOCALIZATIONS,
        APP_STORE_VERSION_PHASED_RELEASES,
        APP_STORE_VERSION_RELEASE_REQUESTS,
        APP_STORE_VERSION_SUBMISSIONS,
        BETA_APP_LOCALIZATIONS,
        BETA_APP_REVIEW_DETAILS,
        BETA_APP_REVIEW_SUBMISSIONS,
        BETA_BUILD_LOCALIZATIONS,
        BETA_GROUPS,
        BETA_LICENSE_AGREEMENTS,
        BETA_TESTERS,
        BETA_TESTER_INVITATIONS,
        BUILDS,
        BUILD_BETA_DETAILS,
        BUILD_BETA_NOTIFICATIONS,
        BUILD_BUNDLES,
        BUILD_BUNDLE_FILE_SIZES,
        BUILD_UPLOADS,
        BUILD_UPLOAD_FILES,
        BUNDLE_IDS,
        BUNDLE_ID_CAPABILITIES,
        CERTIFICATES,
        DEVICES,
        MERCHANT_IDS,
        PASS_TYPE_IDS,
        PRE_RELEASE_VERSIONS,
        PROFILES,
        REVIEW_SUBMISSIONS,
        REVIEW_SUBMISSION_ITEMS,
        ROUTING_APP_COVERAGES,
        USERS,
        USER_INVITATIONS,
    )
}
"""Those of the official API."""

ALL_TYPES: Mapping[str, Resource] = {
    **TYPES,
    **{
        resource.type: resource
        for resource in (APP_GROUPS, CLOUD_CONTAINERS, FOREIGN_APPS, PUSH_CERTIFICATES, WEBSITE_PUSH_IDS)
    },
}
"""All that a sandbox keeps."""
