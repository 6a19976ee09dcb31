"""The action `new_action`: with a program that is answered for, and in a real run."""

from pathlib import Path

from lane.testing import FakeContext, call, run

from actions.new_action import NewActionResult, new_action


def test_gives_what_the_program_says(lane_context: FakeContext) -> None:
    lane_context.answer("git", "--version", stdout="git version 2.47.0\n")
    assert call(new_action, lane_context) == NewActionResult(version="git version 2.47.0")
    assert "git is git version 2.47.0" in lane_context.text


def test_fails_where_the_program_is_missing(tmp_path: Path) -> None:
    outcome = run(new_action, tmp_path, program="no-such-program")
    assert outcome.exit_code == 1
    assert outcome.steps["new_action"].message == "There is no no-such-program."
