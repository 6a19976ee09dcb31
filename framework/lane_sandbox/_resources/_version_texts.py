"""What goes with a version: its texts, the review detail, attachments, a routing file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lane_sandbox import _assets, _release
from lane_sandbox._problem import Problem, bad_relationship, bad_state, not_editable
from lane_sandbox._resource import (
    Change,
    Listing,
    Resource,
    Writing,
    document,
    flag,
    integer,
    listing,
    many,
    one,
    text,
    uri,
)

if TYPE_CHECKING:
    from lane_sandbox._store import Record
    from lane_sandbox._team import Team

ALWAYS = frozenset({"promotionalText"})
"""What can be changed in every state."""


def check_texts(team: Team, texts: Record | None, change: Change) -> None:
    """The texts of a version that is out, or under review, stay; a first version has nothing new to tell."""
    version = _version_of(team, texts, change)
    names = [name for name in change.attributes if name not in ALWAYS]
    if version.attributes["appVersionState"] not in _release.EDITABLE and names:
        raise not_editable(names)
    app = team.store.related_one(version, "app")
    if (
        change.attributes.get("whatsNew")
        and app is not None
        and not _release.was_published(team, app, version)
    ):
        raise not_editable(["whatsNew"])


def _version_of(team: Team, record: Record | None, change: Change) -> Record:
    if record is None:
        version = team.store.find("appStoreVersions", str(change.link("appStoreVersion")))
    else:
        version = team.store.related_one(record, "appStoreVersion")
    assert version is not None
    return version


def keep_primary(team: Team, texts: Record) -> None:
    """The primary language stays, and so do the texts of a version that is not worked on."""
    version = team.store.related_one(texts, "appStoreVersion")
    app = team.store.related_one(version, "app") if version else None
    if version is not None and version.attributes["appVersionState"] not in _release.EDITABLE:
        raise bad_state("The localization can not be deleted in the current state of its version.")
    if app is not None and app.attributes["primaryLocale"] == texts.attributes["locale"]:
        raise bad_state("The localization of the app's primary locale can not be deleted.")


def check_review_detail(team: Team, detail: Record | None, change: Change) -> None:
    """A version has one review detail."""
    version = _version_of(team, detail, change)
    if detail is None and team.store.related(version, "appStoreReviewDetail"):
        raise Problem(
            [bad_relationship("appStoreVersion", "INVALID", "The version has a review detail already")]
        )


def check_coverage(team: Team, coverage: Record | None, change: Change) -> None:
    """A version has one routing file."""
    version = _version_of(team, coverage, change)
    if coverage is None and team.store.related(version, "routingAppCoverage"):
        raise Problem(
            [bad_relationship("appStoreVersion", "INVALID", "The version has a routing file already")]
        )
    _assets.check(team, coverage, change)


APP_STORE_VERSION_LOCALIZATIONS = Resource(
    "appStoreVersionLocalizations",
    attributes={
        "description": text(longest=4000),
        "locale": text(),
        "keywords": text(longest=100),
        "marketingUrl": uri(),
        "promotionalText": text(longest=170),
        "supportUrl": uri(),
        "whatsNew": text(longest=4000),
    },
    relationships={
        "appStoreVersion": one("appStoreVersions", links=False),
        "appScreenshotSets": many(
            "appScreenshotSets",
            inverse="appStoreVersionLocalization",
            related=Listing(
                filters=(
                    "screenshotDisplayType",
                    "appCustomProductPageLocalization",
                    "appStoreVersionExperimentTreatmentLocalization",
                ),
                include=True,
            ),
            linkages=("GET",),
        ),
        "appPreviewSets": many(
            "appPreviewSets",
            inverse="appStoreVersionLocalization",
            related=Listing(
                filters=(
                    "previewType",
                    "appCustomProductPageLocalization",
                    "appStoreVersionExperimentTreatmentLocalization",
                ),
                include=True,
            ),
            linkages=("GET",),
        ),
        "searchKeywords": many("appKeywords"),
    },
    get=True,
    create=Writing(
        required=("locale", "appStoreVersion"),
        optional=("description", "keywords", "marketingUrl", "promotionalText", "supportUrl", "whatsNew"),
    ),
    update=Writing(
        optional=("description", "keywords", "marketingUrl", "promotionalText", "supportUrl", "whatsNew")
    ),
    delete=True,
    check=check_texts,
    keeping=keep_primary,
    owns=("appScreenshotSets", "appPreviewSets"),
    unique=("locale", "appStoreVersion"),
)


APP_STORE_REVIEW_DETAILS = Resource(
    "appStoreReviewDetails",
    attributes={
        "contactFirstName": text(""),
        "contactLastName": text(""),
        "contactPhone": text(""),
        "contactEmail": text(""),
        "demoAccountName": text(""),
        "demoAccountPassword": text(""),
        "demoAccountRequired": flag(),
        "notes": text(),
    },
    relationships={
        "appStoreVersion": one("appStoreVersions", links=False),
        "appStoreReviewAttachments": many(
            "appStoreReviewAttachments",
            inverse="appStoreReviewDetail",
            related=Listing(include=True),
            linkages=("GET",),
        ),
    },
    get=True,
    create=Writing(
        required=("appStoreVersion",),
        optional=(
            "contactFirstName",
            "contactLastName",
            "contactPhone",
            "contactEmail",
            "demoAccountName",
            "demoAccountPassword",
            "demoAccountRequired",
            "notes",
        ),
    ),
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
    check=check_review_detail,
    owns=("appStoreReviewAttachments",),
)


APP_STORE_REVIEW_ATTACHMENTS = Resource(
    "appStoreReviewAttachments",
    attributes={
        "fileSize": integer(),
        "fileName": text(),
        "sourceFileChecksum": text(),
        "uploadOperations": listing(),
        "assetDeliveryState": document(),
    },
    relationships={
        "appStoreReviewDetail": one("appStoreReviewDetails", links=False),
    },
    inputs={
        "uploaded": flag(),
    },
    get=True,
    create=Writing(required=("fileSize", "fileName", "appStoreReviewDetail")),
    update=Writing(optional=("sourceFileChecksum", "uploaded")),
    delete=True,
    check=_assets.check,
    created=_assets.reserve,
    updated=_assets.commit,
    present=_assets.present,
    seeded=_assets.seed,
    deleting=_assets.discard,
    events=_assets.EVENTS,
)


ROUTING_APP_COVERAGES = Resource(
    "routingAppCoverages",
    attributes={
        "fileSize": integer(),
        "fileName": text(),
        "sourceFileChecksum": text(),
        "uploadOperations": listing(),
        "assetDeliveryState": document(),
    },
    relationships={
        "appStoreVersion": one("appStoreVersions", links=False),
    },
    inputs={
        "uploaded": flag(),
    },
    get=True,
    create=Writing(required=("fileSize", "fileName", "appStoreVersion")),
    update=Writing(optional=("sourceFileChecksum", "uploaded")),
    delete=True,
    check=check_coverage,
    created=_assets.reserve,
    updated=_assets.commit,
    present=_assets.present,
    seeded=_assets.seed,
    deleting=_assets.discard,
    events=_assets.EVENTS,
)
