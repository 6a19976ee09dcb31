"""What Buildkite's pipelines run, and when."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ci_files import told, written

if TYPE_CHECKING:
    from pathlib import Path

FILE = ".buildkite/pipeline.yml"
ANY = "any push, any schedule or by hand"
ELSEWHERE = "whose time stands in Buildkite, in the pipeline's settings"


def test_a_pipeline_as_teams_write_it(tmp_path: Path) -> None:
    reading = written(
        tmp_path,
        {
            FILE: """
            env: {LANG: en_US.UTF-8}
            steps:
              - label: ":test_tube: Test"
                key: test
                commands:
                  - cd ios
                  - bundle exec fastlane test
              - wait
              - label: Nightly
                if: build.source == "schedule" && build.branch == "main"
                command: lane run nightly
              - block: Ship it?
                key: ship-it
                branches: main
              - group: Ship
                steps:
                  - label: Beta
                    branches: "main release/* !release/old"
                    secrets: [FASTLANE_SESSION]
                    env: {TRACK: beta}
                    command: |
                      VERSION="$$(cat VERSION)"
                      fastlane $$TRACK version:$$VERSION
                  - label: Tag
                    if: build.tag =~ /^v.*$/ || build.env("SHIP") == "yes"
                    depends_on: [{step: test}]
                    command: lane run tag
                  - label: Request
                    if: build.pull_request.id != null
                    command: lane run check
              - command: buildkite-agent pipeline upload .buildkite/release.yml
                if: build.tag != null
            """,
            ".buildkite/release.yml": """
            - command: fastlane {{matrix}}
              matrix: [alpha, store]
            - input: Version
              key: version
            - command: fastlane {{ matrix.lane }}
              depends_on: version
              matrix: {setup: {lane: [last]}}
            """,
            ".buildkite/other.yaml": "steps: [{command: lane run other}]\n",
        },
    )
    assert told(reading) == {
        "fastlane test": [ANY],
        "lane run nightly": [f"a schedule, if build.branch == main, {ELSEWHERE}"],
        "fastlane beta version:$VERSION": ["a push to main or release/*, but not release/old"],
        "lane run tag": ["a push of a tag v**", f"{ANY}, if build.env(SHIP) == yes"],
        "lane run check": ["a pull request"],
        "fastlane alpha": ["a push of any tag"],
        "fastlane store": ["a push of any tag"],
        "fastlane last": ["a push of any tag"],
        "lane run other": ["a build that uploads this file"],
    }
    calls = {call.command: call for call in reading.calls}
    beta = calls["fastlane beta version:$VERSION"]
    assert (beta.place, beta.job, beta.approval) == (f"{FILE}:23", "Beta", "the block step Ship it?")
    assert beta.variables == {"LANG", "TRACK", "FASTLANE_SESSION", "VERSION"}
    assert calls["fastlane test"].folder == "ios"
    assert calls["lane run tag"].approval is None
    assert calls["fastlane store"].path == ".buildkite/release.yml"
    assert calls["fastlane last"].approval == "the input step Version"


def test_json_and_odd_values(tmp_path: Path) -> None:
    files = {
        ".buildkite/pipeline.json": '{"steps": [{"command": "lane run x"}, 7, "wait", {"command": {"a": 1}}]}',
        ".buildkite/circle.yml": "steps: [{command: buildkite-agent pipeline upload .buildkite/circle.yml}]",
        ".buildkite/release/beta.yml": "steps: [{command: lane run beta}]",
    }
    assert told(written(tmp_path, files)) == {
        "lane run x": [ANY],
        "lane run beta": ["a build that uploads this file"],
    }


def test_a_step_that_is_skipped_runs_nothing(tmp_path: Path) -> None:
    text = """
        steps:
          - {command: lane run a, skip: true}
          - {command: lane run b, skip: later}
          - {command: lane run c, skip: false}
    """
    assert list(told(written(tmp_path, {".buildkite/pipeline.yml": text}))) == ["lane run c"]
