"""`lane doctor`: what it finds wrong, and that it says what to do; no secret is shown."""

from __future__ import annotations

import json
import os
import subprocess
import time
from typing import TYPE_CHECKING

import pytest
from project import Project

if TYPE_CHECKING:
    from pathlib import Path

NOWHERE = "http://127.0.0.1:9"  # nobody listens there
LANES = """
    from pathlib import Path

    from lane import Context, action, app, lane
    from lane_apple import api_key, apple_id

    @action(auth=[api_key])
    def upload(ctx: Context, *, ipa: Path) -> None: ...

    @action(auth=[api_key, apple_id])
    def fetch(ctx: Context) -> None: ...

    @action(auth=[apple_id])
    def register(ctx: Context) -> None: ...

    @action(runs_on="macos")
    def build(ctx: Context) -> None: ...

    @lane
    def quick() -> None:
        fetch()
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project with one lane; HOME is elsewhere, so that nobody's own keys are found."""
    made = Project(tmp_path / "my app")
    made.write("Lanefile.py", LANES)
    return made


def _checks(
    project: Project, *arguments: str, **variables: str
) -> tuple[int, dict[str, list[dict[str, str]]]]:
    variables = {"HOME": str(project.folder.parent), **variables}
    done = project.lane("doctor", "--json", *arguments, **variables)
    assert done.stderr == ""
    found: dict[str, list[dict[str, str]]] = {}
    for row in json.loads(done.stdout)["checks"]:
        found.setdefault(row["subject"], []).append(row)
    return done.returncode, found


def _add(project: Project, text: str) -> None:
    file = project.folder / "Lanefile.py"
    project.write("Lanefile.py", file.read_text() + text)


