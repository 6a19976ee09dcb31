"""Buildkite: conditions, groups and hand-offs as its agent and its documentation read them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from ci_buildkite import uploaded
from ci_lanes import many_lanes, read
from ci_validators import complaints

if TYPE_CHECKING:
    from pathlib import Path

    from project import Project
    from run_command import Here

PARALLEL = '''

@action(runs_on="linux")
def check(ctx: Context, *, value: object = None) -> int:
    """Check."""
    return 1


@lane
def parallel() -> None:
    """Let two jobs leave something for the night."""
    first = work()
    built, checked = build(value=first), check(value=first)
    work.set(on=nightly, name="tonight")(value=[built, checked])
'''


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return many_lanes(tmp_path / "a project")


@pytest.fixture
def steps(project: Project, here: Here) -> dict[str, dict[str, Any]]:
    """The steps of all lanes, and of one with two jobs beside each other, by key."""
    text = project.folder.joinpath("Lanefile.py").read_text()
    project.write("Lanefile.py", text + PARALLEL)
    project.write(
        "pyproject.toml",
        project.folder.joinpath("pyproject.toml").read_text() + "[tool.lane.ci.lanes.parallel]\n",
    )
    assert here("ci", "export", "buildkite").returncode == 0
    assert complaints(project.folder, "buildkite") == ""
    return {step["key"]: step for step in read(project.folder, ".buildkite/pipeline.yml")["steps"]}


def test_conditions_are_whole_after_the_upload(steps: dict[str, dict[str, Any]]) -> None:
    conditions = {key: uploaded(step["if"]) for key, step in steps.items()}
    assert conditions["split-main"] == (
        '(build.source == "webhook" && build.pull_request.id == null && build.branch == "main")'
        ' || (build.source == "webhook" && build.tag =~ /^v[^\\/]*$/)'
    )
    assert "build.branch =~ /^release\\/[^\\/]*$/" in conditions["plain-main"]


def test_another_pipelines_lane_is_no_reason_to_wait(steps: dict[str, dict[str, Any]]) -> None:
    groups = {
        key: uploaded(step["concurrency_group"], BUILDKITE_PIPELINE_SLUG="aurora")
        for key, step in steps.items()
        if "concurrency_group" in step
    }
    assert groups["split-main"] == "lane/aurora/split"
    assert groups["split-attended"] == "lane/sign-in-desk", "a person is the same for all pipelines"


def test_each_of_two_jobs_leaves_its_own_part_for_the_night(steps: dict[str, dict[str, Any]]) -> None:
    told = [
        line
        for step in steps.values()
        for line in step.get("command", "").splitlines()
        if line.startswith("buildkite-agent meta-data set pending.parallel")
    ]
    jobs = ["main-macos", "main-linux"]
    assert told == [f"buildkite-agent meta-data set pending.parallel.scheduled.{job} {job}" for job in jobs]


def test_a_job_finds_something_to_download_where_nothing_was_left(steps: dict[str, dict[str, Any]]) -> None:
    """The agent takes a download of nothing for a failure; a probe may have found all of a job's work done."""
    command = steps["split-main"]["command"].splitlines()
    run = "lane run split --by-machine --policy have=shop --job main --export-handoff handoff/main --junit report.xml"
    assert command[command.index(run) + 1] == "touch handoff/main/left"
    assert 'download "handoff/main/**/*"' in steps["split-main-macos"]["command"]


def test_its_secrets_have_names_that_buildkite_takes(steps: dict[str, dict[str, Any]]) -> None:
    """A secret whose key begins with `buildkite` or `bk` cannot be made."""
    names = {name for step in steps.values() for name in step.get("secrets", [])}
    assert "LANE_BUILDKITE_API_TOKEN" in names, "with which pending hand-offs are found"
    assert not any(name.lower().startswith(("buildkite", "bk")) for name in names)


def test_no_step_waits_for_an_approval_that_is_not_its_own(steps: dict[str, dict[str, Any]]) -> None:
    """All that stands below a block step waits for it, and that for all above, unless a step says for what it waits."""
    for key, step in steps.items():
        assert "input" in step or "depends_on" in step, key
    assert steps["weekly-main"]["depends_on"] == []
    assert steps["by_person-attended-approval"]["depends_on"] == []


ASKING = '''

@lane
def asking(price: Literal["$HOME", "$5"] = "$5") -> None:
    """Ask first, whoever begins."""
    sign(value=price)
'''


def test_a_person_who_begins_has_the_parameters_too(project: Project, here: Here) -> None:
    project.write("Lanefile.py", project.folder.joinpath("Lanefile.py").read_text() + ASKING)
    assert here("ci", "export", "buildkite", "asking").returncode == 0
    found = {step["key"]: step for step in read(project.folder, ".buildkite/pipeline.yml")["steps"]}
    assert found["asking-attended"]["depends_on"] == ["asking-attended-approval", "asking-inputs"]
    options = found["asking-inputs"]["fields"][0]["options"]
    assert [uploaded(option["value"]) for option in options] == ["$HOME", "$5"]
