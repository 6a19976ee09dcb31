"""dSYMs: really there, for every Mach-O, behind signed addresses."""

from __future__ import annotations

import io
import struct
import zipfile
from typing import TYPE_CHECKING, Any

import lief
import pytest
import requests
from sandbox_client import BOREALIS, Client

from lane_sandbox import _macho

if TYPE_CHECKING:
    from pathlib import Path


def parsed(data: bytes) -> lief.MachO.FatBinary:
    """A Mach-O, read by another library than the sandbox's; its architectures die with it."""
    fat = lief.MachO.parse(io.BytesIO(data))
    assert fat is not None
    return fat


def uuids(data: bytes) -> set[bytes]:
    """The UUIDs of all architectures."""
    fat = parsed(data)
    return {bytes(each.uuid.uuid) for each in fat if each.uuid}


def bundles_of(client: Client, number: str) -> dict[str, Any]:
    """The attributes of a build's bundles by bundle id."""
    answer = client.get("/v1/builds", include="buildBundles", **{"filter[version]": number})
    return {each["attributes"]["bundleId"]: each["attributes"] for each in answer.included("buildBundles")}


@pytest.fixture
def borealis(client: Client, assets: Path) -> dict[str, Any]:
    """The bundles of an uploaded Borealis: it has a framework, an extension, an App Clip and a watch app."""
    from lane_sandbox._package import Package

    with Package(assets / "Borealis.ipa") as package:
        info = package.bundles()[0].info
    version, number = info["CFBundleShortVersionString"], info["CFBundleVersion"]
    upload = client.upload(
        assets / "Borealis.ipa", BOREALIS, cfBundleShortVersionString=version, cfBundleVersion=number
    )
    assert client.outcome(upload)["state"] == "COMPLETE"
    return bundles_of(client, number)


def test_each_bundle_is_there_by_its_kind(borealis: dict[str, Any]) -> None:
    kinds = {each["fileName"]: each["bundleType"] for each in borealis.values()}
    assert kinds == {
        "Borealis.app": "APP",
        "BorealisClip.app": "APP_CLIP",
        "BorealisWatch.app": "WATCH_APP",
    }
    assert all(each["includesSymbols"] for each in borealis.values())


def test_every_binary_has_its_symbols(borealis: dict[str, Any], assets: Path) -> None:
    found: dict[str, set[bytes]] = {}
    for bundle in borealis.values():
        response = requests.get(bundle["dSYMUrl"], timeout=30)
        assert response.headers["Content-Type"] == "application/zip"
        with zipfile.ZipFile(io.BytesIO(response.content)) as archive:
            for name in archive.namelist():
                if "/DWARF/" in name:
                    data = archive.read(name)
                    fat = parsed(data)
                    assert all(each.header.file_type == lief.MachO.Header.FILE_TYPE.DSYM for each in fat)
                    found[name] = uuids(data)
                    assert f"{name.split('/')[0]}/Contents/Info.plist" in archive.namelist()
    with zipfile.ZipFile(assets / "Borealis.dSYMs.zip") as archive:
        wanted = {
            name: uuids(archive.read(name))
            for name in archive.namelist()
            if "/DWARF/" in name and name[-1] != "/"
        }
    assert found == wanted


def test_the_symbols_are_those_of_the_binary(borealis: dict[str, Any], assets: Path) -> None:
    app = next(each for each in borealis.values() if each["bundleType"] == "APP")
    with zipfile.ZipFile(io.BytesIO(requests.get(app["dSYMUrl"], timeout=30).content)) as archive:
        symbols = parsed(archive.read("Borealis.app.dSYM/Contents/Resources/DWARF/Borealis"))
    with zipfile.ZipFile(assets / "Borealis.ipa") as archive:
        original = parsed(archive.read("Payload/Borealis.app/Borealis"))
    derived, binary = symbols.at(0), original.at(0)
    assert derived
    assert binary
    defined = {
        (str(each.name), each.value)
        for each in binary.symbols
        if each.raw_type & 0xE0 == 0 and each.raw_type & 0x0E == 0x0E
    }
    assert defined
    assert {(str(each.name), each.value) for each in derived.symbols} == defined
    places = {each.name: each.virtual_address for each in binary.segments}
    assert {each.name: each.virtual_address for each in derived.segments} == places


