"""`lane audit` as people and CI call it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from lane import UsageError
from lane._cli.commands import cli

if TYPE_CHECKING:
    from pathlib import Path

FASTFILE = """
platform :ios do
  lane :beta do
    pilot
  end
  private_lane :push do
    pem(app_identifier: "com.example.app")
  end
end
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a Fastfile, the current one."""
    (tmp_path / "fastlane").mkdir()
    (tmp_path / "fastlane" / "Fastfile").write_text(FASTFILE)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("project")
def test_it_answers_first_and_names_call_and_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli(["audit"]) == 0
    shown = capsys.readouterr().out
    assert shown.splitlines()[0].startswith("! fastlane/Fastfile  You are affected: 1 of 2 lanes")
    row = next(line for line in shown.splitlines() if "pem" in line)
    assert row.split() == ["ios", "push", "private", "apple_id", "pem", "Fastfile:7"]


@pytest.mark.usefixtures("project")
def test_json_is_the_format_of_that_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli(["audit", "--format", "json"]) == 0
    wanted = capsys.readouterr().out
    assert cli(["audit", "--json"]) == 0
    assert capsys.readouterr().out == wanted


@pytest.mark.usefixtures("project")
def test_its_json_has_the_fixed_shape(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli(["audit", "fastlane/Fastfile", "--format", "json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["file"] == "fastlane/Fastfile"
    beta, push = shown["lanes"]
    assert {key: beta[key] for key in ("platform", "name", "private", "auth", "line")} == {
        "platform": "ios",
        "name": "beta",
        "private": False,
        "auth": "api_key",
        "line": 3,
    }
    (call,) = push["calls"]
    assert {key: call[key] for key in ("name", "as", "line", "auth")} == {
        "name": "get_push_certificate",
        "as": "pem",
        "line": 7,
        "auth": "apple_id",
    }
    assert call["why"]
    assert shown["legacy"] == []
    assert set(shown["verdict"]) == {"auth", "summary", "advice"}


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize(
    ("mode", "code"), [("apple_id", 1), ("api_key", 1), ("app_specific_password", 1), (None, 0)]
)
def test_it_fails_on_what_it_is_told_to(mode: str | None, code: int) -> None:
    assert cli(["audit", *(["--fail-on", mode] if mode else [])]) == code


def test_it_does_not_fail_on_less(project: Path) -> None:
    (project / "fastlane" / "Fastfile").write_text("lane(:a) { pilot }\n")
    assert cli(["audit", "--fail-on", "apple_id"]) == 0
    assert cli(["audit", "--fail-on", "api_key"]) == 1


def test_a_file_that_is_no_fastfile_is_exit_code_2(project: Path) -> None:
    (project / "Other").write_text('{"a": 1, oops}\n')
    assert cli(["audit", "Other"]) == 2


@pytest.mark.parametrize("place", ["fastlane/Fastfile", ".fastlane/Fastfile", "Fastfile"])
def test_it_finds_the_fastfile_of_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], place: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / place).parent.mkdir(exist_ok=True)
    (tmp_path / place).write_text("lane(:a) { gym }\n")
    assert cli(["audit", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["file"] == place


def test_it_says_where_it_looked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError) as caught:
        cli(["audit"])
    assert "fastlane/Fastfile" in (caught.value.hint or "")
    with pytest.raises(UsageError):
        cli(["audit", "nowhere"])
    with pytest.raises(UsageError):
        cli(["audit", str(tmp_path)])


def test_all_below_a_folder_are_told(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "app" / "fastlane").mkdir(parents=True)
    (project / "app" / "fastlane" / "Fastfile").write_text("lane(:a) { gym }\n")
    assert cli(["audit", ".", "--format", "json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert [one["file"] for one in shown["files"]] == ["app/fastlane/Fastfile", "fastlane/Fastfile"]
