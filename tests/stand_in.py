"""Stand-ins for Apple's macOS tools: real executables on PATH that behave as the real ones are documented."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pytest

FOLDER = Path(__file__).resolve().parent / "stand_ins"


class StandIns:
    """The tools of a test, in a folder that comes first on PATH. What they do is told by `settings.json`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True)

    def add(self, tool: str, **settings: object) -> None:
        """Put a tool there, or change what it does."""
        script = self.folder / tool
        script.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{FOLDER}/{tool}.py" "$@"\n')
        script.chmod(0o755)
        (self.folder / f"{tool}.settings.json").write_text(json.dumps(settings))

    def calls(self, tool: str) -> list[dict[str, Any]]:
        """How a tool was called so far: `args`, and what else it noted."""
        noted = self.folder / f"{tool}.calls.jsonl"
        return [json.loads(line) for line in noted.read_text().splitlines()] if noted.exists() else []

    @property
    def path(self) -> str:
        """PATH with them in front."""
        return f"{self.folder}{os.pathsep}{os.environ['PATH']}"

    def use(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Let this process find them, and count as a Mac."""
        monkeypatch.setenv("PATH", self.path)
        monkeypatch.setenv("LANE_RUNS_ON", "macos")
        monkeypatch.setenv("STAND_INS", str(self.folder))
