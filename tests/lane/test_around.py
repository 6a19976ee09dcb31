"""Where a command of another package works: beside a Lanefile or without one, and what waits there for a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lane import Surroundings, UsageError, surroundings

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LANE_STORE", raising=False)
    monkeypatch.chdir(tmp_path)


def test_without_a_lanefile_it_is_this_folder(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("COLOUR=red\n")
    found = surroundings()
    assert (found.folder, found.file, found.sandbox) == (tmp_path, None, False)
    assert found.store == tmp_path / ".lane"
    assert found.environment["COLOUR"] == "red"
    assert found.waiting() == []
    assert not found.store.exists(), "looking makes nothing"


def test_a_lanefile_above_says_what_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "Lanefile.py").write_text("from lane import app\n\napp(sandbox=True)\n")
    (tmp_path / ".env.staging").write_text("COLOUR=blue\n")
    below = tmp_path / "below"
    below.mkdir()
    monkeypatch.chdir(below)
    found = surroundings(env="staging")
    assert (found.folder, found.file, found.sandbox) == (tmp_path, tmp_path / "Lanefile.py", True)
    assert found.environment["COLOUR"] == "blue"


def test_the_command_line_may_mean_the_offline_apple(tmp_path: Path) -> None:
    (tmp_path / "Lanefile.py").write_text("")
    assert not surroundings().sandbox
    assert surroundings(sandbox=True).sandbox


@pytest.mark.parametrize("text", ["def (\n", "raise RuntimeError('no luck')\n"])
def test_a_lanefile_that_cannot_be_loaded_is_an_error(tmp_path: Path, text: str) -> None:
    """It may say that the offline Apple is meant: nobody is signed in to the other one by mistake."""
    (tmp_path / "Lanefile.py").write_text(text)
    with pytest.raises(UsageError):
        surroundings()


def test_a_named_file_has_to_be_there() -> None:
    with pytest.raises(UsageError):
        surroundings("nothing.py")


def test_variables_on_top_hide_those_below(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("COLOUR=red\nSIZE=5\n")
    found = surroundings().overlaid("sandbox", {"COLOUR": "", "SIZE": "6"})
    assert isinstance(found, Surroundings)
    assert found.environment.get("COLOUR") is None
    assert found.environment["SIZE"] == "6"


def test_a_secret_of_the_environment_is_not_in_its_repr(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("TOKEN=correct-horse\n")
    assert "correct-horse" not in repr(surroundings())
