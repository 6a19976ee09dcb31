"""The reports for people: the answer first, then why, and what to do; in five formats, to a screen or a file."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from fastfile import audited
from report_case import project
from rich.console import Console

import lane_fastfile
from lane import UsageError
from lane._cli.commands import cli
from lane_fastfile._report.content import document_of
from lane_fastfile._report.html_format import html_report
from lane_fastfile._report.markdown_format import markdown_report
from lane_fastfile._report.overall import overall
from lane_fastfile._report.text_format import render_audit

if TYPE_CHECKING:
    from pathlib import Path

    from lane_fastfile import Audit

FORMATS = ("text", "json", "markdown", "html", "sarif")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project, the current folder."""
    monkeypatch.chdir(project(tmp_path))
    return tmp_path


@pytest.fixture
def audit(here: Path) -> Audit:
    return lane_fastfile.audit("fastlane/Fastfile")


def _text(audit: Audit, width: int = 80) -> str:
    written = io.StringIO()
    render_audit(audit, Console(file=written, width=width, highlight=False))
    return written.getvalue()


# Text


def test_the_answer_comes_first_and_then_what_a_reader_asks_next(audit: Audit) -> None:
    lines = _text(audit).splitlines()
    assert lines[0] == (
        "! fastlane/Fastfile  You are affected: 2 of 4 lanes need an Apple ID with its six-digit code:"
        " ios release, ios devices."
    )
    headings = ["What stops on CI", "Old Spaceship code", "Secrets, and variables that carry them", "Not here",
                "Plugins", "What to do", "The plan that results"]  # fmt: skip
    assert [line for line in lines if line in headings] == headings


def test_the_table_has_lane_auth_cause_place_and_what_spares_it(audit: Audit) -> None:
    table = _text(audit).split("\n\n")[1].splitlines()
    assert table[0].split() == ["lane", "auth", "because", "of", "where"]
    [beta] = [line.split() for line in table if line.startswith("ios beta")]
    assert beta == ["ios", "beta", "api_key", "match,", "and", "1", "more", "Fastfile:5"]
    [release] = [line.split() for line in table if line.startswith("ios release")]
    assert release == ["ios", "release", "apple_id", "deliver,", "and", "1", "more", "Fastfile:12"]
    [test] = [line.split() for line in table if line.startswith("ios test")]
    assert test == ["ios", "test", "private", "none", "Fastfile:22"]
    assert "→ set precheck_include_in_app_purchases" in " ".join("".join(table).split())


def test_the_table_fits_80_columns_and_nothing_needs_colour(audit: Audit) -> None:
    shown = _text(audit)
    assert all(len(line) <= 80 for line in shown.split("\n\n")[1].splitlines())
    assert "\x1b" not in shown
    coloured = io.StringIO()
    console = Console(file=coloured, width=80, force_terminal=True, color_system="standard", highlight=False)
    render_audit(audit, console)
    assert "\x1b[33m" in coloured.getvalue()


def test_what_stops_on_ci_and_what_was_found_is_told_with_places(audit: Audit) -> None:
    shown = _text(audit)
    for line in (
        "asks a person for a value: give ci_input, which it takes on CI  → prompt (line 14)",
        "Fastfile:19  Spaceship::Portal.device  → Spaceship::ConnectAPI::Device (/v1/devices)",
        "Fastfile:28  a secret is written into the file (TOKEN_SECRET)",
        "Fastfile:27  FASTLANE_PASSWORD: account password; also DELIVER_PASSWORD",
        "fastlane-plugin-sentry  → what it needs of Apple is not known here",
    ):
        assert f"  {line}\n" in shown
    assert "Nowhere.rb, which is not here" in shown


def test_what_needs_nothing_is_told_in_one_line_and_a_table(tmp_path: Path) -> None:
    (tmp_path / "Fastfile").write_text("lane(:a) { gym }\n")
    shown = _text(lane_fastfile.audit(tmp_path))
    assert shown.startswith("✓ ")
    assert "Not affected" in shown
    assert "What to do" not in shown


def test_an_imported_lane_is_shown_in_its_own_file(tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "Lanes.rb").write_text("\n\nlane(:push) { pem }\n")
    (tmp_path / "app" / "Fastfile").write_text('import "../shared/Lanes.rb"\n')
    [sheet] = document_of(lane_fastfile.audit(tmp_path / "app")).sheets
    [row] = sheet.rows
    assert row.where == "../shared/Lanes.rb:3"


def test_what_stops_in_another_file_is_told_with_that_file(tmp_path: Path) -> None:
    text = "import 'ask.rb'\nlane :it do\n  sure\n  UI.input('x')\nend\n"
    audit = audited(tmp_path, text, ask_rb="def sure\n  UI.confirm('Sure?')\nend\n")
    assert "  asks a person  → UI.input (line 4), UI.confirm (ask.rb:2)\n" in _text(
        lane_fastfile.Audit((audit,))
    )


def test_hooks_that_need_more_are_told_beside_the_lane(tmp_path: Path) -> None:
    (tmp_path / "Fastfile").write_text("before_all { pem }\nlane(:a) { gym }\n")
    found = lane_fastfile.audit(tmp_path)
    assert "apple_id with hooks" in _text(found)
    assert "(`apple_id` with hooks)" in markdown_report(found)
    assert "with hooks" in html_report(found)


def test_of_very_many_edits_only_some_are_shown_and_json_has_all(tmp_path: Path) -> None:
    calls = "\n".join("  match" for _ in range(40))
    (tmp_path / "Fastfile").write_text(f"lane :a do\n{calls}\nend\n")
    found = lane_fastfile.audit(tmp_path)
    [step] = document_of(found).sheets[0].advice.steps
    assert len(step.how) == 12
    assert step.how[-1] == "and 29 more: `lane audit --format json` has all."
    assert len(found.to_json()["advice"][0]["how"]) == 40


