"""What asks a person, and what spares CI the question."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from fastfile import lanes_of

if TYPE_CHECKING:
    from pathlib import Path

ASKS = [
    "UI.input('x')",
    "UI.password('x')",
    "STDIN.gets.chomp",
    "$stdin.gets",
    "STDIN.noecho(&:gets)",
    "ARGF.readline",
    "gets",
    "v = ask('Version?')",
    "cli = HighLine.new\ncli.ask('x')",
    "TTY::Prompt.new.yes?('x')",
    "prompt(text: 'x')",
    "deliver",
    "deliver(force: false)",
    "deliver(skip_metadata: true)",
    "match_nuke(type: 'adhoc')",
    "set_changelog(version: '1')",
    "upload_app_privacy_details_to_app_store(username: 'x')",
    "pilot(distribute_external: true)",
    "UI.input('x') if is_ci",
    "UI.input('x') if ENV['SURE']",
    "if is_ci\n  scan\nend\nUI.input('x')",
    "UI.input('x') unless is_ci && options[:sure]",
    "UI.input('x') if ENV['CI'] == 'false'",
    "UI.input('x') unless ENV['CI'].nil?",
    "[1].each { |n| next if is_ci }\nUI.input('x')",
]
ASKS_NOT = [
    "prompt(text: 'x', ci_input: 'y')",
    "prompt(text: 'x', ci_input: ENV['Y'])",
    "deliver(force: true)",
    "deliver(skip_metadata: true, skip_screenshots: true)",
    "deliver(options)",
    "match_nuke(skip_confirmation: true)",
    "set_changelog(changelog: 'x')",
    "upload_app_privacy_details_to_app_store(json_path: 'x.json')",
    "pilot(distribute_external: true, changelog: 'x')",
    "pilot(distribute_external: options[:out])",
    "File.open('x') { |f| f.gets }",
    # CI does not get there
    "UI.input('x') unless is_ci",
    "UI.input('x') if !is_ci?",
    "v = is_ci ? 'x' : UI.input('x')",
    "v = Helper.ci? || UI.confirm('x')",
    "UI.interactive? && UI.confirm('x')",
    "if ENV['CI']\n  scan\nelse\n  UI.input('x')\nend",
    "UI.input('x') unless ENV['CI'] == 'true' || options[:sure]",
    "UI.input('x') if options[:sure] && !FastlaneCore::Helper.ci?",
    "UI.input('x') if ENV['CI'].nil?",
    "next if is_ci\nUI.input('x')",
    "UI.user_error!('not here') if ENV.key?('CI')\nUI.input('x')",
]


@pytest.mark.parametrize("body", ASKS)
def test_a_question_stops_ci(tmp_path: Path, body: str) -> None:
    assert _questions(tmp_path, body)


@pytest.mark.parametrize("body", ASKS_NOT)
def test_no_question_where_an_option_or_ci_itself_spares_it(tmp_path: Path, body: str) -> None:
    assert _questions(tmp_path, body) == []


def _questions(folder: Path, body: str, before: str = "", **beside: str) -> list[str]:
    lines = "\n".join(f"  {line}" for line in body.splitlines())
    lane = lanes_of(folder, f"{before}\nlane :it do |options|\n{lines}\nend\n", **beside)["it"]
    return [one for one in lane.breaks_on_ci if "Apple ID: it waits" not in one]


@pytest.mark.parametrize(
    ("name", "text"),
    [("Deliverfile", "force true\n"), (".env", "DELIVER_FORCE=true\n"), ("Deliverfile", "force(true)\n")],
)
def test_what_spares_the_question_may_stand_beside_the_fastfile(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    assert _questions(tmp_path, "deliver") == []


def test_a_helper_asks_where_ci_calls_it(tmp_path: Path) -> None:
    asking = "def sure\n  UI.confirm('x')\nend\n"
    assert _questions(tmp_path, "sure unless is_ci", asking) == []
    assert _questions(tmp_path, "sure unless is_ci\nsure", asking) == ["UI.confirm (line 2) asks a person"]


def test_a_helper_that_leaves_on_ci_leaves_only_itself(tmp_path: Path) -> None:
    asking = "def sure\n  return if is_ci\n  UI.confirm('x')\nend\n"
    assert _questions(tmp_path, "sure", asking) == []
    assert len(_questions(tmp_path, "sure\nUI.input('x')", asking)) == 1


def test_a_sign_in_that_ci_does_not_reach_does_not_stop_it(tmp_path: Path) -> None:
    lane = lanes_of(tmp_path, "lane :it do\n  pem unless is_ci\nend\n")["it"]
    assert (lane.auth, lane.breaks_on_ci) == ("apple_id", ())


@pytest.mark.parametrize(
    ("before", "condition"),
    [
        ("def ci?\n  ENV.key?('CI')\nend", "ci?"),
        ("def local? = !is_ci", "!local?"),
        ("def here?\n  ci?\nend\ndef ci?\n  is_ci || Helper.ci?\nend", "here?"),
        ("module Env\n  def self.ci?\n    ENV['CI'] == 'true'\n  end\nend", "Env.ci?"),
    ],
)
def test_a_method_of_ones_own_may_ask_for_ci(tmp_path: Path, before: str, condition: str) -> None:
    assert _questions(tmp_path, f"UI.input('x') unless {condition}", before) == []
    assert len(_questions(tmp_path, f"UI.input('x') if {condition}", before)) == 1


def test_methods_that_ask_for_each_other_tell_nothing(tmp_path: Path) -> None:
    assert len(_questions(tmp_path, "UI.input('x') unless a?", "def a? = b?\ndef b? = a?")) == 1
