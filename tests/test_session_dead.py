"""The night on which the session has died: nothing hangs, nothing fails, and a person puts it right in the morning."""

from __future__ import annotations

import json
import shutil
import sys
from typing import TYPE_CHECKING

import pytest
from project import Project

from lane_apple import uuids_of
from lane_sandbox import Sandbox

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

    from receiver import Receiver

DSYM = "dsyms/com.example.aurora-1.2.0-42.dSYM.zip"
DAY = 86_400.0
LANEFILE = '''
    from pathlib import Path

    from lane import app, lane, nightly
    from lane_actions import download_dsyms, notify, upload

    app(bundle_id="com.example.aurora", sandbox=True)


    @lane
    def release() -> None:
        """Ship a build; its symbols are fetched at night, with the Apple ID."""
        build = upload(ipa=Path("Aurora.ipa"))
        download_dsyms.set(on=nightly, auth="apple_id")(build=build)
        notify(f"{build.number} is on TestFlight")
'''
CODES = f"{sys.executable} -m lane sandbox messages --code"


@pytest.fixture
def project(tmp_path: Path, assets: Path) -> Project:
    """A release of which one job needs the Apple ID."""
    made = Project(tmp_path / "aurora")
    made.write("Lanefile.py", LANEFILE)
    shutil.copy(assets / "Aurora.ipa", made.folder)
    return made


def succeeded(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def pass_days(project: Project, days: float) -> None:
    """Move the clock of the offline Apple that keeps its state in a project."""
    with Sandbox(project.folder / ".lane" / "sandbox") as apple:
        apple.clock.advance(days * DAY)


def codes_sent(project: Project) -> int:
    """How many codes Apple has sent: a sign-in that nobody asked for would send one."""
    done = project.lane("sandbox", "messages", "--json")
    return len(json.loads(succeeded(done)))


def test_a_session_that_died_costs_no_release_and_is_put_right_by_a_person(
    project: Project, people: Receiver
) -> None:
    tell = {"LANE_NOTIFY__URLS": people.url}
    succeeded(project.lane("auth", "login", LANE_CODE_COMMAND=CODES))
    assert project.lane("auth", "status").returncode == 0
    pass_days(project, 31)  # the session and the trust are over
    assert project.lane("auth", "status").returncode == 0, "by its date, the trust would renew it"

    said = succeeded(project.lane("run", "release", **tell))
    assert "1 job pending" in said
    (waiting,) = json.loads(succeeded(project.lane("pending", "--json")))
    assert (waiting["job"], waiting["steps"], waiting["attended"]) == ("scheduled", ["download_dsyms"], True)
    assert not (project.folder / DSYM).exists()
    (told,) = [text for text in people.texts if "download_dsyms" in text]
    assert f"lane resume {waiting['run']}" in told

    codes = codes_sent(project)
    early = project.lane("resume", waiting["run"], **tell)
    assert early.returncode == 4
    assert "needs a person: download_dsyms" in early.stderr
    assert project.lane("auth", "status").returncode == 4
    assert codes_sent(project) == codes, "nobody is sent a code that nobody asked for"
    assert not (project.folder / DSYM).exists()

    said = succeeded(project.lane("auth", "login", LANE_CODE_COMMAND=CODES))
    assert f"lane resume {waiting['run']}" in said
    assert "release, scheduled: download_dsyms" in said

    succeeded(project.lane("resume", waiting["run"], **tell))
    assert uuids_of(project.folder / DSYM)
    assert "Nothing is pending." in succeeded(project.lane("pending"))
