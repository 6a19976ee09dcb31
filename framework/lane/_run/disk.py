"""What an error of the file system means in words, and what to do."""

from __future__ import annotations

import errno

_HINTS = {
    errno.ENOSPC: "The disk is full: free some space.",
    errno.EDQUOT: "Your share of the disk is used up: free some space.",
    errno.EROFS: "That place is read-only: choose a folder that can be written.",
    errno.EACCES: "Mend the rights of the file and of its folder, or choose another place.",
    errno.EPERM: "Mend the rights of the file and of its folder, or choose another place.",
    errno.ENOENT: "Check the path; relative ones start in the Lanefile's folder.",
    errno.ENOTDIR: "A part of that path is a file: check it.",
    errno.EISDIR: "That is a folder, and a file is needed: check the path.",
}


def disk_problem(error: BaseException) -> tuple[str, str] | None:
    """A message that names the file, and a hint; None for an error of another kind."""
    if not isinstance(error, OSError) or error.errno is None:
        return None
    hint = _HINTS.get(error.errno)
    if hint is None:
        return None
    names = [str(name) for name in (error.filename, error.filename2) if name is not None]
    return f"{error.strerror}{': ' if names else ''}{' → '.join(names)}.", hint
