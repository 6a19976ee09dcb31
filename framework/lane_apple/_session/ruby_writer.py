"""Writes cookies as fastlane does: YAML of Ruby objects, in a file or on one line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .moment import Moment, moment_text
from .ruby_reader import TAG
from .session import CREDENTIAL, TRUST

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .cookie import Cookie
    from .session import AppleSession

_CARRIED = "dqsid"
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9+/=._%-]*")
_WORDS = {"true", "false", "yes", "no", "on", "off", "null", "y", "n"}
_BARE = re.compile(r"[\x20!#-&(-\[\]-~]")
"""Characters that stand for themselves between double quotes: not the quotes, nor what escapes."""


def fastlane_session(session: AppleSession) -> str:
    """The value of FASTLANE_SESSION: one line, fit for single quotes in a shell.

    It holds the cookies that fastlane carries (spaceauth_runner.rb:41-47): myacinfo, dqsid and those of the trust.
    """
    return one_line(cookies_yaml(cookie for cookie in session.cookies if _is_carried(cookie)))


def export_line(session: AppleSession) -> str:
    """What a shell takes: `export FASTLANE_SESSION='…'`."""
    return f"export FASTLANE_SESSION='{fastlane_session(session)}'"


def one_line(text: str) -> str:
    """A text with each line feed as the two characters that fastlane turns into one again."""
    return text.replace("\n", "\\n")


def cookies_yaml(cookies: Iterable[Cookie]) -> str:
    """The YAML with real line feeds that http-cookie writes and reads (session-formats.md, 1.2). Times are in UTC."""
    lines = ["---"]
    anchors = 0
    for cookie in cookies:
        shared = cookie.created_at is not None and _same(cookie.created_at, cookie.accessed_at)
        anchors += shared
        lines += [
            f"- {TAG}",
            f"  name: {_scalar(cookie.name)}",
            f"  value: {_scalar(cookie.value)}",
            f"  domain: {_scalar(cookie.domain.removeprefix('.'))}",
            f"  for_domain: {_boolean(cookie.for_domain)}",
            f"  path: {_quoted(cookie.path)}",
            f"  secure: {_boolean(cookie.secure)}",
            f"  httponly: {_boolean(cookie.httponly)}",
            "  expires:" + ("" if cookie.max_age is not None else _time(cookie.expires)),
            "  max_age:" + ("" if cookie.max_age is None else f" {cookie.max_age}"),
            "  created_at:" + (f" &{anchors}" if shared else "") + _time(cookie.created_at),
            "  accessed_at:" + (f" *{anchors}" if shared else _time(cookie.accessed_at)),
        ]
    return "\n".join(lines) + "\n" if len(lines) > 1 else "--- []\n"


def _is_carried(cookie: Cookie) -> bool:
    return cookie.name.startswith((CREDENTIAL, TRUST)) or cookie.name == _CARRIED


def _same(created: float, accessed: float | None) -> bool:
    """To the nanosecond, where both know theirs: then Ruby had one object for both."""
    if isinstance(created, Moment) and isinstance(accessed, Moment):
        return created.nanoseconds == accessed.nanoseconds
    return created == accessed


def _time(seconds: float | None) -> str:
    return "" if seconds is None else f" {moment_text(seconds)}"


def _boolean(value: bool) -> str:
    return "true" if value else "false"


def _scalar(text: str) -> str:
    """Plain where every reader of YAML takes it for a text, else between double quotes."""
    plain = _PLAIN.fullmatch(text) and text.lower() not in _WORDS
    return text if plain else _quoted(text)


def _quoted(text: str) -> str:
    r"""Between double quotes. Escapes are by number only: fastlane turns every `\n` into a line feed."""
    return '"' + "".join(char if _BARE.match(char) else _escaped(char) for char in text) + '"'


def _escaped(char: str) -> str:
    code = ord(char)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
