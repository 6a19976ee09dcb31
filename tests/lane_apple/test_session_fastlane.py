"""fastlane's sessions: read in every form that people have them in, written byte by byte, and never trusted."""

from __future__ import annotations

import random
import re
import subprocess
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from session_harness import CANARY, NOW, all_text_of, cookies, login, session, trust

from lane_apple._session.cookie import Cookie
from lane_apple._session.errors import SessionTextError
from lane_apple._session.moment import Moment, moment_text, parse_moment
from lane_apple._session.own_format import fastlane_text_session
from lane_apple._session.ruby_reader import read_cookies
from lane_apple._session.ruby_text import LARGEST, unwrapped
from lane_apple._session.ruby_writer import cookies_yaml, fastlane_session

if TYPE_CHECKING:
    from pathlib import Path

    from lane_apple._session.session import AppleSession

WHOLE = fastlane_session(session())
TAG = "!ruby/object:HTTP::Cookie"


def read(text: str) -> AppleSession:
    return fastlane_text_session(text, account="jane@example.com", source="FASTLANE_SESSION")


def refused(text: str) -> SessionTextError:
    with pytest.raises(SessionTextError) as caught:
        read(text)
    assert caught.value.message.startswith("FASTLANE_SESSION ")
    assert caught.value.hint
    assert "canary" not in all_text_of(caught.value)
    return caught.value


def example(shared: Path, title: str) -> str:
    """An example of the reference page."""
    page = (shared / "reference/session-formats.md").read_text()
    found = re.search(rf"### 1\.\d Example {title}.*?```\w*\n(.*?)```", page, re.DOTALL)
    assert found
    return found[1]


def fields(*, without: str = "", **changes: str) -> str:
    """A cookie's YAML with some fields changed."""
    values = {
        "name": "myacinfo",
        "value": CANARY,
        "domain": "apple.com",
        "for_domain": "true",
        "path": '"/"',
        "secure": "true",
        "httponly": "true",
    } | changes
    values.pop(without, None)
    return f"---\n- {TAG}\n" + "".join(f"  {name}: {value}\n" for name, value in values.items())


# What the reference shows


def test_the_full_value_comes_back_byte_by_byte(shared: Path) -> None:
    text = example(shared, "A").strip()
    found = read(text)
    assert fastlane_session(found) == text
    names = [cookie.name for cookie in found.cookies]
    assert names == ["DES5b1c8a91c4e3f2d0a6b7", "myacinfo", "dqsid"]
    assert found.made_at == parse_moment("2026-11-24 05:56:05.811830762 +00:00")
    assert found.trust_until == (found.cookies[0].created_at or 0) + 2_592_000
    assert found.cookies[2].for_domain is False


def test_older_forms_and_other_time_zones_are_read(shared: Path) -> None:
    first, second = read(example(shared, "B")).cookies
    assert first.value == "0123456789"
    assert moment_text(first.created_at or 0) == "2026-11-19 22:10:29.242011000 +00:00"
    assert second.accessed_at == first.accessed_at  # an alias across cookies
    assert second.max_age == 2_592_000


def test_expos_form_is_read(shared: Path) -> None:
    (cookie,) = read(example(shared, "C")).cookies
    assert (cookie.name, cookie.path, cookie.expires, cookie.max_age) == ("myacinfo", "/", None, None)
    assert cookie.created_at == parse_moment("2026-11-24 05:56:05.811 Z")


def test_expos_export_line_has_single_quotes_inside(shared: Path) -> None:
    text = example(shared, "C").replace("path: /", 'path: "/"').replace('"', "'").replace("\n", "\\n")
    assert read(f"export FASTLANE_SESSION='{text}'").cookies[0].path == "/"


# The forms around the value

