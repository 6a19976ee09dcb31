"""Our sessions in Ruby's own hands, and Ruby's in ours: http-cookie is what fastlane reads and writes them with."""

from __future__ import annotations

import json
import random
import re
import shutil
import string
import subprocess
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from session_harness import login, session, trust, write_cookie_file

from lane_apple._session.cookie import Cookie
from lane_apple._session.fastlane_file import read_cookie_file
from lane_apple._session.moment import Moment
from lane_apple._session.own_format import fastlane_text_session
from lane_apple._session.ruby_reader import read_cookies
from lane_apple._session.ruby_writer import cookies_yaml, fastlane_session, one_line, unbroken_session

if TYPE_CHECKING:
    from collections.abc import Callable

SCRIPT = Path(__file__).with_name("http_cookie.rb")
START = 2_000_000_000 * 10**9  # nanoseconds: not over yet, so that Ruby's jar keeps what ends by a time


@pytest.fixture(scope="session")
def ruby() -> Callable[..., str]:
    """Runs the script; its output."""
    found = shutil.which("ruby")
    if found is None:
        pytest.skip("needs ruby and its http-cookie: apt-get install ruby ruby-http-cookie")
    if subprocess.run([found, "-rhttp-cookie", "-e", ""], capture_output=True, check=False).returncode:
        pytest.skip("needs Ruby's http-cookie: gem install http-cookie")

    def run(*words: str, given: str = "", **environment: str) -> str:
        done = subprocess.run(
            [found, str(SCRIPT), *words],
            input=given,
            capture_output=True,
            text=True,
            check=False,
            env={"TZ": "UTC", "LANG": "C.UTF-8", "PATH": "/usr/bin:/bin", **environment},
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def plain(cookie: Cookie) -> dict[str, Any]:
    """A cookie as the script says it: times in nanoseconds."""
    values = asdict(cookie)
    for name in ("expires", "created_at", "accessed_at"):
        if isinstance(values[name], Moment):
            values[name] = values[name].nanoseconds
    return values


def several(count: int, values: Callable[[random.Random], str]) -> list[Cookie]:
    """Cookies as Apple's are, each of its own name."""
    chance = random.Random(count)
    found = []
    for number in range(count):
        made = Moment.at(START + chance.randrange(10**18))
        seen = made if chance.random() < 0.5 else Moment.at(made.nanoseconds + chance.randrange(1, 10**12))
        aged = chance.random() < 0.4
        ends = None if aged or chance.random() < 0.5 else Moment.at(made.nanoseconds + 10**18)
        found.append(
            Cookie(
                name=f"{chance.choice(['DES', 'myacinfo', 'itctx'])}{number:03}",
                value=values(chance),
                domain=chance.choice(["apple.com", "idmsa.apple.com", "appstoreconnect.apple.com"]),
                for_domain=chance.random() < 0.5,
                path=chance.choice(["/", "/appleauth", "/iris/v1"]),
                secure=chance.random() < 0.5,
                httponly=chance.random() < 0.5,
                expires=ends,
                max_age=chance.randrange(10**9, 10**10) if aged else None,
                created_at=made,
                accessed_at=seen,
            )
        )
    return found


def like_apples(chance: random.Random) -> str:
    letters = string.ascii_letters
    rest = letters + string.digits + "+/=._%-"
    return chance.choice(letters) + "".join(chance.choices(rest, k=chance.randrange(1, 400)))


def odd(chance: random.Random) -> str:
    words = [
        "true",
        "No",
        "~",
        "null",
        "0",
        "-1",
        "0x1f",
        "2026-01-01",
        "12:30:45",
        "1e3",
        ".5",
        "=",
        "<<",
        "'",
        "it's",
    ]
    letters = string.ascii_letters + string.digits + string.punctuation.replace(";", "") + " "
    return (
        chance.choice(words)
        if chance.random() < 0.3
        else "".join(chance.choices(letters, k=chance.randrange(30)))
    )


def test_our_yaml_is_rubys_byte_by_byte(ruby: Callable[..., str]) -> None:
    made = several(200, like_apples)
    theirs = ruby("dump", given=json.dumps([plain(cookie) for cookie in made]))
    assert read_cookies(theirs, "Ruby's") == tuple(made)
    assert theirs == cookies_yaml(made)


def test_rubys_jar_reads_our_file(ruby: Callable[..., str], tmp_path: Path) -> None:
    for values in (like_apples, odd):
        made = several(90, values)  # the jar keeps 50 for a domain
        path = tmp_path / "cookie"
        write_cookie_file(made, path)
        theirs = json.loads(ruby("load", str(path)))
        assert sorted(theirs, key=_name) == sorted(map(plain, made), key=_name)


def test_we_read_what_rubys_jar_saves(ruby: Callable[..., str], tmp_path: Path) -> None:
    for values in (like_apples, odd):
        made = several(80, values)
        path = tmp_path / "cookie"
        ruby("save", str(path), given=json.dumps([plain(cookie) for cookie in made]))
        found = read_cookie_file(path)
        assert found is not None
        assert sorted(map(plain, found), key=_name) == sorted(map(plain, made), key=_name)
        if values is like_apples:
            assert cookies_yaml(found) == path.read_text()  # in the jar's order, not one byte is another


def test_fastlane_reads_our_variable(ruby: Callable[..., str]) -> None:
    made = Moment.at(START)
    for value in ("DAWTKNplain==", "0123456789", "a\\nb", "it's", 'x"y', "true", "-1"):
        given = session(login(value, created_at=made), trust(created_at=made))
        theirs = json.loads(ruby("env", FASTLANE_SESSION=fastlane_session(given)))
        assert sorted(theirs, key=_name) == sorted(map(plain, given.cookies), key=_name)


def test_fastlane_reads_our_variable_without_blanks(ruby: Callable[..., str]) -> None:
    made = Moment.at(START)
    for value in ("DAWTKNplain==", "a b c", "a\\nb", "it's", 'x"y', "true", "-1", "é, {#}: [&1]"):
        given = session(
            login(value, created_at=made),
            trust(created_at=made),
            Cookie("dqsid", "x", "apple.com", for_domain=False, path="/a b", secure=False, created_at=made),
        )
        text = unbroken_session(given)
        assert re.fullmatch(r"\S{8,}", text)  # GitLab's Ci::Maskable::MASK_AND_RAW_REGEX
        theirs = json.loads(ruby("env", FASTLANE_SESSION=text))
        assert sorted(theirs, key=_name) == sorted(map(plain, given.cookies), key=_name)
        assert fastlane_text_session(text, account="", source="x").cookies == given.cookies


def test_we_read_what_fastlane_exports(ruby: Callable[..., str]) -> None:
    made = [
        *several(3, like_apples),
        Cookie("myacinfo", "0123456789", "apple.com", created_at=Moment.at(START)),
    ]
    theirs = one_line(ruby("dump", given=json.dumps([plain(cookie) for cookie in made])))
    found = fastlane_text_session(f"export FASTLANE_SESSION='{theirs}'", account="", source="x")
    assert [cookie.value for cookie in found.cookies] == [cookie.value for cookie in made]


@pytest.mark.parametrize("zone", ["Asia/Kolkata", "America/St_Johns", "Australia/Sydney"])
def test_times_of_other_zones_are_the_same_times(ruby: Callable[..., str], zone: str) -> None:
    made = several(20, like_apples)
    theirs = ruby("dump", given=json.dumps([plain(cookie) for cookie in made]), TZ=zone)
    assert " +00:00" not in theirs
    assert read_cookies(theirs, "Ruby's") == tuple(made)


def _name(values: dict[str, Any]) -> str:
    return str(values["name"])
