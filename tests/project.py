"""A project in a folder, and the command `lane` run in it as a user runs it."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from textwrap import dedent
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

# What would make a test depend on who runs it: a store, a CI system, the caller's own options.
_FOREIGN = ("LANE_", "GITHUB_", "APP_STORE_CONNECT_", "FASTLANE_", "PYTEST_")


def variables() -> dict[str, str]:
    """This process's variables, without those that would make a test depend on who runs it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)}
    kept.pop("CI", None)
    return kept


_variables = variables  # the methods below have an argument of that name


@dataclass(frozen=True)
class Project:
    """A folder with a Lanefile. `write()` adds files, `lane()` runs the command there."""

    folder: Path

    def write(self, name: str, text: str) -> Path:
        """Write a file; its text is dedented."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text).lstrip("\n"), encoding="utf-8")
        return path

    def lane(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run `lane` with these arguments; its exit code and texts."""
        return self.python("-m", "lane", *arguments, **variables)

    def python(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run this interpreter in the folder."""
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=self.folder,
            env={**_variables(), **variables},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
