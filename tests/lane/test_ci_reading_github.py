"""What GitHub's workflows run, and when."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ci_files import told, when, written

if TYPE_CHECKING:
    from pathlib import Path

WORKFLOW = ".github/workflows/ios.yml"


def test_a_workflow_as_teams_write_it(tmp_path: Path) -> None:
    reading = written(
        tmp_path,
        {
            WORKFLOW: """
            name: iOS
            on:
              push:
                branches: [main, 'release/**']
                tags: ['v*']
                paths: [ios/**]
              pull_request:
                branches: [main]
              schedule:
                - cron: '30 4 * * 1-5'
                  timezone: Europe/Vienna
                - cron: 0 0 1 * *
              workflow_dispatch:
                inputs:
                  lane: {type: string}
            env:
              MATCH_PASSWORD: ${{ secrets.MATCH_PASSWORD }}
            defaults:
              run:
                working-directory: ios
            jobs:
              beta:
                runs-on: macos-15
                env: {FASTLANE_SESSION: "${{ secrets.FASTLANE_SESSION }}"}
                steps:
                  - uses: actions/checkout@v4
                  - name: Ship
                    env:
                      KEY: ${{ secrets.KEY }}
                    run: |
                      bundle install

                      bundle exec fastlane ios beta
            """
        },
    )
    (call,) = reading.calls
    assert reading.systems == ("github",)
    assert (call.place, call.workflow, call.job, call.folder) == (f"{WORKFLOW}:33", "iOS", "beta", "ios")
    assert call.variables == {"MATCH_PASSWORD", "FASTLANE_SESSION", "KEY"}
    assert when(call) == [
        "a push to main or release/**, where files change (ios/**)",
        "a push of a tag v*, where files change (ios/**)",
        "a pull request into main",
        "at 30 4 * * 1-5 (Europe/Vienna)",
        "at 0 0 1 * * (UTC)",
        "by hand",
    ]
    assert [start.line for start in call.starts] == [3, 3, 7, 10, 12, 13]


def test_on_is_a_text_a_list_or_a_table(tmp_path: Path) -> None:
    jobs = "jobs: {a: {steps: [{run: fastlane NAME}]}}"
    reading = written(
        tmp_path,
        {
            ".github/workflows/a.yml": f"on: push\n{jobs.replace('NAME', 'a')}\n",
            ".github/workflows/b.yaml": f"on: [push, pull_request]\n{jobs.replace('NAME', 'b')}\n",
            ".github/workflows/c.yml": f"'on':\n  release: {{types: [published]}}\n{jobs.replace('NAME', 'c')}\n",
            ".github/workflows/d.yml": f"on: {{push: {{branches-ignore: [dev]}}}}\n{jobs.replace('NAME', 'd')}\n",
            ".github/workflows/e.yml": f"on: {{workflow_run: {{workflows: [CI]}}}}\n{jobs.replace('NAME', 'e')}\n",
        },
    )
    assert told(reading) == {
        "fastlane a": ["a push to any branch", "a push of any tag"],
        "fastlane b": ["a push to any branch", "a push of any tag", "a pull request"],
        "fastlane c": ["a release (published)"],
        "fastlane d": ["a push to any branch, but not dev"],
        "fastlane e": ["the end of another workflow (CI)"],
    }


def test_conditions_of_jobs_and_steps_narrow_when(tmp_path: Path) -> None:
    reading = written(
        tmp_path,
        {
            WORKFLOW: """
            on:
              push:
              schedule: [{cron: 0 3 * * *}]
              workflow_dispatch:
            jobs:
              nightly:
                if: github.event_name == 'schedule'
                steps: [{run: lane run nightly}]
              tag:
                if: ${{ startsWith(github.ref, 'refs/tags/v') && github.event_name == 'push' }}
                steps: [{run: lane run tag}]
              main:
                if: github.ref == 'refs/heads/main' && github.event_name != 'schedule'
                steps: [{run: lane run main}]
              odd:
                if: github.event_name == 'push' && contains(github.event.head_commit.message, '[ship]')
                steps:
                  - run: lane run odd
                  - if: always() && github.event_name == 'schedule'
                    run: lane run never
                  - if: always()
                    run: lane run always
            """
        },
    )
    ship = "if contains(github.event.head_commit.message, [ship])"
    assert told(reading) == {
        "lane run nightly": ["at 0 3 * * * (UTC)"],
        "lane run tag": ["a push of a tag v*"],
        "lane run main": ["a push to main", "by hand, if github.ref == refs/heads/main"],
        "lane run odd": [f"a push to any branch, {ship}", f"a push of any tag, {ship}"],
        "lane run always": [f"a push to any branch, {ship}", f"a push of any tag, {ship}"],
    }


def test_a_matrix_and_variables_give_the_lane(tmp_path: Path) -> None:
    reading = written(
        tmp_path,
        {
            WORKFLOW: """
            on: push
            env: {PLATFORM: ios}
            jobs:
              a:
                strategy:
                  matrix:
                    lane: [beta, release]
                    include:
                      - {lane: extra}
                      - target: {name: deep}
                steps:
                  - run: fastlane $PLATFORM ${{ matrix.lane }}
                  - run: fastlane ${{ matrix.target.name }}
                  - run: fastlane "${LANE}" ${{ env.PLATFORM }}
                    env: {LANE: "${{ matrix.lane }}"}
                  - run: fastlane ${{ inputs.lane }}
            """
        },
    )
    assert list(told(reading)) == [
        "fastlane ios beta",
        "fastlane ios release",
        "fastlane ios extra",
        "fastlane deep",
        "fastlane beta ios",
        "fastlane release ios",
        "fastlane extra ios",
        "fastlane ${{ inputs.lane }}",
    ]


def test_a_person_may_choose_the_lane(tmp_path: Path) -> None:
    text = """
        on: {workflow_dispatch: {inputs: {lane: {type: choice, options: [beta, store]}, other: {type: string}}}}
        jobs:
          a:
            steps:
              - run: fastlane ${{ inputs.lane }}
              - run: fastlane ios ${{ github.event.inputs.lane }} ${{ inputs.other }}
    """
    assert list(told(written(tmp_path, {WORKFLOW: text}))) == [
        "fastlane beta",
        "fastlane store",
        "fastlane ios beta ${{ inputs.other }}",
        "fastlane ios store ${{ inputs.other }}",
    ]


def test_reusable_workflows_and_composite_actions_are_followed(tmp_path: Path) -> None:
    reading = written(
        tmp_path,
        {
            WORKFLOW: """
            name: Outer
            on: {push: {tags: ['v*']}}
            jobs:
              ship:
                uses: ./.github/workflows/ship.yml
                with: {lane: beta}
                secrets: {KEY: "${{ secrets.KEY }}"}
              far:
                uses: other/repo/.github/workflows/x.yml@v1
              near:
                steps:
                  - uses: ./.github/actions/ship
                    with: {lane: release}
                    env: {TOKEN: x}
            """,
            ".github/workflows/ship.yml": """
            on:
              workflow_call:
                inputs: {lane: {type: string, default: test}}
            jobs:
              inner:
                steps:
                  - run: fastlane ${{ inputs.lane }}
                    env: {KEY: "${{ secrets.KEY }}"}
            """,
            ".github/actions/ship/action.yml": """
            inputs:
              lane: {default: test}
              track: {default: alpha}
            runs:
              using: composite
              steps:
                - shell: bash
                  working-directory: app
                  run: fastlane ${{ inputs.lane }} track:${{ inputs.track }}
            """,
        },
    )
    by_command = {call.command: call for call in reading.calls}
    assert list(by_command) == ["fastlane beta", "fastlane release track:alpha"]
    beta, release = by_command.values()
    assert (beta.path, beta.file, beta.workflow) == (
        ".github/workflows/ship.yml",
        WORKFLOW,
        ".github/workflows/ship.yml",
    )
    assert (release.place, release.file, release.folder) == (
        ".github/actions/ship/action.yml:9",
        WORKFLOW,
        "app",
    )
    assert when(beta) == when(release) == ["a push of a tag v*"]
    assert beta.variables == {"KEY"}
    assert release.variables == {"TOKEN"}
    assert list(reading.unseen) == [
        f"{WORKFLOW} calls other/repo/.github/workflows/x.yml@v1, which is in another repository."
    ]


def test_secrets_that_are_not_handed_to_a_reusable_workflow_are_not_there(tmp_path: Path) -> None:
    inner = """
        on: workflow_call
        jobs: {a: {steps: [{run: fastlane x, env: {KEY: "${{ secrets.KEY }}", PLAIN: y}}]}}
    """
    for handed, wanted in (("", {"PLAIN"}), (", secrets: inherit", {"KEY", "PLAIN"})):
        outer = f"on: push\njobs: {{a: {{uses: ./.github/workflows/inner.yml{handed}}}}}\n"
        reading = written(tmp_path, {WORKFLOW: outer, ".github/workflows/inner.yml": inner})
        assert [call.variables for call in reading.calls] == [wanted]


def test_a_workflow_that_calls_itself_ends(tmp_path: Path) -> None:
    text = f"on: [push, workflow_call]\njobs: {{a: {{uses: ./{WORKFLOW}}}, b: {{steps: [{{run: fastlane x}}]}}}}\n"
    reading = written(tmp_path, {WORKFLOW: text})
    assert told(reading) == {"fastlane x": ["a push to any branch", "a push of any tag"]}


def test_a_reusable_workflow_that_nobody_calls_is_told(tmp_path: Path) -> None:
    reading = written(tmp_path, {WORKFLOW: "on: workflow_call\njobs: {a: {steps: [{run: fastlane x}]}}\n"})
    assert told(reading) == {"fastlane x": ["a workflow that calls this one"]}


def test_anchors_and_merge_keys(tmp_path: Path) -> None:
    reading = written(
        tmp_path,
        {
            WORKFLOW: """
            on: push
            x-env: &env {A: 1, B: 2}
            jobs:
              a: &job
                env: {<<: *env, C: 3}
                steps: &steps
                  - run: fastlane one
              b:
                <<: *job
                steps: *steps
            """
        },
    )
    assert [(call.job, call.line, call.variables) for call in reading.calls] == [
        ("a", 7, {"A", "B", "C"}),
        ("b", 7, {"A", "B", "C"}),
    ]


def test_the_action_that_is_known_to_call_fastlane(tmp_path: Path) -> None:
    steps = "[{uses: maierj/fastlane-action@v3, with: {lane: ios beta, subdirectory: app}}]"
    reading = written(tmp_path, {WORKFLOW: f"on: push\njobs: {{a: {{steps: {steps}}}}}\n"})
    assert [(call.command, call.folder) for call in reading.calls] == [("fastlane ios beta", "app")]


def test_what_one_step_leaves_in_the_environment_is_there_for_the_next(tmp_path: Path) -> None:
    reading = written(
        tmp_path,
        {
            WORKFLOW: """
            on: push
            jobs:
              a:
                steps:
                  - run: |
                      echo "KEY_PATH=$RUNNER_TEMP/key" >> "$GITHUB_ENV"
                      fastlane before
                  - run: fastlane after
            """
        },
    )
    assert [call.variables for call in reading.calls] == [frozenset(), {"KEY_PATH"}]


def test_files_that_cannot_be_read_are_told_and_the_rest_is_read(tmp_path: Path) -> None:
    (tmp_path / ".github/workflows").mkdir(parents=True)
    (tmp_path / ".github/workflows/latin.yml").write_bytes(b"name: \xe4\n")
    (tmp_path / ".github/workflows/folder.yml").mkdir()
    reading = written(
        tmp_path,
        {
            ".github/workflows/broken.yml": "on: push\njobs:\n  a: [\n",
            ".github/workflows/empty.yml": "",
            ".github/workflows/list.yml": "- a\n",
            ".github/workflows/odd.yml": "on: 7\njobs: {a: 1, b: {steps: {c: d}}, c: {steps: [1, {run: [x]}]}}\n",
            ".github/workflows/self.yml": "a: &a [*a]\n",
            ".github/workflows/good.yml": "on: push\njobs: {a: {steps: [{run: fastlane good}]}}\n",
        },
    )
    assert list(told(reading)) == ["fastlane good"]
    problems = {file.path.rpartition("/")[2]: file.problem for file in reading.files if file.problem}
    assert set(problems) == {"broken.yml", "latin.yml", "self.yml"}
    assert str(problems["broken.yml"]).startswith("line 4: ")
    assert "UTF-8" in str(problems["latin.yml"])
    assert problems["self.yml"] == "line 1: it contains itself"


def test_a_link_out_of_the_repository_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret.yml").write_text("on: push\njobs: {a: {steps: [{run: fastlane out}]}}\n")
    repo = tmp_path / "repo"
    (repo / ".github/workflows").mkdir(parents=True)
    (repo / ".github/workflows/link.yml").symlink_to(tmp_path / "secret.yml")
    outside = "on: push\njobs: {a: {uses: ./../secret.yml}, b: {steps: [{uses: ./../../x}]}}\n"
    reading = written(repo, {WORKFLOW: outside})
    assert reading.calls == ()
    assert [file.path for file in reading.files] == [WORKFLOW]


def test_many_aliases_do_not_take_long(tmp_path: Path) -> None:
    lines = ["on: push", "a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    reading = written(tmp_path, {WORKFLOW: "\n".join([*lines, "jobs: {a: {steps: *a11}}", ""])})
    assert reading.calls == ()
    assert [file.problem for file in reading.files] == [None]


def test_all_tags_ignored_are_none(tmp_path: Path) -> None:
    text = "on: {push: {branches: [main], tags-ignore: ['**']}}\njobs: {a: {steps: [{run: lane run a}]}}\n"
    assert told(written(tmp_path, {WORKFLOW: text})) == {"lane run a": ["a push to main"]}


def test_a_script_that_an_action_is_given(tmp_path: Path) -> None:
    text = """
        on: push
        jobs:
          a:
            steps:
              - uses: nick-fields/retry@v3
                env: {KEY: x}
                with:
                  command: |
                    cd ios
                    fastlane beta
    """
    (call,) = written(tmp_path, {WORKFLOW: text}).calls
    assert (call.command, call.folder, call.line) == ("fastlane beta", "ios", 10)


def test_conditions_that_can_not_hold(tmp_path: Path) -> None:
    text = """
        on:
          push: {branches: [main]}
          workflow_dispatch: {inputs: {lane: {}}}
        jobs:
          never: {if: false, steps: [{run: lane run never}]}
          text: {if: '${{ false }}', steps: [{run: lane run text}]}
          tag:
            if: github.event_name == 'push' && startsWith(github.ref, 'refs/tags/v')
            steps: [{run: lane run tag}]
          type:
            if: github.ref_type == 'tag' || github.event_name == 'workflow_dispatch'
            steps: [{run: lane run type}]
          asked: {if: "github.event_name == 'push' || inputs.lane == 'asked'", steps: [{run: lane run asked}]}
    """
    assert told(written(tmp_path, {WORKFLOW: text})) == {
        "lane run type": ["by hand, if github.ref_type == tag", "by hand"],
        "lane run asked": ["a push to main", "by hand, if inputs.lane == asked"],
    }


def test_what_leads_to_the_file_of_another_tool_is_told(tmp_path: Path) -> None:
    commands = [
        "make ship",
        "npm run ios",
        "yarn ios",
        "npm ci",
        "npm run test",
        "make -C app x",
        "make -C apps/b ship",
        "(cd app; make x)",
    ]
    steps = "\n".join(f"    - {{run: '{one}'}}" for one in commands)
    reading = written(
        tmp_path,
        {
            ".github/workflows/a.yml": f"on: push\njobs:\n  a:\n    steps:\n{steps}\n",
            "Makefile": "ship:\n\tcd ios && bundle exec fastlane beta\n",
            "app/Makefile": "x:\n\techo fast lane\n",
            "apps/b/Makefile": "ship:\n\tlane run ship\n",
            "package.json": '{"scripts": {"test": "jest", "ios": "cd ios && fastlane beta"}}',
        },
    )
    place = ".github/workflows/a.yml"
    assert reading.calls == ()
    assert reading.unseen == (
        f"{place}:5 runs make ship: Makefile is not looked into.",
        f"{place}:6 runs npm run ios: package.json is not looked into.",
        f"{place}:7 runs yarn ios: package.json is not looked into.",
        f"{place}:11 runs make -C apps/b ship: apps/b/Makefile is not looked into.",
    )
