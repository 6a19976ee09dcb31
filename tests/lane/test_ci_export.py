"""Exports of many lanes: validators that we did not write are content; this machine does not count."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from ci_lanes import SYSTEMS, many_lanes
from ci_shop import ACTIONS, LANEFILE, MODES, PYPROJECT
from ci_validators import complaints
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from project import Project

if TYPE_CHECKING:
    from pathlib import Path

    from run_command import Here


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return many_lanes(tmp_path / "a project")


@pytest.mark.parametrize("system", SYSTEMS)
def test_validators_of_others_are_content(project: Project, here: Here, system: str) -> None:
    done = here("ci", "export", system)
    assert done.returncode == 0, done.stderr
    assert complaints(project.folder, system) == ""


KINDS = ("work", "build", "sell", "sign")


@st.composite
def lanefiles(draw: st.DrawFn) -> str:
    """A lane of a few steps of all kinds, some of which are put off."""
    lines = []
    for index in range(draw(st.integers(1, 6))):
        needs = sorted(draw(st.sets(st.integers(0, index - 1), max_size=2))) if index else []
        on = draw(st.sampled_from(["", "", "", ", on=nightly"]))
        when = draw(st.sampled_from(["", ", timeout=90, retries=1"]))
        after = f"after=[{', '.join(f's{need}' for need in needs)}]{on}{when}"
        kind = draw(st.sampled_from(KINDS))
        data = f"value=s{needs[0]}" if needs and draw(st.booleans()) else ""
        lines.append(f"s{index} = {kind}.set({after})({data})")
    return "\n".join(f"    {line}" for line in lines)


@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(lanefiles(), min_size=4, max_size=4))
def test_validators_are_content_with_whatever_a_lane_does(
    project: Project, here: Here, tmp_path_factory: pytest.TempPathFactory, bodies: list[str]
) -> None:
    base = project.folder.joinpath("Lanefile.py").read_text().partition("@lane\ndef plain")[0]
    lanes = [
        f'@lane\ndef lane{number}() -> None:\n    """A lane."""\n{body}\n'
        for number, body in enumerate(bodies)
    ]
    own = Project(tmp_path_factory.mktemp("random"))
    own.write("shop.py", MODES)
    own.write("requirements.txt", "lane")
    own.write("pyproject.toml", '[tool.lane.ci]\nmodes = ["shop"]\n')
    own.write("Lanefile.py", base + "\n\n".join(lanes))
    for system in SYSTEMS:
        out = own.folder / "out" / system
        done = here("ci", "export", system, "--output", str(out), folder=own.folder)
        assert done.returncode == 0, done.stderr
        assert complaints(out, system) == ""


def test_the_exporting_machine_does_not_count(project: Project, here: Here) -> None:
    """Credentials, options and parameters of this machine change nothing."""
    project.write(".env", "SHOP_CODE=mine\nLANE_TYPED__COUNT=99\nLANE_WORK__VALUE=7\n")
    first = here("ci", "export", "github", "--output", "-")
    second = here(
        "ci",
        "export",
        "github",
        "--output",
        "-",
        DESK_CODE="mine",
        LANE_TYPED__SKIP="yes",
        LANE_RUNS_ON="macos",
    )
    project.folder.joinpath(".env").unlink()
    third = here("ci", "export", "github", "--output", "-")
    assert first.stdout == second.stdout == third.stdout
    assert "sha256:" in first.stdout


def test_the_lane_of_the_other_tests_is_exported_for_all(tmp_path: Path, here: Here) -> None:
    made = Project(tmp_path / "shop")
    for name, text in {
        "shop.py": MODES,
        "steps.py": ACTIONS,
        "Lanefile.py": LANEFILE,
        "pyproject.toml": PYPROJECT,
    }.items():
        made.write(name, text)
    for system in SYSTEMS:
        assert here("ci", "export", system, "--output", system, folder=made.folder).returncode == 0
        assert complaints(made.folder / system, system) == ""
