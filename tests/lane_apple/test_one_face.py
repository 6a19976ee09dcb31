"""A session that has ended at one of Apple's faces: only the steps that work there wait for a person."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from auth_harness import Machine, machine

if TYPE_CHECKING:
    from pathlib import Path

    from lane_sandbox import Sandbox

_LANEFILE = """
from lane import app, lane
from lane_actions import latest_build_number, pem

app(bundle_id="com.example.aurora")


@lane
def number() -> None:
    latest_build_number.set(auth="apple_id")()


@lane
def release() -> None:
    number()
    pem()
"""


@pytest.fixture
def here(sandbox: Sandbox, tmp_path: Path) -> Machine:
    """Somebody has signed in, and the developer portal does not know the session any more; nothing renews it."""
    made = machine(sandbox, tmp_path)
    (tmp_path / "Lanefile.py").write_text(_LANEFILE)
    session = made.log_in()
    made.environment["FASTLANE_PASSWORD"] = ""
    made.end(session, "developer_portal")
    return made


def _steps(here: Machine, lane: str) -> dict[str, dict[str, Any]]:
    """The steps of a plan by name, each with its job's trigger."""
    done = here.lane("plan", lane, "--json")
    jobs = json.loads(done.stdout)["jobs"]
    return {step["id"]: {**step, "job": job["trigger"]["kind"]} for job in jobs for step in job["steps"]}


def test_a_job_that_needs_app_store_connect_alone_runs(here: Machine) -> None:
    done = here.lane("run", "number")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "pending" not in done.stdout + done.stderr


def test_what_needs_the_portal_waits_for_a_person(here: Machine) -> None:
    done = here.lane("run", "release")
    assert done.returncode == 0, done.stdout + done.stderr
    (waiting,) = json.loads(here.lane("pending", "--json").stdout)
    assert waiting["steps"] == ["pem"]


def test_the_plan_says_at_which_face_a_session_is_used_and_has_ended(here: Machine) -> None:
    before = _steps(here, "release")
    assert {step["job"] for step in before.values()} == {"main"}, "nobody has asked yet"
    assert "at App Store Connect" in before["latest_build_number"]["why"]
    assert "at the developer portal" in before["pem"]["why"]
    assert here.lane("auth", "status").returncode == 4
    after = _steps(here, "release")
    assert after["latest_build_number"]["job"] == "main"
    assert "the developer portal, which is not needed here" in after["latest_build_number"]["why"]
    assert after["pem"]["job"] == "attended"
    assert "it has ended at the developer portal;" in after["pem"]["why"]


def test_a_session_that_lives_is_told_for_each_face(here: Machine) -> None:
    document = json.loads(here.lane("plan", "release", "--json").stdout)
    told = [(one["source"].partition("example.com, at ")[2], one["steps"]) for one in document["lifetimes"]]
    assert told == [("App Store Connect", ["latest_build_number"]), ("the developer portal", ["pem"])]
