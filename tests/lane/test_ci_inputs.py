"""A lane's parameters as inputs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from ci_lanes import many_lanes, read

if TYPE_CHECKING:
    from pathlib import Path

    from project import Project
    from run_command import Here


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return many_lanes(tmp_path / "a project")


def test_parameters_are_inputs_with_their_kinds(project: Project, here: Here) -> None:
    assert here("ci", "export", "github").returncode == 0
    flow = read(project.folder, ".github/workflows/typed.yml")
    inputs = flow["on"]["workflow_dispatch"]["inputs"]
    assert list(inputs) == ["scheme", "count", "colour", "mode", "tags", "notes", "quick", "also", "maybe"]
    assert inputs["scheme"]["description"] == 'Which app: "quoted", 100 %'
    assert inputs["colour"] == {
        "description": "Colour",
        "type": "choice",
        "options": ["red", "blue"],
        "default": "red",
    }
    assert inputs["quick"] == {"description": "Quick", "type": "boolean", "default": "false"}
    assert inputs["also"]["default"] == "false", "the policy's, not the lane's"
    assert inputs["notes"]["default"] == "", "several lines are the lane's own"
    env = flow["env"]
    assert env["LANE_TYPED__SCHEME"] == "${{ inputs.scheme }}"
    assert env["LANE_TYPED__COUNT"] == "${{ format('{0}', inputs.count) || '3' }}", "a push asks nobody"
    text = (project.folder / ".github/workflows/typed.yml").read_text()
    assert "# No input, since it changes which jobs there are: skip\n" in text
    run = next(step for step in flow["jobs"]["main"]["steps"] if step["name"] == "Run")
    assert run["env"] == {
        "LANE_TYPED__TOKEN": "${{ secrets.LANE_TYPED__TOKEN }}",
        "SHOP_CODE": "${{ secrets.SHOP_CODE }}",
    }
    assert "hidden-token" not in text
