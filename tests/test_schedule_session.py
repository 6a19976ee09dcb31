"""A night of the scheduler on which the Apple ID's session is dead: it waits, tells once, and runs after a sign-in."""

from __future__ import annotations

import json
import shutil
import sys
from typing import TYPE_CHECKING

import pytest
from project import Project
from scheduling import Scheduled, ended

from lane_apple import uuids_of
from lane_sandbox import Sandbox

if TYPE_CHECKING:
    from pathlib import Path

    from receiver import Receiver

CODES = f"{sys.executable} -m lane sandbox messages --code"
DSYM = "dsyms/com.example.aurora-1.2.0-42.dSYM.zip"
LANEFILE = '''
    from pathlib import Path

    from lane import app, lane, nightly
    from lane_actions import download_dsyms, upload

    app(bundle_id="com.example.aurora", sandbox=True)


    @lane
    def release() -> None:
        """Ship a build; its symbols are fetched at night, with the Apple ID."""
        download_dsyms.set(on=nightly, auth="apple_id")(build=upload(ipa=Path("Aurora.ipa")))
'''


@pytest.fixture
def scheduled(tmp_path: Path, assets: Path) -> Scheduled:
    made = Scheduled(Project(tmp_path / "aurora"))
    made.project.write("Lanefile.py", LANEFILE)
    shutil.copy(assets / "Aurora.ipa", made.project.folder)
    return made


def codes_sent(scheduled: Scheduled) -> int:
    """How many codes Apple has sent: a sign-in that nobody asked for would send one."""
    return len(json.loads(scheduled.lane("sandbox", "messages", "--json")))


def test_a_session_that_dies_before_the_night(scheduled: Scheduled, people: Receiver) -> None:
    tell = {"LANE_NOTIFY__URLS": people.url}
    scheduled.lane("auth", "login", LANE_CODE_COMMAND=CODES)
    scheduled.lane("run", "release", **tell)
    with Sandbox(scheduled.project.folder / ".lane" / "sandbox") as apple:
        apple.clock.advance(31 * 86_400.0)  # the session and the trust are over
    scheduled.slept(hours=24)
    assert ended(scheduled.once(code=4, **tell)) == [("release/scheduled", "held")]
    codes = codes_sent(scheduled)  # to learn that the trust is over, a renewal was tried
    for _ in range(2):
        scheduled.try_again_now()
        assert ended(scheduled.once(code=4, **tell)) == [("release/scheduled", "held")]
    told = [text for text in people.texts if "lane resume" in text]
    assert len(told) == 1
    assert codes_sent(scheduled) == codes, "nobody is sent a code that nobody asked for"
    assert not (scheduled.project.folder / DSYM).exists()

    scheduled.lane("auth", "login", LANE_CODE_COMMAND=CODES)
    assert ended(scheduled.once(**tell)) == [("release/scheduled", "succeeded")]
    assert uuids_of(scheduled.project.folder / DSYM)
