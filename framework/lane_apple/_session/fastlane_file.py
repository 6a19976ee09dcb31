"""fastlane's file of cookies: where it is, what is in it, how it is written."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import SessionTextError
from .private_file import read_owned, write_private
from .ruby_text import LARGEST

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .cookie import Cookie

FOLDER = "SPACESHIP_COOKIE_PATH"
_LARGEST_FILE = 4 * LARGEST  # bytes: a character has four at most


def cookie_folder(environment: Mapping[str, str]) -> Path:
    """The folder with one folder for each Apple ID, as fastlane chooses it (client.rb:293-307)."""
    home = _home(environment)
    if given := environment.get(FOLDER, "").strip():
        below_home = given == "~" or given.startswith("~/")
        return (home / given[2:] if below_home else Path(given).absolute()) / "spaceship"
    usual, old = home / ".fastlane/spaceship", home / ".spaceship"
    if usual.parent.is_dir() or (home.is_dir() and not old.is_dir()):
        return usual  # fastlane makes ~/.fastlane itself
    shared = (old, Path("/var/tmp/spaceship"), Path(tempfile.gettempdir()) / "spaceship")  # noqa: S108 - fastlane's
    return next(folder for folder in shared if folder.parent.is_dir())


def cookie_path(account: str, environment: Mapping[str, str]) -> Path:
    """The file of one Apple ID. Raises SessionTextError for a name that would lead out of the folder."""
    if not is_plain_name(account):
        raise SessionTextError(
            "This is no Apple ID: it has a slash or a character that cannot be seen.",
            code="account_malformed",
        )
    return cookie_folder(environment) / account / "cookie"


def accounts_with_cookies(environment: Mapping[str, str]) -> list[str]:
    """The Apple IDs that fastlane has a file for, sorted."""
    try:
        return sorted(file.parent.name for file in cookie_folder(environment).glob("*/cookie"))
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


def write_cookie_file(cookies: Iterable[Cookie], path: Path) -> None:
    """Write all cookies as fastlane does, but for its owner only. Raises SessionFileError where it cannot."""
    from .ruby_writer import cookies_yaml

    write_private(path, cookies_yaml(cookies).encode())


def is_plain_name(account: str) -> bool:
    """Whether an Apple ID can be the name of a folder."""
    return account.isprintable() and "/" not in account and account.strip(". ") != ""


def _home(environment: Mapping[str, str]) -> Path:
    home = environment.get("HOME", "").strip()
    return Path(home) if home else Path.home()
