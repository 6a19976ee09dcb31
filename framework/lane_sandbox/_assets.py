"""Files that hang on resources: reserved, sent in parts, committed, examined and delivered."""

from __future__ import annotations

import hashlib
import secrets
from typing import TYPE_CHECKING, Any

from lane_sandbox import _images, _parts
from lane_sandbox._problem import Problem, bad_attribute, bad_state
from lane_sandbox._resource import Change, Event

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from lane_sandbox._store import Record
    from lane_sandbox._team import Team

LARGEST_FILE = 2**53 - 1
BLOCK = 1024 * 1024


def check(team: Team, asset: Record | None, change: Change) -> None:
    """A file has a size, and is committed once, when all of it has come."""
    if asset is None:
        check_size(change)
    elif change.attributes.get("uploaded"):
        check_whole(team, asset)


def check_size(change: Change) -> None:
    """A file is not empty."""
    if not 1 <= change.attributes["fileSize"] <= LARGEST_FILE:
        raise Problem([bad_attribute("fileSize", "INVALID", f"'fileSize' must be from 1 to {LARGEST_FILE}")])


def check_whole(team: Team, asset: Record) -> None:
    """A file is committed once, when all of it has come."""
    if not is_awaited(asset):
        raise bad_state("The file has been committed before.")
    missing = _parts.missing(team, asset)
    if missing:
        shown = ", ".join(str(number) for number in missing[:10])
        raise bad_state(f"Not all parts of the file were uploaded; missing: {shown}")


def is_awaited(asset: Record) -> bool:
    """Whether parts of the file are taken still."""
    return bool(asset.attributes["assetDeliveryState"]["state"] == "AWAITING_UPLOAD")


def reserve(team: Team, asset: Record, _change: Change) -> None:
    """A new file waits for its parts, at signed addresses."""
    values: dict[str, Any] = {"assetDeliveryState": delivery("AWAITING_UPLOAD")}
    if "assetToken" in team.types[asset.type].attributes:
        values["assetToken"] = secrets.token_hex(16)
    if asset.type == "appScreenshots":
        values["assetType"] = "SCREENSHOT"
    team.store.change(asset, values, reserved=team.clock.now())


def seed(team: Team, asset: Record) -> None:
    """A file of a seed file waits for its parts, unless it says that it has been delivered."""
    if asset.attributes["assetDeliveryState"] is None:
        reserve(team, asset, Change({}, {}))


def commit(team: Team, asset: Record, change: Change) -> None:
    """What was sent is looked at after a while."""
    if not change.attributes.get("uploaded"):
        return
    team.store.change(asset, {"assetDeliveryState": delivery("UPLOAD_COMPLETE")})
    team.schedule(asset, "delivered", team.clock.now() + team.processing_seconds / 2)


def present(team: Team, asset: Record) -> dict[str, Any]:
    """The upload operations are there until the commit."""
    return {"uploadOperations": _parts.operations(team, asset) if is_awaited(asset) else None}


def discard(team: Team, asset: Record) -> None:
    """What was sent goes with the resource."""
    _parts.discard(team, asset)


def delivery(state: str, *errors: dict[str, str]) -> dict[str, Any]:
    """The state of a delivery (AppMediaAssetState)."""
    return {"state": state, "errors": list(errors), "warnings": []}


def _examination(team: Team, asset: Record) -> Callable[[], dict[str, Any]]:
    """Hold the file against its checksum, and an image against the display that it is for."""
    path, checksum = _parts.path_of(team, asset), asset.attributes["sourceFileChecksum"]
    display = _display(team, asset)

    def look() -> dict[str, Any]:
        try:
            if checksum and _md5(path) != checksum.lower():
                detail = "The MD5 of the file is not the sourceFileChecksum"
                return {"errors": [{"code": "SANDBOX.CHECKSUM_MISMATCH", "description": detail}]}
            return _images.look(path, display) if display else {"errors": []}
        except OSError as problem:
            detail = f"The file can not be read: {problem.strerror}"
            return {"errors": [{"code": "SANDBOX.PROCESSING_EXCEPTION", "description": detail}]}

    return look


def _display(team: Team, asset: Record) -> str | None:
    if asset.type != "appScreenshots":
        return None
    screenshots = team.store.related_one(asset, "appScreenshotSet")
    return screenshots.attributes["screenshotDisplayType"] if screenshots else None


def _md5(path: Path) -> str:
    digest = hashlib.new("md5", usedforsecurity=False)
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _deliver(team: Team, asset: Record, found: dict[str, Any]) -> None:
    values: dict[str, Any] = {"assetDeliveryState": delivery("COMPLETE")}
    if found["errors"]:
        values = {"assetDeliveryState": delivery("FAILED", *found["errors"])}
    elif "size" in found:
        width, height = found["size"]
        template = f"{team.url}/images/{asset.attributes['assetToken']}/{{w}}x{{h}}bb.{{f}}"
        values["imageAsset"] = {"templateUrl": template, "width": width, "height": height}
    if "videoDeliveryState" in team.types[asset.type].attributes:
        values["videoDeliveryState"] = values["assetDeliveryState"]
    team.store.change(asset, values)


EVENTS = {"delivered": Event(_deliver, _examination)}
