"""App Store versions: made, edited while they may be, and released."""

from __future__ import annotations

import re
import uuid
from typing import TYPE_CHECKING, Any

from lane_sandbox import _release
from lane_sandbox._problem import Problem, bad_attribute, bad_relationship, bad_state
from lane_sandbox._resource import (
    Change,
    Event,
    Listing,
    Resource,
    Writing,
    date,
    flag,
    many,
    one,
    one_of,
    text,
)

if TYPE_CHECKING:
    from lane_sandbox._store import Record
    from lane_sandbox._team import Team

VERSION = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9}){0,2}")
UNTIL_RELEASE = frozenset({"releaseType", "earliestReleaseDate"})
"""What can be changed as long as the version is not out."""
COPIED = ("description", "keywords", "marketingUrl", "promotionalText", "supportUrl", "locale")


def check_version(team: Team, version: Record | None, change: Change) -> None:
    """One version is worked on at a time; a number is used once; a version that is under review stays as it is."""
    if version is None:
        _check_new(team, change)
    else:
        _check_changes(version, change)
    number = change.attributes.get("versionString")
    if number is not None and not VERSION.fullmatch(number):
        detail = f"'{number}' is not a version; use up to three numbers with dots between, as 1.2.0"
        raise Problem([bad_attribute("versionString", "INVALID", detail)])
    _check_release(version, change)
    if change.link("build"):
        _check_build(team, version, change, str(change.link("build")))


def _check_new(team: Team, change: Change) -> None:
    app = team.store.find("apps", str(change.link("app")))
    assert app is not None
    for other in _release.versions(team, app, change.attributes["platform"]):
        if other.attributes["versionString"] == change.attributes["versionString"]:
            detail = (
                f"The value '{change.attributes['versionString']}' of 'versionString' has already been used"
            )
            raise Problem([bad_attribute("versionString", "INVALID.DUPLICATE", detail)])
        if other.attributes["appVersionState"] not in _release.FINAL:
            detail = "You cannot create a new version of the App in the current state."
            raise Problem([bad_relationship("app", "INVALID", detail)])


def _check_changes(version: Record, change: Change) -> None:
    state = version.attributes["appVersionState"]
    names = [name for name in (*change.attributes, *change.links) if name != "downloadable"]
    if state in _release.UNRELEASED:
        names = [name for name in names if name not in UNTIL_RELEASE]
    if state in _release.EDITABLE or not names:
        return
    detail = "The attribute '{}' can not be modified."
    raise Problem([bad_attribute(name, "INVALID.UNMODIFIABLE", detail.format(name)) for name in names])


def _check_release(version: Record | None, change: Change) -> None:
    kind = change.attributes.get("releaseType", version.attributes["releaseType"] if version else None)
    if change.attributes.get("earliestReleaseDate") and kind != "SCHEDULED":
        detail = "A version has an earliest release date only if its release type is SCHEDULED"
        raise Problem([bad_attribute("earliestReleaseDate", "INVALID", detail)])


def _check_build(team: Team, version: Record | None, change: Change, identifier: str) -> None:
    number = change.attributes.get("versionString", version.attributes["versionString"] if version else "")
    platform = change.attributes.get("platform", version.attributes["platform"] if version else "")
    app = change.links.get("app", version.links["app"] if version else [])
    build = team.store.find("builds", identifier)
    assert build is not None
    train = team.store.related_one(build, "preReleaseVersion")
    values = team.attributes(build)
    fits = train is not None and train.attributes["platform"] == platform
    fits = fits and _trimmed(train.attributes["version"]) == _trimmed(number) if train else False
    if build.links["app"] != app or not fits or values["processingState"] != "VALID" or values["expired"]:
        detail = "The specified pre-release build could not be added."
        raise Problem([bad_relationship("build", "INVALID", detail)])


def _trimmed(number: str) -> str:
    return re.sub(r"(\.0+)+$", "", number)


def check_new_build(team: Team, version: Record, _name: str, builds: list[str]) -> None:
    """The relationship alone is changed under the rules of the version."""
    change = Change({}, {"build": builds})
    _check_changes(version, change)
    for build in builds:
        _check_build(team, version, change, build)


def complete_version(team: Team, version: Record, _change: Change) -> None:
    """A new version begins with the texts, the contact and the review detail of the one before."""
    app = team.store.related_one(version, "app")
    assert app is not None
    release = version.attributes["releaseType"] or "AFTER_APPROVAL"
    values = {
        "createdDate": team.clock.date(),
        "appVersionState": "PREPARE_FOR_SUBMISSION",
        "releaseType": release,
    }
    team.store.change(version, values)
    earlier = [
        each for each in _release.versions(team, app, version.attributes["platform"]) if each is not version
    ]
    before = earlier[-1] if earlier else None
    if before and not version.attributes["copyright"]:
        team.store.change(version, {"copyright": before.attributes["copyright"]})
    _copy_texts(team, app, before, version)
    _copy_review_detail(team, app, before, version)
    _release.follow(team, version)


