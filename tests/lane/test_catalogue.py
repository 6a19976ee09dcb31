"""Actions of installed packages: what an entry point can bring, and that only what is asked for is loaded."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from project import Project

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

ENTRY_POINTS = """
    [lane.actions]
    greet = acme_lane._greet:greet
    upload = acme_lane._greet:upload
    gone = acme_lane._nowhere:gone
    number = acme_lane._greet:NUMBER
"""
GREET = """
    from lane import Context, action

    NUMBER = 7

    @action
    def greet(ctx: Context) -> None:
        \"\"\"Greet.\"\"\"

    @action
    def upload(ctx: Context) -> None:
        \"\"\"Upload elsewhere.\"\"\"
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project beside a folder of packages, in which another package brings actions."""
    packages = Project(tmp_path / "packages")
    packages.write("acme_lane/__init__.py", "")
    packages.write("acme_lane/_greet.py", GREET)
    packages.write(
        "acme_lane-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: acme-lane\nVersion: 1.0\n"
    )
    packages.write("acme_lane-1.0.dist-info/entry_points.txt", ENTRY_POINTS)
    made = Project(tmp_path / "app")
    made.write("Lanefile.py", "")
    return made


def _lane(project: Project, *arguments: str) -> subprocess.CompletedProcess[str]:
    return project.lane(*arguments, PYTHONPATH=str(project.folder.parent / "packages"))


def test_another_package_brings_actions(project: Project) -> None:
    row = json.loads(_lane(project, "action", "greet", "--json").stdout)
    assert (row["origin"], row["import"]) == ("acme_lane", "from acme_lane import greet")


def test_what_a_package_names_wrongly_is_told_and_hides_nothing(project: Project) -> None:
    done = _lane(project, "actions")
    assert done.returncode == 2
    assert "greet" in done.stdout
    assert "The action gone of acme_lane cannot be imported: ModuleNotFoundError" in done.stderr
    assert "The entry point number of acme_lane is neither an action nor a lane, but 7." in done.stderr


def test_one_action_is_described_though_others_are_broken(project: Project) -> None:
    done = _lane(project, "action", "sh")
    assert (done.returncode, done.stderr) == (0, "")
    broken = _lane(project, "action", "gone")
    assert broken.returncode == 2
    assert "cannot be imported" in broken.stderr


def test_the_projects_own_come_first(project: Project) -> None:
    project.write("actions/mine.py", GREET)
    row = json.loads(_lane(project, "action", "upload", "--json").stdout)
    assert row["origin"] == "actions/mine.py"
    rows = json.loads(_lane(project, "actions", "--json").stdout)["actions"]
    assert [one["origin"] for one in rows if one["name"] in {"upload", "greet"}] == ["actions/mine.py"] * 2