FORMS = {
    "as it is": WHOLE,
    "real line feeds": WHOLE.replace("\\n", "\n"),
    "mixed": WHOLE.replace("\\n", "\n", 7),
    "without the first line": WHOLE.removeprefix("---\\n"),
    "exported": f"export FASTLANE_SESSION='{WHOLE}'",
    "double quotes around it": f'FASTLANE_SESSION="{WHOLE}"',
    "by the other name": f"export SPACESHIP_SESSION='{WHOLE}'\n",
    "quoted by itself": f"'{WHOLE}'",
    "coloured": f"\x1b[0;4;32m{WHOLE}\x1b[0m",
    "exported and coloured": f"\x1b[0;32mexport FASTLANE_SESSION='{WHOLE}'\x1b[0m",
    "the whole output of spaceauth": f"---\n\nPass it on:\n\n\x1b[4m{WHOLE}\x1b[0m\n\n\nExample:\n"
    f"\x1b[32mexport FASTLANE_SESSION='{WHOLE}'\x1b[0m\n",
    "Windows line ends": WHOLE.replace("\\n", "\r\n"),
    "a byte order mark": f"\ufeff{WHOLE}",
    "blanks around it": f"\n  {WHOLE}  \n\n",
    "without the last line feed": WHOLE.removesuffix("\\n"),
    "dots before domains": WHOLE.replace("domain: apple.com", "domain: .apple.com"),
    "unknown keys": WHOLE.replace("  secure:", "  origin: here\\n  secure:"),
}


@pytest.mark.parametrize("text", FORMS.values(), ids=FORMS)
def test_every_form_gives_the_same_session(text: str) -> None:
    assert read(text).cookies == session().cookies


def test_odd_scalars_are_texts() -> None:
    for value in (
        "123",
        "true",
        "~",
        "null",
        "2026-01-01",
        "0x1f",
        "1e3",
        "'0'",
        '"-1"',
        "yes",
        "=",
        "a:b",
        "a#b",
    ):
        (cookie,) = read(fields(value=value)).cookies
        assert cookie.value == value.strip("'\"")


def test_seven_keys_are_enough_and_such_a_cookie_never_ends() -> None:
    (cookie,) = read(fields()).cookies
    assert cookie == Cookie("myacinfo", CANARY, "apple.com")
    assert cookie.until is None


# What fastlane carries, and how it is written


def test_only_what_fastlane_carries_goes_into_the_variable() -> None:
    others = [Cookie(name, f"value-of-{name}", "apple.com") for name in ("itctx", "aasp", "dslang", "dqsid2")]
    carried = [login(), trust(), Cookie("dqsid", "eyJ.eyJ.x", "appstoreconnect.apple.com", for_domain=False)]
    carried.append(Cookie("myacinfo-uat", "DAWTKNother", "apple.com"))
    made = session(*carried, *others)
    assert list(read(fastlane_session(made)).cookies) == carried
    assert read_cookies(cookies_yaml(made.cookies), "x") == made.cookies


def test_the_eleven_keys_in_their_order() -> None:
    made = Moment.at(1_795_499_765_000_000_001)
    cookie = Cookie("myacinfo", "DAW=+/", ".apple.com", created_at=made, accessed_at=made)
    aged = Cookie(
        "DES1", "true", "idmsa.apple.com", expires=5.0, max_age=9, created_at=made, accessed_at=made
    )
    lasting = Cookie("a", "0", "apple.com", False, "/x", False, False, 1.25, None, None, made)
    assert cookies_yaml([cookie, aged, lasting]) == (
        f"---\n- {TAG}\n"
        "  name: myacinfo\n  value: DAW=+/\n  domain: apple.com\n  for_domain: true\n"
        '  path: "/"\n  secure: true\n  httponly: true\n  expires:\n  max_age:\n'
        "  created_at: &1 2026-11-24 05:56:05.000000001 +00:00\n  accessed_at: *1\n"
        f"- {TAG}\n"
        '  name: DES1\n  value: "true"\n  domain: idmsa.apple.com\n  for_domain: true\n'
        '  path: "/"\n  secure: true\n  httponly: true\n  expires:\n  max_age: 9\n'
        "  created_at: &2 2026-11-24 05:56:05.000000001 +00:00\n  accessed_at: *2\n"
        f"- {TAG}\n"
        '  name: a\n  value: "0"\n  domain: apple.com\n  for_domain: false\n'
        '  path: "/x"\n  secure: false\n  httponly: false\n'
        "  expires: 1970-01-01 00:00:01.250000000 +00:00\n  max_age:\n"
        "  created_at:\n  accessed_at: 2026-11-24 05:56:05.000000001 +00:00\n"
    )