def _copy_texts(team: Team, app: Record, before: Record | None, version: Record) -> None:
    found = team.store.related(before, "appStoreVersionLocalizations") if before else []
    texts = [{name: each.attributes[name] for name in COPIED} for each in found]
    for values in texts or [{"locale": app.attributes["primaryLocale"] or "en-US"}]:
        links = {"appStoreVersion": [version.id]}
        team.store.add("appStoreVersionLocalizations", str(uuid.uuid4()), values, links)


def _copy_review_detail(team: Team, app: Record, before: Record | None, version: Record) -> None:
    """deliver stops on a version without one (what-clients-rely-on.md)."""
    source = team.store.related_one(before, "appStoreReviewDetail") if before else None
    source = source or team.store.related_one(app, "betaAppReviewDetail")
    values = {name: value for name, value in source.attributes.items() if value is not None} if source else {}
    team.store.add("appStoreReviewDetails", str(uuid.uuid4()), values, {"appStoreVersion": [version.id]})


def seed_version(team: Team, version: Record) -> None:
    """One of the seed file has at least a text, and a review detail."""
    app = team.store.related_one(version, "app")
    assert app is not None
    values = {
        "createdDate": version.attributes["createdDate"] or team.clock.date(),
        "appVersionState": version.attributes["appVersionState"] or "PREPARE_FOR_SUBMISSION",
        "releaseType": version.attributes["releaseType"] or "AFTER_APPROVAL",
    }
    team.store.change(version, values)
    if not team.store.related(version, "appStoreVersionLocalizations"):
        _copy_texts(team, app, None, version)
    if not team.store.related(version, "appStoreReviewDetail"):
        _copy_review_detail(team, app, None, version)
    _release.follow(team, version)


def present_version(_team: Team, version: Record) -> dict[str, Any]:
    """The older state says the same in older words."""
    state = version.attributes["appVersionState"]
    return {"appStoreState": _release.OLDER_WORDS.get(state, state)}


def keep_submitted(team: Team, version: Record) -> None:
    """Only a version that is being worked on can be deleted."""
    if version.attributes["appVersionState"] not in _release.EDITABLE or _release.submission_of(
        team, version
    ):
        raise bad_state("The version can not be deleted in its current state.")


def check_release_request(team: Team, _record: Record | None, change: Change) -> None:
    """What is released has been approved, and waits for it."""
    version = team.store.find("appStoreVersions", str(change.link("appStoreVersion")))
    if version is None or version.attributes["appVersionState"] != "PENDING_DEVELOPER_RELEASE":
        raise bad_state("The version is not in the state PENDING_DEVELOPER_RELEASE.")


def release(team: Team, request: Record, _change: Change) -> None:
    """The version is out."""
    version = team.store.related_one(request, "appStoreVersion")
    assert version is not None
    _release.publish(team, version, team.clock.now())


def release_by_date(team: Team, version: Record, _found: None) -> None:
    """The day of a scheduled release has come; a version that was taken back meanwhile stays."""
    if version.attributes["appVersionState"] == "PENDING_DEVELOPER_RELEASE":
        _release.publish(team, version, version.private["since"])


def reschedule(team: Team, version: Record, change: Change) -> None:
    """An approved version whose release is changed goes out by the new terms."""
    approved = version.attributes["appVersionState"] == "PENDING_DEVELOPER_RELEASE"
    if approved and UNTIL_RELEASE & change.attributes.keys():
        _release.release_by_type(team, version, team.clock.now())


def withdraw(team: Team, submission: Record) -> None:
    """The older way to take a version out of review."""
    version = team.store.related_one(submission, "appStoreVersion")
    if version is not None:
        _release.move(team, version, "DEVELOPER_REJECTED")


