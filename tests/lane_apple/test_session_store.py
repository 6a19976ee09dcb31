"""The store: sealed, private, whole, for several Apple IDs, with what is known of each session's life."""

from __future__ import annotations

import json
import os
import stat
import sys
from typing import TYPE_CHECKING, Any

import pytest
from session_harness import ACCOUNT, CANARY, NOW, all_text_of, another, places, session, trust

from lane import CredentialError
from lane_apple._session.errors import SessionFileError, SessionKeyError, SessionStoreError, SessionTextError
from lane_apple._session.life import FACES, End
from lane_apple._session.store import SessionStore

if TYPE_CHECKING:
    from pathlib import Path

OTHER = "john@example.com"


class Keychain:
    """A keychain as keyring's backends are, in memory."""

    name = "test keychain"
    priority: float = 5

    def __init__(self) -> None:
        self.entries: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.entries.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.entries[service, username] = password


class PlainKeychain(Keychain):
    """As keyrings.alt's file in plain text: keyring does not recommend it."""

    priority = 0.5


class LockedKeychain(Keychain):
    """One that is there and does not answer."""

    def get_password(self, service: str, username: str) -> str | None:
        raise RuntimeError("canary: prompt dismissed")


class UnfitKeychain(Keychain):
    """One whose system service is absent."""

    @property
    def priority(self) -> float:  # type: ignore[override]
        raise RuntimeError("canary: no D-Bus")


class Chain:
    """As keyring's chainer: several, the best first."""

    name, priority = "chain", 10

    def __init__(self, *backends: Keychain) -> None:
        self.backends = backends


@pytest.fixture
def keychain(monkeypatch: pytest.MonkeyPatch) -> Keychain:
    found = Keychain()
    monkeypatch.setattr("keyring.core._keyring_backend", found)
    return found


def key_file(folder: Path, text: str = "k" * 44, mode: int = 0o600) -> str:
    path = folder / "key"
    path.write_text(text)
    path.chmod(mode)
    return str(path)


def store_at(folder: Path, **variables: str) -> SessionStore:
    if not any(name.startswith("LANE_SESSION_") for name in variables):
        variables["LANE_SESSION_KEY_FILE"] = key_file(folder)
    return SessionStore(places(folder, LANE_SESSIONS="sessions", **variables), clock=lambda: NOW + 60)


def written(folder: Path) -> str:
    return "\n".join(path.read_text() for path in sorted((folder / "sessions").rglob("*")) if path.is_file())


# Keeping


