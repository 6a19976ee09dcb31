"""The catalogue of fastlane's actions: whole, up to date with its source, and what it says of names."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from lane_fastfile._auth.modes import ORDER
from lane_fastfile._catalogue.catalogue import catalogue
from lane_fastfile._catalogue.plugins import plugin_of

ROOT = Path(__file__).resolve().parents[2]


def test_it_is_what_its_script_makes_of_the_reference(shared: Path) -> None:
    script = ROOT / "docs" / "make_catalogue.py"
    reference = shared / "reference" / "fastlane-actions.json"
    made = subprocess.run([sys.executable, script, "--check", reference], check=False)
    assert made.returncode == 0, f"run {sys.executable} docs/make_catalogue.py"


def test_it_covers_every_action_and_every_name(shared: Path) -> None:
    reference = json.loads((shared / "reference" / "fastlane-actions.json").read_text("utf-8"))
    assert catalogue().all_names() == [action["name"] for action in reference["actions"]]
    assert catalogue().names == reference["alias_index"]
    assert len(catalogue().names) == 241


def test_every_rule_can_be_evaluated() -> None:
    for name in catalogue().all_names():
        action = catalogue().find(name)
        assert action is not None
        for rule in action.rules:
            assert rule.mode in ORDER
            for clause in rule.clauses:
                assert clause.op in {"eq", "ne", "in", "has", "set", "unset", "available", "unavailable"}
                if clause.kind == "option":
                    assert clause.subject in (action.options or {}), (name, clause.subject)


@pytest.mark.parametrize(
    ("written", "name"),
    [("pilot", "upload_to_testflight"), ("match", "sync_code_signing"), ("no_such", None)],
)
def test_an_alias_means_its_action(written: str, name: str | None) -> None:
    action = catalogue().find(written)
    assert (action.name if action is not None else None) == name


def test_a_class_means_its_action() -> None:
    action = catalogue().of_class("PilotAction")
    assert action is not None
    assert action.name == "upload_to_testflight"
    assert catalogue().of_class("NoSuchAction") is None


def test_every_counterpart_is_an_action_of_ours() -> None:
    import lane_actions

    found = {a.counterpart for name in catalogue().all_names() if (a := catalogue().find(name)) is not None}
    assert found - {None} <= set(lane_actions.__all__)


def test_the_plugin_of_an_action_is_known_by_its_name_or_by_the_gems() -> None:
    assert plugin_of("sentry_upload_dif", []) == "sentry"
    assert plugin_of("own_thing_upload", ["fastlane-plugin-own_thing"]) == "own_thing"
    assert plugin_of("own_thing_upload", []) is None
    assert plugin_of("clean_testflight_testers", ["fastlane-plugin-clean_testflight_testers"]) is None
