"""Uploads: parts, commits, processing, and what a package must be."""

from __future__ import annotations

import hashlib
import io
import os
import plistlib
import zipfile
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
import requests
from sandbox_client import AURORA, BOREALIS, PARTS, Client, document

from lane_sandbox import Sandbox

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def aurora(assets: Path) -> bytes:
    """Aurora 1.2.0 (42)."""
    return (assets / "Aurora.ipa").read_bytes()


def changed(package: bytes, info: dict[str, Any]) -> bytes:
    """A package whose app says other things of itself; None takes a key out."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as old, zipfile.ZipFile(target, "w") as new:
        for entry in old.infolist():
            data = old.read(entry)
            if entry.filename == "Payload/Aurora.app/Info.plist":
                values = {**plistlib.loads(data), **info}
                values = {name: value for name, value in values.items() if value is not None}
                data = plistlib.dumps(values, fmt=plistlib.FMT_BINARY)
            new.writestr(entry.filename, data)
    return target.getvalue()


def packed(*entries: tuple[str, bytes]) -> bytes:
    """A zip of these entries."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, data in entries:
            archive.writestr(name, data)
    return target.getvalue()


def codes(state: Any) -> list[str]:
    """The codes of a failed upload."""
    assert state["state"] == "FAILED"
    return [error["code"] for error in state["errors"]]


def test_an_upload_becomes_a_build(client: Client, aurora: bytes) -> None:
    upload = client.upload(aurora)
    assert client.get(f"/v1/buildUploads/{upload}").data["attributes"]["state"] == {
        "state": "PROCESSING",
        "errors": [],
        "warnings": [],
        "infos": [],
    }
    assert client.get("/v1/builds", **{"filter[version]": "42"}).data == []
    client.sandbox.clock.advance(0.5)
    answer = client.get(f"/v1/buildUploads/{upload}", include="build,assetFile")
    assert answer.data["attributes"]["state"]["state"] == "COMPLETE"
    [build] = answer.included("builds")
    assert build["attributes"]["processingState"] == "PROCESSING"
    client.sandbox.clock.advance(0.5)
    query = {"filter[preReleaseVersion.version]": "1.2.0", "filter[version]": "42"}
    include = (
        "preReleaseVersion,buildBetaDetail,betaBuildLocalizations,buildBundles,app,buildUpload,betaGroups"
    )
    answer = client.get("/v1/builds", include=include, **query)
    attributes = answer.data[0]["attributes"]
    assert attributes["processingState"] == "VALID"
    assert attributes["usesNonExemptEncryption"] is False
    assert attributes["minOsVersion"] == "16.0"
    assert answer.included("preReleaseVersions")[0]["attributes"] == {"version": "1.2.0", "platform": "IOS"}
    assert answer.included("betaBuildLocalizations")[0]["attributes"]["locale"] == "en-US"
    assert answer.included("buildBetaDetails")[0]["attributes"]["internalBuildState"] == "IN_BETA_TESTING"
    assert answer.included("buildUploads")[0]["id"] == upload
    assert answer.included("buildBundles")[0]["attributes"]["bundleId"] == "com.example.aurora"


def test_the_states_of_the_file_and_its_operations(client: Client, aurora: bytes) -> None:
    upload, file = client.reserve(len(aurora))
    assert file["attributes"]["assetDeliveryState"]["state"] == "AWAITING_UPLOAD"
    operations = file["attributes"]["uploadOperations"]
    assert [operation["partNumber"] for operation in operations] == [
        1,
        2,
        3,
    ]  # a small file goes in parts too
    assert sum(operation["length"] for operation in operations) == len(aurora)
    client.put_all(file, aurora)
    committed = client.update("buildUploadFiles", file["id"], {"uploaded": True}).data["attributes"]
    assert committed["assetDeliveryState"]["state"] == "UPLOAD_COMPLETE"
    assert committed["uploadOperations"] is None
    assert client.outcome(upload)["state"] == "COMPLETE"
    [done] = client.get(f"/v1/buildUploads/{upload}/buildUploadFiles").data
    assert done["attributes"]["assetDeliveryState"]["state"] == "COMPLETE"
    answer = client.update("buildUploadFiles", file["id"], {"uploaded": True}, status=409)
    assert answer.codes == ["STATE_ERROR"]


