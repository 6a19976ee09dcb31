"""Writes files of CI systems for tests, and reads what they run."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING

from lane import read_ci

if TYPE_CHECKING:
    from pathlib import Path

    from lane import CiCall, CiReading


def written(folder: Path, files: dict[str, str]) -> CiReading:
    """What is read of a repository with these files, by path; their texts are dedented."""
    (folder / ".git").mkdir(exist_ok=True)
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text).lstrip("\n"), encoding="utf-8")
    return read_ci(folder)


def when(call: CiCall) -> list[str]:
    """When a command runs, in plain words."""
    return [start.text for start in call.starts]


def told(reading: CiReading) -> dict[str, list[str]]:
    """When each command runs, by the command."""
    return {call.command: when(call) for call in reading.calls}
