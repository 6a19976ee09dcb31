"""Names of files that mean the same on every system, and lead nowhere."""

from __future__ import annotations

import re

from lane._errors import UsageError

_LONGEST_NAME = 255  # bytes, of one part of a path
_ILLEGAL = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]')
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?")


class HandOffError(UsageError):
    """A hand-off cannot be made or taken; nothing was run by it."""

    code = "handoff"


def portable(name: str) -> str:
    """A name of a file or folder that means the same everywhere, and leads nowhere. Raises ValueError."""
    if name in {"", ".", ".."} or _ILLEGAL.search(name) or name[-1] in ". " or _RESERVED.fullmatch(name):
        raise ValueError(f"{name!r} is no name that every system takes")
    try:
        long = len(name.encode()) > _LONGEST_NAME
    except UnicodeEncodeError:
        raise ValueError(f"{name!r} is no text") from None
    if long:
        raise ValueError(f"{name[:40]!r}… is too long for a name")
    return name


def portable_path(path: str) -> str:
    """A relative path below some folder, of portable names. Raises ValueError."""
    for name in path.split("/"):
        portable(name)
    return path