def test_builds_of_one_version_share_it(client: Client, aurora: bytes) -> None:
    for number in ("42", "43"):
        package = changed(aurora, {"CFBundleVersion": number})
        assert client.outcome(client.upload(package, cfBundleVersion=number))["state"] == "COMPLETE"
    [version] = client.get("/v1/preReleaseVersions", **{"filter[version]": "1.2.0"}).data
    builds = client.get("/v1/builds", sort="-version", **{"filter[preReleaseVersion]": version["id"]}).data
    assert [each["attributes"]["version"] for each in builds] == ["43", "42"]


def test_fastlane_finds_the_latest_upload(client: Client, aurora: bytes) -> None:
    client.outcome(client.upload(aurora))
    query = {"filter[state]": "PROCESSING,FAILED,COMPLETE", "sort": "-uploadedDate", "limit": 1}
    [found] = client.get(f"/v1/apps/{AURORA}/buildUploads", **query).data
    assert found["attributes"]["cfBundleVersion"] == "42"
    assert found["attributes"]["uploadedDate"]
    waiting = client.get(f"/v1/apps/{AURORA}/buildUploads", **{"filter[state]": "AWAITING_UPLOAD"})
    assert waiting.data == []


def test_a_number_is_used_once(client: Client, aurora: bytes) -> None:
    client.upload(aurora)
    values = {"cfBundleShortVersionString": "1.2.0", "cfBundleVersion": "42", "platform": "IOS"}
    app = {"app": ("apps", AURORA)}
    for _ in range(2):
        answer = client.create("buildUploads", values, app, status=409)
        assert answer.codes == ["ENTITY_ERROR.ATTRIBUTE.INVALID.DUPLICATE"]
        assert answer.body["errors"][0]["meta"] == {"previousBundleVersion": "42"}
        client.sandbox.clock.advance(60)
        client.get("/v1/builds")
    client.create(
        "buildUploads", {**values, "cfBundleShortVersionString": "1.1.0", "cfBundleVersion": "41"}, app, 409
    )
    client.create("buildUploads", {**values, "platform": "TV_OS"}, app)
    client.create("buildUploads", {**values, "cfBundleShortVersionString": "1.2.1"}, app)
    client.create("buildUploads", values, {"app": ("apps", BOREALIS)})


def test_of_two_uploads_of_one_number_the_first_commit_wins(client: Client, aurora: bytes) -> None:
    (first, mine), (_, other) = client.reserve(len(aurora)), client.reserve(len(aurora))
    for file in (mine, other):
        client.put_all(file, aurora)
    client.update("buildUploadFiles", mine["id"], {"uploaded": True})
    answer = client.update("buildUploadFiles", other["id"], {"uploaded": True}, status=409)
    assert answer.codes == ["ENTITY_ERROR.ATTRIBUTE.INVALID.DUPLICATE"]
    assert client.outcome(first)["state"] == "COMPLETE"


def test_a_number_that_failed_is_used_until_its_upload_is_deleted(client: Client, aurora: bytes) -> None:
    upload = client.upload(b"no zip at all")
    assert codes(client.outcome(upload)) == ["SANDBOX.INVALID_PACKAGE"]
    values = {"cfBundleShortVersionString": "1.2.0", "cfBundleVersion": "42", "platform": "IOS"}
    client.create("buildUploads", values, {"app": ("apps", AURORA)}, status=409)
    client.change("DELETE", f"/v1/buildUploads/{upload}", None, 204)
    assert client.outcome(client.upload(aurora))["state"] == "COMPLETE"


def test_a_deleted_upload_is_gone_and_its_build_stays(client: Client, aurora: bytes) -> None:
    waiting, file = client.reserve(len(aurora))
    client.change("DELETE", f"/v1/buildUploads/{waiting}", None, 204)
    assert client.send("GET", f"/v1/buildUploadFiles/{file['id']}").status == 404
    client.change("DELETE", f"/v1/buildUploads/{client.upload(aurora)}", None, 204)
    client.sandbox.clock.advance(60)
    assert client.get("/v1/builds", **{"filter[version]": "42"}).data == []
    upload = client.upload(aurora)
    client.outcome(upload)
    client.change("DELETE", f"/v1/buildUploads/{upload}", None, 204)
    [build] = client.get("/v1/builds", include="buildUpload", **{"filter[version]": "42"}).data
    assert build["relationships"]["buildUpload"]["data"] is None
    values = {"cfBundleShortVersionString": "1.2.0", "cfBundleVersion": "42", "platform": "IOS"}
    client.create("buildUploads", values, {"app": ("apps", AURORA)}, status=409)


