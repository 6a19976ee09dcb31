"""Screenshots and other files: reserved, sent, committed, examined, delivered."""

from __future__ import annotations

import hashlib
import struct
from typing import Any

import pytest
import requests
from sandbox_client import AURORA, IPHONE_40, Client, png


@pytest.fixture
def texts(client: Client) -> str:
    """The English texts of a new version of Aurora."""
    values = {"versionString": "1.2.0", "platform": "IOS"}
    version = client.create("appStoreVersions", values, {"app": ("apps", AURORA)}).data["id"]
    [found] = client.get(f"/v1/appStoreVersions/{version}/appStoreVersionLocalizations").data
    return str(found["id"])


@pytest.fixture
def screenshots(client: Client, texts: str) -> str:
    """A set of screenshots for a small phone."""
    link = {"appStoreVersionLocalization": ("appStoreVersionLocalizations", texts)}
    return str(
        client.create("appScreenshotSets", {"screenshotDisplayType": "APP_IPHONE_40"}, link).data["id"]
    )


def reserve(client: Client, screenshots: str, size: int, name: str = "one.png") -> Any:
    """Reserve a screenshot."""
    link = {"appScreenshotSet": ("appScreenshotSets", screenshots)}
    return client.create("appScreenshots", {"fileName": name, "fileSize": size}, link).data


def send(client: Client, screenshots: str, data: bytes, name: str = "one.png", md5: str | None = None) -> Any:
    """Send a screenshot and commit it; what became of it."""
    made = reserve(client, screenshots, len(data), name)
    for operation in made["attributes"]["uploadOperations"]:
        assert client.put(operation, data).status_code == 200
    checksum = md5 or hashlib.md5(data).hexdigest()
    values = {"uploaded": True, "sourceFileChecksum": checksum}
    committed = client.update("appScreenshots", made["id"], values).data["attributes"]
    assert committed["assetDeliveryState"]["state"] == "UPLOAD_COMPLETE"
    assert committed["uploadOperations"] is None
    client.sandbox.clock.advance(60)
    return client.get(f"/v1/appScreenshots/{made['id']}").data


def test_a_screenshot_is_delivered(client: Client, screenshots: str) -> None:
    data = png(*IPHONE_40)
    values = send(client, screenshots, data)["attributes"]
    assert values["assetDeliveryState"] == {"state": "COMPLETE", "errors": [], "warnings": []}
    assert (values["imageAsset"]["width"], values["imageAsset"]["height"]) == IPHONE_40
    address = values["imageAsset"]["templateUrl"].replace("{w}x{h}bb.{f}", "640x1136bb.png")
    assert requests.get(address, timeout=30).content == data
    assert requests.get(address.replace(values["assetToken"], "other"), timeout=30).status_code == 404


def jpeg(width: int, height: int) -> bytes:
    """The head of a JPEG of this size: an application's segment, then the frame."""
    frame = struct.pack(">BHHB", 8, height, width, 3) + bytes(9)
    return b"\xff\xd8\xff\xe0\x00\x06abcd\xff\xc0" + struct.pack(">H", len(frame) + 2) + frame + b"\xff\xd9"


@pytest.mark.parametrize(
    ("data", "name", "code"),
    [
        (png(1136, 640), "landscape.png", None),
        (jpeg(640, 1136), "photo.jpg", None),
        (png(100, 100), "small.png", "IMAGE_INCORRECT_DIMENSIONS"),
        (jpeg(1, 2), "small.jpeg", "IMAGE_INCORRECT_DIMENSIONS"),
        (b"GIF89a not an image of ours", "one.png", "IMAGE_TOOL_FAILURE"),
        (b"\x89PNG\r\n\x1a\n", "cut.png", "IMAGE_TOOL_FAILURE"),
        (jpeg(640, 1136)[:15], "cut.jpg", "IMAGE_TOOL_FAILURE"),
        (b"\xff\xd8\xff\xe0\x00\x00", "zero.jpg", "IMAGE_TOOL_FAILURE"),
    ],
)
def test_the_size_is_read(client: Client, screenshots: str, data: bytes, name: str, code: str | None) -> None:
    state = send(client, screenshots, data, name)["attributes"]["assetDeliveryState"]
    assert state["state"] == ("FAILED" if code else "COMPLETE")
    assert [error["code"] for error in state["errors"]] == ([code] if code else [])


def test_the_checksum_is_checked(client: Client, screenshots: str) -> None:
    state = send(client, screenshots, png(*IPHONE_40), md5="0" * 32)["attributes"]["assetDeliveryState"]
    assert state["state"] == "FAILED"
    assert state["errors"][0]["code"] == "SANDBOX.CHECKSUM_MISMATCH"


def test_what_was_not_sent_can_not_be_committed(client: Client, screenshots: str) -> None:
    made = reserve(client, screenshots, 10)
    assert client.update("appScreenshots", made["id"], {"uploaded": True}, 409).codes == ["STATE_ERROR"]
    assert set(made["attributes"]["uploadOperations"][0]) == {
        "method",
        "url",
        "length",
        "offset",
        "requestHeaders",
    }


