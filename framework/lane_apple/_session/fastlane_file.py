"""fastlane's file of cookies: where it is, and what is in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .errors import SessionTextError
from .private_file import read_owned
from .ruby_text import LARGEST

if TYPE_CHECKING:
    from pathlib import Path

    from .cookie import Cookie
    from .places import Places

_LARGEST_FILE = 4 * LARGEST  # bytes: a character has four at most


def cookie_path(account: str, places: Places) -> Path:
    """The file of one Apple ID. Raises SessionTextError for a name that would lead out of the folder."""
    if not is_plain_name(account):
        raise SessionTextError(
            "This is no Apple ID: it has a slash or a character that cannot be seen.",
            code="account_malformed",
        )
    return places.cookies / account / "cookie"


def accounts_with_cookies(places: Places) -> list[str]:
    """The Apple IDs that fastlane has a file for, sorted."""
    try:
        return sorted(file.parent.name for file in places.cookies.glob("*/cookie"))
    except OSError:
        return []


def read_cookie_file(path: Path) -> tuple[Cookie, ...] | None:
    """The cookies in a file of this user; None where there is none.

    Raises SessionFileError for a file of another user, SessionTextError for one that cannot be understood.
    """
    content = read_owned(path, largest=_LARGEST_FILE, strict=False)
    if content is None:
        return None
    from .ruby_reader import read_cookies

    try:
        text = content.decode()
    except UnicodeDecodeError:
        raise SessionTextError(f"{path} is not a text.", hint="Delete it, and sign in again.") from None
    return read_cookies(text, str(path))


def is_plain_name(account: str) -> bool:
    """Whether an Apple ID can be the name of a folder."""
    return account.isprintable() and "/" not in account and account.strip(". ") != ""
