"""GitLab: caches, and pipelines that a later push does not take away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from ci_lanes import many_lanes, read

if TYPE_CHECKING:
    from pathlib import Path

    from project import Project
    from run_command import Here


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return many_lanes(tmp_path / "a project")


@pytest.fixture
def config(project: Project, here: Here) -> dict[str, Any]:
    assert here("ci", "export", "gitlab").returncode == 0
    return read(project.folder, ".gitlab-ci.yml")


def test_each_kind_of_machine_has_its_own_packages(config: dict[str, Any]) -> None:
    """A key may hold no slash, and the runner's own word for a machine has one: `linux/amd64`."""
    keys = {
        name: job.get("cache", config[".lane"]["cache"])[0]["key"]
        for name, job in config.items()
        if "script" in job
    }
    assert keys["split:main"] == {"files": ["requirements.txt"], "prefix": "pip"}
    assert keys["split:main-macos"] == {"files": ["requirements.txt"], "prefix": "pip-macos"}
    assert keys["split:main-macos-signing-mac"]["prefix"] == "pip-macos-signing-mac"
    assert keys["weekly:main"] == keys["split:main"], "with what the lane keeps, too"
    assert not any("/" in str(key) or "$" in str(key) for key in keys.values())


def test_a_release_that_waits_for_another_is_not_cancelled_by_a_push(config: dict[str, Any]) -> None:
    """GitLab cancels pipelines that wait, when a newer commit comes, unless it is told not to."""
    assert config["workflow"] == {"auto_cancel": {"on_new_commit": "none"}}


def test_a_pattern_means_what_it_means_to_github(config: dict[str, Any]) -> None:
    conditions = [rule["if"] for rule in config["plain:main"]["rules"]]
    assert conditions[1] == '$CI_PIPELINE_SOURCE == "push" && $CI_COMMIT_BRANCH =~ /^release\\/[^\\/]*$/'