def test_a_session_comes_back_as_it_was(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    assert store.load(ACCOUNT) is None
    store.save(session())
    found = store_at(tmp_path).load(" JANE@example.com")
    assert found is not None
    assert found.cookies == session().cookies
    assert (found.account, found.made_at, found.made_on) == (ACCOUNT, NOW, "mini.local")
    assert found.source == "lane's store, j…e@example.com"


@pytest.mark.parametrize("kind", ["key_file", "passphrase", "keychain"])
def test_nothing_on_disk_shows_a_cookie(kind: str, tmp_path: Path, keychain: Keychain) -> None:
    variables = {
        "key_file": {"LANE_SESSION_KEY_FILE": key_file(tmp_path)},
        "passphrase": {"LANE_SESSION_PASSPHRASE": "correct horse"},
        "keychain": {"LANE_SESSION_PASSPHRASE": ""},  # empty counts as unset
    }[kind]
    store = store_at(tmp_path, **variables)
    store.save(session())
    store.mark_dead(session(), "developer_portal", "resultCode 1100")
    assert store.load(ACCOUNT) is not None
    text = written(tmp_path)
    assert f'"key": "{kind}"' in text
    for secret in (CANARY, "HSARMcanary", "myacinfo", "correct horse", *keychain.entries.values()):
        assert secret not in text
    assert bool(keychain.entries) == (kind == "keychain")


def test_files_are_for_their_owner_only_and_names_do_not_show_the_address(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    store.save(session())
    store.mark_alive(session(), "app_store_connect")
    with store.lease(ACCOUNT, lambda seconds: None):
        pass
    files = list(store.folder.iterdir())
    assert {path.suffix for path in files} == {".sealed", ".json", ".lock", ".lease"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert stat.S_IMODE(store.folder.stat().st_mode) == 0o700
    assert not any("jane" in path.name for path in files)


def test_several_accounts_are_listed_without_a_key(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    assert store.accounts() == []
    store.save(session())
    store.save(another(1, account=OTHER))
    store.save(another(2))
    keyless = store_at(tmp_path, LANE_SESSION_KEY_FILE="none")
    assert keyless.accounts() == [ACCOUNT, OTHER]
    assert store.delete(ACCOUNT)
    assert not store.delete(ACCOUNT)
    assert keyless.accounts() == [OTHER]
    assert store.load(ACCOUNT) is None
    found = store.load(OTHER)
    assert found is not None
    assert found.cookies == another(1, account=OTHER).cookies


def test_a_session_too_large_to_be_read_again_is_not_kept(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    store.save(session())
    with pytest.raises(SessionTextError, match="too large"):
        store.save(another(1, account=ACCOUNT + "x" * 200_000))
    assert store.accounts() == [ACCOUNT]


# Where


@pytest.mark.parametrize(
    ("system", "variables", "below"),
    [
        ("linux", {}, "home/.local/state/lane/sessions"),
        ("linux", {"XDG_STATE_HOME": "relative"}, "home/.local/state/lane/sessions"),
        ("darwin", {}, "home/Library/Application Support/lane/sessions"),
        ("darwin", {"LANE_SESSIONS": "~/s"}, "home/s"),
        ("linux", {"LANE_SESSIONS": "s"}, "s"),
        ("linux", {"LANE_SESSIONS": "s", "APPLE_WEB_URL": "http://127.0.0.1:1"}, "s/offline"),
    ],
)
def test_the_folder(
    system: str, variables: dict[str, str], below: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", system)
    assert SessionStore(places(tmp_path, **variables)).folder == tmp_path / below
    absolute = places(tmp_path, XDG_STATE_HOME=str(tmp_path / "state"))
    if system == "linux":
        assert SessionStore(absolute).folder == tmp_path / "state/lane/sessions"


# Keys


def refused(store: SessionStore, *, save: bool = False) -> SessionKeyError:
    with pytest.raises(SessionKeyError) as caught:
        store.save(session()) if save else store.load(ACCOUNT)
    text = all_text_of(caught.value)
    assert caught.value.hint
    assert "canary" not in str(caught.value) + str(caught.value.hint)
    assert CANARY not in text
    return caught.value


@pytest.mark.parametrize(
    ("made", "given", "said"),
    [
        ({"LANE_SESSION_PASSPHRASE": "right"}, {"LANE_SESSION_PASSPHRASE": "wrong"}, "is not the one"),
        (
            {"LANE_SESSION_PASSPHRASE": "right"},
            {"LANE_SESSION_KEY_FILE": "key"},
            "LANE_SESSION_PASSPHRASE is not set",
        ),
        (
            {"LANE_SESSION_KEY_FILE": "key"},
            {"LANE_SESSION_PASSPHRASE": "x"},
            "LANE_SESSION_KEY_FILE is not set",
        ),
        ({"LANE_SESSION_KEY_FILE": "key"}, {"LANE_SESSION_KEY_FILE": "key2"}, "is not the one"),
        ({"LANE_SESSION_KEY_FILE": "key"}, {"LANE_SESSION_KEY_FILE": "gone"}, "does not exist"),
        (
            {"LANE_SESSION_PASSPHRASE": ""},
            {"LANE_SESSION_PASSPHRASE": ""},
            "not in the system keychain any more",
        ),
    ],
)
def test_another_key_opens_nothing(
    made: dict[str, str], given: dict[str, str], said: str, tmp_path: Path, keychain: Keychain
) -> None:
    key_file(tmp_path)
    (tmp_path / "key2").write_text("z" * 44)
    (tmp_path / "key2").chmod(0o600)
    store_at(tmp_path, **made).save(session())
    keychain.entries.clear()
    assert said in refused(store_at(tmp_path, **given)).message


def test_a_key_that_was_changed_serves_from_the_next_sign_in_on(tmp_path: Path) -> None:
    store_at(tmp_path, LANE_SESSION_PASSPHRASE="old").save(session())
    new = store_at(tmp_path, LANE_SESSION_PASSPHRASE="new")
    new.save(another(1))
    found = new.load(ACCOUNT)
    assert found is not None
    assert found.cookies == another(1).cookies


def test_the_same_text_is_never_sealed_alike(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    (first, second) = [(store.save(session()), written(tmp_path))[1] for _ in range(2)]
    assert first != second


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_key_file_that_others_may_read_is_refused(mode: int, tmp_path: Path) -> None:
    path = key_file(tmp_path, mode=mode)
    with pytest.raises(SessionFileError) as caught:
        store_at(tmp_path, LANE_SESSION_KEY_FILE=path).save(session())
    assert caught.value.hint == f"If you trust what is in it: chmod 600 '{path}'"
    assert store_at(tmp_path).accounts() == []


def test_a_short_key_is_refused(tmp_path: Path) -> None:
    path = key_file(tmp_path, "hunter2\n")
    assert "too short" in refused(store_at(tmp_path, LANE_SESSION_KEY_FILE=path), save=True).message


def test_no_key_is_an_error_that_says_what_to_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from keyring.backends import fail, null

    for backend in (
        fail.Keyring(),
        null.Keyring(),
        PlainKeychain(),
        UnfitKeychain(),
        Chain(PlainKeychain()),
        Chain(),
    ):
        monkeypatch.setattr("keyring.core._keyring_backend", backend)
        error = refused(store_at(tmp_path, LANE_SESSION_PASSPHRASE=""), save=True)
        assert "no keychain that is safe to use" in error.message
        assert "LANE_SESSION_KEY_FILE" in str(error.hint)
        assert "LANE_SESSION_PASSPHRASE" in str(error.hint)
        assert error.exit_code == 3
    assert store_at(tmp_path).accounts() == []
    assert not PlainKeychain().entries


def test_of_several_keychains_the_first_safe_one_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain, safe = PlainKeychain(), Keychain()
    monkeypatch.setattr("keyring.core._keyring_backend", Chain(UnfitKeychain(), plain, safe))
    store = store_at(tmp_path, LANE_SESSION_PASSPHRASE="")
    store.save(session())
    assert len(safe.entries) == 1
    assert not plain.entries
    store.save(another(1))
    assert len(safe.entries) == 1
    assert store.load(ACCOUNT) is not None


def test_a_locked_keychain_is_an_error_that_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("keyring.core._keyring_backend", LockedKeychain())
    error = refused(store_at(tmp_path, LANE_SESSION_PASSPHRASE=""), save=True)
    assert "(test keychain) did not answer: RuntimeError" in error.message


# Damage and others


def sealed_file(folder: Path) -> Path:
    (path,) = (folder / "sessions").glob("*.sealed")
    return path


def changed(content: str, **members: Any) -> str:
    return json.dumps(json.loads(content) | members)


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[: len(text) // 2],
        lambda text: "",
        lambda text: "[]",
        lambda text: "[" * 50_000,
        lambda text: changed(text, format="x"),
        lambda text: changed(text, key="none"),
        lambda text: changed(text, salt=5),
        lambda text: changed(text, sealed="%%%%"),
        lambda text: changed(text, sealed="AAAA"),
        lambda text: changed(text, nonce=""),
        lambda text: changed(text, account=OTHER),
        lambda text: changed(text, account=None),
        lambda text: changed(text, version=2),
    ],
)
def test_a_damaged_file_is_an_error_that_says_what_to_do(damage: Any, tmp_path: Path) -> None:
    store = store_at(tmp_path)
    store.save(session())
    path = sealed_file(tmp_path)
    path.write_text(damage(path.read_text()))
    with pytest.raises(SessionStoreError) as caught:
        store.load(ACCOUNT)
    assert str(path) in caught.value.message
    assert caught.value.hint
    store.save(another(1))
    assert store.load(ACCOUNT) is not None


def test_one_accounts_file_is_no_good_as_anothers(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    store.save(session())
    first = sealed_file(tmp_path)
    content = first.read_bytes()
    store.delete(ACCOUNT)
    store.save(another(1, account=OTHER))
    second = sealed_file(tmp_path)
    second.write_bytes(content)
    with pytest.raises(CredentialError):
        store.load(OTHER)


def test_a_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    store.save(session())
    sealed_file(tmp_path).chmod(0o644)
    with pytest.raises(SessionFileError, match="other users may read it"):
        store.load(ACCOUNT)


def test_a_folder_that_others_may_write_to_is_refused(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    store.save(session())
    store.folder.chmod(0o770)
    for use in (store.accounts, lambda: store.load(ACCOUNT), lambda: store.save(session())):
        with pytest.raises(SessionFileError, match="Other users may put files"):
            use()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to another user")
def test_the_store_of_another_user_is_refused(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    store.save(session())
    os.chown(store.folder, 65534, 65534)
    with pytest.raises(SessionFileError) as caught:
        store.load(ACCOUNT)
    assert caught.value.code == "session_file_foreign"


def test_a_folder_that_is_none_is_refused(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    (tmp_path / "sessions").write_text("x")
    with pytest.raises(SessionFileError, match="is no folder"):
        store.save(session())


# Lives


def test_each_face_dies_by_itself(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    store.save(session())
    made = store.load(ACCOUNT)
    assert made is not None
    assert not store.is_dead(made)
    store.mark_alive(made, "app_store_connect", at=NOW + 100)
    store.mark_dead(made, "developer_portal", "resultCode 1100", at=NOW + 200)
    store.mark_dead(made, "developer_portal", "again", at=NOW + 900)
    again = store_at(tmp_path)
    assert again.is_dead(made, "developer_portal")
    assert not again.is_dead(made, "app_store_connect")
    assert not again.is_dead(made)
    (life,) = again.history(ACCOUNT)
    assert life.dead == {"developer_portal": End(NOW + 200, "resultCode 1100")}
    assert life.alive == {"app_store_connect": NOW + 100}
    assert (life.made_at, life.made_on, life.ended) == (NOW, "mini.local", None)
    store.mark_dead(made, "app_store_connect", "401 from olympus", at=NOW + 300)
    assert again.is_dead(made)


def test_a_face_that_knows_it_after_all_is_not_dead(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    store.mark_dead(session(), "app_store_connect", "401", at=NOW + 5)
    store.mark_alive(session(), "app_store_connect", at=NOW + 4)
    assert store.is_dead(session(), "app_store_connect")
    store.mark_alive(session(), "app_store_connect", at=NOW + 6)
    assert not store.is_dead(session(), "app_store_connect")


def test_a_death_is_that_sessions_and_no_others(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    store.save(session())
    store.save(another(1))
    for face in FACES:
        store.mark_dead(session(), face, "found late, after another had signed in")
    assert store.is_dead(session())
    assert not store.is_dead(another(1))
    renewed = session(*another(1).cookies, trust("HSARMother"))
    assert not store.is_dead(renewed)  # the same login with other cookies beside it
    first, second = store.history(ACCOUNT)
    assert first.ended == End(NOW + 60, "replaced by a newer one")
    assert second.ended is None


def test_signing_out_keeps_the_history(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    store.save(session())
    store.delete(ACCOUNT)
    (life,) = store.history(ACCOUNT)
    assert life.ended == End(NOW + 60, "signed out")


def test_a_session_from_elsewhere_has_a_life_too(tmp_path: Path) -> None:
    store = store_at(tmp_path, LANE_SESSION_KEY_FILE="none")
    found = another(1, account="")
    store.mark_dead(found, "app_store_connect", "401 from olympus")
    assert store.is_dead(found, "app_store_connect")
    assert store.accounts() == []


def test_one_that_nobody_is_signed_in_with_is_dead(tmp_path: Path) -> None:
    assert store_at(tmp_path).is_dead(session(trust()))


def test_the_history_is_bounded_and_reasons_are_short(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    for number in range(60):
        store.mark_dead(another(number), "app_store_connect", "x" * 10_000)
    lives = store.history(ACCOUNT)
    assert len(lives) == 50
    assert store.is_dead(another(59), "app_store_connect")
    assert max(len(life.dead["app_store_connect"].why) for life in lives) == 300


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"format": "lane-session-history", "version": 1, "lives": [5]}', "[" * 9999]
)
def test_a_damaged_history_is_an_error_that_says_what_to_do(text: str, tmp_path: Path) -> None:
    store = store_at(tmp_path)
    store.mark_dead(session(), "app_store_connect", "x")
    (path,) = store.folder.glob("*.json")
    path.write_text(text)
    with pytest.raises(SessionStoreError, match="is damaged"):
        store.history(ACCOUNT)
    path.write_text('{"format": "lane-session-history", "version": 9}')
    with pytest.raises(SessionStoreError, match="newer lane"):
        store.is_dead(session())