def test_a_set_takes_ten_in_an_order(client: Client, screenshots: str) -> None:
    made = [reserve(client, screenshots, 10, f"{number}.png")["id"] for number in range(10)]
    link = {"appScreenshotSet": ("appScreenshotSets", screenshots)}
    client.create("appScreenshots", {"fileName": "x.png", "fileSize": 1}, link, 409)
    path = f"/v1/appScreenshotSets/{screenshots}/relationships/appScreenshots"
    order = [{"type": "appScreenshots", "id": each} for each in reversed(made)]
    client.change("PATCH", path, {"data": order}, 204)
    assert client.get(path).data == order
    listed = client.get(f"/v1/appScreenshotSets/{screenshots}/appScreenshots").data
    assert [each["id"] for each in listed] == made[::-1]
    client.change("PATCH", path, {"data": order[:3]}, 409)


def test_a_set_is_there_once_and_goes_with_what_is_in_it(
    client: Client, texts: str, screenshots: str
) -> None:
    link = {"appStoreVersionLocalization": ("appStoreVersionLocalizations", texts)}
    again = client.create("appScreenshotSets", {"screenshotDisplayType": "APP_IPHONE_40"}, link, 409)
    assert again.codes == ["ENTITY_ERROR.ATTRIBUTE.INVALID.DUPLICATE"]
    assert client.create(
        "appScreenshotSets", {"screenshotDisplayType": "APP_IPHONE_40"}, status=409
    ).codes == ["ENTITY_ERROR.RELATIONSHIP.REQUIRED"]
    made = send(client, screenshots, png(*IPHONE_40))
    [found] = client.get(
        f"/v1/appStoreVersionLocalizations/{texts}/appScreenshotSets", include="appScreenshots"
    ).data
    assert found["relationships"]["appScreenshots"]["data"] == [{"type": "appScreenshots", "id": made["id"]}]
    client.change("DELETE", f"/v1/appScreenshotSets/{screenshots}", None, 204)
    assert client.send("GET", f"/v1/appScreenshots/{made['id']}").status == 404


def test_a_dotted_include_leads_on(client: Client, texts: str, screenshots: str) -> None:
    made = reserve(client, screenshots, 10)["id"]
    path = f"/v1/appStoreVersionLocalizations/{texts}?include=appScreenshotSets.appScreenshots"
    response = client.session.get(
        client.sandbox.url + path, headers={"Authorization": f"Bearer {client.token()}"}, timeout=30
    )
    body = response.json()
    assert [each["type"] for each in body["included"]] == ["appScreenshotSets", "appScreenshots"]
    inner = body["included"][0]["relationships"]["appScreenshots"]["data"]
    assert inner == [{"type": "appScreenshots", "id": made}]


def test_media_of_a_published_version_stay(client: Client) -> None:
    [version] = client.get(f"/v1/apps/{AURORA}/appStoreVersions").data
    [texts] = client.get(f"/v1/appStoreVersions/{version['id']}/appStoreVersionLocalizations").data
    link = {"appStoreVersionLocalization": ("appStoreVersionLocalizations", texts["id"])}
    values = {"screenshotDisplayType": "APP_IPHONE_67"}
    assert client.create("appScreenshotSets", values, link, 409).codes == ["STATE_ERROR"]


def test_previews_attachments_and_routes_go_the_same_way(client: Client, texts: str) -> None:
    link = {"appStoreVersionLocalization": ("appStoreVersionLocalizations", texts)}
    previews = client.create("appPreviewSets", {"previewType": "IPHONE_67"}, link).data["id"]
    version = client.get(f"/v1/appStoreVersionLocalizations/{texts}", include="appStoreVersion").included(
        "appStoreVersions"
    )[0]["id"]
    detail = client.get(f"/v1/appStoreVersions/{version}/appStoreReviewDetail").data["id"]
    files = {
        "appPreviews": {"appPreviewSet": ("appPreviewSets", previews)},
        "appStoreReviewAttachments": {"appStoreReviewDetail": ("appStoreReviewDetails", detail)},
        "routingAppCoverages": {"appStoreVersion": ("appStoreVersions", version)},
    }
    data = b"anything"
    for kind, where in files.items():
        made = client.create(kind, {"fileName": "a.mov", "fileSize": len(data)}, where).data
        [operation] = made["attributes"]["uploadOperations"]
        assert client.put(operation, data).status_code == 200
        client.update(
            kind, made["id"], {"uploaded": True, "sourceFileChecksum": hashlib.md5(data).hexdigest()}
        )
        client.sandbox.clock.advance(60)
        values = client.get(f"/v1/{kind}/{made['id']}").data["attributes"]
        assert values["assetDeliveryState"]["state"] == "COMPLETE"
        client.change("DELETE", f"/v1/{kind}/{made['id']}", None, 204)