def test_sizes_are_those_of_the_package(client: Client, borealis: dict[str, Any], assets: Path) -> None:
    answer = client.get("/v1/builds", include="buildBundles", **{"filter[app]": BOREALIS})
    total = 0
    for bundle in answer.included("buildBundles"):
        [size] = client.get(f"/v1/buildBundles/{bundle['id']}/buildBundleFileSizes").data
        assert size["attributes"]["downloadBytes"] <= size["attributes"]["installBytes"]
        total += size["attributes"]["installBytes"]
    with zipfile.ZipFile(assets / "Borealis.ipa") as archive:
        assert total == sum(entry.file_size for entry in archive.infolist())


def test_ranges_are_served(borealis: dict[str, Any]) -> None:
    [url, *_] = [each["dSYMUrl"] for each in borealis.values()]
    whole = requests.get(url, timeout=30)
    part = requests.get(url, headers={"Range": "bytes=10-19"}, timeout=30)
    assert (part.status_code, part.content) == (206, whole.content[10:20])
    assert part.headers["Content-Range"] == f"bytes 10-19/{len(whole.content)}"
    beyond = requests.get(url, headers={"Range": f"bytes={len(whole.content)}-"}, timeout=30)
    assert beyond.status_code == 416


def test_an_address_is_signed_and_does_not_last(client: Client, borealis: dict[str, Any]) -> None:
    [url, *_] = [each["dSYMUrl"] for each in borealis.values()]
    assert requests.get(url.split("?")[0], timeout=30).status_code == 403
    assert requests.get(url.replace("signature=", "signature=0"), timeout=30).status_code == 403
    client.sandbox.clock.advance(3601)
    assert requests.get(url, timeout=30).status_code == 403


def test_there_is_no_address_before_the_build_is_valid(client: Client, assets: Path) -> None:
    client.upload(assets / "Aurora.ipa")
    client.sandbox.clock.advance(0.5)
    [bundle] = bundles_of(client, "42").values()
    assert bundle["dSYMUrl"] is None
    client.sandbox.clock.advance(0.5)
    [bundle] = bundles_of(client, "42").values()
    assert requests.get(bundle["dSYMUrl"], timeout=30).status_code == 200


def test_symbols_that_came_with_the_package_are_used(client: Client, assets: Path) -> None:
    with zipfile.ZipFile(assets / "Aurora.app.dSYM.zip") as archive:
        given = {name: archive.read(name) for name in archive.namelist() if not name.endswith("/")}
    target = io.BytesIO((assets / "Aurora.ipa").read_bytes())
    with zipfile.ZipFile(target, "a") as archive:
        for name, data in given.items():
            archive.writestr(f"dSYMs/{name}", data)
    assert client.outcome(client.upload(target.getvalue()))["state"] == "COMPLETE"
    [bundle] = bundles_of(client, "42").values()
    with zipfile.ZipFile(io.BytesIO(requests.get(bundle["dSYMUrl"], timeout=30).content)) as archive:
        [name] = [each for each in archive.namelist() if "/DWARF/" in each]
        assert archive.read(name) == given["Aurora.app.dSYM/Contents/Resources/DWARF/Aurora"]


def test_a_binary_without_uuid_has_no_symbols() -> None:
    bare = struct.pack("<IIIIIIII", _macho.MAGIC_64, 0x0100000C, 0, 2, 0, 0, 0, 0)
    [found] = _macho.slices(bare)
    assert (found.uuid, found.architecture) == (None, "arm64")


@pytest.mark.parametrize("cut", [4, 20, 31, 60, 200, 1000])
def test_a_binary_that_ends_too_early_is_an_error(assets: Path, cut: int) -> None:
    with zipfile.ZipFile(assets / "Aurora.ipa") as archive:
        data = archive.read("Payload/Aurora.app/Aurora")
    with pytest.raises(_macho.MachOError):
        _macho.slices(data[:cut])


def test_a_java_class_is_no_binary() -> None:
    assert not _macho.looks_like(struct.pack(">IHH", 0xCAFEBABE, 0, 52))
    assert _macho.looks_like(struct.pack(">II", 0xCAFEBABE, 2))
    assert not _macho.looks_like(b"abc")
