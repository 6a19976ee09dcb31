"""A lane's parameters as inputs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from ci_lanes import many_lanes, read
from ci_validators import complaints

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


def test_a_choice_that_may_be_left_out_is_an_input(project: Project, here: Here) -> None:
    lanefile = project.folder.joinpath("Lanefile.py").read_text()
    more = (
        "\n\n@lane\ndef chosen(dry: bool | None = None, mode: Literal['a', 'b'] | None = None) -> None:\n"
        '    """Take what may be left out."""\n    work(value=[dry, mode])\n'
    )
    project.write("Lanefile.py", lanefile + more)
    assert here("ci", "export", "github", "chosen").returncode == 0
    inputs = read(project.folder, ".github/workflows/chosen.yml")["on"]["workflow_dispatch"]["inputs"]
    assert {name: asked["options"] for name, asked in inputs.items()} == {
        "dry": ["", "true", "false"],
        "mode": ["", "a", "b"],
    }


def test_what_github_has_no_room_for_is_told(project: Project, here: Here) -> None:
    names = [f"p{number}" for number in range(27)]
    more = f"\n\n@lane\ndef wide({', '.join(f'{name}: int = 0' for name in names)}) -> None:\n"
    more += '    """Take much."""\n    work()\n'
    project.write("Lanefile.py", project.folder.joinpath("Lanefile.py").read_text() + more)
    assert here("ci", "export", "github", "wide").returncode == 0
    text = (project.folder / ".github/workflows/wide.yml").read_text()
    assert "# No input, since GitHub takes 25: p25, p26\n" in text
    assert (
        list(read(project.folder, ".github/workflows/wide.yml")["on"]["workflow_dispatch"]["inputs"])
        == names[:25]
    )
    assert complaints(project.folder, "github") == ""