# Several


def test_several_files_are_summed_up_first(tmp_path: Path, here: Path) -> None:
    (here / "mac").mkdir()
    (here / "mac" / "Fastfile").write_text("lane(:a) { gym }\n")
    found = lane_fastfile.audit([".", "mac/Fastfile"])
    told = "You are affected: 1 of 2 Fastfiles needs an Apple ID with its six-digit code: fastlane/Fastfile."
    assert overall(found) == told
    assert _text(found).splitlines()[0] == f"! {told}"
    assert markdown_report(found).count("\n### ") == 2
    assert html_report(found).count("<h2>") == 2
    assert found.to_json()["verdict"]["summary"] == told


@pytest.mark.parametrize(
    ("texts", "told"),
    [
        (["gym", "gym"], "Not affected: no lane of 2 Fastfiles needs any credential of Apple's."),
        (["gym", "pilot"], "Not affected: 1 of 2 Fastfiles needs an API key, and none an Apple ID."),
        (["gym", "notarize"], "Not affected: 1 of 2 Fastfiles needs an app-specific password at most."),
        (["gym", "x = ENV['X']; send(x)"], "The text does not tell what 1 of 2 Fastfiles needs."),
    ],
)
def test_the_verdict_on_several(tmp_path: Path, texts: list[str], told: str) -> None:
    for index, text in enumerate(texts):
        (tmp_path / f"{index}").mkdir()
        (tmp_path / f"{index}" / "Fastfile").write_text(f"lane(:a) {{ {text} }}\n")
    assert overall(lane_fastfile.audit(tmp_path)) == told


def test_what_could_not_be_read_is_told_beside_it(here: Path) -> None:
    (here / "Other").write_text('{"a": 1, oops}\n')
    assert overall(lane_fastfile.audit(["fastlane/Fastfile", "Other"])).endswith(" 1 could not be read.")


def test_markdown_stays_below_what_github_takes(audit: Audit) -> None:
    [one] = audit.files
    many = lane_fastfile.Audit(tuple(replace(one, file=f"app{index}/Fastfile") for index in range(400)))
    report = markdown_report(many)
    assert 50_000 < len(report) < 65_536
    assert "app0/Fastfile" in report
    assert report.endswith("More was found: `lane audit --format html` has room for it.\n")


# Files


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("format_", FORMATS)
def test_each_format_can_be_written_to_a_file(
    here: Path, capsys: pytest.CaptureFixture[str], format_: str
) -> None:
    assert cli(["audit", "--format", format_, "--output", "report"]) == 0
    shown = capsys.readouterr()
    assert (shown.out, shown.err) == ("", "wrote  report\n")
    written = (here / "report").read_text(encoding="utf-8")
    assert written.endswith("\n")
    assert "\x1b" not in written
    assert cli(["audit", "--format", format_]) == 0
    if format_ != "text":  # whose width is the screen's
        assert capsys.readouterr().out.rstrip() == written.rstrip()


@pytest.mark.usefixtures("here")
def test_the_exit_code_is_the_same_where_a_file_is_written() -> None:
    assert cli(["audit", "--fail-on", "apple_id", "--output", "report"]) == 1


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("place", ["nowhere/report", "fastlane/Fastfile/report"])
def test_a_file_that_cannot_be_written_is_told(place: str) -> None:
    with pytest.raises(UsageError, match="cannot be written") as caught:
        cli(["audit", "--output", place])
    assert caught.value.hint


def test_json_has_what_stops_ci_with_its_place(tmp_path: Path) -> None:
    text = "import 'ask.rb'\nlane :it do\n  sure\n  pilot\nend\n"
    audit = audited(tmp_path, text, ask_rb="def sure\n  UI.confirm('Sure?')\nend\n")
    [stop] = audit.to_json()["lanes"][0]["stops"]
    assert stop == {
        "kind": "asks",
        "call": "UI.confirm",
        "file": f"{tmp_path}/ask.rb",
        "line": 2,
        "what": "asks a person",
    }


@pytest.mark.usefixtures("here")
def test_json_has_the_steps_and_the_plans_beside_the_fixed_shape(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli(["audit", "--format", "json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert all(isinstance(one, str) for one in shown["verdict"]["advice"])
    assert len(shown["verdict"]["advice"]) == len(shown["advice"])
    assert {"code", "title", "why", "how", "steps", "lines"} == set(shown["advice"][0])
    assert [plan["lane"] for plan in shown["plans"]] == ["ios release"]
    [jobs] = [lane["plan"] for lane in shown["lanes"] if lane["name"] == "release"]
    assert {"name", "trigger", "auth", "calls", "cron", "needs"} == set(jobs[0])


def test_a_path_that_is_no_utf8_is_printed_in_a_plain_locale(tmp_path: Path) -> None:
    folder = tmp_path / os.fsdecode(b"caf\xe9")
    folder.mkdir()
    (folder / "Fastfile").write_text("lane(:a) { pem }\n")
    for format_ in FORMATS:
        done = _called(tmp_path, str(folder), "--format", format_)
        assert (done.returncode, done.stderr) == (0, b"")
        assert done.stdout.decode("utf-8")
    done = _called(tmp_path, str(folder / "no"))
    assert done.returncode == 2
    assert b"There is no file" in done.stderr


def _called(home: Path, *words: str) -> subprocess.CompletedProcess[bytes]:
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C", "HOME": str(home)}
    command = [sys.executable, "-m", "lane", "audit", *words]
    return subprocess.run(command, capture_output=True, check=False, env=environment)
