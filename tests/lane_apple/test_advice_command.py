"""`lane advise` as people and scripts call it."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import subprocess
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from project import Project, variables

if TYPE_CHECKING:
    from pathlib import Path

ACTIONS = '''
    """Actions under an Apple ID."""

    from lane import Context, action, probe
    from lane_apple import api_key, apple_id

    @probe(auth=[api_key])
    def has_record(ctx: Context) -> str | None: ...

    @action(auth=[apple_id], effect="create", probe=has_record)
    def create_app_record(ctx: Context) -> str: ...

    @action(auth=[apple_id], effect="create", probe=has_record)
    def pem(ctx: Context) -> str: ...

    @action(auth=[apple_id])
    def privacy_details(ctx: Context, *, version: str) -> str: ...

    @action(auth=lambda options: [] if options.readonly else [api_key])
    def match(ctx: Context, *, readonly: bool = False) -> str: ...
'''

LANES = """
    from pathlib import Path

    from actions.apple import create_app_record, match, pem, privacy_details
    from lane import app, lane, nightly
    from lane_actions import download_dsyms, notify, sh, upload

    app(bundle_id="com.example.aurora")

    @lane
    def release(ipa: Path = Path("Aurora.ipa")) -> None:
        record = create_app_record()
        build = upload.set(after=record)(ipa=ipa)
        details = privacy_details(version=build.version)
        download_dsyms(build=build)
        notify(f"{details}")

    @lane
    def push() -> None:
        pem()

    @lane
    def test() -> None:
        match(readonly=True)
        sh(["true"])

    @lane
    def tell(word: str) -> None:
        notify(word)
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = Project(tmp_path / "my app")
    made.write("Lanefile.py", LANES)
    made.write("actions/apple.py", ACTIONS)
    return made


