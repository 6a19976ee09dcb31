"""Errors of the file system, as a user reads them: a full disk, rights, a path that is wrong."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from lane import Context, action
from lane._run.disk import disk_problem
from lane.testing import run


@action
def write(ctx: Context, *, path: Path) -> None:
    """Write a file."""
    with ctx.path(path).open("w", buffering=1) as file:
        file.write("a line\n")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs the device of a full disk")
def test_a_full_disk(tmp_path: Path) -> None:
    outcome = run(write, tmp_path, path=Path("/dev/full"))
    assert outcome.exit_code == 1
    assert outcome.steps["write"].message == "No space left on device."
    assert "free some space" in str(outcome.steps["write"].hint)


def test_a_folder_that_is_missing_and_one_that_is_a_file(tmp_path: Path) -> None:
    step = run(write, tmp_path, path=Path("none/notes.txt")).steps["write"]
    assert step.message == f"No such file or directory: {tmp_path / 'none/notes.txt'}."
    assert "Check the path" in str(step.hint)
    (tmp_path / "file").touch()
    step = run(write, tmp_path, path=Path("file/notes.txt")).steps["write"]
    assert "is a file" in str(step.hint)
    step = run(write, tmp_path, path=tmp_path).steps["write"]
    assert "a file is needed" in str(step.hint)


@pytest.mark.parametrize(
    ("number", "hint"), [(errno.EROFS, "read-only"), (errno.EACCES, "rights"), (errno.EDQUOT, "share")]
)
def test_what_to_do(number: int, hint: str) -> None:
    problem = disk_problem(OSError(number, "Why", "/there"))
    assert problem is not None
    assert problem[0] == "Why: /there."
    assert hint in problem[1]


def test_a_move_names_both_places() -> None:
    problem = disk_problem(OSError(errno.EACCES, "Why", "/here", None, "/there"))
    assert problem is not None
    assert problem[0] == "Why: /here → /there."


def test_errors_of_another_kind() -> None:
    assert disk_problem(ValueError("no")) is None
    assert disk_problem(OSError("no number")) is None
    assert disk_problem(OSError(errno.ECONNRESET, "Connection reset by peer")) is None
