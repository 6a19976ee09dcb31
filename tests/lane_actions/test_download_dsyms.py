"""`download_dsyms`: the right symbols, whole, and only once."""

from __future__ import annotations

import json
import os
import plistlib
import shutil
import subprocess
import sys
import threading
import zipfile
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from actions_harness import StepContext
from apple_id_harness import Person, probed
from faults import Fault, Seen, in_front_of

from lane import ActionError, CredentialError, lane, now
from lane.testing import call, run
from lane_actions import Build, Dsyms, _download_dsyms, _symbol_source, download_dsyms, upload, upload_symbols
from lane_actions._last_download import count_night, last_download, remember_download
from lane_apple import ApiKey, PackageError, find_build_bundles, read_package, uuids_of

if TYPE_CHECKING:
    from lane_apple import AppStoreConnect, BuildBundle
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


def test_a_session_opens_the_web_door_where_no_key_is(
    offline: Sandbox, person: Person, build: Build, keyless: None, tmp_path: Path
) -> None:
    """The same code path: iris in the place of the official API; the plan says which, and why."""

    @lane
    def nightly_symbols() -> None:
        download_dsyms.set(on=now)(bundle_id="com.example.aurora")

    person.signs_in()
    (job,) = probed(tmp_path, nightly_symbols)["jobs"]
    assert job["steps"][0]["auth"] == "apple_id"
    assert "apple_id from lane's store" in job["steps"][0]["why"]
    before = len(offline.requests())
    outcome = run(nightly_symbols, tmp_path)
    assert outcome.exit_code == 0, outcome.steps["download_dsyms"].message
    assert outcome.outputs["download_dsyms"].files == [tmp_path / "dsyms" / NAME]
    asked = [str(each["path"]) for each in offline.requests()[before:]]
    assert any(path.startswith("/iris/v1/builds") for path in asked)
    assert not any(path.startswith("/v1/") for path in asked)
    assert probed(tmp_path, nightly_symbols)["jobs"] == []


def test_a_key_comes_before_a_session(person: Person, build: Build, tmp_path: Path) -> None:
    person.signs_in()
    (job,) = probed(tmp_path, newest)["jobs"]
    assert job["steps"][0]["auth"] == "api_key"


@lane
def newest() -> None:
    """The symbols of the newest build, at night."""
    download_dsyms(bundle_id="com.example.aurora")


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


def test_without_a_credential_it_says_what_it_needs(tmp_path: Path) -> None:
    ctx = StepContext(tmp_path, auth="apple_id")
    with pytest.raises(CredentialError, match="with an App Store Connect API key or an Apple ID") as caught:
        call(download_dsyms, ctx, bundle_id="com.example.aurora")
    assert "planned under apple_id" in caught.value.message
    assert "lane doctor" in str(caught.value.hint)


# Which builds


def uploaded(ctx: StepContext, ipa: Path, *numbers: str) -> list[Build]:
    """Builds of the package with other numbers, each a minute after the one before."""
    builds = []
    for number in numbers:
        package = ctx.folder / f"{number}.ipa"
        with zipfile.ZipFile(ipa) as source, zipfile.ZipFile(package, "w") as copy:
            for entry in source.infolist():
                content = source.read(entry)
                if entry.filename == "Payload/Aurora.app/Info.plist":
                    content = plistlib.dumps(plistlib.loads(content) | {"CFBundleVersion": number})
                copy.writestr(entry, content)
        builds.append(call(upload, ctx, ipa=package))
        ctx.sleep(60)
    return builds


@pytest.fixture
def later(ctx: StepContext, offline: Sandbox, key: ApiKey, tmp_path: Path) -> StepContext:
    """A context whose sleep moves Apple's clock."""
    return StepContext(tmp_path, auth="api_key", credential=key, asleep=offline.clock.advance)


def found(ctx: StepContext, **options: Any) -> list[str]:
    """The numbers of the builds whose symbols are there."""
    return [
        each.number for each in call(download_dsyms, ctx, bundle_id="com.example.aurora", **options).builds
    ]


