"""`copy_artifacts`: files and patterns, from folders of any name, without losing one."""

from __future__ import annotations

import hashlib
import sqlite3
from pathlib import Path

import pytest

from lane import ActionError
from lane.testing import FakeContext, call, run
from lane_actions import copy_artifacts


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder whose own name looks like a pattern, with things in it."""
    folder = tmp_path / "my [app] *"
    (folder / "build" / "App.xcarchive").mkdir(parents=True)
    (folder / "build" / "one.ipa").write_text("one")
    (folder / "build" / "two.ipa").write_text("two")
    (folder / "build" / "App.xcarchive" / "Info.plist").write_text("archive")
    return folder


def test_what_is_left_with_the_run_is_in_the_journal_with_its_sum(project: Path) -> None:
    outcome = run(copy_artifacts, project, files=[Path("build/*.ipa"), Path("build/App.xcarchive")])
    assert outcome.exit_code == 0
    copies = outcome.outputs["copy_artifacts"]
    assert [path.name for path in copies] == ["one.ipa", "two.ipa", "App.xcarchive"]
    assert (copies[2] / "Info.plist").read_text() == "archive"
    with sqlite3.connect(project / ".lane" / "journal.db") as journal:
        rows = dict(journal.execute("SELECT path, sha256 FROM artifacts").fetchall())
    sums = {Path(path).name: sum_ for path, sum_ in rows.items()}
    assert sums["one.ipa"] == hashlib.sha256(b"one").hexdigest()
    assert set(sums) == {"one.ipa", "two.ipa", "Info.plist"}


def test_to_a_folder_and_again(project: Path) -> None:
    for _ in range(2):
        copies = call(copy_artifacts, FakeContext(project), [Path("build/*.ipa")], to=Path("out/here"))
        assert copies == [project / "out/here/one.ipa", project / "out/here/two.ipa"]
        assert copies[0].read_text() == "one"


def test_an_absolute_path_and_an_absolute_pattern(project: Path, tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    (tmp_path / "plain" / "notes.txt").write_text("notes")
    given = [project / "build" / "one.ipa", tmp_path / "plain" / "*.txt"]
    copies = call(copy_artifacts, FakeContext(project), given, to=Path("out"))
    assert [path.name for path in copies] == ["one.ipa", "notes.txt"]


def test_nothing_matches(project: Path) -> None:
    with pytest.raises(ActionError, match=r"Nothing matches build/\*\.aab") as caught:
        call(copy_artifacts, FakeContext(project), [Path("build/*.ipa"), Path("build/*.aab")], to=Path("out"))
    assert "keep_going=True" in str(caught.value.hint)
    assert not (project / "out").exists()
    copies = call(
        copy_artifacts, FakeContext(project), [Path("build/*.aab")], to=Path("out"), keep_going=True
    )
    assert copies == []


def test_equal_names_are_refused_before_anything_is_copied(project: Path) -> None:
    (project / "other").mkdir()
    (project / "other" / "one.ipa").write_text("another")
    with pytest.raises(ActionError, match="have the same name"):
        call(copy_artifacts, FakeContext(project), [Path("build/*.ipa"), Path("other/*")], to=Path("out"))
    assert not (project / "out").exists()


def test_one_file_by_two_patterns_is_copied_once(project: Path) -> None:
    given = [Path("build/*.ipa"), Path("build/one.ipa")]
    copies = call(copy_artifacts, FakeContext(project), given, to=Path("out"))
    assert [path.name for path in copies] == ["one.ipa", "two.ipa"]


def test_onto_itself_and_into_itself(project: Path) -> None:
    ctx = FakeContext(project)
    assert call(copy_artifacts, ctx, [Path("build/one.ipa")], to=Path("build"))[0].read_text() == "one"
    with pytest.raises(ActionError, match="cannot be copied into itself"):
        call(copy_artifacts, ctx, [Path("build")], to=Path("build/App.xcarchive"))
