"""Fixtures of the tests of `lane run`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
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
