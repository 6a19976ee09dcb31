"""Writes cookies as fastlane does: YAML of Ruby objects, in a file or on one line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .moment import Moment, moment_text
from .ruby_reader import TAG
from .session import CREDENTIAL, TRUST

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

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
    return one_line(cookies_yaml(_carried(session)))


def unbroken_session(session: AppleSession) -> str:
    """The same value without a blank or a real line feed in it: GitLab masks no other (its `Ci::Maskable`).

    In YAML's flow style line feeds part what blanks would; fastlane makes them of the pairs that stand for them.
    """
    return one_line("---\n[" + ",\n".join(map(_flow, _carried(session))) + "]\n")


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


def _flow(cookie: Cookie) -> str:
    fields = {
        "name": _unbroken(cookie.name),
        "value": _unbroken(cookie.value),
        "domain": _unbroken(cookie.domain.removeprefix(".")),
        "for_domain": _boolean(cookie.for_domain),
        "path": _unbroken(cookie.path),
        "secure": _boolean(cookie.secure),
        "httponly": _boolean(cookie.httponly),
        "expires": _zulu(None if cookie.max_age is not None else cookie.expires),
        "max_age": "null" if cookie.max_age is None else str(cookie.max_age),
        "created_at": _zulu(cookie.created_at),
        "accessed_at": _zulu(cookie.accessed_at),
    }
    pairs = ",".join(f'"{name}":{value}' for name, value in fields.items())
    return f"{TAG}\n{{{pairs}}}"


def _unbroken(text: str) -> str:
    return _quoted(text).replace(" ", r"\x20")


def _zulu(seconds: float | None) -> str:
    """A time as `2026-11-24T05:56:05.811830762Z`."""
    if seconds is None:
        return "null"
    return moment_text(seconds).removesuffix(" +00:00").replace(" ", "T") + "Z"


def _carried(session: AppleSession) -> Iterator[Cookie]:
    return filter(_is_carried, session.cookies)


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
