"""What GitLab, CircleCI and Buildkite are told in words of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from ci_lanes import SYSTEMS, many_lanes, read

if TYPE_CHECKING:
    from pathlib import Path

    from project import Project
    from run_command import Here


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return many_lanes(tmp_path / "a project")


def test_approvals_are_in_each_systems_words(project: Project, here: Here) -> None:
    for system in SYSTEMS[1:]:
        assert here("ci", "export", system).returncode == 0
    lab = read(project.folder, ".gitlab-ci.yml")["split:attended"]
    assert {rule["when"] for rule in lab["rules"]} == {"manual"}
    assert lab["resource_group"] == "sign-in-desk"
    jobs = read(project.folder, ".circleci/config.yml")["workflows"]["split"]["jobs"]
    approval, job = (
        next(one[name] for one in jobs if name in one)
        for name in ("split-attended-approval", "split-attended")
    )
    assert (approval["type"], approval["requires"]) == ("approval", ["split-main-macos-signing-mac"])
    assert "split-attended-approval" in job["requires"]
    steps = read(project.folder, ".buildkite/pipeline.yml")["steps"]
    block = next(one for one in steps if one.get("key") == "split-attended-approval")
    assert block["block"] == "Sign in for split: sign"
    attended = next(one for one in steps if one.get("key") == "split-attended")
    assert attended["depends_on"] == ["split-main-macos-signing-mac", "split-attended-approval"]
    assert attended["secrets"] == ["DESK_CODE", "SHOP_CODE"]


def test_what_a_lane_keeps_is_there_at_its_next_run(project: Project, here: Here) -> None:
    for system in SYSTEMS:
        assert here("ci", "export", system).returncode == 0
    steps = read(project.folder, ".github/workflows/weekly.yml")["jobs"]["main"]["steps"]
    kept = next(step for step in steps if step["name"] == "Keep what the next run finds")
    assert kept["with"] == {
        "path": "memory.json\nthings/seen",
        "key": "keep-weekly-${{ github.run_id }}-${{ github.job }}",
        "restore-keys": "keep-weekly-",
    }
    caches = read(project.folder, ".gitlab-ci.yml")["weekly:main"]["cache"]
    assert [cache["paths"] for cache in caches] == [[".cache/pip"], ["memory.json", "things/seen"]]
    circle = read(project.folder, ".circleci/config.yml")["jobs"]["weekly-main"]["steps"]
    assert circle[1]["restore_cache"]["keys"] == ["keep-weekly-"]
    assert circle[-2]["save_cache"] == {
        "key": "keep-weekly-{{ epoch }}",
        "paths": ["memory.json", "things/seen"],
    }
    kite = read(project.folder, ".buildkite/pipeline.yml")["steps"]
    cache = next(one["cache"] for one in kite if one.get("key") == "weekly-main")
    assert cache["paths"] == [".cache/pip", "memory.json", "things/seen"]


def test_macs_have_the_xcode_that_apple_asks_for(project: Project, here: Here) -> None:
    """Since April 2026 App Store Connect takes what was built with Xcode 26, or a later one, only."""
    for system in SYSTEMS[:3]:
        assert here("ci", "export", system).returncode == 0
    github = read(project.folder, ".github/workflows/split.yml")["jobs"]["main-macos"]
    assert github["runs-on"] == "macos-26"
    assert read(project.folder, ".gitlab-ci.yml")["split:main-macos"]["image"] == "macos-26-xcode-26"
    circle = read(project.folder, ".circleci/config.yml")["jobs"]["split-main-macos"]
    assert circle["macos"]["xcode"] == "26.4.0"


def test_what_a_person_is_waited_for_with_is_kept_as_long(project: Project, here: Here) -> None:
    """An approval may wait for 30 days; what the job takes over may not be gone by then."""
    for system in SYSTEMS[:2]:
        assert here("ci", "export", system).returncode == 0
    days = {}
    for lane in ("split", "weekly"):
        steps = read(project.folder, f".github/workflows/{lane}.yml")["jobs"]["main"]["steps"]
        days[lane] = [step["with"]["retention-days"] for step in steps if step["name"].startswith("Keep the")]
    assert days == {"split": ["30"], "weekly": ["7"]}
    config = read(project.folder, ".gitlab-ci.yml")
    assert config["split:main"]["artifacts"]["expire_in"] == "30 days"
    assert config["weekly:main"]["artifacts"]["expire_in"] == "7 days"
