"""Versions, their builds and the bundles within."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import TYPE_CHECKING, Any

from lane_sandbox._problem import Problem, bad_attribute, bad_relationship
from lane_sandbox._processing import EXPIRY_SECONDS
from lane_sandbox._resource import (
    Change,
    Event,
    Listing,
    Resource,
    Writing,
    date,
    document,
    flag,
    integer,
    listing,
    many,
    one,
    one_of,
    text,
    uri,
)

if TYPE_CHECKING:
    from lane_sandbox._store import Record
    from lane_sandbox._team import Team

PLATFORMS = ("IOS", "MAC_OS", "TV_OS", "VISION_OS")
SYMBOLS_SECONDS = 3600.0
"""How long a dSYM's address is good; Apple's own time is not known."""


def check_update(team: Team, build: Record | None, change: Change) -> None:
    """An expired build stays expired; a declaration is one of the build's own app."""
    if build is not None:
        for name, targets in change.links.items():
            check_links(team, build, name, targets)
    if build is not None and build.attributes["expired"] and change.attributes.get("expired") is False:
        raise Problem([bad_attribute("expired", "INVALID", "An expired build can not be made valid again")])


def check_links(team: Team, build: Record, name: str, targets: list[str]) -> None:
    """Groups and declarations are those of the build's own app."""
    kind = team.types["builds"].relationships[name].target
    for identifier in targets:
        other = team.store.find(kind, identifier)
        if other is not None and other.links.get("app", build.links["app"]) != build.links["app"]:
            raise Problem([bad_relationship(name, "INVALID", f"'{identifier}' is one of another app")])


def seed_build(team: Team, build: Record) -> None:
    """A build of the seed file has what an upload would have made."""
    uploaded = build.attributes["uploadedDate"] or team.clock.date()
    expires = datetime.fromisoformat(uploaded).timestamp() + EXPIRY_SECONDS
    values = {"uploadedDate": uploaded, "expirationDate": team.clock.date(expires)}
    team.store.change(build, values, expires=expires)
    if build.attributes["processingState"] == "PROCESSING":
        team.schedule(build, "processed", team.clock.now() + team.processing_seconds)
    if not team.store.related(build, "buildBetaDetail"):
        team.store.add("buildBetaDetails", build.id, {}, {"build": [build.id]})
    if not team.store.related(build, "betaBuildLocalizations"):
        app = team.store.related_one(build, "app")
        locale = {"locale": (app and app.attributes["primaryLocale"]) or "en-US"}
        team.store.add("betaBuildLocalizations", str(uuid.uuid4()), locale, {"build": [build.id]})


def become_valid(team: Team, build: Record, _found: None) -> None:
    """Processing ends well, unless a fault was ordered."""
    state = "INVALID" if team.faults.strikes("invalid", build) else "VALID"
    team.store.change(build, {"processingState": state})


def present_build(team: Team, build: Record) -> dict[str, Any]:
    """A build expires by itself after 90 days."""
    over = build.private.get("expires", float("inf")) <= team.clock.now()
    return {"expired": build.attributes["expired"] or over}


def present_bundle(team: Team, bundle: Record) -> dict[str, Any]:
    """The address of the symbols is made when it is asked for, once the build is processed."""
    build = team.store.related_one(bundle, "build")
    ready = build is not None and build.attributes["processingState"] == "VALID"
    if not ready or not bundle.private.get("symbols"):
        return {"dSYMUrl": None}
    return {"dSYMUrl": team.signed(f"/symbols/{bundle.id}/{bundle.private['symbols']}", SYMBOLS_SECONDS)}


PRE_RELEASE_VERSIONS = Resource(
    "preReleaseVersions",
    attributes={
        "version": text(),
        "platform": one_of(*PLATFORMS),
    },
    relationships={
        "builds": many("builds", inverse="preReleaseVersion", related=Listing(), linkages=("GET",)),
        "app": one("apps", related=Listing(), linkages=("GET",)),
    },
    listing=Listing(
        filters=(
            "builds.buildAudienceType",
            "builds.expired",
            "builds.processingState",
            "builds.version",
            "platform",
            "version",
            "app",
            "builds",
        ),
        sorts=("version",),
        include=True,
    ),
    get=True,
)


