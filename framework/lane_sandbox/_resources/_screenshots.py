"""Screenshots and previews, in sets for one display each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lane_sandbox import _assets, _release
from lane_sandbox._problem import Problem, bad_attribute, bad_relationship, bad_state
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
    one_of,
    text,
)

if TYPE_CHECKING:
    from lane_sandbox._store import Record
    from lane_sandbox._team import Team

MOST_SCREENSHOTS = 10
MOST_PREVIEWS = 3
IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg")


def check_screenshot_set(team: Team, _record: Record | None, change: Change) -> None:
    """A localization has one set for each display."""
    _check_set(team, change, "appScreenshotSets", "screenshotDisplayType")


def check_preview_set(team: Team, _record: Record | None, change: Change) -> None:
    """A localization has one set for each kind of device."""
    _check_set(team, change, "appPreviewSets", "previewType")


def _check_set(team: Team, change: Change, name: str, attribute: str) -> None:
    texts = team.store.find("appStoreVersionLocalizations", change.link("appStoreVersionLocalization") or "")
    if texts is None:
        detail = "A set belongs to an appStoreVersionLocalization"
        raise Problem([bad_relationship("appStoreVersionLocalization", "REQUIRED", detail)])
    _check_editable(team, texts)
    wanted = change.attributes[attribute]
    if any(each.attributes[attribute] == wanted for each in team.store.related(texts, name)):
        detail = f"The value '{wanted}' of '{attribute}' has already been used"
        raise Problem([bad_attribute(attribute, "INVALID.DUPLICATE", detail)])


def _check_editable(team: Team, texts: Record | None) -> None:
    version = team.store.related_one(texts, "appStoreVersion") if texts else None
    if version is not None and version.attributes["appVersionState"] not in _release.EDITABLE:
        raise bad_state("Media can not be edited in the current state of the version.")


def check_screenshot(team: Team, screenshot: Record | None, change: Change) -> None:
    """A set takes ten images."""
    if screenshot is None:
        _check_room(team, change, "appScreenshotSet", "appScreenshots", MOST_SCREENSHOTS)
        if not change.attributes["fileName"].lower().endswith(IMAGE_SUFFIXES):
            detail = f"'{change.attributes['fileName']}' is no image; use {', '.join(IMAGE_SUFFIXES)}"
            raise Problem([bad_attribute("fileName", "INVALID", detail)])
    _assets.check(team, screenshot, change)


def check_preview(team: Team, preview: Record | None, change: Change) -> None:
    """A set takes three previews."""
    if preview is None:
        _check_room(team, change, "appPreviewSet", "appPreviews", MOST_PREVIEWS)
    _assets.check(team, preview, change)


def _check_room(team: Team, change: Change, name: str, items: str, most: int) -> None:
    media = team.store.find(f"{name}s", str(change.link(name)))
    assert media is not None
    _check_editable(team, team.store.related_one(media, "appStoreVersionLocalization"))
    if len(team.store.related(media, items)) >= most:
        raise bad_state(f"The set has {most} already, and takes no more.")


def check_order(team: Team, media: Record, name: str, items: list[str]) -> None:
    """A new order has all that are in the set, each once."""
    if sorted(items) != sorted(each.id for each in team.store.related(media, name)):
        detail = f"A new order names all '{name}' of the set, and no others"
        raise Problem([bad_relationship(name, "INVALID", detail, pointer="/data")])


def keep_published(team: Team, media: Record) -> None:
    """The media of a version that is out stay."""
    _check_editable(team, team.store.related_one(media, "appStoreVersionLocalization"))


APP_SCREENSHOT_SETS = Resource(
    "appScreenshotSets",
    attributes={
        "screenshotDisplayType": one_of(
            "APP_IPHONE_67",
            "APP_IPHONE_61",
            "APP_IPHONE_65",
            "APP_IPHONE_58",
            "APP_IPHONE_55",
            "APP_IPHONE_47",
            "APP_IPHONE_40",
            "APP_IPHONE_35",
            "APP_IPAD_PRO_3GEN_129",
            "APP_IPAD_PRO_3GEN_11",
            "APP_IPAD_PRO_129",
            "APP_IPAD_105",
            "APP_IPAD_97",
            "APP_DESKTOP",
            "APP_WATCH_ULTRA",
            "APP_WATCH_SERIES_10",
            "APP_WATCH_SERIES_7",
            "APP_WATCH_SERIES_4",
            "APP_WATCH_SERIES_3",
            "APP_APPLE_TV",
            "APP_APPLE_VISION_PRO",
            "IMESSAGE_APP_IPHONE_67",
            "IMESSAGE_APP_IPHONE_61",
            "IMESSAGE_APP_IPHONE_65",
            "IMESSAGE_APP_IPHONE_58",
            "IMESSAGE_APP_IPHONE_55",
            "IMESSAGE_APP_IPHONE_47",
            "IMESSAGE_APP_IPHONE_40",
            "IMESSAGE_APP_IPAD_PRO_3GEN_129",
            "IMESSAGE_APP_IPAD_PRO_3GEN_11",
            "IMESSAGE_APP_IPAD_PRO_129",
            "IMESSAGE_APP_IPAD_105",
            "IMESSAGE_APP_IPAD_97",
        ),
    },
    relationships={
        "appStoreVersionLocalization": one("appStoreVersionLocalizations", links=False),
        "appCustomProductPageLocalization": one("appCustomProductPageLocalizations", links=False),
        "appStoreVersionExperimentTreatmentLocalization": one(
            "appStoreVersionExperimentTreatmentLocalizations", links=False
        ),
        "appScreenshots": many("appScreenshots", related=Listing(include=True), linkages=("GET", "PATCH")),
    },
    get=True,
    create=Writing(
        required=("screenshotDisplayType",),
        optional=(
            "appStoreVersionLocalization",
            "appCustomProductPageLocalization",
            "appStoreVersionExperimentTreatmentLocalization",
        ),
    ),
    delete=True,
    check=check_screenshot_set,
    linking=check_order,
    keeping=keep_published,
    owns=("appScreenshots",),
)


APP_SCREENSHOTS = Resource(
    "appScreenshots",
    attributes={
        "fileSize": integer(),
        "fileName": text(),
        "sourceFileChecksum": text(),
        "imageAsset": document(),
        "assetToken": text(),
        "assetType": text(),
        "uploadOperations": listing(),
        "assetDeliveryState": document(),
    },
    relationships={
        "appScreenshotSet": one("appScreenshotSets", inverse="appScreenshots", links=False),
    },
    inputs={
        "uploaded": flag(),
    },
    get=True,
    create=Writing(required=("fileSize", "fileName", "appScreenshotSet")),
    update=Writing(optional=("sourceFileChecksum", "uploaded")),
    delete=True,
    check=check_screenshot,
    created=_assets.reserve,
    updated=_assets.commit,
    present=_assets.present,
    seeded=_assets.seed,
    deleting=_assets.discard,
    events=_assets.EVENTS,
)


APP_PREVIEW_SETS = Resource(
    "appPreviewSets",
    attributes={
        "previewType": one_of(
            "IPHONE_67",
            "IPHONE_61",
            "IPHONE_65",
            "IPHONE_58",
            "IPHONE_55",
            "IPHONE_47",
            "IPHONE_40",
            "IPHONE_35",
            "IPAD_PRO_3GEN_129",
            "IPAD_PRO_3GEN_11",
            "IPAD_PRO_129",
            "IPAD_105",
            "IPAD_97",
            "DESKTOP",
            "APPLE_TV",
            "APPLE_VISION_PRO",
        ),
    },
    relationships={
        "appStoreVersionLocalization": one("appStoreVersionLocalizations", links=False),
        "appCustomProductPageLocalization": one("appCustomProductPageLocalizations", links=False),
        "appStoreVersionExperimentTreatmentLocalization": one(
            "appStoreVersionExperimentTreatmentLocalizations", links=False
        ),
        "appPreviews": many("appPreviews", related=Listing(include=True), linkages=("GET", "PATCH")),
    },
    get=True,
    create=Writing(
        required=("previewType",),
        optional=(
            "appStoreVersionLocalization",
            "appCustomProductPageLocalization",
            "appStoreVersionExperimentTreatmentLocalization",
        ),
    ),
    delete=True,
    check=check_preview_set,
    linking=check_order,
    keeping=keep_published,
    owns=("appPreviews",),
)


APP_PREVIEWS = Resource(
    "appPreviews",
    attributes={
        "fileSize": integer(),
        "fileName": text(),
        "sourceFileChecksum": text(),
        "previewFrameTimeCode": text(),
        "mimeType": text(),
        "videoUrl": text(),
        "previewFrameImage": document(),
        "previewImage": document(),
        "uploadOperations": listing(),
        "assetDeliveryState": document(),
        "videoDeliveryState": document(),
    },
    relationships={
        "appPreviewSet": one("appPreviewSets", inverse="appPreviews", links=False),
    },
    inputs={
        "uploaded": flag(),
    },
    get=True,
    create=Writing(
        required=("fileSize", "fileName", "appPreviewSet"), optional=("previewFrameTimeCode", "mimeType")
    ),
    update=Writing(optional=("sourceFileChecksum", "previewFrameTimeCode", "uploaded")),
    delete=True,
    check=check_preview,
    created=_assets.reserve,
    updated=_assets.commit,
    present=_assets.present,
    seeded=_assets.seed,
    deleting=_assets.discard,
    events=_assets.EVENTS,
)
