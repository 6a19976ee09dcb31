"""Folders of a repository as scripts name them: from where they are, from the root, from the script itself."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = "@root"  # begins a path from the repository's root, whatever folder it is taken from

_ROOTS = re.compile(
    r"\$\{?(?:CI_PROJECT_DIR|GITHUB_WORKSPACE|BUILDKITE_BUILD_CHECKOUT_PATH)\}?|\$\{\{\s*github\.workspace\s*\}\}"
    r"|\$\(git rev-parse --show-toplevel\)"
)
_OWN = r"\$\(\s*dirname\s+(?:--\s+)?\"?\$\{?(?:0|BASH_SOURCE(?:\[0\])?)\}?\"?\s*\)"
_HERE = re.compile(rf"\$\(\s*cd\s+(?:--\s+)?\"?{_OWN}\"?\s*(?:&&|;)\s*pwd(?:\s+-P)?\s*\)|{_OWN}")
_NAME = re.compile(r"\$\{?([A-Za-z_]\w*)\}?")


def located(word: str, here: str | None, variables: Mapping[str, str | None]) -> str:
    """A word with what is known of folders put in; `here` is that of the script, None where it is in no file."""
    word = _ROOTS.sub(ROOT, word)
    if here is not None:
        word = _HERE.sub(f"{ROOT}/{here}".rstrip("/"), word)
    return _NAME.sub(lambda name: variables.get(name[1]) or name[0], word).replace('"', "")


def plain(word: str) -> bool:
    """Whether a word is what it says: nothing is put in by a shell or a CI system."""
    return not re.search(r"[$`]|\{\{|<<", word)


def joined(folder: str | None, further: str | None) -> str | None:
    """A folder below another; `` is where one is. None where it leads out, is not known, or is a machine's own."""
    if folder is None or further is None or further.startswith(("/", "~")):
        return None
    way = PurePosixPath(further) if further.startswith(ROOT) else PurePosixPath(folder, further)
    parts: list[str] = []
    for part in way.parts:
        if part != "..":
            parts.append(part)
        elif not parts or parts == [ROOT]:
            return None
        else:
            parts.pop()
    return "/".join(parts)


def from_root(folder: str | None) -> str | None:
    """A folder without the mark of the root."""
    return None if folder is None else folder.removeprefix(ROOT).lstrip("/")