def test_latest_all_a_version_and_a_number(later: StepContext, ipa: Path) -> None:
    uploaded(later, ipa, "42", "43")
    assert found(later) == found(later, version="latest") == ["43"]
    assert found(later, version="all") == ["43", "42"]  # and 41, which has none, is warned of
    assert "Apple has no dSYMs for 1.1.0 (41)." in later.text
    assert "bitcode" in later.text
    assert found(later, version="1.2.0") == ["43", "42"]
    assert found(later, version="1.2.0", number="42") == found(later, number="42") == ["42"]
    assert found(later, number="42", platform="IOS") == ["42"]
    assert sorted(path.name for path in (later.folder / "dsyms").iterdir()) == [
        "com.example.aurora-1.2.0-42.dSYM.zip",
        "com.example.aurora-1.2.0-43.dSYM.zip",
    ]


@pytest.mark.parametrize("options", [{"version": "9.9"}, {"number": "9"}, {"platform": "TV_OS"}])
def test_what_there_is_not(ctx: StepContext, options: dict[str, str]) -> None:
    with pytest.raises(ActionError, match=r"has no processed build \(.*") as caught:
        found(ctx, **options)
    assert next(iter(options.values())) in caught.value.message


def test_the_live_version(ctx: StepContext, apple: AppStoreConnect, build: Build) -> None:
    with pytest.raises(ActionError, match=r"no dSYMs for 1\.1\.0 \(41\)") as caught:
        found(ctx, version="live")
    assert "normal since bitcode ended" in str(caught.value.hint)
    with pytest.raises(ActionError, match="not in the App Store"):
        call(download_dsyms, ctx, bundle_id="com.example.borealis", version="live")


def test_since_a_time(later: StepContext, ipa: Path, offline: Sandbox) -> None:
    uploaded(later, ipa, "42")
    between = datetime.fromtimestamp(offline.clock.now(), UTC) - timedelta(seconds=30)
    uploaded(later, ipa, "43")
    assert found(later, since=between) == ["43"]
    assert found(later, since=between.replace(tzinfo=None)) == ["43"]  # UTC is meant
    nothing = call(download_dsyms, later, bundle_id="com.example.aurora", since=between + timedelta(days=1))
    assert (nothing.build.number, nothing.builds, nothing.files) == ("43", [], [])


def test_since_the_last_run(later: StepContext, ipa: Path) -> None:
    uploaded(later, ipa, "42")
    assert found(later, since="last_run") == ["42"]
    assert found(later, since="last_run") == []
    assert "There is nothing to do: no build is newer than 1.2.0 (42)." in later.text
    uploaded(later, ipa, "43", "44")
    assert found(later, since="last_run") == ["44", "43"]
    (later.folder / "dsyms" / ".last-download.json").write_text("no json")
    assert found(later, since="last_run") == ["44", "43", "42"]
    assert download_dsyms.probe is not None
    assert download_dsyms.probe(later, bundle_id="com.example.aurora", since="last_run") is None


def nightly(ctx: StepContext) -> Dsyms:
    return call(download_dsyms, ctx, bundle_id="com.example.aurora", since="last_run")


def test_nights_on_which_nothing_comes_are_counted(later: StepContext, ipa: Path) -> None:
    uploaded(later, ipa, "42")
    assert nightly(later).empty_nights == 0
    assert [nightly(later).empty_nights for _ in range(2)] == [1, 1]  # a night counts once
    record = later.folder / "dsyms" / ".last-download.json"
    told = json.loads(record.read_text())
    told["com.example.aurora"] |= {"empty_nights": 29, "night": "2026-01-01"}
    record.write_text(json.dumps(told))
    assert "can go" not in later.text
    assert nightly(later).empty_nights == 30
    assert "No dSYMs have come for 30 nights: this job can go." in later.text
    uploaded(later, ipa, "43")
    assert nightly(later).empty_nights == 0
    assert nightly(later).empty_nights == 1


