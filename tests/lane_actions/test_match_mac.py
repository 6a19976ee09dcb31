"""`match` on a Mac: identities in a keychain, profiles where every Xcode looks, no password in arguments."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from match_harness import filled, matched, refusal, signing
from signing_store import PASSPHRASE, Made, Store, certificate
from stand_in import StandIns

from lane import Secret
from lane_actions._keychain import own_password

if TYPE_CHECKING:
    from lane_actions import Signing


@pytest.fixture(scope="module")
def made() -> Made:
    """A distribution certificate; keys take long to make."""
    return certificate()


@pytest.fixture
def store(tmp_path: Path, made: Made) -> Store:
    """A repository with one certificate and one profile."""
    return filled(Store(tmp_path / "certificates"), made)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The Lanefile's folder."""
    folder = tmp_path / "my app"
    folder.mkdir()
    return folder


@pytest.fixture
def mac(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StandIns:
    """A machine with `security`, whose user has a login keychain."""
    tools = StandIns(tmp_path / "bin")
    tools.add("security")
    tools.use(monkeypatch)
    monkeypatch.setenv("MATCH_PASSWORD", PASSPHRASE)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    listed = Path.home() / "Library" / "Keychains" / "search-list"
    listed.parent.mkdir(parents=True)
    listed.write_text("/Users/me/Library/Keychains/login.keychain-db")
    return tools


def keychain(found: Signing) -> dict[str, Any]:
    """What is in the keychain."""
    assert found.keychain is not None
    content: dict[str, Any] = json.loads(found.keychain.read_text())
    return content


def test_on_a_mac_a_keychain_is_made_and_profiles_are_where_every_xcode_looks(
    mac: StandIns, project: Path, store: Store, made: Made
) -> None:
    found = signing(matched(project, store))
    assert found.keychain == Path.home() / "Library" / "Keychains" / "lane-match.keychain-db"
    content = keychain(found)
    assert content["certificates"] == [made.sha1]
    assert len(content["keys"]) == 1
    assert (content["locked"], content["stays"]) == (False, True)
    assert content["partition"] == "apple-tool:,apple:,codesign:"
    listed = (Path.home() / "Library" / "Keychains" / "search-list").read_text().splitlines()
    assert listed == [str(found.keychain), "/Users/me/Library/Keychains/login.keychain-db"]
    for folder in (
        "Library/MobileDevice/Provisioning Profiles",
        "Library/Developer/Xcode/UserData/Provisioning Profiles",
    ):
        installed = Path.home() / folder / f"{found.profile.uuid}.mobileprovision"
        assert installed.read_bytes() == found.profile.path.read_bytes()


def test_no_password_is_among_the_arguments(mac: StandIns, project: Path, store: Store) -> None:
    found = signing(matched(project, store))
    password = keychain(found)["password"]
    assert password == own_password(Secret(PASSPHRASE)).reveal()
    calls = mac.calls("security")
    assert [each["told"] for each in calls if "told" in each] == [
        ["create-keychain"],
        ["unlock-keychain"],
        ["set-key-partition-list"],
    ]
    assert password not in json.dumps(calls)
    assert not [
        path
        for path in (project / ".lane").rglob("*")
        if path.is_file() and password.encode() in path.read_bytes()
    ]


def test_a_second_time_nothing_is_imported(mac: StandIns, project: Path, store: Store) -> None:
    first = signing(matched(project, store))
    before = len(mac.calls("security"))
    assert signing(matched(project, store)) == first
    again = [each["args"][0] for each in mac.calls("security")[before:]]
    assert again == ["-i", "list-keychains", "find-certificate"]


def test_a_keychain_of_an_earlier_passphrase_is_made_anew(mac: StandIns, project: Path, store: Store) -> None:
    old = Path.home() / "Library" / "Keychains" / "lane-match.keychain-db"
    old.write_text(json.dumps({"password": "old", "certificates": ["X"], "keys": [], "locked": True}))
    found = signing(matched(project, store))
    assert "X" not in keychain(found)["certificates"]


def test_a_keychain_of_ones_own(mac: StandIns, project: Path, store: Store, made: Made) -> None:
    own = Path.home() / "Library" / "Keychains" / "ci.keychain-db"
    message, _ = refusal(matched(project, store, keychain="ci"))
    assert message == f"There is no keychain {own}."
    own.write_text(json.dumps({"password": "pw-of-ci", "certificates": [], "keys": [], "locked": True}))
    message, hint = refusal(matched(project, store, keychain="ci"))
    assert "cannot be unlocked" in message
    assert "LANE_MATCH__KEYCHAIN_PASSWORD" in hint
    found = signing(matched(project, store, keychain="ci", keychain_password=Secret("pw-of-ci")))
    assert found.keychain == own
    assert keychain(found)["certificates"] == [made.sha1]


def test_an_identity_that_macos_does_not_trust_is_warned_of(
    mac: StandIns, project: Path, store: Store
) -> None:
    mac.add("security", trusted=False)
    outcome = matched(project, store)
    signing(outcome)
    assert any("WWDR" in line for line in outcome.steps["match"].log)