def test_a_healthy_project_exits_0(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.lane("init")
    code, found = _checks(project)
    assert code == 0
    assert {row["level"] for rows in found.values() for row in rows} == {"ok"}
    assert "it runs unattended against the sandbox" in found["lane release"][0]["message"]
    assert "All is well." in project.lane("doctor").stdout


def test_a_missing_credential_fails_and_says_how(project: Project) -> None:
    code, found = _checks(project)
    assert code == 1
    [row] = found["credential api_key"]
    assert (row["level"], row["message"]) == ("fail", "missing; needed by fetch")
    assert "APP_STORE_CONNECT_API_KEY_KEY_ID" in row["hint"]
    [other] = found["credential apple_id"]
    assert (other["level"], other["message"]) == ("ok", "not there, and not needed: fetch can do without")
    assert found["lane quick"][0]["level"] == "warn"


def test_what_only_a_probe_could_use_is_not_said_to_need_it(project: Project) -> None:
    _add(
        project,
        """
    from lane import probe

    @probe(auth=[api_key])
    def enrolled(ctx: Context) -> None: ...

    @action(auth=[apple_id], probe=enrolled)
    def enroll(ctx: Context) -> None: ...

    @lane
    def once() -> None:
        enroll()
""",
    )
    _, found = _checks(project)
    assert [row["message"] for row in found["credential api_key"]] == ["missing; needed by fetch"]


def test_an_unfit_credential_says_why_and_shows_no_secret(project: Project) -> None:
    code, found = _checks(
        project,
        APP_STORE_CONNECT_API_KEY_KEY_ID="ABCDE12345",
        APP_STORE_CONNECT_API_KEY_KEY="hunter2-hunter2",
    )
    assert code == 1
    [row] = found["credential api_key"]
    assert row["level"] == "fail"
    assert row["message"].startswith("found, but unfit: ")
    assert "hunter2" not in json.dumps(found)


def test_a_mode_that_needs_a_person_is_a_warning(project: Project) -> None:
    _add(project, "\n\n@lane\ndef enroll() -> None:\n    register()\n")
    _, found = _checks(project, APPLE_WEB_URL=NOWHERE)
    assert found["credential apple_id"][0]["level"] == "warn"
    assert "a person has to give it; needed by fetch, register" in found["credential apple_id"][0]["message"]
    assert "a person is needed" in found["lane enroll"][0]["message"]


def test_the_way_in_is_tried_where_a_lane_needs_it(project: Project) -> None:
    code, found = _checks(project, APPLE_WEB_URL=NOWHERE)
    assert not [subject for subject in found if subject.startswith("apple_id ")], "no step would run under it"
    _add(project, "\n\n@lane\ndef enroll() -> None:\n    register()\n")
    code, found = _checks(project, APPLE_WEB_URL=NOWHERE)
    assert code == 1
    [row] = found["apple_id widget_key"]
    assert row["level"] == "fail"
    assert "GET /logout" in row["message"] or "HEAD /logout" in row["message"]
    assert "lane advise" in row["hint"]


def test_the_way_in_to_the_offline_apple_is_tried_by_starting_it(project: Project) -> None:
    _add(project, "\n\napp(sandbox=True)\n\n\n@lane\ndef enroll() -> None:\n    register()\n")
    _, found = _checks(project, APPLE_WEB_URL=NOWHERE)
    steps = ["widget_key", "widget_key_old", "hashcash", "srp_init", "session", "developer_portal"]
    assert [found[f"apple_id {step}"][0]["level"] for step in steps] == ["ok"] * len(steps)


def test_every_problem_of_every_lane_is_listed(project: Project) -> None:
    _add(
        project,
        "\n\n@lane\ndef wrong() -> None:\n    upload()\n    fetch(what=3)\n\n\n"
        "@lane\ndef worse() -> None:\n    raise ValueError('no luck')\n",
    )
    code, found = _checks(project)
    assert code == 1
    assert len(found["lane wrong"]) == 2
    assert all(row["level"] == "fail" and "Lanefile.py:" in row["message"] for row in found["lane wrong"])
    assert "no luck" in found["lane worse"][0]["message"]


def test_a_lane_that_needs_parameters_is_not_called_wrong(project: Project) -> None:
    _add(project, "\n\n@lane\ndef ship(ipa: Path) -> None:\n    build()\n")
    _, found = _checks(project)
    [row] = found["lane ship"]
    assert row["level"] == "ok"
    assert "lane plan ship ipa=…" in row["message"]
    _, found = _checks(project, LANE_SHIP__IPA="x.ipa", LANE_RUNS_ON="")
    assert "1 step in 1 job" in found["lane ship"][0]["message"]


@pytest.mark.skipif(os.uname().sysname == "Darwin", reason="a Mac meets what this step needs")
def test_a_machine_that_cannot_run_a_step_is_told(project: Project) -> None:
    _add(project, "\n\n@lane\ndef make() -> None:\n    build()\n")
    _, found = _checks(project)
    assert found["lane make"][1]["message"] == "build needs a machine with macos"
    _, found = _checks(project, LANE_RUNS_ON="macos")
    assert len(found["lane make"]) == 1
    assert found["machine"][0]["message"] == "linux, macos"


@pytest.mark.parametrize("text", ["def (\n", "raise RuntimeError('no luck')\n"])
def test_a_broken_lanefile_exits_2(project: Project, text: str) -> None:
    project.write("Lanefile.py", text)
    code, found = _checks(project)
    assert code == 2
    [row] = found["lanefile"]
    assert row["level"] == "fail"
    assert "Lanefile.py:1" in row["message"]
    assert "python" in found


def test_no_lanefile_is_a_warning(tmp_path: Path) -> None:
    above = [folder for folder in tmp_path.parents if (folder / "Lanefile.py").exists()]
    assert not above, "a Lanefile above the tests' folder is in the way: take it away"
    code, found = _checks(Project(tmp_path))
    assert code == 0
    assert found["lanefile"][0]["level"] == "warn"
    assert "lane init" in found["lanefile"][0]["hint"]


def test_what_app_says_in_vain_is_told(project: Project) -> None:
    project.write("Lanefile.py", "from lane import app\n\napp(bundel_id='com.example.a', team_id='A')\n")
    _, found = _checks(project)
    assert [one["message"] for one in found["app"]] == [
        "No action has an option 'bundel_id', which app() sets."
    ]
    assert found["app"][0]["hint"] == "Did you mean 'bundle_id'?"


def test_a_broken_module_of_actions_is_told(project: Project) -> None:
    project.write("actions/broken.py", "1 / 0\n")
    code, found = _checks(project)
    assert code == 1
    assert "actions/broken.py:1" in found["actions"][0]["message"]


def test_a_store_that_is_no_journal_is_told(project: Project) -> None:
    project.write(".lane/journal.db", "this is not SQLite, but long enough to be looked at" * 30)
    code, found = _checks(project)
    assert code == 1
    assert found["store"][0]["level"] == "fail"


def test_a_clock_that_is_behind_is_told(project: Project) -> None:
    tomorrow = time.time() + 86_400
    os.utime(project.folder / "Lanefile.py", (tomorrow, tomorrow))
    _, found = _checks(project)
    assert found["clock"][0]["level"] == "warn"
    assert "Set the clock" in found["clock"][0]["hint"]


# Secrets on disk


def _git(project: Project, *words: str) -> None:
    subprocess.run(["git", *words], cwd=project.folder, check=True, capture_output=True)


def test_env_that_others_can_read_is_told(project: Project) -> None:
    project.write(".env", "A=b\n").chmod(0o644)
    _, found = _checks(project)
    assert [row["message"] for row in found[".env"]] == [
        "not in a git repository",
        "can be read by other users of this machine (mode 644)",
    ]
    assert found[".env"][1]["hint"] == f"chmod 600 '{project.folder / '.env'}'"
    (project.folder / ".env").chmod(0o600)
    _, found = _checks(project)
    assert len(found[".env"]) == 1


def test_env_is_held_against_git(project: Project) -> None:
    project.write(".env", "A=b\n").chmod(0o600)
    project.write(".env.example", "A=\n")
    _git(project, "init", "-q")
    _, found = _checks(project)
    assert (found[".env"][0]["level"], found[".env"][0]["message"]) == ("warn", "is not ignored by git")
    project.write(".gitignore", ".env\n")
    _, found = _checks(project)
    assert (found[".env"][0]["level"], found[".env"][0]["message"]) == ("ok", "is ignored by git")
    _git(project, "add", "-f", ".env")
    code, found = _checks(project)
    assert code == 1
    assert found[".env"][0]["level"] == "fail"
    assert "renew what it holds" in found[".env"][0]["hint"]
    assert ".env.example" not in found


def test_a_key_file_that_others_can_read_is_told(project: Project) -> None:
    project.write("AuthKey.p8", "not a key\n").chmod(0o640)
    _, found = _checks(project, APP_STORE_CONNECT_API_KEY_KEY_FILEPATH="AuthKey.p8")
    assert "mode 640" in found["AuthKey.p8"][0]["message"]


def test_another_env_file_is_read_and_a_missing_one_told(project: Project) -> None:
    code, found = _checks(project, "--env", "staging")
    assert code == 1
    assert ".env.staging" in found["environment"][0]["message"]
    project.write(".env.staging", "LANE_RUNS_ON=macos\n").chmod(0o600)
    _, found = _checks(project, "--env", "staging")
    assert "environment" not in found
