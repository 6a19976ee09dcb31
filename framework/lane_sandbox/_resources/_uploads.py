"""Build uploads: reserving, committing, and what has been sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lane_sandbox import _assets, _processing
from lane_sandbox._problem import Problem, bad_attribute, bad_relationship, bad_state
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
)

if TYPE_CHECKING:
    from lane_sandbox._store import Record
    from lane_sandbox._team import Team

PLATFORMS = ("IOS", "MAC_OS", "TV_OS", "VISION_OS")
HOLDERS = {"ASSET": "assetFile", "ASSET_DESCRIPTION": "assetDescriptionFile", "ASSET_SPI": "assetSpiFile"}
HASH_LENGTHS = {"MD5": 32, "SHA_256": 64}


def refuse_used_number(team: Team, _record: Record | None, change: Change) -> None:
    """A build number that was taken once, even by a build that failed, cannot be uploaded again.

    The code, the title and the detail are those that altool prints (fastlane/fastlane#29474, #20835).
    """
    _refuse_used(team, change.links["app"], change.attributes)


def _refuse_used(team: Team, app: list[str], values: dict[str, Any]) -> None:
    same = ("cfBundleShortVersionString", "cfBundleVersion", "platform")
    for upload in team.store.all("buildUploads"):
        equal = all(upload.attributes[name] == values[name] for name in same)
        if equal and upload.links["app"] == app and upload.private.get("taken"):
            raise _used(values["cfBundleVersion"])
    for build in team.store.all("builds"):
        version = team.store.related_one(build, "preReleaseVersion")
        if version is None or build.links["app"] != app:
            continue
        found = (version.attributes["version"], build.attributes["version"], version.attributes["platform"])
        if found == tuple(values[name] for name in same):
            raise _used(values["cfBundleVersion"])


def _used(number: str) -> Problem:
    detail = f"The bundle version must be higher than the previously uploaded version: ‘{number}’."
    meta = {"previousBundleVersion": number}
    return Problem([bad_attribute("cfBundleVersion", "INVALID.DUPLICATE", detail, meta=meta)])


def await_upload(team: Team, upload: Record, _change: Change) -> None:
    """A new upload waits for its file."""
    team.store.change(
        upload, {"state": _processing.state("AWAITING_UPLOAD"), "createdDate": team.clock.date()}
    )


def seed_upload(team: Team, upload: Record) -> None:
    """An upload of the seed file waits, unless it says that it is over."""
    if upload.attributes["state"] is None:
        await_upload(team, upload, Change({}, {}))


def seed_file(team: Team, file: Record) -> None:
    """A file of the seed file waits for its parts, unless it says that it has been delivered."""
    if file.attributes["assetDeliveryState"] is None:
        reserve(team, file, Change({"assetType": file.attributes["assetType"]}, {}))


def check_file(team: Team, file: Record | None, change: Change) -> None:
    """A file belongs to an upload that still waits, is committed once, and whole."""
    if file is None:
        _check_new_file(team, change)
        return
    if not change.attributes.get("uploaded"):
        return
    _assets.check_whole(team, file)
    _check_checksums(change.attributes.get("sourceFileChecksums") or {})
    upload = team.store.related_one(file, "buildUpload")
    if upload is not None and file.attributes["assetType"] == "ASSET":
        _refuse_used(team, upload.links["app"], upload.attributes)  # another upload may have been quicker


def _check_new_file(team: Team, change: Change) -> None:
    upload = team.store.find("buildUploads", change.links["buildUpload"][0])
    assert upload is not None
    _assets.check_size(change)
    if upload.attributes["state"]["state"] != "AWAITING_UPLOAD":
        raise bad_state("The build upload does not wait for files any more.")
    if upload.links.get(HOLDERS[change.attributes["assetType"]]):
        detail = f"The build upload has a file of type {change.attributes['assetType']} already"
        raise Problem([bad_relationship("buildUpload", "INVALID", detail)])


def _check_checksums(checksums: dict[str, Any]) -> None:
    problem = None
    unknown = sorted(checksums.keys() - {"file", "composite"})
    if unknown:
        problem = f"'{unknown[0]}' is not a checksum; use file or composite"
    for name, each in checksums.items():
        algorithms = {"MD5"} if name == "composite" else set(HASH_LENGTHS)
        if each is None or problem:
            continue
        if not isinstance(each, dict) or each.keys() != {"hash", "algorithm"}:
            problem = f"'{name}' has the members 'hash' and 'algorithm'"
        elif not isinstance(each["hash"], str) or each["algorithm"] not in algorithms:
            problem = f"the algorithm of '{name}' must be {' or '.join(sorted(algorithms))}, the hash a text"
    if problem:
        raise Problem([bad_attribute("sourceFileChecksums", "INVALID", problem)])


def reserve(team: Team, file: Record, change: Change) -> None:
    """A new file waits for its parts, at signed addresses."""
    _assets.reserve(team, file, change)
    upload = team.store.related_one(file, "buildUpload")
    assert upload is not None
    team.store.link(upload, HOLDERS[change.attributes["assetType"]], [file.id])


def commit(team: Team, file: Record, change: Change) -> None:
    """Once the build itself is whole, its processing begins."""
    if not change.attributes.get("uploaded"):
        return
    team.store.change(file, {"assetDeliveryState": _assets.delivery("UPLOAD_COMPLETE")})
    upload = team.store.related_one(file, "buildUpload")
    assert upload is not None
    if file.attributes["assetType"] == "ASSET":
        now = team.clock.now()
        values = {"state": _processing.state("PROCESSING"), "uploadedDate": team.clock.date(now)}
        team.store.change(upload, values, committed=now, taken=True)
        team.schedule(upload, "processed", now + team.processing_seconds / 2)


BUILD_UPLOADS = Resource(
    "buildUploads",
    attributes={
        "cfBundleShortVersionString": text(),
        "cfBundleVersion": text(),
        "createdDate": date(),
        "state": document(),
        "platform": one_of(*PLATFORMS),
        "uploadedDate": date(),
    },
    relationships={
        "app": one("apps", hidden=True),
        "build": one("builds", links=False),
        "assetFile": one("buildUploadFiles", links=False),
        "assetDescriptionFile": one("buildUploadFiles", links=False),
        "assetSpiFile": one("buildUploadFiles", links=False),
        "buildUploadFiles": many(
            "buildUploadFiles", inverse="buildUpload", data=False, related=Listing(), linkages=("GET",)
        ),
    },
    get=True,
    family="uploads",
    events={"processed": Event(_processing.finish, _processing.examination, _processing.drop)},
    check=refuse_used_number,
    created=await_upload,
    seeded=seed_upload,
    owns=("buildUploadFiles",),  # Apple documents no refusal here; a build that it has become stays
    create=Writing(required=("cfBundleShortVersionString", "cfBundleVersion", "platform", "app")),
    delete=True,
)


BUILD_UPLOAD_FILES = Resource(
    "buildUploadFiles",
    attributes={
        "assetDeliveryState": document(),
        "assetToken": text(),
        "assetType": one_of("ASSET", "ASSET_DESCRIPTION", "ASSET_SPI"),
        "fileName": text(),
        "fileSize": integer(),
        "sourceFileChecksums": document(),
        "uploadOperations": listing(),
        "uti": one_of(
            "com.apple.binary-property-list",
            "com.apple.ipa",
            "com.apple.pkg",
            "com.apple.xml-property-list",
            "com.pkware.zip-archive",
        ),
    },
    relationships={"buildUpload": one("buildUploads", hidden=True)},
    inputs={"uploaded": flag()},
    family="uploads",
    check=check_file,
    created=reserve,
    seeded=seed_file,
    updated=commit,
    present=_assets.present,
    deleting=_assets.discard,
    get=True,
    create=Writing(required=("assetType", "fileName", "fileSize", "uti", "buildUpload")),
    update=Writing(optional=("sourceFileChecksums", "uploaded")),
)
