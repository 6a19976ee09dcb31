"""GitHub: secrets, workflows of their own, timeouts, zones, by job and file."""

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


def test_each_job_gets_the_secrets_of_its_own_steps_and_hooks(project: Project, here: Here) -> None:
    assert here("ci", "export", "github").returncode == 0
    jobs = read(project.folder, ".github/workflows/split.yml")["jobs"]
    given = {
        name: [step["env"] for step in job["steps"] if step["name"] == "Run" and "env" in step]
        for name, job in jobs.items()
    }
    shop = {"SHOP_CODE": "${{ secrets.SHOP_CODE }}"}
    assert given == {
        "main": [shop],  # of the hook
        "main-macos": [
            {"MATCH_PASSWORD": "${{ secrets.MATCH_PASSWORD }}", **shop, "MATCH_URL": "${{ vars.MATCH_URL }}"}
        ],
        "main-macos-signing-mac": [{**shop, "LANE_RUNS_ON": "signing-mac"}],
        "attended": [{"DESK_CODE": "${{ secrets.DESK_CODE }}", **shop}],
        "main-2": [shop],
    }
    assert jobs["attended"]["environment"] == "split-attended"
    assert jobs["attended"]["concurrency"]["group"] == "lane-sign-in-desk"
    assert jobs["main-macos-signing-mac"]["runs-on"] == "macos-15-xlarge"
    assert [jobs[name]["needs"] for name in ("main-macos", "attended", "main-2")] == [
        ["main"],
        ["main-macos-signing-mac"],
        ["main-macos-signing-mac", "attended"],
    ]


def test_what_waits_for_a_time_is_a_workflow_of_its_own_with_what_follows_it(
    project: Project, here: Here
) -> None:
    assert here("ci", "export", "github").returncode == 0
    names = {path.name for path in (project.folder / ".github/workflows").iterdir()}
    split = {"split.yml", "split-scheduled.yml", "split-scheduled-2.yml"}
    assert names == {"plain.yml", "typed.yml", *split, "weekly.yml", "by_person.yml"}
    night = read(project.folder, ".github/workflows/split-scheduled.yml")
    assert night["on"] == {"schedule": [{"cron": "0 3 * * *"}], "workflow_dispatch": {}}
    assert list(night["jobs"]) == ["scheduled", "main-3"]
    assert night["jobs"]["main-3"]["needs"] == ["scheduled"]
    later = read(project.folder, ".github/workflows/split-scheduled-2.yml")
    assert list(later["jobs"]) == ["scheduled-2"]
    left = [
        step["with"]["name"]
        for step in night["jobs"]["scheduled"]["steps"]
        if step["name"].startswith("Leave it")
    ]
    assert left == ["pending.split.scheduled-2.scheduled"]
    weekly = read(project.folder, ".github/workflows/weekly.yml")
    assert weekly["on"]["schedule"] == [{"cron": "30 4 * * 0"}]
    assert weekly["jobs"]["main"]["steps"][-2]["run"] == "lane run weekly --junit report.xml"


def test_timeouts_come_from_the_steps_where_all_tell(project: Project, here: Here) -> None:
    project.write(
        "Lanefile.py",
        project.folder.joinpath("Lanefile.py").read_text()
        + '\n\n@lane\ndef timed() -> None:\n    """Take its time."""\n'
        + "    first = work.set(timeout=600)()\n    work.set(timeout=60)()\n"
        + "    work.set(timeout=1200, retries=1, after=first)()\n",
    )
    assert here("ci", "export", "github", "timed", "plain", "--output", "out").returncode == 0
    timed, plain = (read(project.folder, f"out/.github/workflows/{name}.yml") for name in ("timed", "plain"))
    assert timed["jobs"]["main"]["timeout-minutes"] == str(10 + 2 * 20 + 10)
    assert plain["jobs"]["main"]["timeout-minutes"] == "60"