def test_parts_come_in_any_order_and_twice(client: Client) -> None:
    data = os.urandom(2 * PARTS + 1000)
    upload, file = client.reserve(len(data))
    operations = file["attributes"]["uploadOperations"]
    assert [(each["offset"], each["length"]) for each in operations] == [
        (0, PARTS),
        (PARTS, PARTS),
        (2 * PARTS, 1000),
    ]
    with ThreadPoolExecutor(4) as pool:
        sent = [*reversed(operations), operations[0]]
        assert [each.status_code for each in pool.map(lambda each: client.put(each, data), sent)] == [200] * 4
    checksums = {"file": {"hash": hashlib.md5(data).hexdigest().upper(), "algorithm": "MD5"}}
    client.update("buildUploadFiles", file["id"], {"uploaded": True, "sourceFileChecksums": checksums})
    assert codes(client.outcome(upload)) == ["SANDBOX.INVALID_PACKAGE"]


def test_a_commit_before_all_parts_came_is_refused(client: Client) -> None:
    data = os.urandom(PARTS + 10)
    upload, file = client.reserve(len(data))
    first, second = file["attributes"]["uploadOperations"]
    client.put(second, data)
    answer = client.update("buildUploadFiles", file["id"], {"uploaded": True}, status=409)
    assert answer.codes == ["STATE_ERROR"]
    assert "missing: 1" in answer.body["errors"][0]["detail"]
    state = client.get(f"/v1/buildUploads/{upload}").data["attributes"]["state"]["state"]
    assert state == "AWAITING_UPLOAD"
    client.put(first, data)
    client.update("buildUploadFiles", file["id"], {"uploaded": True})


def test_a_part_of_the_wrong_length_does_not_count(client: Client, aurora: bytes) -> None:
    data = aurora[:10_000]
    _, file = client.reserve(len(data))
    [operation] = file["attributes"]["uploadOperations"]
    url = operation["url"]
    short, long = data[:-1], data + b"x"
    for body in (short, long, b"", iter([short]), iter([data, b"x"])):
        assert requests.put(url, data=body, timeout=30).status_code == 400
    assert client.update("buildUploadFiles", file["id"], {"uploaded": True}, status=409)
    assert requests.put(url, data=iter([data[:100], data[100:]]), timeout=30).status_code == 200
    client.update("buildUploadFiles", file["id"], {"uploaded": True})


def test_a_part_needs_its_signature_and_no_token(client: Client, aurora: bytes) -> None:
    data = aurora[:10_000]
    _, file = client.reserve(len(data))
    [operation] = file["attributes"]["uploadOperations"]
    url = operation["url"]
    assert (
        client.put({**operation, "url": url[:-1] + ("0" if url[-1] != "0" else "1")}, data).status_code == 403
    )
    assert client.put({**operation, "url": url.split("?")[0]}, data).status_code == 403
    other = url.replace("/1?", "/2?")
    assert client.put({**operation, "url": other}, data).status_code == 403
    client.sandbox.clock.advance(8 * 24 * 3600)
    assert client.put(operation, data).status_code == 403
    client.sandbox.reset()
    _, file = client.reserve(len(data))
    [operation] = file["attributes"]["uploadOperations"]
    refused = requests.put(operation["url"], data=data, headers={"Authorization": "Bearer x"}, timeout=30)
    assert refused.status_code == 200


def test_a_wrong_checksum_fails_the_upload_and_leaves_the_number(client: Client, aurora: bytes) -> None:
    upload, file = client.reserve(len(aurora))
    client.put_all(file, aurora)
    checksums = {"file": {"hash": "0" * 64, "algorithm": "SHA_256"}}
    client.update("buildUploadFiles", file["id"], {"uploaded": True, "sourceFileChecksums": checksums})
    assert codes(client.outcome(upload)) == ["SANDBOX.CHECKSUM_MISMATCH"]
    assert client.outcome(client.upload(aurora))["state"] == "COMPLETE"


