"""Commands that lead to a file of another tool, which is not looked into: `make ship`, `npm run ship`."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from .places import from_root, joined

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .repository import Repository

_FILES = {
    "make": ("Makefile", "makefile", "GNUmakefile"),
    "rake": ("Rakefile",),
    "just": ("justfile", "Justfile"),
    "task": ("Taskfile.yml", "Taskfile.yaml"),
}
_SCRIPTS = ("npm", "yarn", "pnpm", "bun")
_INTO = ("-C", "--directory", "--prefix", "--cwd")
_TOOLS = r"\b(?:fastlane|lane run)\b"


def leads_to(words: Sequence[str], folder: str | None, repository: Repository) -> str | None:
    """The file in which a command is told what to run, where that names a release tool."""
    if words[0] in {"bundle", "npx", "mise"} and len(words) > 2:
        words = words[2:] if words[1] in {"exec", "x"} else words[1:]
    name = PurePosixPath(words[0]).name
    files, wanted = _FILES.get(name, ()), _TOOLS
    if name in _SCRIPTS:
        said = [word for word in words[1:] if not word.startswith("-") and word not in {"run", "run-script"}]
        if not said or (name == "npm" and "run" not in words):
            return None
        files, wanted = ("package.json",), rf'"{re.escape(said[0])}"\s*:\s*"[^"]*{_TOOLS}'
    into = next((after for word, after in pairwise(words) if word in _INTO), "")
    place = from_root(joined(folder, into))
    paths = [] if place is None else [str(PurePosixPath(place, file)) for file in files]
    return next((path for path in paths if re.search(wanted, repository.text(path))), None)