APP_STORE_VERSIONS = Resource(
    "appStoreVersions",
    attributes={
        "platform": one_of("IOS", "MAC_OS", "TV_OS", "VISION_OS"),
        "versionString": text(),
        "appStoreState": one_of(
            "ACCEPTED",
            "DEVELOPER_REMOVED_FROM_SALE",
            "DEVELOPER_REJECTED",
            "IN_REVIEW",
            "INVALID_BINARY",
            "METADATA_REJECTED",
            "PENDING_APPLE_RELEASE",
            "PENDING_CONTRACT",
            "PENDING_DEVELOPER_RELEASE",
            "PREPARE_FOR_SUBMISSION",
            "PREORDER_READY_FOR_SALE",
            "PROCESSING_FOR_APP_STORE",
            "READY_FOR_REVIEW",
            "READY_FOR_SALE",
            "REJECTED",
            "REMOVED_FROM_SALE",
            "WAITING_FOR_EXPORT_COMPLIANCE",
            "WAITING_FOR_REVIEW",
            "REPLACED_WITH_NEW_VERSION",
            "NOT_APPLICABLE",
        ),
        "appVersionState": one_of(
            "ACCEPTED",
            "DEVELOPER_REJECTED",
            "IN_REVIEW",
            "INVALID_BINARY",
            "METADATA_REJECTED",
            "PENDING_APPLE_RELEASE",
            "PENDING_DEVELOPER_RELEASE",
            "PREPARE_FOR_SUBMISSION",
            "PROCESSING_FOR_DISTRIBUTION",
            "READY_FOR_DISTRIBUTION",
            "READY_FOR_REVIEW",
            "REJECTED",
            "REPLACED_WITH_NEW_VERSION",
            "WAITING_FOR_EXPORT_COMPLIANCE",
            "WAITING_FOR_REVIEW",
        ),
        "copyright": text(""),
        "reviewType": one_of("APP_STORE", "NOTARIZATION"),
        "releaseType": one_of("MANUAL", "AFTER_APPROVAL", "SCHEDULED"),
        "earliestReleaseDate": date(),
        "usesIdfa": flag(),
        "downloadable": flag(),
        "createdDate": date(),
    },
    relationships={
        "app": one("apps", links=False),
        "appStoreVersionLocalizations": many(
            "appStoreVersionLocalizations",
            inverse="appStoreVersion",
            related=Listing(filters=("locale",), include=True),
            linkages=("GET",),
        ),
        "build": one("builds", related=Listing(), linkages=("GET", "PATCH")),
        "appStoreVersionPhasedRelease": one(
            "appStoreVersionPhasedReleases", inverse="appStoreVersion", related=Listing(), linkages=("GET",)
        ),
        "gameCenterAppVersion": one("gameCenterAppVersions"),
        "routingAppCoverage": one(
            "routingAppCoverages", inverse="appStoreVersion", related=Listing(include=True), linkages=("GET",)
        ),
        "appStoreReviewDetail": one(
            "appStoreReviewDetails",
            inverse="appStoreVersion",
            related=Listing(include=True),
            linkages=("GET",),
        ),
        "appStoreVersionSubmission": one(
            "appStoreVersionSubmissions",
            inverse="appStoreVersion",
            related=Listing(include=True),
            linkages=("GET",),
        ),
        "appClipDefaultExperience": one("appClipDefaultExperiences"),
        "appStoreVersionExperiments": many("appStoreVersionExperiments"),
        "appStoreVersionExperimentsV2": many("appStoreVersionExperiments"),
        "customerReviews": many("customerReviews", data=False),
        "alternativeDistributionPackage": one("alternativeDistributionPackages"),
    },
    get=True,
    create=Writing(
        required=("platform", "versionString", "app"),
        optional=(
            "copyright",
            "reviewType",
            "releaseType",
            "earliestReleaseDate",
            "usesIdfa",
            "appStoreVersionLocalizations",
            "build",
        ),
    ),
    update=Writing(
        optional=(
            "versionString",
            "copyright",
            "reviewType",
            "releaseType",
            "earliestReleaseDate",
            "usesIdfa",
            "downloadable",
            "build",
            "appClipDefaultExperience",
        )
    ),
    delete=True,
    check=check_version,
    created=complete_version,
    updated=reschedule,
    seeded=seed_version,
    present=present_version,
    linking=check_new_build,
    keeping=keep_submitted,
    owns=(
        "appStoreVersionLocalizations",
        "appStoreReviewDetail",
        "appStoreVersionPhasedRelease",
        "routingAppCoverage",
    ),
    events={"released": Event(release_by_date)},
)


APP_STORE_VERSION_RELEASE_REQUESTS = Resource(
    "appStoreVersionReleaseRequests",
    relationships={
        "appStoreVersion": one("appStoreVersions", hidden=True),
    },
    create=Writing(required=("appStoreVersion",)),
    check=check_release_request,
    created=release,
)


APP_STORE_VERSION_SUBMISSIONS = Resource(
    "appStoreVersionSubmissions",
    relationships={
        "appStoreVersion": one("appStoreVersions", links=False),
    },
    delete=True,
    deleting=withdraw,
)
