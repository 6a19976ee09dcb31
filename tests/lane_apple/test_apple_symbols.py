"""Symbols are taken out of dSYMs whole, one file for each architecture; every executable is listed."""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path

import pytest

from lane_apple import PackageError, extract_symbols, find_executables, read_package, uuids_of

WATCH = "BorealisWatch.app.dSYM/Contents/Resources/DWARF/BorealisWatch"


def fat_slices(content: bytes) -> list[bytes]:
    """The architectures of a fat file, read by the few lines of <mach-o/fat.h> that it takes."""
    (count,) = struct.unpack_from(">I", content, 4)
    records = [struct.unpack_from(">IIIII", content, 8 + 20 * number) for number in range(count)]
    return [content[offset : offset + size] for _, _, offset, size, _ in records]


def test_each_architecture_is_a_file_of_its_own(assets: Path, tmp_path: Path) -> None:
    source = assets / "Borealis.dSYMs.zip"
    found = extract_symbols(source, tmp_path)
    assert {each.uuid for each in found} == uuids_of(source)
    assert all(each.path == tmp_path / each.uuid for each in found)
    with zipfile.ZipFile(source) as archive:
        expected = fat_slices(archive.read(WATCH))
        thin = archive.read("Compass.framework.dSYM/Contents/Resources/DWARF/Compass")
    watch = [each for each in found if each.name == "BorealisWatch"]
    assert sorted(each.architecture for each in watch) == ["arm64", "arm64_32"]
    assert sorted(each.path.read_bytes() for each in watch) == sorted(expected)
    assert [each.path.read_bytes() for each in found if each.name == "Compass"] == [thin]


def test_a_fat_file_that_is_cut_off(assets: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(assets / "Borealis.dSYMs.zip") as archive:
        content = archive.read(WATCH)
    target = tmp_path / "cut" / WATCH
    target.parent.mkdir(parents=True)
    target.write_bytes(content[:-500])
    with pytest.raises(PackageError, match="is cut off"):
        extract_symbols(tmp_path / "cut", tmp_path / "out")


def test_what_holds_no_dsym(assets: Path, tmp_path: Path) -> None:
    with pytest.raises(PackageError, match="holds no dSYM") as caught:
        extract_symbols(assets / "Aurora.ipa", tmp_path)
    assert caught.value.code == "dsym_empty"


def test_every_executable_is_listed(assets: Path) -> None:
    found = find_executables(assets / "Borealis.ipa")
    assert {uuid for each in found for uuid in each.uuids.values()} == read_package(
        assets / "Borealis.ipa"
    ).uuids
    assert [Path(each.path).name for each in found] == [
        "BorealisClip",
        "Borealis",
        "Compass",
        "BorealisWidget",
        "BorealisWatch",
    ]