BUILDS = Resource(
    "builds",
    attributes={
        "version": text(),
        "uploadedDate": date(),
        "expirationDate": date(),
        "expired": flag(),
        "minOsVersion": text(),
        "lsMinimumSystemVersion": text(),
        "computedMinMacOsVersion": text(),
        "computedMinVisionOsVersion": text(),
        "iconAssetToken": document(),
        "processingState": one_of("PROCESSING", "FAILED", "INVALID", "VALID", default="PROCESSING"),
        "buildAudienceType": one_of("INTERNAL_ONLY", "APP_STORE_ELIGIBLE", default="APP_STORE_ELIGIBLE"),
        "usesNonExemptEncryption": flag(None),
    },
    relationships={
        "preReleaseVersion": one("preReleaseVersions", related=Listing(), linkages=("GET",)),
        "individualTesters": many("betaTesters", related=Listing(), linkages=("GET", "POST", "DELETE")),
        "betaGroups": many("betaGroups", inverse="builds", linkages=("POST", "DELETE")),
        "betaBuildLocalizations": many(
            "betaBuildLocalizations", inverse="build", related=Listing(), linkages=("GET",)
        ),
        "appEncryptionDeclaration": one(
            "appEncryptionDeclarations", related=Listing(), linkages=("GET", "PATCH")
        ),
        "betaAppReviewSubmission": one(
            "betaAppReviewSubmissions", inverse="build", related=Listing(), linkages=("GET",)
        ),
        "app": one("apps", related=Listing(), linkages=("GET",)),
        "buildBetaDetail": one(
            "buildBetaDetails", inverse="build", related=Listing(include=True), linkages=("GET",)
        ),
        "appStoreVersion": one(
            "appStoreVersions", inverse="build", related=Listing(include=True), linkages=("GET",)
        ),
        "icons": many("buildIcons"),
        "buildBundles": many("buildBundles", inverse="build", links=False),
        "buildUpload": one("buildUploads", inverse="build", links=False),
        "perfPowerMetrics": one("perfPowerMetrics", data=False),
        "diagnosticSignatures": one("diagnosticSignatures", data=False),
    },
    listing=Listing(
        filters=(
            "version",
            "expired",
            "processingState",
            "betaAppReviewSubmission.betaReviewState",
            "usesNonExemptEncryption",
            "preReleaseVersion.version",
            "preReleaseVersion.platform",
            "buildAudienceType",
            "preReleaseVersion",
            "app",
            "betaGroups",
            "appStoreVersion",
            "id",
        ),
        exists=("usesNonExemptEncryption",),
        sorts=("version", "uploadedDate", "preReleaseVersion"),
        include=True,
    ),
    get=True,
    check=check_update,
    present=present_build,
    linking=check_links,
    seeded=seed_build,
    events={"processed": Event(become_valid)},
    update=Writing(optional=("expired", "usesNonExemptEncryption", "appEncryptionDeclaration")),
)


BUILD_BUNDLES = Resource(
    "buildBundles",
    attributes={
        "bundleId": text(),
        "bundleType": one_of("APP", "APP_CLIP", "WATCH_APP"),
        "sdkBuild": text(),
        "platformBuild": text(),
        "fileName": text(),
        "hasSirikit": flag(),
        "hasOnDemandResources": flag(),
        "hasPrerenderedIcon": flag(),
        "usesLocationServices": flag(),
        "isIosBuildMacAppStoreCompatible": flag(),
        "includesSymbols": flag(True),
        "dSYMUrl": uri(),
        "supportedArchitectures": listing(),
        "requiredCapabilities": listing(),
        "deviceProtocols": listing(),
        "locales": listing(),
        "entitlements": document(),
        "baDownloadAllowance": integer(),
        "baMaxInstallSize": integer(),
        "minimumOsVersion": text(),
    },
    present=present_bundle,
    relationships={
        "build": one("builds", hidden=True),
        "appClipDomainCacheStatus": one("appClipDomainStatuses"),
        "appClipDomainDebugStatus": one("appClipDomainStatuses"),
        "betaAppClipInvocations": many("betaAppClipInvocations"),
        "buildBundleFileSizes": many(
            "buildBundleFileSizes", inverse="buildBundle", related=Listing(), linkages=("GET",)
        ),
    },
)


BUILD_BUNDLE_FILE_SIZES = Resource(
    "buildBundleFileSizes",
    relationships={"buildBundle": one("buildBundles", hidden=True)},
    attributes={
        "deviceModel": text(),
        "osVersion": text(),
        "downloadBytes": integer(),
        "installBytes": integer(),
    },
)
