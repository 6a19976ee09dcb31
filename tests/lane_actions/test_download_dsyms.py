"""`download_dsyms`: the right symbols, whole, and only once."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from actions_harness import StepContext

from lane import ActionError, CredentialError, lane, now
from lane.testing import call, run
from lane_actions import Build, Dsyms, download_dsyms, upload
from lane_apple import PackageError, read_package, uuids_of

if TYPE_CHECKING:
    from pathlib import Path

    from lane_sandbox import Sandbox

NAME = "com.example.aurora-1.2.0-42.dSYM.zip"


def downloads(sandbox: Sandbox) -> int:
    """How many dSYMs were fetched so far."""
    return sum(str(each["path"]).startswith("/symbols/") for each in sandbox.requests())


@pytest.fixture
def build(ctx: StepContext, ipa: Path) -> Build:
    """A build of the package, processed."""
    return call(upload, ctx, ipa=ipa)


@lane
def symbols(ipa: str) -> None:
    """Upload, and download at once what is usually left for the night."""
    from pathlib import Path

    download_dsyms.set(on=now)(build=upload(ipa=Path(ipa)))


def test_through_the_engine_the_dsym_has_the_uuid_of_the_package(
    offline: Sandbox, ipa: Path, tmp_path: Path
) -> None:
    outcome = run(symbols, tmp_path, ipa=str(ipa))
    assert outcome.exit_code == 0
    found = outcome.outputs["download_dsyms"]
    assert isinstance(found, Dsyms)
    assert found.build == outcome.outputs["upload"]
    assert found.files == [tmp_path / "dsyms" / NAME]
    assert uuids_of(found.files[0]) == read_package(ipa).uuids == set(found.uuids)
    assert [path.name for path in (tmp_path / "dsyms").iterdir()] == [NAME]


def test_a_second_time_does_nothing(ctx: StepContext, offline: Sandbox, build: Build) -> None:
    first = call(download_dsyms, ctx, build=build)
    stamp, count = first.files[0].stat().st_mtime_ns, downloads(offline)
    assert call(download_dsyms, ctx, build=build) == first
    assert (first.files[0].stat().st_mtime_ns, downloads(offline)) == (stamp, count)
    assert f"{first.files[0]} is there already." in ctx.text


def test_without_a_build_the_newest_is_taken_and_found_again(
    ctx: StepContext, offline: Sandbox, build: Build
) -> None:
    first = call(download_dsyms, ctx, bundle_id="com.example.aurora")
    assert (first.build.id, first.build.uuids) == (build.id, {})
    count = downloads(offline)
    call(download_dsyms, ctx, bundle_id="com.example.aurora")
    assert downloads(offline) == count


@pytest.mark.parametrize("what", ["foreign", "cut", "empty"])
def test_a_file_that_is_not_the_builds_is_replaced(
    ctx: StepContext, build: Build, assets: Path, tmp_path: Path, what: str
) -> None:
    target = tmp_path / "dsyms" / NAME
    target.parent.mkdir()
    shutil.copy(assets / "Borealis.dSYMs.zip", target)
    if what != "foreign":
        os.truncate(target, 1000 if what == "cut" else 0)
        with pytest.raises(PackageError):
            uuids_of(target)
    found = call(download_dsyms, ctx, build=build)
    assert uuids_of(target) == set(found.uuids) == set(build.uuids["com.example.aurora"])
    assert [path.name for path in target.parent.iterdir()] == [NAME]


def test_symbols_of_another_build_are_refused_and_leave_no_file(
    ctx: StepContext, build: Build, tmp_path: Path
) -> None:
    other = build.model_copy(update={"uuids": {"com.example.aurora": ["0" * 36]}})
    with pytest.raises(ActionError, match="belongs to another build"):
        call(download_dsyms, ctx, build=other)
    assert list((tmp_path / "dsyms").iterdir()) == []


def test_every_bundle_of_a_build_has_a_file(ctx: StepContext, assets: Path) -> None:
    package = assets / "Borealis.ipa"
    build = call(upload, ctx, ipa=package)
    found = call(download_dsyms, ctx, build=build, output=ctx.folder / "symbols of Borealis")
    assert {path.name.partition("-")[0] for path in found.files} == {
        "com.example.borealis",
        "com.example.borealis.Clip",
        "com.example.borealis.watchkitapp",
    }
    assert set(found.uuids) == read_package(package).uuids


def test_one_number_on_two_platforms_gives_two_files(ctx: StepContext, build: Build) -> None:
    television = build.model_copy(update={"platform": "TV_OS"})
    (phone,) = call(download_dsyms, ctx, build=build).files
    (other,) = call(download_dsyms, ctx, build=television).files
    assert phone.name == NAME
    assert other.name == "com.example.aurora-1.2.0-42-TV_OS.dSYM.zip"


def test_a_build_without_symbols(ctx: StepContext, offline: Sandbox) -> None:
    with pytest.raises(ActionError, match=r"no dSYMs for 1\.1\.0 \(41\)") as caught:
        call(download_dsyms, ctx, bundle_id="com.example.aurora")
    assert "archive" in str(caught.value.hint)


def test_neither_build_nor_app_and_an_app_without_builds(ctx: StepContext) -> None:
    with pytest.raises(ActionError, match="neither a build nor an app"):
        call(download_dsyms, ctx)
    with pytest.raises(ActionError, match=r"com\.example\.borealis has no processed build"):
        call(download_dsyms, ctx, bundle_id="com.example.borealis")


def test_the_probe_finds_files_that_are_there(ctx: StepContext, build: Build) -> None:
    assert download_dsyms.probe is not None
    assert download_dsyms.probe(ctx, build=build) is None
    found = call(download_dsyms, ctx, build=build)
    assert download_dsyms.probe(ctx, build=build) == found
    found.files[0].unlink()
    assert download_dsyms.probe(ctx, build=build) is None
    assert download_dsyms.probe(ctx) is None


# Auth modes


def planned(folder: Path, **variables: str) -> dict[str, Any]:
    """The plan of a lane with one such step."""
    (folder / "Lanefile.py").write_text(
        "from lane import lane, now\n"
        "from lane_actions import download_dsyms\n\n\n"
        "@lane\n"
        "def symbols() -> None:\n"
        '    download_dsyms.set(on=now)(bundle_id="com.example.aurora")\n'
    )
    kept = {name: value for name, value in os.environ.items() if not name.startswith("APP_STORE_CONNECT")}
    done = subprocess.run(
        [sys.executable, "-m", "lane", "plan", "symbols", "--ci", "--format", "json"],
        cwd=folder,
        env={**kept, "HOME": str(folder), **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    )
    plan: dict[str, Any] = json.loads(done.stdout)
    return plan


def test_both_modes_are_declared_and_a_key_is_always_chosen(offline: Sandbox, tmp_path: Path) -> None:
    key = offline.keys[0]
    plan = planned(
        tmp_path,
        APP_STORE_CONNECT_API_KEY_KEY_ID=key.key_id,
        APP_STORE_CONNECT_API_KEY_ISSUER_ID=key.issuer_id or "",
        APP_STORE_CONNECT_API_KEY_KEY_FILEPATH=str(key.private_key_path),
    )
    (job,) = plan["jobs"]
    assert job["steps"][0]["modes"] == ["api_key", "apple_id"]
    assert (job["steps"][0]["auth"], job["attended"]) == ("api_key", False)
    assert plan["verdict"]["ready"] is True


def test_without_a_credential_the_key_is_missing_and_no_person_is_asked(tmp_path: Path) -> None:
    plan = planned(tmp_path)
    (job,) = plan["jobs"]
    assert (job["steps"][0]["auth"], job["attended"]) == ("api_key", False)
    assert [each["mode"] for each in plan["missing"]] == ["api_key"]


def test_under_an_apple_id_it_says_what_it_needs(tmp_path: Path) -> None:
    ctx = StepContext(tmp_path, auth="apple_id")
    with pytest.raises(CredentialError, match="planned under apple_id") as caught:
        call(download_dsyms, ctx, bundle_id="com.example.aurora")
    assert "Give a key" in str(caught.value.hint)
