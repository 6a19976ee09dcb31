"""`lane auth export` and `lane auth import`: a session on its way to another machine, and from one."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lane import UsageError
from lane_apple._session.life import FACE_NAMES, FACES
from lane_apple._session.masking import shown

from .one import session_here
from .when import moment, span

if TYPE_CHECKING:
    from lane_apple._session.session import AppleSession

    from .place import Place


def export_session(place: Place, account: str | None, *, form: str, output: str | None, show: bool) -> int:
    """Print a session, or write it; what there is to know goes to standard error."""
    if output is None and not show and _is_terminal():
        raise UsageError(
            "A terminal would show the session, and keep it in its scrollback: whoever has it is signed in.",
            hint="Write a file (--output FILE), send it on (lane auth export | gh secret set FASTLANE_SESSION),"
            " or print it all the same (--show).",
            code="session_shown",
        )
    unmet = place.unmet(account)
    session = session_here(unmet)
    text = _written(session, form)
    if output is None:
        click.echo(text)
    else:
        from lane_apple._session.private_file import write_private

        write_private(Path(output), f"{text}\n".encode())
    _warn(unmet, session, output)
    return 0


def _written(session: AppleSession, form: str) -> str:
    if form == "lane":
        from lane_apple._session.own_format import session_json

        return session_json(session)
    from lane_apple._session.ruby_writer import cookies_yaml, fastlane_session

    return cookies_yaml(session.cookies).rstrip("\n") if form == "cookies" else fastlane_session(session)


def _warn(place: Place, session: AppleSession, output: str | None) -> None:
    has = "Standard output has" if output is None else f"{output}, readable by you only, has"
    lines = [f"{has} the session of {shown(session.account)}: whoever has it is signed in."]
    store = place.access.store
    lines += [f"It has ended at {FACE_NAMES[face]}." for face in FACES if store.is_dead(session, face)]
    expected = store.expected_until(session)
    if expected.until is not None:
        left = span(expected.until - time.time())
        lines.append(f"It is expected to live until {moment(expected.until)} ({left}): {expected.why}.")
    if session.trust_until is not None:
        lines.append(
            f"The trust in it is bound to {session.made_on or 'the machine that made it'} and its network: elsewhere it"
            " does not save the code, and a session that has ended cannot be renewed there."
        )
    lines.append("Apple may end it sooner where it is used from another country or network.")
    for line in lines:
        click.echo(line, err=True)


def import_session(place: Place, source: str, account: str | None, *, as_json: bool) -> int:
    """Read a session, ask Apple about it, and keep it."""
    from .arrival import arrive

    text, name = _read(source)
    return arrive(place, text, name, account, as_json=as_json)


def _read(source: str) -> tuple[str, str]:
    """The text, and how messages call where it is from."""
    from lane_apple._session.errors import SessionTextError
    from lane_apple._session.private_file import read_owned
    from lane_apple._session.ruby_text import LARGEST

    if source == "-":
        if sys.stdin.isatty():
            raise UsageError(
                "Where is the session? A terminal cuts long lines, so that it cannot be pasted there.",
                hint='Name a file, or send it: echo "$FASTLANE_SESSION" | lane auth import - ACCOUNT.',
                code="session_not_given",
            )
        content: bytes | None = sys.stdin.buffer.read(4 * LARGEST + 1)
        name = "standard input"
    else:
        content, name = read_owned(Path(source), largest=4 * LARGEST, strict=False), source
    if content is None:
        raise UsageError(
            f"There is no file {source}.",
            hint=f"Is it the Apple ID? lane auth import - {source}" if "@" in source else "Check the path.",
            code="no_such_file",
        )
    try:
        return content.decode(), name
    except UnicodeDecodeError:
        raise SessionTextError(f"{name} is not a text.", hint="Export it again.") from None


def _is_terminal() -> bool:
    return sys.stdout is not None and sys.stdout.isatty()
