"""What to Test, beta groups, build bundles and their dSYMs, and the rehearsal's environment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import requests
from faults import Lost, Reply, Reset, Server, Truncated

from lane import ActionError
from lane_apple import (
    AppleBusyError,
    AppleError,
    AppStoreConnect,
    BuildBundle,
    PackageError,
    UnreachableError,
    add_to_beta_groups,
    api_key,
    download_dsym,
    dsym_file_name,
    find_app,
    find_beta_groups,
    find_build_bundles,
    find_builds,
    is_distributed,
    read_package,
    set_whats_new,
    upload_build,
    wait_for_upload,
)
from lane_apple._rehearsal import offered, started

if TYPE_CHECKING:
    from pathlib import Path

APP = "6450000101"
LOCALIZATIONS = "/v1/betaBuildLocalizations"


@pytest.fixture
def build_id(apple: AppStoreConnect) -> str:
    """The build that the sandbox is seeded with: 1.1.0 (41)."""
    return next(find_builds(apple, APP)).id


def notes(apple: AppStoreConnect, build_id: str) -> dict[str, str]:
    found = apple.find(LOCALIZATIONS, {"filter[build]": build_id})
    return {each.attributes["locale"]: each.attributes["whatsNew"] for each in found}


def test_notes_converge(through: AppStoreConnect, proxy: Server, build_id: str) -> None:
    assert set_whats_new(through, build_id, "Faster.")
    assert set_whats_new(through, build_id, "Schneller.", locale="de-DE")
    assert notes(through, build_id) == {"en-US": "Faster.", "de-DE": "Schneller."}
    writes = proxy.count("PATCH", LOCALIZATIONS) + proxy.count("POST", LOCALIZATIONS)
    assert not set_whats_new(through, build_id, "Faster.")
    assert proxy.count("PATCH", LOCALIZATIONS) + proxy.count("POST", LOCALIZATIONS) == writes == 2


@pytest.mark.parametrize("fault", [Lost(), Reset(), Reply(502, "<html>")], ids=["lost", "reset", "502"])
@pytest.mark.parametrize(("method", "locale"), [("PATCH", "en-US"), ("POST", "fr-FR")])
def test_notes_whose_answer_is_lost(
    through: AppStoreConnect, proxy: Server, build_id: str, method: str, locale: str, fault: Any
) -> None:
    proxy.arm(method, LOCALIZATIONS, fault)
    assert set_whats_new(through, build_id, "Faster.", locale=locale)
    assert notes(through, build_id)[locale] == "Faster."
    assert proxy.count(method, LOCALIZATIONS) == (1 if isinstance(fault, Lost) else 2)


def test_notes_that_apple_made_meanwhile(through: AppStoreConnect, proxy: Server, build_id: str) -> None:
    """Looked for and not there; by the time that it is created Apple has made it."""
    proxy.arm("GET", LOCALIZATIONS, Reply(200, {"data": []}))
    assert set_whats_new(through, build_id, "Faster.")
    assert notes(through, build_id) == {"en-US": "Faster."}


def test_groups_by_name(apple: AppStoreConnect) -> None:
    assert [group.name for group in find_beta_groups(apple, APP, ["Beta testers", "Team"])] == [
        "Beta testers",
        "Team",
    ]
    assert len(find_beta_groups(apple, APP)) == 2
    with pytest.raises(ActionError, match="no beta group 'Nobody'") as caught:
        find_beta_groups(apple, APP, ["Team", "Nobody"])
    assert caught.value.hint == "The app has: Beta testers, Team."


def test_a_build_goes_to_groups_once(through: AppStoreConnect, proxy: Server, build_id: str) -> None:
    groups = find_beta_groups(through, APP)
    added = add_to_beta_groups(through, build_id, groups)
    assert [group.name for group in added] == ["Beta testers"]  # the internal one has every build anyway
    assert add_to_beta_groups(through, build_id, groups) == []
    assert add_to_beta_groups(through, build_id, groups[:1]) == []
    assert proxy.count("POST", "/relationships/betaGroups") == 1


def test_whether_a_build_is_distributed(apple: AppStoreConnect, build_id: str) -> None:
    groups = find_beta_groups(apple, APP)
    assert is_distributed(apple, build_id)
    assert not is_distributed(apple, build_id, groups=groups)
    assert not is_distributed(apple, build_id, whats_new="Faster.")
    set_whats_new(apple, build_id, "Faster.")
    add_to_beta_groups(apple, build_id, groups)
    assert is_distributed(apple, build_id, whats_new="Faster.", groups=groups)
    assert not is_distributed(apple, build_id, whats_new="Faster.", locale="de-DE")


@pytest.mark.parametrize("fault", [Lost(), Reset()], ids=["lost", "reset"])
def test_a_group_whose_answer_is_lost(
    through: AppStoreConnect, proxy: Server, build_id: str, fault: Any
) -> None:
    proxy.arm("POST", "/relationships/betaGroups", fault)
    groups = find_beta_groups(through, APP, ["Beta testers"])
    assert add_to_beta_groups(through, build_id, groups) == groups
    assert proxy.count("POST", "/relationships/betaGroups") == (1 if isinstance(fault, Lost) else 2)


@pytest.fixture
def uploaded(apple: AppStoreConnect, assets: Path) -> str:
    """A build of Aurora that Apple has processed, with its dSYM."""
    ipa = assets / "Aurora.ipa"
    upload = upload_build(apple, ipa, app_id=APP, version="1.2.0", number="42", platform="IOS")
    return wait_for_upload(apple, upload.id).id


def bundle_of(apple: AppStoreConnect, build_id: str) -> BuildBundle:
    (bundle,) = find_build_bundles(apple, build_id)
    return bundle


def test_the_dsym_of_a_build(apple: AppStoreConnect, uploaded: str, assets: Path, tmp_path: Path) -> None:
    package = read_package(assets / "Aurora.ipa")
    bundle = bundle_of(apple, uploaded)
    assert (bundle.bundle_id, bundle.kind, bundle.includes_symbols) == ("com.example.aurora", "APP", True)
    target = tmp_path / "dsyms" / dsym_file_name(bundle.bundle_id, "1.2.0", "42")
    received: list[int] = []
    dsym = download_dsym(apple, bundle, target, expected=package.uuids, progress=received.append)
    assert dsym.path == target
    assert target.name == "com.example.aurora-1.2.0-42.dSYM.zip"
    assert dsym.uuids == package.uuids
    assert received[-1] == target.stat().st_size
    assert [path.name for path in target.parent.iterdir()] == [target.name]


def test_a_download_that_breaks_off(
    through: AppStoreConnect, proxy: Server, uploaded: str, tmp_path: Path
) -> None:
    bundle = bundle_of(through, uploaded)
    proxy.arm("GET", r"/symbols/", Truncated(), Reset(), Reply(503, "<html>"))
    dsym = download_dsym(through, bundle, tmp_path / "a.zip")
    assert dsym.uuids
    assert proxy.count("GET", r"/symbols/") == 4
    assert not [each for each in proxy.seen if "/symbols/" in each.path and "Authorization" in each.headers]


def test_an_address_whose_time_is_up(
    apple: AppStoreConnect, uploaded: str, tmp_path: Path, time: Any
) -> None:
    bundle = bundle_of(apple, uploaded)
    time.sleep(30 * 24 * 3600.0)
    assert bundle.dsym_url is not None
    with requests.get(bundle.dsym_url, timeout=10) as refused:
        assert refused.status_code == 403
    assert download_dsym(apple, bundle, tmp_path / "a.zip").uuids


def test_a_download_that_is_refused_for_good(
    through: AppStoreConnect, proxy: Server, uploaded: str, tmp_path: Path
) -> None:
    bundle = bundle_of(through, uploaded)
    proxy.arm("GET", r"/symbols/", *[Reply(403, "<Error/>")] * 9)
    with pytest.raises(AppleError, match="refused the file: 403"):
        download_dsym(through, bundle, tmp_path / "a.zip")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "body", [b"", b"<html>not a zip</html>", b"PK\x05\x06" + bytes(18)], ids=["empty", "html", "no dSYM"]
)
def test_what_is_no_dsym(
    through: AppStoreConnect, proxy: Server, uploaded: str, tmp_path: Path, body: bytes
) -> None:
    bundle = bundle_of(through, uploaded)
    (tmp_path / "a.zip").write_bytes(b"the old one")
    proxy.arm("GET", r"/symbols/", Reply(200, body))
    with pytest.raises(PackageError):
        download_dsym(through, bundle, tmp_path / "a.zip")
    assert [path.name for path in tmp_path.iterdir()] == ["a.zip"]
    assert (tmp_path / "a.zip").read_bytes() == b"the old one"


def test_a_zip_that_was_damaged(
    through: AppStoreConnect, proxy: Server, uploaded: str, assets: Path, tmp_path: Path
) -> None:
    raw = bytearray((assets / "Aurora.app.dSYM.zip").read_bytes())
    raw[len(raw) // 2] ^= 0xFF
    bundle = bundle_of(through, uploaded)
    proxy.arm("GET", r"/symbols/", Reply(200, bytes(raw)))
    with pytest.raises(PackageError):
        download_dsym(through, bundle, tmp_path / "a.zip")
    assert list(tmp_path.iterdir()) == []


def test_a_dsym_of_another_build(apple: AppStoreConnect, uploaded: str, tmp_path: Path) -> None:
    with pytest.raises(ActionError) as caught:
        download_dsym(
            apple,
            bundle_of(apple, uploaded),
            tmp_path / "a.zip",
            expected={"NOT-THIS-ONE"},
        )
    assert caught.value.code == "dsym_foreign"
    assert "NOT-THIS-ONE" in str(caught.value.hint)
    assert list(tmp_path.iterdir()) == []


def test_a_build_without_symbols(apple: AppStoreConnect, build_id: str, tmp_path: Path) -> None:
    bundle = bundle_of(apple, build_id)
    assert not bundle.includes_symbols
    with pytest.raises(ActionError) as caught:
        download_dsym(apple, bundle, tmp_path / "a.zip")
    assert caught.value.code == "dsym_missing"


def test_names_of_files_stay_in_their_folder() -> None:
    assert dsym_file_name("../../etc/passwd", "1/2", "") == "_.._etc_passwd-1_2-.dSYM.zip"


def test_a_download_gives_up_in_the_end(
    through: AppStoreConnect, proxy: Server, uploaded: str, tmp_path: Path
) -> None:
    bundle = bundle_of(through, uploaded)
    proxy.arm("GET", r"/symbols/", *[Reply(500, "")] * 50)
    with pytest.raises(AppleBusyError):
        download_dsym(through, bundle, tmp_path / "a.zip")
    assert list(tmp_path.iterdir()) == []


def test_the_rehearsal_offers_what_the_sandbox_takes(tmp_path: Path) -> None:
    """In the plan without a server, then with one; no real key of the environment gets in between."""
    real = {"APP_STORE_CONNECT_API_KEY": '{"key_id": "REAL"}', "APP_STORE_CONNECT_API_KEY_KEY": "real"}
    planned = offered(tmp_path)
    assert "APP_STORE_CONNECT_URL" in planned
    found = api_key.find(real | planned, tmp_path)
    assert found is not None
    with started(tmp_path) as environment:
        key = api_key.find(real | environment, tmp_path)
        assert key is not None
        assert key.key_id == found.key_id
        assert key.base_url == environment["APP_STORE_CONNECT_URL"]
        with AppStoreConnect(key) as apple:
            assert find_app(apple, "com.example.aurora").id == APP
    with AppStoreConnect(key, sleep=lambda _: None) as apple, pytest.raises(UnreachableError):
        find_app(apple, "com.example.aurora")
