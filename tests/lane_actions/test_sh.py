"""`sh`: real programs through the engine."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from lane import Secret
from lane.testing import Outcome, run
from lane_actions import ShellResult, sh


def ran(folder: Path, command: list[str] | str, **options: Any) -> tuple[Outcome, ShellResult]:
    """The outcome, and what the step gave."""
    outcome = run(sh, folder, command=command, **options)
    assert outcome.exit_code == 0, outcome.steps["sh"].message
    return outcome, outcome.outputs["sh"]


def test_a_list_needs_no_quoting_and_runs_in_the_lanefiles_folder(tmp_path: Path) -> None:
    code = "import os, sys; print(os.getcwd()); print(sys.argv[1])"
    _, result = ran(tmp_path, [sys.executable, "-c", code, "a b; $HOME *"])
    assert result.stdout == f"{tmp_path}\na b; $HOME *"
    assert (result.returncode, result.stderr) == (0, "")


def test_a_text_is_read_by_the_shell(tmp_path: Path) -> None:
    outcome, result = ran(tmp_path, "echo one | tr a-z A-Z; echo two >&2")
    assert (result.stdout, result.stderr) == ("ONE", "two")
    assert sorted(outcome.steps["sh"].log) == ["ONE", "two"]


def test_another_folder_and_further_variables(tmp_path: Path) -> None:
    (tmp_path / "in here").mkdir()
    _, result = ran(tmp_path, 'echo "$WORD"; basename "$PWD"', cwd=Path("in here"), env={"WORD": "hello"})
    assert result.stdout == "hello\nin here"


def test_a_secret_goes_by_the_environment_and_is_not_shown(tmp_path: Path) -> None:
    secret = "hunter2-hunter2"
    outcome = run(sh, tmp_path, command='echo "$TOKEN"', env={"TOKEN": Secret(secret)})
    assert outcome.steps["sh"].log == ["****"]
    assert not [
        path for path in tmp_path.rglob("*") if path.is_file() and secret.encode() in path.read_bytes()
    ]


def test_a_program_that_fails_fails_the_step(tmp_path: Path) -> None:
    outcome = run(sh, tmp_path, command="echo why >&2; exit 3")
    assert outcome.exit_code == 1
    assert "exited with 3" in str(outcome.steps["sh"].message)
    assert "why" in str(outcome.steps["sh"].message)


def test_its_exit_code_can_be_looked_at_instead(tmp_path: Path) -> None:
    _, result = ran(tmp_path, "exit 3", check=False)
    assert result.returncode == 3


@pytest.mark.parametrize(
    ("command", "message"),
    [(["no-such-program-here"], "There is no no-such-program-here"), (["/"], "cannot be run")],
)
def test_what_cannot_be_run(tmp_path: Path, command: list[str], message: str) -> None:
    outcome = run(sh, tmp_path, command=command)
    assert outcome.exit_code == 1
    assert message in str(outcome.steps["sh"].message)
    assert outcome.steps["sh"].hint
