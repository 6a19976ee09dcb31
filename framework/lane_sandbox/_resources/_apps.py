"""Apps, and what they tell testers and the beta review."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lane_sandbox._resource import Listing, Resource, Writing, flag, many, one, one_of, text, uri

if TYPE_CHECKING:
    from lane_sandbox._store import Record
    from lane_sandbox._team import Team


def remove_testers(team: Team, app: Record, _name: str, testers: list[str]) -> None:
    """Take testers out of all groups of an app."""
    for group in team.store.related(app, "betaGroups"):
        team.store.unlink(group, "betaTesters", testers)


def seed_app(team: Team, app: Record) -> None:
    """What nobody can make, so that every app has it, by its own id: pilot changes the review detail unasked."""
    for name, kind in (
        ("betaAppReviewDetail", "betaAppReviewDetails"),
        ("betaLicenseAgreement", "betaLicenseAgreements"),
    ):
        if not team.store.related(app, name):
            team.store.add(kind, app.id, {}, {"app": [app.id]})


APPS = Resource(
    "apps",
    attributes={
        "accessibilityUrl": uri(),
        "name": text(),
        "bundleId": text(),
        "sku": text(),
        "primaryLocale": text(),
        "isOrEverWasMadeForKids": flag(),
        "subscriptionStatusUrl": uri(),
        "subscriptionStatusUrlVersion": one_of("V1", "V2"),
        "subscriptionStatusUrlForSandbox": uri(),
        "subscriptionStatusUrlVersionForSandbox": one_of("V1", "V2"),
        "contentRightsDeclaration": one_of("DOES_NOT_USE_THIRD_PARTY_CONTENT", "USES_THIRD_PARTY_CONTENT"),
        "streamlinedPurchasingEnabled": flag(),
    },
    relationships={
        "accessibilityDeclarations": one("accessibilityDeclarations", data=False),
        "appEncryptionDeclarations": many(
            "appEncryptionDeclarations",
            inverse="app",
            related=Listing(filters=("platform", "builds"), include=True),
            linkages=("GET",),
        ),
        "appStoreIcon": one("buildIcons", links=False),
        "ciProduct": one("ciProducts"),
        "betaTesters": many(
            "betaTesters", through=("betaGroups", "betaTesters"), data=False, linkages=("DELETE",)
        ),
        "betaGroups": many("betaGroups", inverse="app", related=Listing(), linkages=("GET",)),
        "appStoreVersions": many(
            "appStoreVersions",
            inverse="app",
            related=Listing(
                filters=("platform", "versionString", "appStoreState", "appVersionState", "id"), include=True
            ),
            linkages=("GET",),
        ),
        "appTags": one("appTags", data=False),
        "preReleaseVersions": many("preReleaseVersions", inverse="app", related=Listing(), linkages=("GET",)),
        "betaAppLocalizations": many(
            "betaAppLocalizations", inverse="app", related=Listing(), linkages=("GET",)
        ),
        "builds": many("builds", inverse="app", related=Listing(), linkages=("GET",)),
        "betaLicenseAgreement": one(
            "betaLicenseAgreements", inverse="app", related=Listing(), linkages=("GET",)
        ),
        "betaAppReviewDetail": one(
            "betaAppReviewDetails", inverse="app", related=Listing(), linkages=("GET",)
        ),
        "appInfos": many("appInfos", inverse="app", related=Listing(include=True), linkages=("GET",)),
        "appClips": many("appClips"),
        "appPricePoints": one("appPricePoints", data=False),
        "endUserLicenseAgreement": one("endUserLicenseAgreements"),
        "appPriceSchedule": one("appPriceSchedule", data=False),
        "appAvailabilityV2": one("appAvailabilityV2", data=False),
        "inAppPurchases": many("inAppPurchases"),
        "subscriptionGroups": many("subscriptionGroups"),
        "gameCenterEnabledVersions": many("gameCenterEnabledVersions"),
        "perfPowerMetrics": one("perfPowerMetrics", data=False),
        "appCustomProductPages": many("appCustomProductPages"),
        "inAppPurchasesV2": many("inAppPurchases"),
        "promotedPurchases": many("promotedPurchases"),
        "appEvents": many("appEvents"),
        "reviewSubmissions": many(
            "reviewSubmissions",
            inverse="app",
            related=Listing(filters=("platform", "state"), include=True),
            linkages=("GET",),
        ),
        "subscriptionGracePeriod": one("subscriptionGracePeriods"),
        "customerReviews": one("customerReviews", data=False),
        "customerReviewSummarizations": one("customerReviewSummarizations", data=False),
        "gameCenterDetail": one("gameCenterDetails"),
        "appStoreVersionExperimentsV2": many("appStoreVersionExperiments"),
        "alternativeDistributionKey": one("alternativeDistributionKey", data=False),
        "analyticsReportRequests": one("analyticsReportRequests", data=False),
        "marketplaceSearchDetail": one("marketplaceSearchDetail", data=False),
        "buildUploads": many(
            "buildUploads",
            inverse="app",
            data=False,
            related=Listing(
                filters=("cfBundleShortVersionString", "cfBundleVersion", "platform", "state"),
                sorts=("cfBundleVersion", "uploadedDate"),
                include=True,
            ),
            linkages=("GET",),
        ),
        "backgroundAssets": one("backgroundAssets", data=False),
        "betaFeedbackScreenshotSubmissions": one("betaFeedbackScreenshotSubmissions", data=False),
        "betaFeedbackCrashSubmissions": one("betaFeedbackCrashSubmissions", data=False),
        "searchKeywords": one("searchKeywords", data=False),
        "webhooks": one("webhooks", data=False),
        "androidToIosAppMappingDetails": many("androidToIosAppMappingDetails"),
    },
    listing=Listing(
        filters=(
            "name",
            "bundleId",
            "sku",
            "appStoreVersions.appStoreState",
            "appStoreVersions.platform",
            "appStoreVersions.appVersionState",
            "reviewSubmissions.state",
            "reviewSubmissions.platform",
            "appStoreVersions",
            "id",
        ),
        exists=("gameCenterEnabledVersions",),
        sorts=("name", "bundleId", "sku"),
        include=True,
    ),
    get=True,
    unlinking=remove_testers,
    seeded=seed_app,
    update=Writing(
        optional=(
            "accessibilityUrl",
            "bundleId",
            "primaryLocale",
            "subscriptionStatusUrl",
            "subscriptionStatusUrlVersion",
            "subscriptionStatusUrlForSandbox",
            "subscriptionStatusUrlVersionForSandbox",
            "contentRightsDeclaration",
            "streamlinedPurchasingEnabled",
        )
    ),
)


BETA_APP_REVIEW_DETAILS = Resource(
    "betaAppReviewDetails",
    attributes={
        "contactFirstName": text(),
        "contactLastName": text(),
        "contactPhone": text(),
        "contactEmail": text(),
        "demoAccountName": text(),
        "demoAccountPassword": text(),
        "demoAccountRequired": flag(),
        "notes": text(),
    },
    relationships={
        "app": one("apps", related=Listing(), linkages=("GET",)),
    },
    listing=Listing(filters=("app",), required=("app",), include=True),
    get=True,
    update=Writing(
        optional=(
            "contactFirstName",
            "contactLastName",
            "contactPhone",
            "contactEmail",
            "demoAccountName",
            "demoAccountPassword",
            "demoAccountRequired",
            "notes",
        )
    ),
)


BETA_APP_LOCALIZATIONS = Resource(
    "betaAppLocalizations",
    attributes={
        "feedbackEmail": text(""),
        "marketingUrl": text(),
        "privacyPolicyUrl": text(),
        "tvOsPrivacyPolicy": text(),
        "description": text(""),
        "locale": text(),
    },
    relationships={
        "app": one("apps", related=Listing(), linkages=("GET",)),
    },
    listing=Listing(filters=("locale", "app"), include=True),
    get=True,
    unique=("locale", "app"),
    create=Writing(
        required=("locale", "app"),
        optional=("feedbackEmail", "marketingUrl", "privacyPolicyUrl", "tvOsPrivacyPolicy", "description"),
    ),
    update=Writing(
        optional=("feedbackEmail", "marketingUrl", "privacyPolicyUrl", "tvOsPrivacyPolicy", "description")
    ),
    delete=True,
)
