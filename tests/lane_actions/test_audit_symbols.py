"""`audit_symbols`: every executable is looked at, and what lacks its dSYM has a name."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path
from typing import Any

import pytest

from lane import ActionError
from lane.testing import FakeContext, call, run
from lane_actions import Audit, audit_symbols
from lane_apple import PackageError, find_executables, read_package, uuids_of

WIDGET = "Payload/Borealis.app/PlugIns/BorealisWidget.appex/BorealisWidget"


@pytest.fixture
def borealis(assets: Path) -> Path:
    """An app with a clip, a framework, an extension and a watch app of two architectures."""
    return assets / "Borealis.ipa"


@pytest.fixture
def dsyms(assets: Path, tmp_path: Path) -> Path:
    """Its dSYMs in a folder."""
    folder = tmp_path / "dSYMs"
    with zipfile.ZipFile(assets / "Borealis.dSYMs.zip") as archive:
        archive.extractall(folder)
    return folder


def audited(folder: Path, **options: Any) -> Audit:
    return call(audit_symbols, FakeContext(folder), **options)


def test_all_have_theirs(borealis: Path, dsyms: Path, assets: Path, tmp_path: Path) -> None:
    for given in (dsyms, [assets / "Borealis.dSYMs.zip"], sorted(dsyms.iterdir())):
        audit = audited(tmp_path, package=borealis, dsyms=given)
        assert set(audit.found) == read_package(borealis).uuids == uuids_of(dsyms)
        assert audit.missing == []


def test_what_is_missing_has_a_name(borealis: Path, dsyms: Path, tmp_path: Path) -> None:
    shutil.rmtree(dsyms / "BorealisWidget.appex.dSYM")
    outcome = run(audit_symbols, tmp_path, package=borealis, dsyms=dsyms)
    step = outcome.steps["audit_symbols"]
    assert (outcome.exit_code, step.state) == (1, "failed")
    (uuid,) = read_package(borealis).uuids - uuids_of(dsyms)
    assert str(step.message).splitlines() == ["1 have no dSYM:", f"    {WIDGET} (arm64, {uuid})"]
    assert "dwarf-with-dsym" in str(step.hint)


def test_it_may_also_warn(borealis: Path, dsyms: Path, tmp_path: Path) -> None:
    shutil.rmtree(dsyms / "BorealisWidget.appex.dSYM")
    outcome = run(audit_symbols, tmp_path, package=borealis, dsyms=dsyms, missing="warn")
    assert outcome.exit_code == 0
    (missing,) = outcome.outputs["audit_symbols"].missing
    assert (missing.path, missing.architecture) == (WIDGET, "arm64")
    assert any(line.startswith(f"No dSYM: {WIDGET}") for line in outcome.steps["audit_symbols"].log)


def test_of_an_executable_each_architecture_counts(borealis: Path, dsyms: Path, tmp_path: Path) -> None:
    shutil.rmtree(dsyms / "BorealisWatch.app.dSYM")
    audit = audited(tmp_path, package=borealis, dsyms=dsyms, missing="warn")
    assert sorted(each.architecture for each in audit.missing) == ["arm64", "arm64_32"]
    assert {Path(each.path).name for each in audit.missing} == {"BorealisWatch"}


@pytest.mark.parametrize("given", [None, [], "empty"])
def test_without_any_all_are_missing(borealis: Path, tmp_path: Path, given: Any) -> None:
    if given == "empty":
        given = tmp_path / "empty"
        given.mkdir()
    audit = audited(tmp_path, package=borealis, dsyms=given, missing="warn")
    assert audit.found == []
    assert {each.uuid for each in audit.missing} == read_package(borealis).uuids


def test_a_bare_library_counts_and_apples_own_do_not(assets: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(assets / "Borealis.ipa") as source:
        library = source.read("Payload/Borealis.app/Frameworks/Compass.framework/Compass")
    package = shutil.copy(assets / "Aurora.ipa", tmp_path / "Aurora.ipa")
    with zipfile.ZipFile(package, "a") as archive:
        archive.writestr("Payload/Aurora.app/Frameworks/libcompass.dylib", library)
        archive.writestr("Payload/Aurora.app/Frameworks/libswiftCore.dylib", library)
    audit = audited(tmp_path, package=package, dsyms=assets / "Aurora.app.dSYM.zip", missing="warn")
    assert [each.path for each in audit.missing] == ["Payload/Aurora.app/Frameworks/libcompass.dylib"]
    assert len(find_executables(package)) == 3


def test_an_archive_is_a_package_and_its_own_dsyms(borealis: Path, dsyms: Path, tmp_path: Path) -> None:
    archive = tmp_path / "Borealis.xcarchive"
    with zipfile.ZipFile(borealis) as ipa:
        ipa.extractall(archive / "Products")
    shutil.move(dsyms, archive / "dSYMs")
    audit = audited(tmp_path, package=archive, dsyms=archive)
    assert set(audit.found) == read_package(borealis).uuids


def test_damaged_dsyms_are_no_missing_ones(borealis: Path, tmp_path: Path) -> None:
    (tmp_path / "broken.zip").write_bytes(b"PK")
    with pytest.raises(PackageError, match="is not a zip archive"):
        audited(tmp_path, package=borealis, dsyms=[tmp_path / "broken.zip"], missing="warn")
    with pytest.raises(ActionError, match="There are no dSYMs at"):
        audited(tmp_path, package=borealis, dsyms=Path("nowhere"), missing="warn")