@given(st.lists(cookies, min_size=1, max_size=6))
def test_any_cookies_come_back_from_a_file_and_from_one_line(given: list[Cookie]) -> None:
    text = cookies_yaml(given)
    assert read_cookies(text, "a file") == tuple(given)
    assert read_cookies(unwrapped(text.replace("\n", "\\n"), "x"), "x") == tuple(given)
    assert "'" not in text


@given(st.integers(min_value=0, max_value=250_000_000_000 * 10**9))
def test_a_time_keeps_its_nanoseconds(nanoseconds: int) -> None:
    assert parse_moment(moment_text(Moment.at(nanoseconds))).nanoseconds == nanoseconds


@given(st.floats(min_value=0, max_value=2e11))
def test_a_plain_float_comes_back_the_same(seconds: float) -> None:
    assert parse_moment(moment_text(seconds)) == pytest.approx(seconds, abs=1e-9, rel=0)


def test_a_session_survives_a_shell() -> None:
    made = session(login('it\'s "quoted" $HOME `id` \\n end'))
    shell = subprocess.run(
        ["sh", "-c", f"""FASTLANE_SESSION='{fastlane_session(made)}'; printf %s "$FASTLANE_SESSION\""""],
        capture_output=True,
        text=True,
        check=True,
    )
    assert shell.stdout == fastlane_session(made)
    assert read(shell.stdout).cookies == made.cookies


# What is refused, and how


def test_cut_anywhere_it_is_whole_cookies_or_a_clear_error() -> None:
    whole = session().cookies
    outcomes = {outcome_of(WHOLE[:end], whole) for end in range(len("---\\n- "), len(WHOLE))}
    assert outcomes == {"read", "session_cut"}


@pytest.mark.parametrize("end", range(8, 200, 7))
def test_the_second_half_alone_is_no_session(end: int) -> None:
    assert refused(WHOLE[end:]).code in {"session_malformed", "session_untagged", "session_objects"}


@pytest.mark.parametrize(
    "text", ["", "  \n", "---", "--- []", "---\n", "''", "export FASTLANE_SESSION=''", "null"]
)
def test_nothing_is_an_error_that_says_so(text: str) -> None:
    error = refused(text)
    assert error.code == "session_empty"
    assert "`lane auth login`" in str(error.hint)


@pytest.mark.parametrize("text", ['[{"name": "myacinfo", "value": "canary"}]', '{"a": 1}', " \n [{}]"])
def test_json_is_an_error_that_says_so(text: str) -> None:
    assert refused(text).code == "session_json"


def test_a_list_without_tags_is_an_error_that_says_so() -> None:
    error = refused(fields().replace(f"- {TAG}\n ", "-"))
    assert error.code == "session_untagged"
    assert TAG in error.message


