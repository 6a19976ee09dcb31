"""What GitLab's file runs, and when."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ci_files import told, when, written

if TYPE_CHECKING:
    from pathlib import Path

FILE = ".gitlab-ci.yml"
ELSEWHERE = "a schedule, whose time stands in GitLab, under Build, Pipeline schedules"
ANY = "any push, any schedule or by hand"


def test_a_pipeline_as_teams_write_it(tmp_path: Path) -> None:
    reading = written(
        tmp_path,
        {
            FILE: """
            include:
              - local: /ci/*.yml
              - template: Security/SAST.gitlab-ci.yml
              - project: group/ci
                file: x.yml
              - local: /not/here.yml
            variables:
              MATCH_READONLY: "true"
            default:
              before_script:
                - cd ios
                - bundle install
            workflow:
              rules:
                - if: $CI_PIPELINE_SOURCE == "merge_request_event"
                - if: $CI_COMMIT_TAG
                - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH
                - if: $CI_PIPELINE_SOURCE == "schedule"
            beta:
              extends: [.fast, .keys]
              rules:
                - if: $CI_PIPELINE_SOURCE == "schedule"
                  when: never
                - if: $CI_COMMIT_BRANCH == "main"
                - if: $CI_COMMIT_TAG =~ /^v.*/
                  when: manual
              script:
                - !reference [.setup, script]
                - |
                  if [ -n "$X" ]; then
                    bundle exec fastlane ios beta \\
                      build:1
                  fi
            """,
            "ci/common.yml": """
            .setup:
              script:
                - echo hi
                - fastlane setup
            .fast:
              tags: [macos]
              before_script: [cd app]
            .keys:
              variables: {KEY: x}
            """,
        },
    )
    setup, beta = reading.calls
    assert (setup.place, setup.command, setup.folder) == ("ci/common.yml:4", "fastlane setup", "app")
    assert (beta.place, beta.command) == (f"{FILE}:31", "fastlane ios beta build:1")
    assert beta.variables == {"MATCH_READONLY", "KEY"}
    assert when(beta) == ["a push to main", "a push of a tag v**, then a click on the job"]
    assert [start.line for start in beta.starts] == [24, 25]
    assert beta.approval is None  # a push to main asks nobody
    assert reading.unseen == (
        f"{FILE} includes the template Security/SAST.gitlab-ci.yml, which is not in this repository.",
        f"{FILE} includes the project group/ci, which is not in this repository.",
        f"{FILE} includes /not/here.yml, which is not there.",
    )


def test_rules_in_plain_words(tmp_path: Path) -> None:
    def job(name: str, *rules: str) -> str:
        lines = "".join(f"\n    - {rule}" for rule in rules)
        return f"{name}:\n  script: lane run {name}\n  rules:{lines}\n"

    text = "".join(
        [
            "variables: {TARGET: {value: '', options: ['', a]}}\n",
            job("schedule", 'if: $CI_PIPELINE_SOURCE == "schedule"'),
            job("named", 'if: $CI_PIPELINE_SOURCE == "schedule" && $WHAT == "nightly"'),
            job("web", 'if: $CI_PIPELINE_SOURCE == "web"'),
            job("asked", 'if: $TARGET == "a"'),
            job("either", 'if: $CI_COMMIT_BRANCH == "main" || $CI_COMMIT_TAG'),
            job("usual", "if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH"),
            job("changed", "changes: [ios/**]"),
            job("odd", "if: $DEPLOY =~ /yes/ && $CI_COMMIT_TAG"),
            job("api", 'if: $CI_PIPELINE_SOURCE == "api"'),
            job("but", "{if: $CI_COMMIT_TAG, when: never}", "when: always"),
            job("click", "when: manual"),
            job("never", "when: never"),
        ]
    )
    assert told(written(tmp_path, {FILE: text})) == {
        "lane run schedule": [ELSEWHERE],
        "lane run named": [ELSEWHERE.replace("a schedule,", "a schedule with WHAT=nightly,")],
        "lane run web": ["by hand"],
        "lane run asked": ["by hand with TARGET=a"],
        "lane run either": ["a push to main", "a push of any tag"],
        "lane run usual": ["a push to the default branch"],
        "lane run changed": [f"{ANY}, where files change (ios/**)"],
        "lane run odd": ["a push of any tag, if $DEPLOY =~ /yes/"],
        "lane run api": ["a pipeline of source api"],
        "lane run but": [f"{ANY}, if not $CI_COMMIT_TAG"],
        "lane run click": [ANY],
    }


def test_only_and_except(tmp_path: Path) -> None:
    text = """
        a: {script: lane run a}
        b: {script: lane run b, only: [main, tags, schedules]}
        c: {script: lane run c, only: {refs: [/^release-.*$/], variables: [$GO], changes: [a/*]}, except: [web]}
        d: {script: lane run d, when: manual}
        e: {script: lane run e, only: merge_requests}
    """
    reading = written(tmp_path, {FILE: text})
    assert told(reading) == {
        "lane run a": [ANY],
        "lane run b": ["a push to main", "a push of any tag", ELSEWHERE],
        "lane run c": [
            "a push to release-** (or a tag of that name), where files change (a/*), if $GO, but not web"
        ],
        "lane run d": [ANY],
        "lane run e": ["a pull request"],
    }
    assert [call.approval for call in reading.calls if call.job == "d"] == ["a click on the job"]


def test_before_and_after_and_what_is_inherited(tmp_path: Path) -> None:
    text = """
        image: ruby
        before_script: [fastlane before]
        after_script: [fastlane after]
        variables: {A: x, B: y}
        one: {script: [cd x, fastlane one]}
        two: {script: fastlane two, before_script: [], inherit: {default: false, variables: [B]}}
        .hidden: {script: fastlane hidden}
        three: {extends: .hidden, after_script: [fastlane own]}
    """
    calls = written(tmp_path, {FILE: text}).calls
    assert [(call.job, call.command, call.folder) for call in calls] == [
        ("one", "fastlane before", ""),
        ("one", "fastlane one", "x"),
        ("one", "fastlane after", ""),
        ("two", "fastlane two", ""),
        ("three", "fastlane before", ""),
        ("three", "fastlane hidden", ""),
        ("three", "fastlane own", ""),
    ]
    assert [call.variables for call in calls if call.job == "two"] == [{"B"}]


def test_a_matrix_gives_the_lane_and_a_person_may(tmp_path: Path) -> None:
    text = """
        variables: {ASKED: {value: beta, description: Which lane}}
        a:
          parallel: {matrix: [{LANE: [beta, release], PLATFORM: ios}]}
          script:
            - fastlane $PLATFORM $LANE
            - fastlane $ASKED
    """
    assert list(told(written(tmp_path, {FILE: text}))) == [
        "fastlane ios beta",
        "fastlane ios release",
        "fastlane $ASKED",
    ]


def test_child_pipelines_start_as_the_job_does(tmp_path: Path) -> None:
    files = {
        FILE: """
            ios:
              trigger: {include: ci/ios.yml}
              rules: [{if: $CI_COMMIT_TAG}]
            far: {trigger: {include: [{project: a/b, file: c.yml}]}}
            other: {trigger: group/project}
        """,
        "ci/ios.yml": """
            beta: {script: fastlane beta}
            again: {trigger: {include: {local: ci/ios.yml}}}
        """,
    }
    reading = written(tmp_path, files)
    assert told(reading) == {"fastlane beta": ["a push of any tag"]}
    assert reading.unseen == (f"{FILE} includes the project a/b, which is not in this repository.",)


def test_circles_and_odd_values_end(tmp_path: Path) -> None:
    files = {
        FILE: """
            include: [/a.yml]
            x: {extends: y, script: fastlane x}
            y: {extends: x, script: [!reference [y, script], [[fastlane nested]], 7, {a: b}]}
            z: text
            w: {script: !reference [w, script]}
            default: 3
            v: {extends: [1, gone], rules: odd, script: fastlane v}
        """,
        "a.yml": "include: .gitlab-ci.yml\n",
    }
    commands = list(told(written(tmp_path, files)))
    assert commands == ["fastlane x", "fastlane nested", "fastlane v"]


def test_a_file_with_a_header_document(tmp_path: Path) -> None:
    text = "spec: {inputs: {a: {default: b}}}\n---\na: {script: fastlane a}\n"
    assert list(told(written(tmp_path, {FILE: text}))) == ["fastlane a"]


def test_a_workflow_that_asks_for_a_branch_lets_schedules_in(tmp_path: Path) -> None:
    reading = written(
        tmp_path,
        {
            FILE: """
            workflow:
              rules:
                - if: $CI_PIPELINE_SOURCE == "merge_request_event"
                - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH
            nightly: {script: lane run nightly, rules: [{if: $CI_PIPELINE_SOURCE == "schedule"}]}
            main: {script: lane run main, rules: [{if: $CI_COMMIT_BRANCH == "main"}]}
            any: {script: lane run any}
            """
        },
    )
    assert told(reading) == {
        "lane run nightly": [ELSEWHERE],
        "lane run main": ["a push to main"],
        "lane run any": ["a pull request", "a push to the default branch"],
    }


def test_a_workflow_that_keeps_schedules_out(tmp_path: Path) -> None:
    reading = written(
        tmp_path,
        {
            FILE: """
            workflow:
              rules:
                - {if: $CI_PIPELINE_SOURCE == "schedule", when: never}
                - if: $CI_COMMIT_BRANCH == "main"
            nightly: {script: lane run nightly, rules: [{if: $CI_PIPELINE_SOURCE == "schedule"}]}
            """
        },
    )
    assert reading.calls == ()
