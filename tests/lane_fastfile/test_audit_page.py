"""What the page on audit says in figures and tables is true."""

from __future__ import annotations

import re
from pathlib import Path

from audit_labels import score
from report_case import project

import lane_fastfile
from lane_fastfile._catalogue.catalogue import catalogue
from lane_fastfile._report.sarif_rules import RULES

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "audit.md").read_text(encoding="utf-8")


def test_the_figures_are_those_that_are_measured(shared: Path) -> None:
    found = score(shared / "corpus" / "fastfiles")
    told = re.findall(r"^([a-z ]+?) +(\d+) of (\d+) \(", PAGE, re.MULTILINE)
    assert {name: (int(part), int(whole)) for name, part, whole in told} == {
        "lanes found": (found.found, found.lanes),
        "auth right": (found.exact, found.lanes),
        "auth accepted": (found.accepted, found.lanes),
        "hooks and helpers": (found.parts_right, found.parts),
    }
    assert f"On the {found.files} that were" in PAGE


def test_the_number_of_actions_is_that_of_the_catalogue() -> None:
    assert f"What [{len(catalogue().all_names())} actions]" in PAGE


def test_every_rule_is_in_the_table_with_its_level() -> None:
    told = re.findall(r"^\| `([a-z-]+)` \| (error|warning|note) \|", PAGE, re.MULTILINE)
    assert told == [(rule.id, rule.level) for rule in RULES]


def test_every_key_of_the_json_is_explained(tmp_path: Path) -> None:
    shown = lane_fastfile.audit(project(tmp_path) / "fastlane").to_json()
    table = PAGE.partition("## As JSON")[2]
    [*_, release, _, _] = shown["lanes"]
    for keys in (
        shown,
        release,
        release["calls"][0],
        release["plan"][0],
        shown["legacy"][0],
        shown["findings"][0],
    ):
        unknown = [key for key in keys if not re.search(rf"`(lanes\[\]\.)?{key}(\[\])?`", table)]
        assert unknown == []
