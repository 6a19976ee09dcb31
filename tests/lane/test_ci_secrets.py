"""Which secrets the jobs of Apple's modes are given: no more than one way of giving each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from ci_lanes import read
from project import Project

from lane_apple import api_key, apple_id

if TYPE_CHECKING:
    from pathlib import Path

    from run_command import Here

LANEFILE = '''
from pathlib import Path

from lane import app, lane
from lane_actions import create_app_record, upload

app(bundle_id="com.example.aurora", team_id="ABCDE12345")


@lane
def release() -> None:
    """Make the app and ship it."""
    made = create_app_record(name="Aurora", sku="aurora")
    upload.set(after=made)(ipa=Path("Aurora.ipa"))
'''


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = Project(tmp_path / "aurora")
    made.write("Lanefile.py", LANEFILE)
    made.write("pyproject.toml", '[tool.lane.ci]\nmodes = ["api_key"]\n')
    made.write("requirements.txt", "lane")
    return made


def given(project: Project, here: Here) -> dict[str, list[str]]:
    """The secrets of each job."""
    assert here("ci", "export", "buildkite").returncode == 0
    steps = read(project.folder, ".buildkite/pipeline.yml")["steps"]
    return {step["key"]: step["secrets"] for step in steps if "secrets" in step}


def test_a_credential_is_given_in_one_way(project: Project, here: Here) -> None:
    """Buildkite fails a job whose secrets are not all there; nobody has a key in sixteen forms."""
    assert given(project, here) == {
        "release-attended": ["FASTLANE_PASSWORD", "FASTLANE_SESSION", "FASTLANE_USER"],
        "release-main": ["APP_STORE_CONNECT_API_KEY"],
    }
    assert set(api_key.carried) < set(api_key.names)
    assert set(apple_id.carried) < set(apple_id.names)


def test_the_policy_may_give_it_in_another(project: Project, here: Here) -> None:
    project.write(
        "pyproject.toml",
        '[tool.lane.ci]\nmodes = ["api_key"]\n[tool.lane.ci.secrets]\napi_key = ["APP_STORE_CONNECT_API_KEY_PATH"]\n'
        'apple_id = ["FASTLANE_SESSION"]\n',
    )
    assert given(project, here) == {
        "release-attended": ["FASTLANE_SESSION"],
        "release-main": ["APP_STORE_CONNECT_API_KEY_PATH"],
    }
