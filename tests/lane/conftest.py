"""Fixtures of the tests of `lane run` and of hand-offs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from handing import Places
from project import Project
from run_command import LANEFILE, Here

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project with lanes of many kinds."""
    made = Project(tmp_path / "a project")
    made.write("Lanefile.py", LANEFILE)
    return made


@pytest.fixture
def here(project: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Here:
    """Run `lane` in the project, in this process."""
    return Here(project, monkeypatch, capsys)


@pytest.fixture
def places(tmp_path: Path) -> Places:
    """A project to check out, for the tests of hand-offs."""
    return Places(tmp_path)
