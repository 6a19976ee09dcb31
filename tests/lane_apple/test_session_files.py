"""Files of sessions: fastlane's cookie file and our own format, for their owner only."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from session_harness import (
    ACCOUNT,
    CANARY,
    all_text_of,
    cookies,
    login,
    places,
    session,
    trust,
    write_cookie_file,
)

from lane_apple._session.cookie import Cookie
from lane_apple._session.errors import SessionFileError, SessionTextError
from lane_apple._session.fastlane_file import (
    accounts_with_cookies,
    cookie_path,
    read_cookie_file,
)
from lane_apple._session.masking import masked
from lane_apple._session.own_format import parse_session_json, read_any, session_json
from lane_apple._session.private_file import read_owned, write_private
from lane_apple._session.ruby_writer import cookies_yaml, fastlane_session
from lane_apple._session.session import AppleSession

NOBODY = 65534

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to another user")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def kept(folder: Path) -> Path:
    path = folder / "cookie"
    write_cookie_file(session().cookies, path)
    return path


# Where fastlane has it


def test_the_variable_gives_the_folder(tmp_path: Path) -> None:
    found = cookie_path(ACCOUNT, places(tmp_path, SPACESHIP_COOKIE_PATH=str(tmp_path / "c")))
    assert found == tmp_path / "c/spaceship" / ACCOUNT / "cookie"
    assert cookie_path("x", places(tmp_path, SPACESHIP_COOKIE_PATH="c")) == tmp_path / "c/spaceship/x/cookie"
    assert (
        cookie_path("x", places(tmp_path, SPACESHIP_COOKIE_PATH="~/c"))
        == tmp_path / "home/c/spaceship/x/cookie"
    )


def test_else_it_is_in_the_first_folder_that_can_be(tmp_path: Path) -> None:
    nowhere = places(tmp_path, HOME=str(tmp_path / "none"))
    assert cookie_path("x", nowhere) == Path("/var/tmp/spaceship/x/cookie")
    home = tmp_path / "home"
    assert cookie_path("x", places(tmp_path)) == home / ".fastlane/spaceship/x/cookie"
    (home / ".spaceship").mkdir()
    assert cookie_path("x", places(tmp_path)) == home / ".spaceship/x/cookie"
    (home / ".fastlane").mkdir()
    assert cookie_path("x", places(tmp_path)) == home / ".fastlane/spaceship/x/cookie"


@pytest.mark.parametrize("account", ["../../etc", "a/b", "", ".", "..", "a\0b", "a\nb"])
def test_an_apple_id_never_leads_out_of_the_folder(account: str, tmp_path: Path) -> None:
    with pytest.raises(SessionTextError) as caught:
        cookie_path(account, places(tmp_path))
    assert caught.value.code == "account_malformed"


def test_the_accounts_that_fastlane_has_files_for(tmp_path: Path) -> None:
    found = places(tmp_path)
    assert accounts_with_cookies(found) == []
    for account in ("b@example.com", "a@example.com"):
        write_cookie_file(session().cookies, cookie_path(account, found))
    assert accounts_with_cookies(found) == ["a@example.com", "b@example.com"]


# Reading and writing


def test_all_cookies_are_written_for_the_owner_only(tmp_path: Path) -> None:
    given = (*session().cookies, Cookie("itctx", "eyJ", "apple.com"), Cookie("site", "US", "apple.com"))
    path = tmp_path / "a" / "b" / "cookie"
    before = os.umask(0)
    try:
        write_cookie_file(given, path)
    finally:
        os.umask(before)
    assert read_cookie_file(path) == given
    assert mode(path) == 0o600
    assert (mode(path.parent), mode(path.parent.parent)) == (0o700, 0o700)
    assert [each.name for each in path.parent.iterdir()] == ["cookie"]


def test_fastlanes_own_mode_is_good_enough(tmp_path: Path) -> None:
    path = kept(tmp_path)
    path.chmod(0o664)
    assert read_cookie_file(path) == session().cookies


def test_no_file_is_none(tmp_path: Path) -> None:
    assert read_cookie_file(tmp_path / "cookie") is None
    assert read_cookie_file(kept(tmp_path) / "cookie") is None


@as_root
def test_the_file_of_another_user_is_not_read(tmp_path: Path) -> None:
    path = kept(tmp_path)
    os.chown(path, NOBODY, NOBODY)
    with pytest.raises(SessionFileError) as caught:
        read_cookie_file(path)
    assert caught.value.code == "session_file_foreign"
    assert "another user (nobody)" in caught.value.message
    assert CANARY not in all_text_of(caught.value)


@pytest.mark.parametrize(("bits", "strict"), [(0o602, False), (0o777, False), (0o640, True), (0o604, True)])
def test_a_file_that_others_can_change_or_read_is_not_used(bits: int, strict: bool, tmp_path: Path) -> None:
    path = kept(tmp_path)
    path.chmod(bits)
    with pytest.raises(SessionFileError) as caught:
        read_owned(path, largest=10_000, strict=strict)
    assert caught.value.code == "session_file_open"
    assert f"chmod 600 '{path}'" in str(caught.value.hint)


def test_what_is_no_file_holds_nobody_up(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo", 0o600)
    (tmp_path / "folder").mkdir()
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    for name in ("fifo", "folder", "circle"):
        with pytest.raises(SessionFileError):
            read_cookie_file(tmp_path / name)


def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    path = kept(tmp_path)
    os.truncate(path, 10**9)
    with pytest.raises(SessionFileError, match="too large"):
        read_cookie_file(path)


def test_a_file_that_is_no_text_or_is_cut_is_an_error_that_says_so(tmp_path: Path) -> None:
    path = kept(tmp_path)
    whole = path.read_bytes()
    path.write_bytes(b"\xff\xfe" + whole)
    with pytest.raises(SessionTextError, match="is not a text"):
        read_cookie_file(path)
    path.write_bytes(whole[: whole.index(b"secure") - 20])
    with pytest.raises(SessionTextError) as caught:
        read_cookie_file(path)
    assert caught.value.code == "session_cut"


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = kept(tmp_path)
    before = path.read_bytes()

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(SessionFileError, match="cannot be written: No space left on device"):
        write_private(path, b"new")
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SessionFileError, match="cannot be written"):
        write_private(kept(tmp_path) / "below" / "cookie", b"x")


# Our own format


@given(
    st.lists(cookies, max_size=5),
    st.floats(min_value=1e9, max_value=4e9),
    st.none() | st.integers(min_value=1),
    st.none() | st.text(max_size=10),
)
def test_any_session_comes_back(
    given: list[Cookie], made_at: float, provider_id: int | None, team_id: str | None
) -> None:
    whole = AppleSession(ACCOUNT, tuple(given), made_at, "mini", provider_id, team_id, source="x")
    text = session_json(whole)
    assert "\n" not in text
    assert parse_session_json(text, "x") == whole


def changed(**members: Any) -> str:
    return json.dumps(json.loads(session_json(session())) | members)


SHORT = {
    "name": "a",
    "value": "b",
    "domain": "c",
    "path": "/",
    "for_domain": True,
    "secure": True,
    "httponly": True,
}
BROKEN = {
    "cut": (session_json(session())[:300], "session_cut"),
    "another format": ('{"cookies": []}', "session_json"),
    "newer": (changed(version=2), "session_newer"),
    "no cookies": (changed(cookies=None), "session_malformed"),
    "cookies of another kind": (changed(cookies=["canary"]), "session_malformed"),
    "a cookie with a header in it": (
        changed(cookies=[json.loads(session_json(session()))["cookies"][0] | {"value": "a\r\ncanary: 1"}]),
        "session_malformed",
    ),
    "too many": (changed(cookies=[SHORT] * 501), "session_malformed"),
    "no account": (changed(account=None), "session_malformed"),
    "a time that is none": (changed(made_at="canary"), "session_malformed"),
    "a number as time": (changed(made_at=5), "session_malformed"),
    "a team of another kind": (changed(provider_id="canary"), "session_malformed"),
    "huge": ('{"canary": "' + "x" * 200_000, "session_too_large"),
    "deep": ('{"a": ' + "[" * 100_000, "session_cut"),
}


@pytest.mark.parametrize(("text", "code"), BROKEN.values(), ids=BROKEN)
def test_what_is_no_session_is_an_error_that_says_so(text: str, code: str) -> None:
    with pytest.raises(SessionTextError) as caught:
        read_any(text, account=ACCOUNT, source="session.json")
    assert caught.value.code == code
    assert "canary" not in all_text_of(caught.value)


def test_what_a_newer_lane_adds_is_left_out() -> None:
    assert len(read_any(changed(cookies=[SHORT] * 500), account=None, source="x").cookies) == 500
    assert read_any(changed(note="x"), account=None, source="x").cookies == session().cookies


@pytest.mark.parametrize(
    "text",
    [
        session_json(session()),
        "\ufeff " + session_json(session()),
        fastlane_session(session()),
        f"export FASTLANE_SESSION='{fastlane_session(session())}'",
        cookies_yaml(session().cookies),
    ],
)
def test_any_format_is_imported(text: str) -> None:
    found = read_any(text, account="JANE@example.com ", source="x")
    assert found.cookies == session().cookies
    assert found.account.strip().lower() == ACCOUNT


def test_a_session_of_another_apple_id_is_refused() -> None:
    with pytest.raises(SessionTextError) as caught:
        read_any(session_json(session()), account="john@example.com", source="x")
    assert caught.value.code == "session_other_account"
    assert caught.value.message == "x holds a session of j…e@example.com, not of j…n@example.com."


def test_fastlanes_format_needs_to_be_told_whose_it_is() -> None:
    with pytest.raises(SessionTextError) as caught:
        read_any(fastlane_session(session()), account=None, source="x")
    assert caught.value.code == "account_needed"


def test_a_session_from_fastlane_was_made_when_its_login_was() -> None:
    later = trust(created_at=2e9)
    found = read_any(cookies_yaml([later, login(created_at=1.5e9)]), account=ACCOUNT, source="x")
    assert found.made_at == 1.5e9
    assert read_any(cookies_yaml([login(created_at=None)]), account=ACCOUNT, source="x").made_at == 0.0


@pytest.mark.parametrize(
    ("account", "shown"),
    [
        ("jane@example.com", "j…e@example.com"),
        ("jo@example.com", "j…@example.com"),
        ("j@example.com", "…@example.com"),
        ("@example.com", "…@example.com"),
        ("a@b@example.com", "a…b@example.com"),
        ("+4915112345678", "+…8"),
        (" jane@example.com\n", "j…e@example.com"),
        ("", "…"),
    ],
)
def test_an_apple_id_is_masked(account: str, shown: str) -> None:
    assert masked(account) == shown
