"""What a project declares of its CI, and what is told where that is wrong or not enough."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from ci_lanes import many_lanes
from run_command import Here, wrong

if TYPE_CHECKING:
    from pathlib import Path

    from project import Project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return many_lanes(tmp_path / "a project")


@pytest.mark.parametrize(
    ("policy", "says"),
    [
        ('modes = "shop"', "modes"),
        ("mode = []", "mode: Extra inputs are not permitted"),
        ('python = "2.7"', "python"),
        ('[tool.lane.ci.lanes.plain]\nbranches = ["a b"]', "lanes.plain.branches.0"),
        ('[tool.lane.ci.secrets]\nbuild = ["NOT-A-NAME"]', "secrets.build.0"),
        ("[tool.lane.ci.lanes.plane]", "There is no lane 'plane'"),
        ("[tool.lane]\nci = 3", "ci is no table"),
    ],
)
def test_a_wrong_policy_is_told_with_its_place(project: Project, here: Here, policy: str, says: str) -> None:
    project.write("pyproject.toml", policy if policy.startswith("[") else f"[tool.lane.ci]\n{policy}\n")
    wrong(here("ci", "export", "github"), says)


def test_what_ci_does_not_give_is_told(project: Project, here: Here) -> None:
    project.write(
        "Lanefile.py",
        '''
        from lane import Context, action, lane, required

        @action
        def ask(ctx: Context, *, url: str = required) -> None:
            """Ask."""

        @action(runs_on="mainframe")
        def count(ctx: Context) -> None:
            """Count."""

        @lane
        def release(what: str) -> None:
            """Release."""
            ask()

        @lane
        def other() -> None:
            """Do something else."""
            count()
        ''',
    )
    project.write("pyproject.toml", "")
    wrong(
        here("ci", "export", "github", "release"),
        "release needs what",
        "[tool.lane.ci.lanes.release.parameters]",
    )
    project.write("pyproject.toml", '[tool.lane.ci.lanes.release.parameters]\nwhat = "it"\n')
    wrong(
        here("ci", "export", "github", "release"),
        "needs the option 'url'",
        'variables.ask = ["LANE_ASK__URL"]',
    )
    wrong(
        here("ci", "export", "github", "other"),
        "needs a machine with mainframe",
        "[tool.lane.ci.runners.github]",
    )
    with project.folder.joinpath("pyproject.toml").open("a") as file:
        file.write('[tool.lane.ci.variables]\nask = ["LANE_ASK__URL"]\n')
    assert here("ci", "export", "github", "release").returncode == 0
    project.folder.joinpath("requirements.txt").unlink()
    project.folder.joinpath("pyproject.toml").rename(project.folder / "lane.toml")
    wrong(here("ci", "export", "github", "release"), "CI has to install lane", "requirements.txt")


def test_a_schedule_does_not_take_the_other_lanes_away(project: Project, here: Here) -> None:
    """Where no lane is declared, all are exported: those with a schedule of their own, and the others by hand."""
    project.write("pyproject.toml", '[tool.lane.ci]\nmodes = ["shop"]\n')
    text = project.folder.joinpath("Lanefile.py").read_text()
    begin, _, rest = text.partition("@lane\ndef split")
    project.write("Lanefile.py", begin + rest[rest.index("@lane(schedule") : rest.index("@on_error")])
    assert here("ci", "export", "github").returncode == 0
    names = {path.stem for path in (project.folder / ".github/workflows").iterdir()}
    assert names == {"plain", "typed", "weekly", "by_person"}
    assert here("ci", "check").returncode == 0


def test_a_lanefile_without_lanes_is_told(project: Project, here: Here) -> None:
    project.write("Lanefile.py", "from lane import app\napp(sandbox=True)\n")
    project.write("pyproject.toml", "")
    for system in ("github", "gitlab"):
        wrong(here("ci", "export", system), "has no lanes to export")
    assert not (project.folder / ".gitlab-ci.yml").exists()


@pytest.mark.parametrize(
    ("policy", "says"),
    [
        ('modes = ["shops"]', "modes: 'shops' is no mode of these lanes. Did you mean 'shop'?"),
        (
            'modes = ["shop"]\nsecrets.biuld = ["X"]',
            "secrets: 'biuld' is no mode and no action of these lanes",
        ),
        (
            'variables.deks = ["X"]',
            "variables: 'deks' is no mode and no action of these lanes. Did you mean 'desk'?",
        ),
    ],
)
def test_a_misspelt_mode_or_action_is_told(project: Project, here: Here, policy: str, says: str) -> None:
    project.write("pyproject.toml", f"[tool.lane.ci]\n{policy}\n")
    wrong(here("ci", "export", "github", "plain", "split"), says)


def test_what_no_lane_needs_may_be_declared(project: Project, here: Here) -> None:
    project.write("pyproject.toml", '[tool.lane.ci]\nmodes = ["later"]\nsecrets.notify = ["X"]\n')
    assert here("ci", "export", "github", "plain").returncode == 0


@pytest.mark.parametrize(
    ("given", "says"), [("counts = 3", "no parameter 'counts'"), ('count = "x"', "got 'x' from")]
)
def test_a_wrong_parameter_is_told_with_its_place(
    project: Project, here: Here, given: str, says: str
) -> None:
    text = project.folder.joinpath("pyproject.toml").read_text()
    project.write("pyproject.toml", text.replace("parameters = { count = 3,", f"parameters = {{ {given},"))
    wrong(here("ci", "export", "github"), says, "[tool.lane.ci.lanes.typed.parameters]")
    assert "command line" not in here("ci", "export", "github").stderr
