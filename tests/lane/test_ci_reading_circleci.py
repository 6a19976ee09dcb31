"""What CircleCI's configuration runs, and when."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ci_files import told, when, written

if TYPE_CHECKING:
    from pathlib import Path

FILE = ".circleci/config.yml"


def test_a_configuration_as_teams_write_it(tmp_path: Path) -> None:
    reading = written(
        tmp_path,
        {
            FILE: """
            version: 2.1
            parameters:
              ship: {type: boolean, default: false}
            executors:
              mac:
                macos: {xcode: 16.4.0}
                environment: {LC_ALL: en_US.UTF-8}
            commands:
              lane:
                parameters:
                  name: {type: string}
                  platform: {type: string, default: ios}
                steps:
                  - run:
                      name: Run
                      working_directory: ~/project/app
                      environment: {SKIP: "1"}
                      command: |
                        bundle exec fastlane << parameters.platform >> << parameters.name >>
            jobs:
              test:
                executor: mac
                steps:
                  - checkout
                  - lane: {name: test}
              ship:
                executor: {name: mac}
                parameters: {lane: {type: string}}
                environment: {FASTLANE_SESSION: abc}
                steps:
                  - checkout
                  - when:
                      condition: << pipeline.parameters.ship >>
                      steps: [run: fastlane conditional]
                  - lane: {name: << parameters.lane >>}
            workflows:
              main:
                jobs:
                  - test:
                      filters: {branches: {ignore: [wip, /dependabot.*/]}}
                  - hold: {type: approval, requires: [test]}
                  - ship:
                      lane: beta
                      requires: [hold]
                      context: [apple]
                      filters: {branches: {only: [main, /release-.*/]}, tags: {only: /^v.*/}}
              nightly:
                triggers:
                  - schedule: {cron: "0 3 * * *", filters: {branches: {only: main}}}
                jobs:
                  - ship: {name: night, matrix: {parameters: {lane: [nightly, screenshots]}}}
            """
        },
    )
    assert told(reading) == {
        "fastlane ios test": ["a push to any branch, but not wip, dependabot**"],
        "fastlane conditional": ["at 0 3 * * * (UTC) on main, if pipeline.parameters.ship"],
        "fastlane ios beta": ["a push to main or release-**", "a push of a tag v**"],
        "fastlane ios nightly": ["at 0 3 * * * (UTC) on main"],
        "fastlane ios screenshots": ["at 0 3 * * * (UTC) on main"],
    }
    beta = next(call for call in reading.calls if call.command == "fastlane ios beta")
    assert (beta.place, beta.workflow, beta.job, beta.folder) == (f"{FILE}:19", "main", "ship", "app")
    assert beta.variables == {"LC_ALL", "FASTLANE_SESSION", "SKIP"}
    assert beta.approval == "the approval hold"
    assert {call.job for call in reading.calls} == {"test", "ship", "night"}


def test_logic_in_workflows(tmp_path: Path) -> None:
    def workflow(name: str, condition: str) -> str:
        return f"  {name}: {{{condition}, jobs: [{name}]}}\n"

    names = ("api", "chosen", "pushed", "named", "both", "branch", "neither")
    jobs = "".join(f"  {name}: {{steps: [run: lane run {name}]}}\n" for name in names)
    text = (
        f"version: 2.1\nparameters: {{lane: {{type: string, default: ''}}}}\njobs:\n{jobs}workflows:\n"
        + workflow("api", "when: {equal: [scheduled_pipeline, << pipeline.trigger_source >>]}")
        + workflow("chosen", "when: {equal: [release, << pipeline.parameters.lane >>]}")
        + workflow("pushed", "when: {equal: ['', << pipeline.parameters.lane >>]}")
        + workflow("named", "when: {equal: [<< pipeline.schedule.name >>, nightly]}")
        + workflow(
            "both",
            "when: {and: [{equal: [webhook, << pipeline.trigger_source >>]}, << pipeline.parameters.lane >>]}",
        )
        + workflow("branch", "when: {matches: {pattern: ^main$, value: << pipeline.git.branch >>}}")
        + workflow("neither", "unless: {or: [<< pipeline.parameters.lane >>, {not: a}]}")
    )
    elsewhere = "whose time stands in CircleCI, in the project's settings"
    asked = "if pipeline.parameters.lane"
    assert told(written(tmp_path, {FILE: text})) == {
        "lane run api": [f"a schedule, {elsewhere}"],
        "lane run chosen": ["by hand with lane=release"],
        "lane run pushed": ["a push to any branch"],
        "lane run named": [f"a schedule named nightly, {elsewhere}"],
        "lane run both": [f"a push to any branch, {asked}"],
        "lane run branch": ["a push to main"],
        "lane run neither": ["a push to any branch, if a"],
    }


def test_a_person_may_choose_the_lane(tmp_path: Path) -> None:
    text = """
        parameters: {lane: {type: enum, enum: ['', beta, store], default: ''}}
        commands: {go: {steps: [run: fastlane << pipeline.parameters.lane >>]}}
        jobs: {a: {steps: [go, run: lane run << pipeline.parameters.lane >>]}}
        workflows: {w: {jobs: [a]}}
    """
    commands = list(told(written(tmp_path, {FILE: text})))
    assert commands == ["fastlane beta", "fastlane store", "lane run beta", "lane run store"]


def test_a_file_without_workflows_runs_build(tmp_path: Path) -> None:
    text = """
        version: 2
        jobs:
          build:
            working_directory: ~/repo/sub
            steps:
              - run: fastlane test
              - run: {command: lane run x, working_directory: lib}
              - unknown-orb/step
              - other: {a: b}
    """
    reading = written(tmp_path, {FILE: text})
    assert told(reading) == {
        "fastlane test": ["a push to any branch"],
        "lane run x": ["a push to any branch"],
    }
    assert [call.folder for call in reading.calls] == ["", "lib"]


def test_tags_alone_leave_out_branches_only_where_these_are_ignored(tmp_path: Path) -> None:
    text = """
        jobs: {a: {steps: [run: lane run a]}, b: {steps: [run: lane run b]}}
        workflows:
          w:
            jobs:
              - a: {filters: {tags: {only: /.*/}, branches: {ignore: /.*/}}}
              - b: {filters: {tags: {only: [v1, v2], ignore: v3}}}
    """
    assert told(written(tmp_path, {FILE: text})) == {
        "lane run a": ["a push of any tag"],
        "lane run b": ["a push to any branch", "a push of a tag v1 or v2, but not v3"],
    }


def test_a_job_may_stand_in_a_workflow_more_than_once(tmp_path: Path) -> None:
    text = """
        jobs:
          ui:
            parameters: {device: {type: string}}
            steps: [run: "fastlane ui device:'<< parameters.device >>'"]
        workflows:
          w:
            jobs:
              - hold: {type: approval}
              - ui: {name: phone, device: iPhone 17}
              - ui: {name: pad, device: iPad, requires: [hold]}
    """
    calls = written(tmp_path, {FILE: text}).calls
    assert [(call.job, call.command, call.approval) for call in calls] == [
        ("phone", "fastlane ui 'device:iPhone 17'", None),
        ("pad", "fastlane ui device:iPad", "the approval hold"),
    ]


def test_a_parameter_of_the_pipeline_means_that_somebody_starts_it(tmp_path: Path) -> None:
    text = """
        parameters: {beta: {type: boolean, default: false}}
        jobs:
          beta: {steps: [{when: {condition: << pipeline.parameters.beta >>, steps: [run: lane run beta]}}]}
          test: {steps: [run: lane run test]}
        workflows:
          release: {when: << pipeline.parameters.beta >>, jobs: [beta]}
          usual: {when: {and: [{not: << pipeline.parameters.beta >>}]}, jobs: [test]}
    """
    assert told(written(tmp_path, {FILE: text})) == {
        "lane run beta": ["by hand with beta"],
        "lane run test": ["a push to any branch"],
    }


def test_commands_that_call_each_other_end(tmp_path: Path) -> None:
    text = """
        commands: {a: {steps: [b, run: fastlane a]}, b: {steps: [a]}}
        jobs: {build: {steps: [a]}, odd: 1}
        workflows: {w: {jobs: [build, gone, 7, {odd: x}]}, version: 2}
    """
    calls = written(tmp_path, {FILE: text}).calls
    assert {call.command for call in calls} == {"fastlane a"}
    assert when(calls[0]) == ["a push to any branch"]


def test_filters_as_an_expression(tmp_path: Path) -> None:
    text = """
        jobs: {a: {steps: [run: lane run a]}}
        workflows: {w: {jobs: [a: {filters: pipeline.git.branch == "main"}]}}
    """
    assert told(written(tmp_path, {".circleci/config.yml": text})) == {"lane run a": ["a push to main"]}