@pytest.mark.parametrize(
    "text",
    [
        "!!python/object/apply:os.system ['touch {made}']",
        "- !!python/object/apply:os.system ['touch {made}']",
        "- !ruby/object:Gem::Installer\n  i: x\n",
        "- !ruby/object:HTTP::Cookie2\n  name: x\n",
        "- !ruby/hash:ActionDispatch::Routing::RouteSet::NamedRouteCollection\n  'eval': 1\n",
        "--- !ruby/array:Object\n- x\n",
        "!ruby/object:HTTP::Cookie\nname: myacinfo\n",
        fields(value="!!python/object/new:os.system [canary]"),
        fields(value="!ruby/object:Object {{}}"),
        fields(value="!ruby/regexp /canary/"),
        fields(value="!!binary Y2FuYXJ5"),
        fields(created_at="!ruby/object:Time x"),
        fields() + "  origin: !ruby/object:URI::HTTPS\n    scheme: https\n",
        "%TAG ! tag:example.com,2026:\n" + fields(),
        "%TAG ! tag:yaml.org,2002:python/\n---\n- !object/apply:os.system\n  name: x\n",
    ],
)
def test_yaml_that_builds_objects_builds_nothing(text: str, tmp_path: Path) -> None:
    made = tmp_path / "made"
    assert refused(text.replace("{made}", str(made))).code == "session_objects"
    assert not made.exists()


def test_a_session_that_opens_nothing_is_an_error_that_says_so() -> None:
    error = refused(cookies_yaml([trust()]))
    assert error.code == "session_without_login"
    assert "myacinfo" in error.message


@pytest.mark.parametrize("size", [LARGEST + 1, 10_000_000])
@pytest.mark.parametrize("unit", ["x", "- ", "\x1b[", "'", "\\n", fields()])
def test_a_huge_text_is_not_looked_at(unit: str, size: int) -> None:
    assert refused((unit * (size // len(unit) + 1))[:size]).code == "session_too_large"


def laughs() -> str:
    """A billion laughs, if anybody laughed."""
    lines = ["a0: &a0 canary"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 40)]
    return "\n".join(lines)


DENSE = {
    "laughs": laughs(),
    "laughs in a cookie": fields() + "".join(f"  {line}\n" for line in laughs().splitlines()),
    "laughs by merge keys": "- &a0 {a: b}\n"
    + "".join(f"- &a{n} {{<<: [*a{n - 1}, *a{n - 1}]}}\n" for n in range(1, 40)),
    "itself": f"- &a {TAG}\n  name: *a\n",
    "deep": fields() + "  x: " + "[" * (LARGEST - 1000),
    "deep maps": f"- {TAG}\n" + "".join(f"{'  ' * depth}a:\n" for depth in range(1, 350)),
    "deep keys": f"- {TAG}\n  x: " + "? " * 60_000,
    "deep tags": f"- {TAG}\n  x: " + "{a: " * 30_000,
    "many entries": "- a\n" * 30_000,
    "many cookies": fields() + f"- {TAG}\n  name: a\n" * 3_000,
    "many anchors": fields() + "  x: " + "&a " * 40_000,
    "many documents": fields() + "---\n" * 30_000,
    "one long word": fields() + "  x: '" + "x" * 120_000,
}


@pytest.mark.parametrize("text", DENSE.values(), ids=DENSE)
def test_what_would_grow_is_refused(text: str) -> None:
    assert refused(text[:LARGEST]).code in {"session_malformed", "session_cut", "session_untagged"}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"value": '"canary\\x0d\\x0aX-Evil: 1"'}, "a value that no cookie may have"),
        ({"value": "canary; evil=1"}, "a value that no cookie may have"),
        ({"value": '"canary\\u2028"'}, "a value that no cookie may have"),
        ({"name": '"my acinfo"'}, "a name that no cookie may have"),
        ({"name": '""'}, "a name that no cookie may have"),
        ({"domain": "apple.com/evil"}, "a domain that is none"),
        ({"domain": '""'}, "a domain that is none"),
        ({"path": "evil"}, "a path that is none"),
        ({"for_domain": "canary"}, "a for_domain that cannot be read"),
        ({"max_age": "1e999"}, "a max_age that cannot be read"),
        ({"max_age": "9" * 400}, "a max_age that cannot be read"),
        ({"expires": "canary"}, "a expires that cannot be read"),
        ({"created_at": "2026-13-24"}, "a created_at that cannot be read"),
        ({"created_at": "9999-99-99 99:99:99 Z"}, "a created_at that cannot be read"),
    ],
)
def test_a_cookie_that_no_request_can_carry_is_refused(changes: dict[str, str], said: str) -> None:
    error = refused(fields(**changes) + fields().removeprefix("---\n"))
    assert error.code == "session_malformed"
    assert f"cookie 1 has {said}" in error.message