@pytest.mark.parametrize(
    "checksums",
    [
        {"file": {"hash": "0", "algorithm": "CRC"}},
        {"file": {"hash": 5, "algorithm": "MD5"}},
        {"file": {"hash": "0"}},
        {"file": []},
        {"composite": {"hash": "0", "algorithm": "SHA_256"}},
        {"whole": {"hash": "0", "algorithm": "MD5"}},
    ],
)
def test_bad_checksums_are_refused(client: Client, aurora: bytes, checksums: Any) -> None:
    _, file = client.reserve(len(aurora))
    client.put_all(file, aurora)
    values = {"uploaded": True, "sourceFileChecksums": checksums}
    body = document("buildUploadFiles", values, None, file["id"])
    answer = client.send("PATCH", f"/v1/buildUploadFiles/{file['id']}", json=body)
    assert answer.codes == ["ENTITY_ERROR.ATTRIBUTE.INVALID"]


@pytest.mark.parametrize(
    ("info", "expected"),
    [
        ({"CFBundleIdentifier": "com.example.other"}, ["90054"]),
        ({"CFBundleShortVersionString": "1.3.0"}, ["SANDBOX.VERSION_MISMATCH"]),
        ({"CFBundleVersion": "43"}, ["SANDBOX.BUILD_NUMBER_MISMATCH"]),
        ({"CFBundleSupportedPlatforms": ["AppleTVOS"]}, ["SANDBOX.PLATFORM_MISMATCH"]),
        ({"CFBundleSupportedPlatforms": ["iPhoneSimulator"]}, ["SANDBOX.PLATFORM_MISMATCH"]),
        ({"CFBundleVersion": None}, ["90057"]),
        ({"CFBundleVersion": 42}, ["90057"]),
        (
            {"CFBundleVersion": "1", "CFBundleShortVersionString": "1"},
            ["SANDBOX.VERSION_MISMATCH", "SANDBOX.BUILD_NUMBER_MISMATCH"],
        ),
    ],
)
def test_the_package_must_be_what_the_upload_says(
    client: Client, aurora: bytes, info: dict[str, Any], expected: list[str]
) -> None:
    assert codes(client.outcome(client.upload(changed(aurora, info)))) == expected
    assert client.get("/v1/builds", **{"filter[version]": "42"}).data == []


APP = "Payload/Aurora.app"
INFO, BINARY = f"{APP}/Info.plist", f"{APP}/Aurora"
EMPTY = plistlib.dumps({})
ENTITIES = b'<!DOCTYPE a [<!ENTITY b "c">]><plist>&b;</plist>'
BAD_PACKAGES = {
    "empty": (packed(), "SANDBOX.NO_APP"),
    "no app": (packed(("Payload/readme.txt", b"")), "SANDBOX.NO_APP"),
    "two apps": (packed((INFO, EMPTY), ("Payload/B.app/Info.plist", EMPTY)), "SANDBOX.NO_APP"),
    "no plist": (packed((BINARY, b"")), "SANDBOX.NO_INFO_PLIST"),
    "no property list": (packed((INFO, b"bplist00 nothing")), "SANDBOX.INVALID_INFO_PLIST"),
    "a list": (packed((INFO, plistlib.dumps(["x"]))), "SANDBOX.INVALID_INFO_PLIST"),
    "entities": (packed((INFO, ENTITIES)), "SANDBOX.INVALID_INFO_PLIST"),
    "bad binary": (
        packed((INFO, EMPTY), (BINARY, b"\xcf\xfa\xed\xfe" + b"\xff" * 60)),
        "SANDBOX.INVALID_BINARY",
    ),
    "no keys": (packed((INFO, EMPTY)), "90057"),
}


@pytest.mark.parametrize("name", BAD_PACKAGES)
def test_bad_packages_end_as_failed(client: Client, name: str) -> None:
    package, code = BAD_PACKAGES[name]
    assert set(codes(client.outcome(client.upload(package)))) == {code}


def test_broken_archives_end_as_failed(client: Client, aurora: bytes) -> None:
    middle = len(aurora) // 2
    broken = {
        "44": aurora[:middle],
        "45": aurora[:100] + bytes(middle - 100) + aurora[middle:],
        "46": bytes(1000),
    }
    for number, package in broken.items():
        assert codes(client.outcome(client.upload(package, cfBundleVersion=number)))


