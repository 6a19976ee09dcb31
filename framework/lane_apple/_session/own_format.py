"""Our own format of a session: JSON with a version, for export, import and the store."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from .cookie import Cookie
from .errors import SessionTextError
from .masking import masked
from .moment import moment_text, parse_moment
from .ruby_text import check_size, unwrapped
from .session import AppleSession

if TYPE_CHECKING:
    from collections.abc import Mapping

FORMAT = "lane-session"
VERSION = 1
_MOST = 500  # cookies
_KEPT_AS_IT_IS = ("name", "value", "domain", "for_domain", "path", "secure", "httponly", "max_age")
_TIMES = ("expires", "created_at", "accessed_at")


def session_json(session: AppleSession) -> str:
    """A session as JSON on one line. It holds secrets: put it where nobody else can read it."""
    document = {
        "format": FORMAT,
        "version": VERSION,
        "account": session.account,
        "made_at": moment_text(session.made_at),
        "made_on": session.made_on,
        "provider_id": session.provider_id,
        "team_id": session.team_id,
        "cookies": [_plain(cookie) for cookie in session.cookies],
    }
    return json.dumps(document, ensure_ascii=False)


def parse_session_json(text: str, source: str) -> AppleSession:
    """The session in JSON that `session_json` made; unknown members are left out. Raises SessionTextError."""
    check_size(text, source)
    document = _document(text, source)
    if document.get("format") != FORMAT:
        raise SessionTextError(
            f"{source} is JSON, but no session of lane's.",
            hint="fastlane's sessions are YAML. `lane auth export` writes both.",
            code="session_json",
        )
    if document.get("version") != VERSION:
        raise SessionTextError(
            f"{source} was written by a newer lane: version {document.get('version')!r:.20} of its format.",
            hint="Update lane on this machine.",
            code="session_newer",
        )
    try:
        session = _session(document, source)
    except (KeyError, TypeError, ValueError, OverflowError):
        session = None
    if session is None:
        raise SessionTextError(f"{source} lacks something that a session has.", hint="Export it again.")
    return session


def read_any(text: str, *, account: str | None, made_on: str = "", source: str) -> AppleSession:
    """A session in our format or in fastlane's, as `lane auth import` takes it.

    fastlane's does not say whose it is, so that `account` is needed. Raises SessionTextError, also where it is the
    session of another Apple ID, or one that nobody is signed in with.
    """
    check_size(text, source)
    if text.lstrip("\ufeff \t\r\n").startswith("{"):
        session = parse_session_json(text.lstrip("\ufeff"), source)
    else:
        session = fastlane_text_session(text, account=account or "", made_on=made_on, source=source)
    if account and session.account.strip().lower() != account.strip().lower():
        raise SessionTextError(
            f"{source} holds a session of {masked(session.account)}, not of {masked(account)}.",
            hint="Name the other Apple ID, or sign in with this one.",
            code="session_other_account",
        )
    if not session.account:
        raise SessionTextError(
            f"{source} does not say whose session it is: fastlane's format has no place for that.",
            hint="Name the Apple ID, or set FASTLANE_USER.",
            code="account_needed",
        )
    return session


def fastlane_text_session(text: str, *, account: str, made_on: str = "", source: str) -> AppleSession:
    """The session in a value of FASTLANE_SESSION, in any of its forms. Raises SessionTextError."""
    from .ruby_reader import read_cookies

    cookies = read_cookies(unwrapped(text, source), source)
    if not cookies:
        raise SessionTextError(
            f"{source} is empty: it has no cookies.",
            hint="Make a session with `lane auth login`, or with `fastlane spaceauth`.",
            code="session_empty",
        )
    session = session_of(cookies, account=account, made_on=made_on, source=source)
    if not session.signed_in:
        raise SessionTextError(
            f"{source} has no cookie myacinfo, which is what opens Apple's doors.",
            hint="Copy the whole value, or make a new one with `lane auth login`.",
            code="session_without_login",
        )
    return session


def session_of(
    cookies: tuple[Cookie, ...], *, account: str, made_on: str = "", source: str = ""
) -> AppleSession:
    """A session out of fastlane's cookies. It was made when its first cookie was; 0: they do not tell."""
    sealed = [cookie for cookie in cookies if cookie.name.startswith("myacinfo")] or list(cookies)
    times = [cookie.created_at for cookie in sealed if cookie.created_at is not None]
    return AppleSession(account, cookies, made_at=min(times, default=0.0), made_on=made_on, source=source)


def _document(text: str, source: str) -> Mapping[str, Any]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise SessionTextError(
            f"{source} is no JSON of a session.", hint="Is it cut? Export it again.", code="session_cut"
        )
    return document


def _session(document: Mapping[str, Any], source: str) -> AppleSession | None:
    entries = document["cookies"]
    if not isinstance(entries, list) or len(entries) > _MOST:
        return None
    cookies = tuple(_cookie(entry) for entry in entries)
    if any(cookie.flaw for cookie in cookies):
        return None
    return AppleSession(
        account=_text(document["account"]),
        cookies=cookies,
        made_at=parse_moment(_text(document["made_at"])),
        made_on=_text(document["made_on"]),
        provider_id=_whole(document.get("provider_id")),
        team_id=None if document.get("team_id") is None else _text(document["team_id"]),
        source=source,
    )


def _plain(cookie: Cookie) -> dict[str, Any]:
    values: dict[str, Any] = {name: getattr(cookie, name) for name in _KEPT_AS_IT_IS}
    for name in _TIMES:
        seconds = getattr(cookie, name)
        values[name] = None if seconds is None else moment_text(seconds)
    return values


def _cookie(entry: Mapping[str, Any]) -> Cookie:
    return Cookie(
        name=_text(entry["name"]),
        value=_text(entry["value"]),
        domain=_text(entry["domain"]),
        path=_text(entry["path"]),
        for_domain=entry["for_domain"] is True,
        secure=entry["secure"] is True,
        httponly=entry["httponly"] is True,
        expires=_time(entry.get("expires")),
        max_age=_whole(entry.get("max_age")),
        created_at=_time(entry.get("created_at")),
        accessed_at=_time(entry.get("accessed_at")),
    )


def _time(value: object) -> float | None:
    return None if value is None else parse_moment(_text(value))


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("a text is needed")
    return value


def _whole(value: object) -> int | None:
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    raise TypeError("a whole number is needed")