@pytest.fixture
def key(project: Project) -> dict[str, str]:
    """The variables of a real API key, its text a canary."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return {
        "APP_STORE_CONNECT_API_KEY_KEY_ID": "D383SF7390",
        "APP_STORE_CONNECT_API_KEY_ISSUER_ID": "6053b7fe-68a8-4acb-89be-165aa6465141",
        "APP_STORE_CONNECT_API_KEY_KEY": pem.decode(),
    }


def _advise(project: Project, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    done = _called(project, *arguments, **more)
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def _refused(project: Project, *arguments: str) -> str:
    done = _called(project, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    return done.stderr


def _called(project: Project, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    return project.lane("advise", *arguments, HOME=str(project.folder), **more)


def _json(project: Project, *arguments: str, **more: str) -> dict[str, Any]:
    done = _advise(project, "--json", *arguments, **more)
    assert done.stderr == ""
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _codes(found: dict[str, Any]) -> list[str]:
    return [step["code"] for step in found["advice"]]


def _line(text: str) -> str:
    number = next(n for n, line in enumerate(LANES.strip("\n").splitlines(), 1) if text in line)
    return f"Lanefile.py:{number}"


def test_every_lane_is_advised_on_with_lines_and_nothing_is_asked(project: Project) -> None:
    found = _json(project)
    assert found["affected"]
    assert {lane["name"]: (lane["affected"], lane["auth"]) for lane in found["lanes"]} == {
        "release": (True, "apple_id"),
        "push": (True, "apple_id"),
        "test": (False, "none"),
    }
    steps = {step["name"]: step for lane in found["lanes"] for step in lane["steps"]}
    assert steps["privacy_details"]["line"] == _line("privacy_details(version")
    assert steps["upload"]["modes"] == ["api_key"]
    assert _codes(found) == ["api_key", "apns_key", "once", "split", "session"]
    assert [one["flag"] for one in found["open"]] == ["--api-key", "--reachable", "--shared"]
    assert found["unknown"] == [
        {"lane": "tell", "wants": ["word"], "how": "Set LANE_TELL__WORD, and ask again."}
    ]


def test_lanes_can_be_named_and_given_their_parameters(project: Project) -> None:
    found = _json(project, "test", "tell", LANE_TELL__WORD="hello")
    assert [lane["name"] for lane in found["lanes"]] == ["test", "tell"]
    assert (found["affected"], found["advice"], found["open"], found["unknown"]) == (False, [], [], [])
    assert found["summary"] == "Not affected: no step has to prove to Apple who you are."


def test_answers_on_the_command_line_change_the_advice(project: Project, key: dict[str, str]) -> None:
    found = _json(project, "release", "--reachable", "no", "--shared", "yes", **key)
    assert _codes(found) == ["once", "attended", "session", "phones"]
    assert found["open"] == []


def test_a_key_in_a_file_beside_the_lanefile_is_found(project: Project, key: dict[str, str]) -> None:
    lines = (f'{name}="{value}"\n' for name, value in key.items())
    project.write(".env.beta", "".join(lines))
    assert "api_key" in _codes(_json(project, "release"))
    assert "api_key" not in _codes(_json(project, "release", "--env", "beta"))


def test_the_sandbox_has_a_key_and_says_that_it_is_its_own(project: Project) -> None:
    found = _json(project, "release", "--sandbox")
    assert found["sandbox"]
    assert _codes(found) == ["once", "split", "session", "sandbox"]
    assert "against the sandbox" in _advise(project, "release", "--sandbox").stdout


def test_the_edit_that_is_advised_makes_the_plan_that_is_shown(project: Project, key: dict[str, str]) -> None:
    project.write("Lanefile.py", LANES.replace("record = create_app_record()", 'record = sh(["true"])'))
    found = _json(project, "release", "--reachable", "no", **key)
    assert found["plans"] == [_planned(project, key)]
    found = _json(project, "release", **key)
    [split] = [step for step in found["advice"] if step["code"] == "split"]
    assert split["lines"] == [_line("privacy_details(version")]
    edit = re.search(r"write (privacy_details\.set\(on=nightly\))\(…\)", split["how"][0])
    assert edit is not None
    text = (project.folder / "Lanefile.py").read_text()
    project.write("Lanefile.py", text.replace("privacy_details(v", f"{edit[1]}(v"))
    plan = _planned(project, key)
    assert [job["steps"] for job in plan["jobs"] if job["name"] == "main"] == [["sh", "upload"]]
    # No session is there yet, so the planner calls the deferred job one that needs a person; and parts it from
    # what needs none.
    [shown] = found["plans"]
    deferred = [name for job in shown["jobs"] if job["cron"] for name in job["steps"]]
    planned = [name for job in plan["jobs"] if job["cron"] for name in job["steps"]]
    assert sorted(deferred) == sorted(planned)


def _planned(project: Project, key: dict[str, str]) -> dict[str, Any]:
    plan = json.loads(project.lane("plan", "release", "--json", "--ci", **key).stdout)
    jobs = [
        {
            "name": job["name"],
            "cron": job["trigger"]["cron"],
            "attended": job["attended"],
            "needs": job["needs"],
            "steps": [step["id"] for step in job["steps"]],
        }
        for job in plan["jobs"]
    ]
    return {"lane": "release", "jobs": jobs, "done": plan["satisfied"]}


def test_no_secret_is_shown(project: Project, key: dict[str, str]) -> None:
    given = {
        **key,
        "FASTLANE_APPLE_APPLICATION_SPECIFIC_PASSWORD": "abcd-efgh-ijkl-mnop",
        "FASTLANE_USER": "release@example.com",
        "FASTLANE_PASSWORD": "canary-password",
        "FASTLANE_SESSION": "---\n- canary-session",
    }
    said = ""
    for more in ([], ["--json"]):
        done = _advise(project, *more, **given)
        said += done.stdout + done.stderr
    body = key["APP_STORE_CONNECT_API_KEY_KEY"].splitlines()[1]
    for secret in (body, "abcd-efgh-ijkl-mnop", "canary-password", "canary-session"):
        assert secret not in said


def test_an_unfit_key_is_told_with_the_reason(project: Project) -> None:
    found = _json(project, "release", APP_STORE_CONNECT_API_KEY="AuthKey_D383SF7390.p8")
    [step] = [step for step in found["advice"] if step["code"] == "api_key"]
    assert step["how"][0].startswith(
        "Found, but unfit: APP_STORE_CONNECT_API_KEY holds the path of a .p8 file"
    )


SESSION = (
    "---\\n- !ruby/object:HTTP::Cookie\\n  name: myacinfo\\n  value: DAWTCANARY\\n  domain: apple.com\\n"
    '  for_domain: true\\n  path: "/"\\n  secure: true\\n  httponly: true\\n  expires:\\n  max_age:\\n'
    "  created_at: {created}\\n  accessed_at: {created}\\n"
)


def test_a_session_that_lives_is_told_and_one_that_is_cut_is_not_used(
    project: Project, key: dict[str, str]
) -> None:
    now = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}.000000000 +00:00"
    found = _json(project, "release", FASTLANE_SESSION=SESSION.format(created=now), **key)
    steps = {step["name"]: step for step in found["lanes"][0]["steps"]}
    assert steps["privacy_details"]["found"]
    assert steps["privacy_details"]["source"].startswith("FASTLANE_SESSION")
    assert found["affected"]
    assert "A session carries them" in found["summary"]
    assert "DAWTCANARY" not in json.dumps(found)
    found = _json(project, "release", FASTLANE_SESSION=SESSION[:90], **key)
    [session] = [step for step in found["advice"] if step["code"] == "session"]
    assert session["how"][0].startswith("Found, but of no use: FASTLANE_SESSION")


def test_a_hook_that_needs_a_person_is_advised_on(project: Project, key: dict[str, str]) -> None:
    hook = "\n    from lane import before_all\n\n    @before_all(test)\n    def record() -> None:\n        pem()\n"
    project.write("Lanefile.py", LANES + hook)
    found = _json(project, "test", **key)
    assert _codes(found) == ["hook", "apns_key"]
    assert found["advice"][0]["steps"] == ["test/before_all/pem"]


# What cannot be advised on


def test_a_broken_lanefile_exits_2_with_all_problems(project: Project) -> None:
    project.write(
        "Lanefile.py", LANES + "\n    @lane\n    def two() -> None:\n        pem(1)\n        sh(3)\n"
    )
    assert "2 problems" in _refused(project)
    project.write("Lanefile.py", "import nothing_of_that_name\n")
    assert "nothing_of_that_name" in _refused(project)


@pytest.mark.parametrize("arguments", [["relase"], ["--api-key", "perhaps"], ["-f", "nothing.py"]])
def test_wrong_words_exit_2(project: Project, arguments: list[str]) -> None:
    assert "rror" in _refused(project, *arguments)


# Text


def test_the_text_says_the_verdict_first_then_what_to_do_and_what_is_open(project: Project) -> None:
    done = _advise(project, COLUMNS="200")
    first, *rest = done.stdout.splitlines()
    assert first.startswith(
        "! Affected: create_app_record and privacy_details in release, and pem in push need"
    )
    text = "\n".join(rest)
    order = ["1. Give an App Store Connect API key", "2. Replace push", "3. Do once", "The plan that results"]
    assert [text.index(part) for part in order] == sorted(text.index(part) for part in order)
    assert "? Do several people share one Apple ID?  (--shared yes or no)" in text
    assert "? tell was not looked at: it wants word." in text
    assert done.stderr == ""


# At a terminal


def _talk(project: Project, *arguments: str, replies: list[str], **more: str) -> tuple[str, int]:
    """Call the command at a terminal, and answer each question when it is there; what is shown, and the code."""
    leader, follower = pty.openpty()
    child = subprocess.Popen(
        [sys.executable, "-m", "lane", "advise", *arguments],
        cwd=project.folder,
        env={**variables(), "HOME": str(project.folder), "TERM": "dumb", "COLUMNS": "200", **more},
        stdin=follower,
        stdout=follower,
        stderr=follower,
        close_fds=True,
    )
    os.close(follower)
    shown, left = "", list(replies)
    asked = 0
    while True:
        ready, _, _ = select.select([leader], [], [], 60)
        assert ready, f"nothing more after: {shown}"
        try:
            data = os.read(leader, 4096)
        except OSError:  # the other end is closed
            break
        if not data:
            break
        shown += data.decode()
        if left and shown.count("(yes, no, ?)") > asked:
            asked += 1
            os.write(leader, f"{left.pop(0)}\n".encode())
    os.close(leader)
    assert left == []
    return shown.replace("\r\n", "\n"), child.wait()


def test_at_a_terminal_only_what_changes_the_advice_is_asked(project: Project) -> None:
    shown, code = _talk(project, "release", replies=["yes", "no", "?"])
    assert code == 0
    assert shown.count("(yes, no, ?)") == 3
    assert "Let a person do privacy_details" in shown
    assert "--shared yes or no" in shown  # it was not answered, so it is still open
    shown, code = _talk(project, "test", replies=[])
    assert (shown.count("(yes, no, ?)"), code) == (0, 0)


def test_an_answer_may_make_the_next_question_pointless(project: Project, key: dict[str, str]) -> None:
    project.write("Lanefile.py", LANES.replace("privacy_details(version=build.version)", '"ready"'))
    shown, _ = _talk(project, "release", "--shared", "no", replies=["yes"])
    assert shown.count("(yes, no, ?)") == 1
    shown, _ = _talk(project, "release", "--shared", "no", replies=["no", "yes"])
    assert "Ask the Account Holder" in shown
    assert "Keep a session on the machine that can be reached" in shown


def test_a_ci_system_with_a_terminal_is_asked_nothing(project: Project) -> None:
    shown, code = _talk(project, "release", replies=[], CI="true")
    assert (shown.count("(yes, no, ?)"), code) == (0, 0)


def test_json_asks_nothing_at_a_terminal(project: Project) -> None:
    shown, code = _talk(project, "release", "--json", replies=[])
    assert code == 0
    assert len(json.loads(shown)["open"]) == 3