def test_a_zip_bomb_ends_as_failed(client: Client) -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{APP}/Info.plist", plistlib.dumps({}))
        archive.writestr(f"{APP}/zeros", bytes(1000))
    # the directory at the end says that the entry has 4 GiB - 2 bytes
    data = target.getvalue()
    place = data.rindex(b"PK\x01\x02") + 24
    data = data[:place] + (0xFFFFFFFE).to_bytes(4, "little") + data[place + 4 :]
    [error] = client.outcome(client.upload(data))["errors"]
    assert error["code"] == "SANDBOX.INVALID_PACKAGE"
    assert "larger than" in error["description"]


def test_other_kinds_of_files_are_told_apart(client: Client, aurora: bytes) -> None:
    values = {"cfBundleShortVersionString": "1.2.0", "cfBundleVersion": "42", "platform": "MAC_OS"}
    upload = client.create("buildUploads", values, {"app": ("apps", AURORA)}).data["id"]
    links = {"buildUpload": ("buildUploads", upload)}
    kind = {"assetType": "ASSET", "fileName": "A.pkg", "fileSize": len(aurora), "uti": "com.apple.pkg"}
    file = client.create("buildUploadFiles", kind, links).data
    answer = client.create("buildUploadFiles", kind, links, status=409)
    assert answer.codes == ["ENTITY_ERROR.RELATIONSHIP.INVALID"]
    spi = {"assetType": "ASSET_SPI", "fileName": "A.zip", "fileSize": 5, "uti": "com.pkware.zip-archive"}
    other = client.create("buildUploadFiles", spi, links).data
    client.put(other["attributes"]["uploadOperations"][0], b"12345")
    client.update("buildUploadFiles", other["id"], {"uploaded": True})
    state = client.get(f"/v1/buildUploads/{upload}").data["attributes"]["state"]["state"]
    assert state == "AWAITING_UPLOAD"
    client.put_all(file, aurora)
    client.update("buildUploadFiles", file["id"], {"uploaded": True})
    assert codes(client.outcome(upload)) == ["SANDBOX.UNSUPPORTED"]
    client.create("buildUploadFiles", {**spi, "assetType": "ASSET_DESCRIPTION"}, links, status=409)


def test_a_file_has_a_size(client: Client) -> None:
    values = {"cfBundleShortVersionString": "1.2.0", "cfBundleVersion": "42", "platform": "IOS"}
    upload = client.create("buildUploads", values, {"app": ("apps", AURORA)}).data["id"]
    for size in (0, -1, 2**53):
        kind = {"assetType": "ASSET", "fileName": "A.ipa", "fileSize": size, "uti": "com.apple.ipa"}
        body = document("buildUploadFiles", kind, {"buildUpload": ("buildUploads", upload)})
        assert client.send("POST", "/v1/buildUploadFiles", json=body).status == 409


def test_two_clients_at_the_same_time(client: Client, aurora: bytes) -> None:
    def release(number: int) -> str:
        package = changed(aurora, {"CFBundleVersion": str(number)})
        own = Client(client.sandbox, client.key)
        return own.upload(package, cfBundleVersion=str(number))

    with ThreadPoolExecutor(4) as pool:
        uploads = list(pool.map(release, range(50, 58)))
    client.sandbox.clock.advance(60)
    with ThreadPoolExecutor(4) as pool:
        states = pool.map(lambda upload: Client(client.sandbox, client.key).outcome(upload)["state"], uploads)
        assert set(states) == {"COMPLETE"}
    assert len(client.get("/v1/builds", **{"filter[preReleaseVersion.version]": "1.2.0"}).data) == 8


@pytest.mark.usefixtures("shared")
def test_processing_takes_as_long_as_it_is_told(aurora: bytes) -> None:
    with Sandbox(processing_seconds=0) as sandbox:
        client = Client(sandbox, sandbox.keys[0])
        upload = client.upload(aurora)
        assert client.get(f"/v1/buildUploads/{upload}").data["attributes"]["state"]["state"] == "COMPLETE"
    with Sandbox(processing_seconds=3600) as sandbox:
        client = Client(sandbox, sandbox.keys[0])
        upload = client.upload(aurora)
        sandbox.clock.advance(1700)
        assert client.get(f"/v1/buildUploads/{upload}").data["attributes"]["state"]["state"] == "PROCESSING"
        sandbox.clock.advance(101)
        assert client.get(f"/v1/buildUploads/{upload}").data["attributes"]["state"]["state"] == "COMPLETE"
