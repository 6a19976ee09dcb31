"""CircleCI: locks that do not hinder their own workflow, and caches that each have one writer."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from ci_lanes import many_lanes, read
from ci_validators import complaints

if TYPE_CHECKING:
    from pathlib import Path

    from project import Project
    from run_command import Here

SIGNED_TWICE = '''

@lane
def twice() -> None:
    """Let a person sign two things that wait for nothing of each other."""
    first = work()
    one, built = sign(value=first), build(value=first)
    sign.set(name="other")(value=built)
    sell(value=one)
'''


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return many_lanes(tmp_path / "a project")


def exported(project: Project, here: Here, lanefile: str = "", policy: str = "") -> dict[str, Any]:
    for name, more in (("Lanefile.py", lanefile), ("pyproject.toml", policy)):
        project.write(name, project.folder.joinpath(name).read_text() + more)
    assert here("ci", "export", "circleci").returncode == 0
    assert complaints(project.folder, "circleci") == ""
    return read(project.folder, ".circleci/config.yml")


def jobs_of(workflow: dict[str, Any]) -> dict[str, Any]:
    return {name: job for one in workflow["jobs"] for name, job in one.items()}


def test_no_lock_is_held_twice_in_one_workflow(project: Project, here: Here) -> None:
    """The documentation of serial groups: each key within a workflow should be unique."""
    config = exported(project, here, SIGNED_TWICE, "[tool.lane.ci.lanes.twice]\n")
    for name, workflow in config["workflows"].items():
        groups = [job["serial-group"] for job in jobs_of(workflow).values() if "serial-group" in job]
        assert groups, name
        assert len(groups) == len(set(groups)), name
        for group in groups:
            assert re.fullmatch(r"<< pipeline\.project\.slug >>/[A-Za-z0-9._/-]+", group)


def test_one_person_signs_one_thing_after_the_other(project: Project, here: Here) -> None:
    config = exported(project, here, SIGNED_TWICE, "[tool.lane.ci.lanes.twice]\n")
    jobs = jobs_of(config["workflows"]["twice-by-hand"])
    locked = [name for name, job in jobs.items() if job.get("serial-group", "").endswith("/sign-in-desk")]
    assert locked == ["twice-attended"]
    assert "twice-attended" in jobs["twice-attended-2"]["requires"]
    other = jobs_of(config["workflows"]["by_person-by-hand"])
    assert other["by_person-attended"]["serial-group"].endswith("/sign-in-desk")


def caches(job: dict[str, Any], what: str) -> list[dict[str, Any]]:
    return [step[what] for step in job["steps"] if isinstance(step, dict) and what in step]


def test_each_cache_has_one_job_that_writes_it(project: Project, here: Here) -> None:
    jobs = exported(project, here)["jobs"]
    written: dict[str, str] = {}
    for name, job in jobs.items():
        for cache in caches(job, "save_cache"):
            begin = cache["key"].removesuffix("{{ epoch }}")
            assert written.setdefault(begin, name) == name or begin.startswith("keep-")
    assert written["pending.split.scheduled.main-2."] == "split-main-2"
    assert written["pending.split.scheduled-2.scheduled."] == "split-scheduled"
    assert written["done.split.scheduled."] == "split-scheduled"


def test_a_cache_is_found_by_its_own_beginning_only(project: Project, here: Here) -> None:
    jobs = exported(project, here)["jobs"]
    begins = {
        cache["key"].removesuffix("{{ epoch }}")
        for job in jobs.values()
        for cache in caches(job, "save_cache")
    }
    for job in jobs.values():
        for cache in caches(job, "restore_cache"):
            (key,) = cache["keys"]
            assert [begin for begin in begins if begin.startswith(key)] == [key]
    fetched = [cache["keys"] for cache in caches(jobs["split-scheduled"], "restore_cache")]
    assert fetched[:2] == [["pending.split.scheduled.main-2."], ["done.split.scheduled."]]


def test_a_schedule_is_of_the_lanes_own_branch(project: Project, here: Here) -> None:
    text = project.folder.joinpath("pyproject.toml").read_text()
    project.write("pyproject.toml", text.replace('branches = ["main"]', 'branches = ["release/*", "trunk"]'))
    flows = exported(project, here)["workflows"]
    of = {
        name: flow["triggers"][0]["schedule"]["filters"]["branches"]["only"]
        for name, flow in flows.items()
        if "triggers" in flow
    }
    assert of == {
        "split-scheduled": ["trunk"],
        "split-scheduled-2": ["trunk"],
        "weekly-on-schedule": ["main"],
    }


def test_parameters_have_names_and_texts_that_circleci_takes(project: Project, here: Here) -> None:
    """Names are of small letters; `<<` begins an expression wherever it stands."""
    asking = (
        "\n\n@lane\ndef Ship(whatsNew: Annotated[str, 'As in << this >>'] = 'x') -> None:\n"
        '    """Ship."""\n    work(value=whatsNew)\n'
    )
    config = exported(project, here, asking, "[tool.lane.ci.lanes.Ship]\n")
    asked = config["parameters"]["ship_whatsnew"]
    assert asked["description"] == "As in < < this >>"
    assert config["jobs"]["Ship-main"]["environment"] == {
        "LANE_SHIP__WHATSNEW": "<< pipeline.parameters.ship_whatsnew >>"
    }
    assert all(re.fullmatch(r"[a-z][a-z0-9_-]+", name) for name in config["parameters"])


def test_a_default_that_would_be_read_as_an_expression_is_left_to_the_lane(
    project: Project, here: Here
) -> None:
    policy = "[tool.lane.ci.lanes.quiet]\nbranches = ['main']\nmanual = false\n"
    lane = "\n\n@lane\ndef quiet(text: str = 'a << b >>', other: str = 'o') -> None:\n"
    lane += '    """Work."""\n    work(value=text)\n'
    config = exported(project, here, lane, policy)
    assert config["jobs"]["quiet-main"]["environment"] == {"LANE_QUIET__OTHER": "o"}