@pytest.mark.parametrize("missing", ["name", "value", "domain", "path"])
def test_a_cookie_that_lacks_something_is_named_unless_the_text_ends_there(missing: str) -> None:
    broken = fields(without=missing)
    assert f"cookie 1 has no {missing}" in refused(broken + fields().removeprefix("---\n")).message
    assert refused(fields() + broken.removeprefix("---\n")).code == "session_cut"


# Whatever comes


def mutated(text: str, random: random.Random) -> str:
    """A text with some places changed, as bytes are in the kind of fuzzing that atheris does."""
    pieces = [
        "\x00",
        "\n",
        "  ",
        "- ",
        "&1 ",
        "*1",
        "!",
        "!!python/name:os.system",
        "{",
        "[",
        ": ",
        "'",
        '"',
        "\\",
        "%",
    ]
    for _ in range(random.randint(1, 6)):
        start = random.randrange(len(text))
        end = min(len(text), start + random.choice([0, 1, 1, 2, 8, 40]))
        other = random.randrange(len(text))
        new = random.choice(
            [*pieces, text[other : other + random.randint(1, 60)], chr(random.randrange(0x11000))]
        )
        text = text[:start] + new + text[end:]
    return text


@pytest.mark.parametrize("seed", range(8))
def test_mutations_give_cookies_or_a_clear_error(seed: int) -> None:
    chance = random.Random(seed)
    whole = session(login(), trust(), Cookie("dqsid", "eyJ.canary", "appstoreconnect.apple.com"))
    value = fastlane_session(whole)
    texts = [value, cookies_yaml(whole.cookies), f"export FASTLANE_SESSION='{value}'"]
    outcomes = {outcome_of(mutated(chance.choice(texts), chance)) for _ in range(150)}
    assert len(outcomes) > 3


@given(st.text(max_size=300) | st.text("-!&*:'\"[]{}\n \\n%@`|>?,#aZ09", max_size=200))
def test_any_text_gives_cookies_or_a_clear_error(text: str) -> None:
    outcome_of(text)
    outcome_of(f"- {TAG}\n  name: {text}")


def outcome_of(text: str, whole: tuple[Cookie, ...] | None = None) -> str:
    """`read` where it gives cookies (the first of `whole`), else the error's code; both are checked."""
    found: AppleSession | SessionTextError
    try:
        found = read(text)
    except SessionTextError as error:
        found = error
    if isinstance(found, SessionTextError):
        assert "canary" not in all_text_of(found)
        return found.code
    assert found.signed_in
    for number, cookie in enumerate(found.cookies):
        assert type(cookie) is Cookie
        assert type(cookie.value) is str
        assert not cookie.flaw
        if whole is not None:
            assert (cookie.name, cookie.value, cookie.domain) == (
                whole[number].name,
                whole[number].value,
                whole[number].domain,
            )
    assert fastlane_text_session(cookies_yaml(found.cookies), account="", source="x").cookies
    return "read"


def test_no_value_is_in_a_repr() -> None:
    assert "canary" not in repr(session()) + repr(login()) + repr(read(WHOLE))
    assert str(NOW)[:8] in repr(login())


def test_the_redactor_knows_every_value_that_was_read() -> None:
    from lane._redact import redactor

    read(fields(value="DAWTKNonlyreadhere42"))
    assert (
        redactor("Cookie: myacinfo=DAWTKNonlyreadhere42; site=en_US") == "Cookie: myacinfo=****; site=en_US"
    )