def test_what_is_counted_is_each_apps_own(tmp_path: Path) -> None:
    nights = [date(2026, 11, day) for day in (1, 1, 2, 3)]
    assert [count_night(tmp_path, "aurora", one, empty=True) for one in nights] == [1, 1, 2, 3]
    remember_download(tmp_path, "aurora", datetime(2026, 11, 3, tzinfo=UTC))
    assert count_night(tmp_path, "borealis", nights[0], empty=True) == 1
    assert count_night(tmp_path, "aurora", date(2026, 11, 4), empty=False) == 0
    assert count_night(tmp_path, "aurora", date(2026, 11, 4), empty=True) == 1
    assert last_download(tmp_path, "aurora") == datetime(2026, 11, 3, tzinfo=UTC)
    assert last_download(tmp_path, "borealis") is None


def test_new_builds_without_symbols_are_no_error(ctx: StepContext) -> None:
    none = nightly(ctx)
    assert (none.build.number, none.files, none.empty_nights) == ("41", [], 1)
    stored = call(upload_symbols, ctx, dsyms=none, to="sentry")
    assert stored.names == []


# Waiting


def test_symbols_that_are_not_ready_are_waited_for(
    later: StepContext, build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def not_yet(apple: AppStoreConnect, *build_ids: str) -> list[BuildBundle]:
        asked.extend(build_ids)
        bundles = find_build_bundles(apple, *build_ids)
        return bundles if len(asked) > 3 else [replace(each, dsym_url=None) for each in bundles]

    monkeypatch.setattr(_symbol_source, "find_build_bundles", not_yet)
    assert call(download_dsyms, later, build=build).files
    assert later.slept[:3] == [30, 30, 30]
    asked.clear()
    later.slept.clear()
    shutil.rmtree(later.folder / "dsyms")
    with pytest.raises(ActionError, match="no dSYMs for") as caught:
        call(download_dsyms, later, build=build, wait=40)
    assert sum(later.slept) == 40
    assert "They were uploaded" in str(caught.value.hint)


def test_a_build_that_is_late_is_looked_for_in_the_next_run(
    later: StepContext, ipa: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = uploaded(later, ipa, "42", "43", "44")[1].id

    def not_yet(apple: AppStoreConnect, *build_ids: str) -> list[BuildBundle]:
        bundles = find_build_bundles(apple, *build_ids)
        return [replace(each, dsym_url=None) if each.build_id == late else each for each in bundles]

    with monkeypatch.context() as patched:
        patched.setattr(_symbol_source, "find_build_bundles", not_yet)
        assert found(later, since="last_run", wait=60) == ["44", "42"]
    assert "the symbols of 1.2.0 (43) ready yet" in later.text
    assert found(later, since="last_run") == ["44", "43"]
    assert found(later, since="last_run") == []


def test_a_build_whose_symbols_never_come_is_given_up(
    later: StepContext, ipa: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    uploaded(later, ipa, "42")
    monkeypatch.setattr(
        _symbol_source,
        "find_build_bundles",
        lambda *asked: [replace(each, dsym_url=None) for each in find_build_bundles(*asked)],
    )
    assert found(later, since="last_run", wait=0) == []
    assert "There is nothing to do" not in later.text
    assert found(later, since="last_run", wait=0) == []
    assert "There is nothing to do" not in later.text, "it may come yet"
    monkeypatch.setattr(_download_dsyms, "LATE_FOR", timedelta(0))
    assert [found(later, since="last_run", wait=0) for _ in range(2)] == [[], []]
    assert "There is nothing to do: no build is newer than 1.2.0 (42)." in later.text


# Archives of this machine


def archived(folder: Path, dsym: Path, day: str = "2026-01-01", **properties: str) -> Path:
    """An archive as Xcode makes it, in the folder of a day."""
    archive = folder / day / f"{dsym.stem}.xcarchive"
    with zipfile.ZipFile(dsym) as source:
        source.extractall(archive / "dSYMs")
    info = {"ApplicationProperties": {"CFBundleIdentifier": "com.example.aurora"} | properties}
    (archive / "Info.plist").write_bytes(plistlib.dumps(info))
    return archive


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where Xcode keeps its archives, of a user who has some of other apps and builds."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    folder = tmp_path / "home" / "Library" / "Developer" / "Xcode" / "Archives"
    (folder / "2026-01-02" / "Broken.xcarchive").mkdir(parents=True)
    (folder / "2026-01-02" / "Broken.xcarchive" / "Info.plist").write_text("none")
    return folder


def test_an_archive_of_this_machine_comes_first(
    ctx: StepContext, offline: Sandbox, build: Build, assets: Path, library: Path
) -> None:
    archived(library, assets / "Borealis.dSYMs.zip")
    archive = archived(library, assets / "Aurora.app.dSYM.zip")
    before = len(offline.requests())
    first = call(download_dsyms, ctx, build=build)
    assert len(offline.requests()) == before
    assert [path.name for path in first.files] == [NAME]
    assert uuids_of(first.files[0]) == uuids_of(archive / "dSYMs") == set(build.uuids["com.example.aurora"])
    assert f"is from {archive}." in ctx.text
    stamp = first.files[0].stat().st_mtime_ns
    assert call(download_dsyms, ctx, build=build) == first
    assert first.files[0].stat().st_mtime_ns == stamp
    assert [path.name for path in (ctx.folder / "dsyms").iterdir()] == [NAME]


def test_an_archive_of_another_build_does_not_count(
    ctx: StepContext, offline: Sandbox, build: Build, assets: Path, library: Path
) -> None:
    archived(library, assets / "Borealis.dSYMs.zip")
    before = downloads(offline)
    assert call(download_dsyms, ctx, build=build).files
    assert downloads(offline) == before + 1


def test_archives_of_ones_own(ctx: StepContext, offline: Sandbox, build: Build, assets: Path) -> None:
    archive, before = archived(ctx.folder / "build", assets / "Aurora.app.dSYM.zip"), downloads(offline)
    for given in (archive, Path("build")):
        shutil.rmtree(ctx.folder / "dsyms", ignore_errors=True)
        call(download_dsyms, ctx, build=build, archives=given)
    assert downloads(offline) == before


OLD = {"CFBundleShortVersionString": "1.1.0", "CFBundleVersion": "41"}  # of which Apple has no symbols


def test_where_apple_has_none_the_only_archive_of_the_number_counts(
    ctx: StepContext, offline: Sandbox, assets: Path, library: Path
) -> None:
    dsym = assets / "Aurora.app.dSYM.zip"
    archived(library, dsym, **OLD | {"CFBundleVersion": "40"})
    with pytest.raises(ActionError, match="Apple has no dSYMs"):
        call(download_dsyms, ctx, bundle_id="com.example.aurora")
    archived(library, dsym, "2026-01-03", **OLD)
    symbols = call(download_dsyms, ctx, bundle_id="com.example.aurora")
    assert [path.name for path in symbols.files] == ["com.example.aurora-1.1.0-41.dSYM.zip"]
    assert set(symbols.uuids) == uuids_of(dsym)
    assert found(ctx, version="all") == found(ctx, version="live") == ["41"]


def test_of_two_archives_with_one_number_none_counts(
    ctx: StepContext, offline: Sandbox, assets: Path, library: Path
) -> None:
    for day in ("2026-01-03", "2026-01-04"):
        archived(library, assets / "Aurora.app.dSYM.zip", day, **OLD)
    with pytest.raises(ActionError, match="Apple has no dSYMs"):
        call(download_dsyms, ctx, bundle_id="com.example.aurora")


# Many builds


def test_the_symbols_of_many_builds_come_side_by_side(
    later: StepContext, key: ApiKey, offline: Sandbox, ipa: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Four at a time, and one question for the bundles of all."""
    uploaded(later, ipa, *map(str, range(42, 50)))
    together, proxy = threading.Barrier(4), in_front_of(offline.url)
    handle = proxy.handle

    def answer(request: Seen) -> Fault:
        if request.path.startswith("/symbols/"):
            together.wait(30)  # answered only where four ask at the same time
        return handle(request)

    monkeypatch.setattr(proxy, "handle", answer)
    with proxy:
        through = ApiKey(key.key_id, key.issuer_id, key.private_key, base_url=proxy.url)
        ctx = StepContext(later.folder, auth="api_key", credential=through)
        assert len(found(ctx, version="1.2.0")) == 8
        assert proxy.count("GET", "/symbols/") == 8
        assert proxy.count("GET", "/v1/builds") == 2
