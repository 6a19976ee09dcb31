"""The audit against the labels of the corpus: what is right stays right."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from audit_labels import score

import lane_fastfile

if TYPE_CHECKING:
    from pathlib import Path

    from audit_labels import Score


@pytest.fixture(scope="module")
def corpus(shared: Path) -> Path:
    """The folder of labelled Fastfiles."""
    return shared / "corpus" / "fastfiles"


@pytest.fixture(scope="module")
def scored(corpus: Path) -> Score:
    """The whole corpus, audited."""
    return score(corpus)


def test_every_file_is_there_and_every_lane_is_found_where_it_stands(scored: Score) -> None:
    assert not scored.absent
    assert scored.found == scored.lanes == 432


def test_no_verdict_is_one_that_no_careful_reader_would_defend(scored: Score) -> None:
    assert scored.wrong == []
    assert scored.accepted == scored.lanes


def test_all_but_one_verdict_are_what_the_labels_prefer(scored: Score) -> None:
    # `send(STEPS.fetch(options[:to]))` can reach deliver: the strictest that the text allows, not unknown.
    assert [line.split(":")[0] for line in scored.other] == ["dynamic-dispatch.rb"]
    assert scored.exact == scored.lanes - 1


def test_hooks_and_helpers_are_found_and_judged(scored: Score) -> None:
    assert scored.parts_right == scored.parts == 91


@pytest.mark.parametrize(
    ("label", "attribute"), [("spaceship_legacy", "legacy"), ("spaceship_connect_api", "connect_api")]
)
def test_every_line_of_spaceship_code_is_found_and_no_other(corpus: Path, label: str, attribute: str) -> None:
    labels = json.loads((corpus / "labels.json").read_text("utf-8"))
    for name, wanted in labels.items():
        path = corpus / name
        found = {
            one.line
            for one in getattr(lane_fastfile.audit(path).files[0], attribute)
            if one.file == path.as_posix()
        }
        assert found == {one["line"] for one in wanted.get(label, [])}, name


def test_hooks_make_a_lane_stricter_only_where_they_run_for_it(corpus: Path) -> None:
    labels = json.loads((corpus / "labels.json").read_text("utf-8"))
    for name in ("hooks.rb", "enterprise/fastlane/Fastfile", "monorepo/apps/driver/fastlane/Fastfile"):
        lanes = {
            (lane.platform, lane.name): lane for lane in lane_fastfile.audit(corpus / name).files[0].lanes
        }
        for label in labels[name]["lanes"]:
            lane = lanes[label["platform"], label["name"]]
            assert lane.auth_with_hooks == label.get("auth_with_hooks", label["auth"]), (name, label["name"])


def test_a_whole_tree_is_audited_at_once(corpus: Path) -> None:
    found = lane_fastfile.audit(corpus)
    assert {one.file.removeprefix(f"{corpus.as_posix()}/").split("/")[0] for one in found.files} >= {
        "bitrise",
        "monorepo",
        "react-native",
    }
    assert found.auth == "apple_id"
