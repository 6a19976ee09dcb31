"""Packages are read by what they say of themselves, and each way to be wrong has its own message."""

from __future__ import annotations

import io
import plistlib
import shutil
import struct
import subprocess
import sys
import zipfile
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lane_apple import PackageError, read_package, uuids_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

AURORA = "Payload/Aurora.app/Aurora"
INFO = "Payload/Aurora.app/Info.plist"


def contents(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist() if not name.endswith("/")}


def write(target: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return target


def changed_info(files: dict[str, bytes], **changes: Any) -> dict[str, bytes]:
    info = plistlib.loads(files[INFO]) | changes
    return {**files, INFO: plistlib.dumps({key: value for key, value in info.items() if value is not None})}


@pytest.fixture
def aurora(assets: Path) -> dict[str, bytes]:
    return contents(assets / "Aurora.ipa")


def refused(path: Path) -> PackageError:
    with pytest.raises(PackageError) as caught:
        read_package(path)
    return caught.value


def test_reads_what_the_app_says(assets: Path) -> None:
    package = read_package(assets / "Aurora.ipa")
    assert (package.bundle_id, package.version, package.build_number) == ("com.example.aurora", "1.2.0", "42")
    assert (package.platform, package.minimum_os, package.display_name) == ("IOS", "16.0", "Aurora")
    assert package.uses_non_exempt_encryption is False
    (app,) = package.bundles
    assert (app.kind, app.path, app.executable) == ("app", "Payload/Aurora.app", AURORA)
    assert list(app.uuids) == ["arm64"]


def test_the_dsym_belongs_to_the_executable(assets: Path) -> None:
    assert uuids_of(assets / "Aurora.app.dSYM.zip") == read_package(assets / "Aurora.ipa").uuids


def test_every_nested_bundle_is_found(assets: Path) -> None:
    package = read_package(assets / "Borealis.ipa")
    kinds = {bundle.bundle_id.removeprefix("com.example.borealis"): bundle.kind for bundle in package.bundles}
    assert kinds == {
        "": "app",
        ".Clip": "app_clip",
        ".compass": "framework",
        ".widget": "extension",
        ".watchkitapp": "watch_app",
    }
    watch = next(bundle for bundle in package.bundles if bundle.kind == "watch_app")
    assert set(watch.uuids) == {"arm64", "arm64_32"}
    assert watch.minimum_os == "9.0"
    assert uuids_of(assets / "Borealis.dSYMs.zip") == package.uuids
    assert len(package.uuids) == 6


def test_a_folder_and_a_plain_zip_read_alike(assets: Path, tmp_path: Path) -> None:
    from_ipa = read_package(assets / "Borealis.ipa")
    with zipfile.ZipFile(assets / "Borealis.ipa") as archive:
        archive.extractall(tmp_path)
    from_folder = read_package(tmp_path / "Payload" / "Borealis.app")
    shutil.make_archive(str(tmp_path / "Borealis.app"), "zip", tmp_path / "Payload")
    from_zip = read_package(tmp_path / "Borealis.app.zip")
    for other in (from_folder, from_zip):
        assert other.uuids == from_ipa.uuids
        assert other.bundle_id == from_ipa.bundle_id
        assert sorted(bundle.kind for bundle in other.bundles) == sorted(b.kind for b in from_ipa.bundles)


def test_the_layout_of_macos(assets: Path, tmp_path: Path) -> None:
    """Contents/Info.plist, Contents/MacOS, and a framework with versions."""
    files = contents(assets / "Borealis.ipa")
    root = "Payload/Borealis.app"
    info = plistlib.loads(files[f"{root}/Info.plist"])
    info |= {"CFBundleSupportedPlatforms": ["MacOSX"], "LSMinimumSystemVersion": "14.0"}
    del info["MinimumOSVersion"]
    framework = "Borealis.app/Contents/Frameworks/Compass.framework/Versions/A"
    path = write(
        tmp_path / "Borealis.zip",
        {
            "Borealis.app/Contents/Info.plist": plistlib.dumps(info),
            "Borealis.app/Contents/MacOS/Borealis": files[f"{root}/Borealis"],
            f"{framework}/Resources/Info.plist": files[f"{root}/Frameworks/Compass.framework/Info.plist"],
            f"{framework}/Compass": files[f"{root}/Frameworks/Compass.framework/Compass"],
        },
    )
    package = read_package(path)
    assert (package.platform, package.minimum_os) == ("MAC_OS", "14.0")
    framework_bundle = package.bundles[1]
    assert framework_bundle.kind == "framework"
    assert framework_bundle.path == "Borealis.app/Contents/Frameworks/Compass.framework"


@pytest.mark.parametrize(
    ("words", "platform"),
    [(["AppleTVOS"], "TV_OS"), (["XROS"], "VISION_OS"), (["MacOSX"], "MAC_OS"), (None, "IOS")],
)
def test_platforms(aurora: dict[str, bytes], tmp_path: Path, words: list[str] | None, platform: str) -> None:
    """Without CFBundleSupportedPlatforms the Mach-O's LC_BUILD_VERSION decides."""
    path = write(tmp_path / "x.ipa", changed_info(aurora, CFBundleSupportedPlatforms=words))
    assert read_package(path).platform == platform


def test_what_has_no_code_is_no_bundle(aurora: dict[str, bytes], tmp_path: Path) -> None:
    extra = {
        "Payload/Aurora.app/Base.lproj/Main.storyboardc/Info.plist": plistlib.dumps(
            {"UIViewControllers": {}}
        ),
        "Payload/Aurora.app/Pictures.bundle/Info.plist": plistlib.dumps(
            {
                "CFBundleIdentifier": "pictures",
                "CFBundlePackageType": "BNDL",
                "CFBundleExecutable": "Pictures",
            }
        ),
    }
    assert len(read_package(write(tmp_path / "x.ipa", aurora | extra)).bundles) == 1


# Each case: what to do to a good package, the code, words of the message.
BROKEN: dict[str, tuple[Callable[[dict[str, bytes]], dict[str, bytes]], str, str]] = {
    "no payload": (lambda files: {"readme.txt": b"hello"}, "package_no_payload", "no Payload"),
    "empty": (lambda files: {}, "package_no_payload", "no Payload"),
    "no plist": (
        lambda files: {k: v for k, v in files.items() if k != INFO},
        "package_no_info_plist",
        "Aurora.app without an Info.plist",
    ),
    "plist is junk": (
        lambda files: {**files, INFO: b"bplist00\x00"},
        "package_no_info_plist",
        "not a property",
    ),
    "plist is a list": (
        lambda files: {**files, INFO: plistlib.dumps([])},
        "package_no_info_plist",
        "not a property",
    ),
    "no version": (
        lambda files: changed_info(files, CFBundleVersion=None, CFBundleShortVersionString=""),
        "package_no_info_plist",
        "lacks CFBundleShortVersionString, CFBundleVersion",
    ),
    "several apps": (
        lambda files: files | {"Payload/Zodiac.app/Info.plist": files[INFO]},
        "package_several_apps",
        "Aurora.app, Zodiac.app",
    ),
    "no executable": (
        lambda files: {k: v for k, v in files.items() if k != AURORA},
        "package_no_executable",
        "names the executable Aurora",
    ),
    "a script": (lambda files: {**files, AURORA: b"#!/bin/sh\n"}, "package_not_macho", "not a Mach-O"),
    "an empty executable": (lambda files: {**files, AURORA: b""}, "package_not_macho", "not a Mach-O"),
    "cut in the header": (lambda files: {**files, AURORA: files[AURORA][:20]}, "package", "cut off"),
    "cut in the commands": (lambda files: {**files, AURORA: files[AURORA][:400]}, "package", "cut off"),
    "absurd commands": (
        lambda files: {**files, AURORA: files[AURORA][:20] + struct.pack("<I", 2**31) + files[AURORA][24:]},
        "package_too_big",
        "2147483648 bytes of load commands",
    ),
    "absurd architectures": (
        lambda files: {**files, AURORA: struct.pack(">4sI", b"\xca\xfe\xba\xbe", 4000)},
        "package_not_macho",
        "4000 architectures",
    ),
    "architecture beyond the end": (
        lambda files: {
            **files,
            AURORA: struct.pack(">4sIIIIII", b"\xca\xfe\xba\xbe", 1, 12, 0, 2**30, 9, 14),
        },
        "package",
        "beyond its end",
    ),
    "simulator": (
        lambda files: changed_info(files, CFBundleSupportedPlatforms=["iPhoneSimulator"]),
        "package_platform",
        "simulator",
    ),
    "unknown platform": (
        lambda files: (
            changed_info(files, CFBundleSupportedPlatforms=["Toaster"]) | {AURORA: without_build(files)}
        ),
        "package_platform",
        "Toaster",
    ),
    "from the App Store": (
        lambda files: {**files, AURORA: encrypted(files)},
        "package_encrypted",
        "encrypted",
    ),
    "a bomb as plist": (lambda files: {**files, INFO: b" " * 9_000_000}, "package_too_big", "larger than"),
}


def command_at(binary: bytes, wanted: int) -> int:
    """The offset of a load command in a thin 64-bit Mach-O."""
    position = 32
    for _ in range(struct.unpack_from("<I", binary, 16)[0]):
        command, size = struct.unpack_from("<II", binary, position)
        if command == wanted:
            return position
        position += size
    raise AssertionError(wanted)


def encrypted(files: dict[str, bytes]) -> bytes:
    binary = bytearray(files[AURORA])
    struct.pack_into("<I", binary, command_at(files[AURORA], 0x2C) + 16, 1)  # LC_ENCRYPTION_INFO_64.cryptid
    return bytes(binary)


def without_build(files: dict[str, bytes]) -> bytes:
    binary = bytearray(files[AURORA])
    struct.pack_into("<I", binary, command_at(files[AURORA], 0x32) + 8, 4711)  # LC_BUILD_VERSION.platform
    return bytes(binary)


@pytest.mark.parametrize("case", BROKEN)
def test_broken_packages(aurora: dict[str, bytes], tmp_path: Path, case: str) -> None:
    change, code, words = BROKEN[case]
    error = refused(write(tmp_path / "Aurora.ipa", change(aurora)))
    assert error.code == code
    assert words in str(error)


def test_missing_and_not_a_zip(tmp_path: Path) -> None:
    assert refused(tmp_path / "none.ipa").code == "package_missing"
    (tmp_path / "text.ipa").write_text("not a zip")
    assert refused(tmp_path / "text.ipa").code == "package_not_a_zip"
    (tmp_path / "x.pkg").write_bytes(b"xar!")
    assert refused(tmp_path / "x.pkg").code == "package_kind"


def test_a_zip_that_was_cut_off(assets: Path, tmp_path: Path) -> None:
    whole = (assets / "Aurora.ipa").read_bytes()
    (tmp_path / "cut.ipa").write_bytes(whole[: len(whole) // 2])
    assert refused(tmp_path / "cut.ipa").code == "package_not_a_zip"


def test_a_zip_with_a_password(aurora: dict[str, bytes], tmp_path: Path) -> None:
    path = write(tmp_path / "locked.ipa", aurora)
    raw = bytearray(path.read_bytes())
    for signature, flags in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        position = raw.find(signature)
        while position != -1:
            raw[position + flags] |= 1
            position = raw.find(signature, position + 1)
    path.write_bytes(raw)
    error = refused(path)
    assert error.code == "package_encrypted"
    assert "password" in str(error)


@given(st.integers(0, 2**32), st.binary(min_size=1, max_size=24))
def test_damage_never_escapes_as_another_error(
    assets_files: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory, seed: int, junk: bytes
) -> None:
    binary = bytearray(assets_files[AURORA])
    position = seed % 1400  # the header and the load commands
    binary[position : position + len(junk)] = junk
    path = write(tmp_path_factory.getbasetemp() / "damaged.ipa", {**assets_files, AURORA: bytes(binary)})
    with suppress(PackageError):
        assert read_package(path).bundle_id == "com.example.aurora"


@pytest.fixture(scope="session")
def assets_files(assets: Path) -> dict[str, bytes]:
    return contents(assets / "Aurora.ipa")


def test_dsyms_that_are_none(assets: Path, tmp_path: Path) -> None:
    with pytest.raises(PackageError) as caught:
        uuids_of(assets / "Aurora.ipa")
    assert caught.value.code == "dsym_empty"


def test_a_dsym_folder(assets: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(assets / "Aurora.app.dSYM.zip") as archive:
        archive.extractall(tmp_path)
    expected = uuids_of(assets / "Aurora.app.dSYM.zip")
    assert uuids_of(tmp_path / "Aurora.app.dSYM") == expected
    assert uuids_of(tmp_path) == expected


def test_a_huge_executable_costs_no_memory(assets: Path, tmp_path: Path) -> None:
    """300 MB of code, packed to 300 KB: only the load commands are looked at."""
    files = contents(assets / "Aurora.ipa")
    path = tmp_path / "huge.ipa"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(INFO, files[INFO])
        with archive.open(AURORA, "w") as stream:
            stream.write(files[AURORA])
            shutil.copyfileobj(io.BytesIO(b"\0" * 300_000_000), stream, 1 << 20)
    script = (
        "import sys, resource; from lane_apple import read_package; "
        "read_package(sys.argv[1]); before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss; "
        "assert read_package(sys.argv[2]).build_number == '42'; "
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)"
    )
    command = [sys.executable, "-c", script, str(assets / "Aurora.ipa"), str(path)]
    result = subprocess.run(command, check=True, capture_output=True, text=True)
    assert int(result.stdout) < 16 * 1024  # KiB
    assert not result.stderr
