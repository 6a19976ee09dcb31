"""Cron expressions and zones as each system reads them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from ci_lanes import SYSTEMS, many_lanes, read
from ci_validators import complaints
from run_command import Here, wrong

from lane._ci.writing.cron import plain_cron
from lane._lanefile.trigger import Trigger, next_fire

if TYPE_CHECKING:
    from pathlib import Path

    from project import Project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return many_lanes(tmp_path / "a project")


def test_cron_is_written_as_each_system_reads_it(project: Project, here: Here) -> None:
    for system in SYSTEMS[1:]:
        assert here("ci", "export", system).returncode == 0
    circle = read(project.folder, ".circleci/config.yml")["workflows"]
    schedule = circle["split-scheduled-2"]["triggers"][0]["schedule"]
    assert schedule == {"cron": "0,20,40 5-7 1 * 1-5", "filters": {"branches": {"only": ["main"]}}}
    lab = (project.folder / ".gitlab-ci.yml").read_text()
    assert (
        "# Schedule to make: */20 5-7 1 * 1-5 (UTC) with the variable LANE_SCHEDULE=split-scheduled-2\n"
        in lab
    )
    kite = (project.folder / ".buildkite/pipeline.yml").read_text()
    assert "# Schedule to make: 30 4 * * 0 UTC with the environment variable LANE=weekly\n" in kite


def test_a_zone_is_told_to_github_and_refused_by_circleci(project: Project, here: Here) -> None:
    text = project.folder.joinpath("Lanefile.py").read_text()
    project.write(
        "Lanefile.py",
        text.replace('schedule="30 4 * * 7"', 'schedule="30 4 * * 7", timezone="Europe/Vienna"'),
    )
    assert here("ci", "export", "github", "weekly").returncode == 0
    flow = read(project.folder, ".github/workflows/weekly.yml")
    assert flow["on"]["schedule"] == [{"cron": "30 4 * * 0", "timezone": "Europe/Vienna"}]
    assert complaints(project.folder, "github") == ""
    wrong(here("ci", "export", "circleci", "weekly"), "CircleCI knows UTC only", "Europe/Vienna")


def test_a_plan_that_waits_for_two_times_is_refused(project: Project, here: Here) -> None:
    text = project.folder.joinpath("Lanefile.py").read_text()
    tail = (
        '\n\n@lane\ndef both() -> None:\n    """Wait twice."""\n    one = work.set(on=nightly)()\n'
        '    two = work.set(on=cron("0 6 * * *"))()\n    sell.set(on=now)(value=[one, two])\n'
    )
    project.write("Lanefile.py", text + tail)
    wrong(here("ci", "export", "github", "both"), "which have different times", "scheduled and scheduled-2")


@pytest.mark.parametrize(
    ("cron", "plain", "listed"),
    [
        ("*/20 * * * *", "*/20 * * * *", "0,20,40 * * * *"),
        ("5/25 1-9/4 * * *", "5/25 1-9/4 * * *", "5,30,55 1,5,9 * * *"),
        ("0 0,*/12 1 */6 MON-FRI", "0 0,*/12 1 */6 1-5", "0 0,0,12 1 1,7 1-5"),
        ("0 0 * jan 7", "0 0 * 1 0", "0 0 * 1 0"),
        ("0 0 * * 5-7", "0 0 * * 5,6,0", "0 0 * * 5,6,0"),
        ("0 0 * * sat-mon", "0 0 * * 6,0,1", "0 0 * * 6,0,1"),
    ],
)
def test_cron_means_the_same_without_names_sevens_and_steps(cron: str, plain: str, listed: str) -> None:
    assert (plain_cron(cron), plain_cron(cron, steps=False)) == (plain, listed)
    begin = datetime(2026, 11, 24, 12, 7, tzinfo=UTC)
    for other in (plain, listed):
        assert _fires(other, begin) == _fires(cron, begin)


def _fires(cron: str, after: datetime) -> list[datetime]:
    """The next times of an expression, as lane itself reads it."""
    found: list[datetime] = []
    while len(found) < 20:
        at = next_fire(Trigger(cron), after)
        assert at is not None
        found.append(at)
        after = at + timedelta(minutes=1)
    return found
