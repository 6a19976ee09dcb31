"""A run in a terminal, with a person at it who gives the code in the middle of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from auth_harness import Machine, machine
from auth_terminal import AtTerminal

if TYPE_CHECKING:
    from pathlib import Path

    from lane_sandbox import Sandbox

_LANEFILE = """
from lane import Context, action, app, lane
from lane_apple import apple_id

app(bundle_id="com.example.aurora")


@action
def ready(ctx: Context) -> str:
    return "ready"


@action(auth=[apple_id])
def visit(ctx: Context, *, first: str) -> str:
    print("the step's own line")
    return type(ctx.credential).__name__


@lane
def release() -> None:
    visit(first=ready())
"""


def there(sandbox: Sandbox, folder: Path) -> Machine:
    here = machine(sandbox, folder)
    here.environment["LANE_CODE_COMMAND"] = ""
    (folder / "Lanefile.py").write_text(_LANEFILE)
    return here


def test_the_code_is_asked_for_while_the_tree_stands_still(sandbox: Sandbox, tmp_path: Path) -> None:
    here = there(sandbox, tmp_path)
    with AtTerminal(
        "run", "release", "--local", folder=here.folder, environment=here.environment
    ) as terminal:
        terminal.until(r"Code, or .*: $")
        code = str(sandbox.messages()[-1]["code"])
        assert code not in terminal.said, "this is no rehearsal"
        terminal.types(code)
        assert terminal.ends() == 0
    assert "release succeeded" in terminal.said
    assert "pending" not in terminal.said


def test_a_rehearsal_shows_what_the_offline_apple_sent(sandbox: Sandbox, tmp_path: Path) -> None:
    here = there(sandbox, tmp_path)
    for name in ("APPLE_WEB_URL", "FASTLANE_PASSWORD"):
        here.environment.pop(name)
    here.environment["FASTLANE_USER"] = "sms@example.com"  # of the sandbox's Apple IDs
    with AtTerminal(
        "run", "release", "--local", "--sandbox", folder=here.folder, environment=here.environment
    ) as terminal:
        terminal.until(r"Code, or .*: $")
        found = re.search(r"The offline Apple sent (\d{6}) to \+49 123 4567885", terminal.said)
        assert found is not None, terminal.said
        terminal.types(found[1])
        assert terminal.ends() == 0
    assert "release succeeded" in terminal.said


def test_who_leaves_the_question_can_go_on_later(sandbox: Sandbox, tmp_path: Path) -> None:
    here = there(sandbox, tmp_path)
    with AtTerminal("run", "release", folder=here.folder, environment=here.environment) as terminal:
        terminal.until(r"Code, or .*: $")
        terminal.presses("\x03")
        assert terminal.ends() == 130
    assert "to go on: lane resume" in terminal.said
    with AtTerminal("resume", "--local", folder=here.folder, environment=here.environment) as terminal:
        terminal.until(r"Code, or .*: $")
        terminal.types(str(sandbox.messages()[-1]["code"]))
        assert terminal.ends() == 0
    assert "release succeeded" in terminal.said


def test_in_ci_the_job_waits_and_nobody_is_asked(sandbox: Sandbox, tmp_path: Path) -> None:
    here = there(sandbox, tmp_path)
    ran = here.lane("run", "release")
    assert ran.returncode == 0, ran.stderr
    assert "needs a person" in ran.stdout + ran.stderr
    assert sandbox.messages() == []
