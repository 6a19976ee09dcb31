"""`lane advise` on CI files that run fastlane: by the Fastfile, with or without a Lanefile."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from project import Project

if TYPE_CHECKING:
    from pathlib import Path

FASTFILE = """
    default_platform(:ios)

    before_all do
      setup_ci
    end

    lane :lint do
      swiftlint
    end

    platform :ios do
      lane :test do
        scan
      end

      lane :beta do
        match(readonly: true)
        gym
        pilot
      end

      lane :keyed do
        app_store_connect_api_key(key_id: "A", issuer_id: "B", key_filepath: "k.p8")
        pilot
      end

      lane :push do
        pem
      end

      lane :store do
        deliver(precheck_include_in_app_purchases: false)
      end

      lane :asks do
        UI.confirm("sure?")
      end

      lane :off do
        pem unless is_ci
      end

      lane :dynamic do
        send(ENV["WHAT"])
      end
    end

    platform :android do
      lane :beta do
        gradle(task: "assemble")
      end
    end
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = Project(tmp_path)
    (tmp_path / ".git").mkdir()
    made.write("fastlane/Fastfile", FASTFILE)
    return made


def _workflow(project: Project, *commands: str, env: str = "{A: b}", before: str = "") -> None:
    lines = "\n".join(f"      - run: {before}{command}" for command in commands)
    text = f"on: {{push: {{tags: ['v*']}}}}\nenv: {env}\njobs:\n  main:\n    steps:\n{lines}\n"
    project.write(".github/workflows/ci.yml", text)


def _advice(project: Project, *arguments: str) -> dict[str, Any]:
    done = project.lane("advise", "--json", *arguments, HOME=str(project.folder))
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _verdicts(found: dict[str, Any]) -> dict[str, str]:
    return {call["command"]: call["verdict"] for call in found["ci"]["calls"]}


def _line(text: str) -> str:
    number = next(n for n, line in enumerate(FASTFILE.strip("\n").splitlines(), 1) if text in line)
    return f"fastlane/Fastfile:{number}"


def test_each_command_has_the_verdict_of_its_fastfile(project: Project) -> None:
    _workflow(
        project,
        "bundle exec fastlane test",
        "fastlane lint",
        "fastlane ios beta",
        "fastlane android beta",
        "fastlane keyed",
        "fastlane ios push",
        "fastlane store",
        "fastlane asks",
        "fastlane off",
        "fastlane gone",
        "fastlane $LANE",
        "fastlane pilot upload",
        "fastlane run pem",
        "fastlane spaceauth",
        "fastlane lanes",
        "fastlane run some_plugin",
        "fastlane dynamic",
    )
    found = _advice(project)
    assert _verdicts(found) == {
        "fastlane test": "runs",
        "fastlane lint": "runs",
        "fastlane ios beta": "stops",
        "fastlane android beta": "runs",
        "fastlane keyed": "runs",
        "fastlane ios push": "stops",
        "fastlane store": "stops",
        "fastlane asks": "stops",
        "fastlane off": "runs",
        "fastlane gone": "unknown",
        "fastlane $LANE": "unknown",
        "fastlane pilot upload": "stops",
        "fastlane run pem": "stops",
        "fastlane spaceauth": "stops",
        "fastlane lanes": "runs",
        "fastlane run some_plugin": "unknown",
        "fastlane dynamic": "unknown",
    }
    calls = {call["command"]: call for call in found["ci"]["calls"]}
    push = calls["fastlane ios push"]
    assert push["lane"] == "ios push"
    assert push["lines"] == [_line("  pem")]
    assert "signs in with an Apple ID: it waits for a six-digit code" in " ".join(push["why"])
    assert "unless it is given an API key" in " ".join(calls["fastlane ios beta"]["why"])
    assert "force: true" in " ".join(calls["fastlane store"]["why"])


def test_it_works_without_a_lanefile_and_with_one(project: Project) -> None:
    _workflow(project, "fastlane push")
    found = _advice(project)
    assert found["affected"]
    assert found["summary"] == "The command in CI files would stop at a prompt."
    (step,) = found["advice"]
    assert step["code"] == "from_fastlane"
    assert step["lines"] == [".github/workflows/ci.yml:6"]
    how = " ".join(step["how"])
    for part in ("`lane audit fastlane/Fastfile`", "`lane init`", "`lane ci export github`"):
        assert part in how
    project.write("Lanefile.py", "from lane import lane\n\n@lane\ndef nothing() -> None: ...\n")
    again = _advice(project)
    assert again["ci"] == found["ci"]
    assert again["affected"]
    assert "There are no steps to advise on." not in again["summary"]
    assert "Lanefile.py" in " ".join(again["advice"][-1]["how"])


def test_variables_of_the_file_spare_what_they_spare(project: Project) -> None:
    commands = ("fastlane ios beta", "fastlane push", "fastlane asks")
    for env, wanted in (
        ("{A: b}", ["stops", "stops", "stops"]),
        ("{APP_STORE_CONNECT_API_KEY_PATH: k.json}", ["runs", "stops", "stops"]),
        ('{FASTLANE_SESSION: "${{ secrets.S }}"}', ["session", "session", "stops"]),
        ("{FASTLANE_USER: a, FASTLANE_PASSWORD: b}", ["stops", "stops", "stops"]),
    ):
        _workflow(project, *commands, env=env)
        found = _advice(project)
        assert list(_verdicts(found).values()) == wanted, env
    why = " ".join(found["ci"]["calls"][1]["why"])
    assert "where no trust of 30 days is kept, Apple asks for a code all the same" in why


CONDITIONAL = """
    before_all do
      app_store_connect_api_key if ENV["APP_STORE_CONNECT_API_KEY_KEY"]
    end

    lane(:beta) { pilot }

    lane :loaded do
      app_store_connect_api_key(key_id: "A", key_filepath: "k.p8") if is_ci
      pilot
    end

    lane :tool do
      app_store_connect_api_key(key_id: "A", key_filepath: "k.p8")
      sh("fastlane", "sigh", "download_all")
    end

    lane :tool_with_key do
      sh("fastlane", "sigh", "download_all", "--api_key_path", "k.json")
    end

    lane :asks do |options|
      UI.confirm("sure?") unless options[:skip]
      pem if options[:certificates]
    end
"""


def test_a_key_that_is_loaded_on_some_ways_only_is_no_sure_key(project: Project) -> None:
    project.write("fastlane/Fastfile", CONDITIONAL)
    _workflow(project, "fastlane beta", "fastlane loaded")
    found = _advice(project)
    assert _verdicts(found) == {"fastlane beta": "unknown", "fastlane loaded": "runs"}
    assert "Whether one is loaded is only known when it runs." in found["ci"]["calls"][0]["why"]
    for name in ("APP_STORE_CONNECT_API_KEY_KEY", "ASC_KEY_CONTENT", "APP_STORE_CONNECT_API_KEY_PATH"):
        _workflow(project, "fastlane beta", env=f"{{{name}: x}}")
        assert _verdicts(_advice(project)) == {"fastlane beta": "runs"}, name


def test_a_tool_in_a_process_of_its_own_has_no_key_of_the_lane(project: Project) -> None:
    project.write("fastlane/Fastfile", CONDITIONAL)
    _workflow(project, "fastlane tool", "fastlane tool_with_key")
    assert _verdicts(_advice(project)) == {"fastlane tool": "stops", "fastlane tool_with_key": "runs"}


def test_parts_of_a_key_that_nothing_loads_spare_nothing(project: Project) -> None:
    _workflow(project, "fastlane ios beta", env="{APP_STORE_CONNECT_API_KEY_KEY: x, SENTRY_API_KEY: y}")
    found = _advice(project)
    assert _verdicts(found) == {"fastlane ios beta": "stops"}
    said = "Nothing makes a key of APP_STORE_CONNECT_API_KEY_KEY: call app_store_connect_api_key first."
    assert said in found["ci"]["calls"][0]["why"]


def test_a_command_gives_its_lane_the_options(project: Project) -> None:
    project.write("fastlane/Fastfile", CONDITIONAL)
    commands = ("fastlane asks", "fastlane asks skip:true", "fastlane asks skip:yes certificates:true")
    _workflow(project, *(f'"{command}"' for command in commands))
    assert list(_verdicts(_advice(project)).values()) == ["stops", "runs", "stops"]
    _workflow(project, '"fastlane asks skip:true certificates:$MADE"')
    assert _verdicts(_advice(project)) == {"fastlane asks skip:true certificates:$MADE": "stops"}
    _workflow(project, "fastlane asks $OPTIONS")
    assert _verdicts(_advice(project)) == {"fastlane asks $OPTIONS": "stops"}


def test_a_key_may_be_loaded_by_a_file_that_is_not_there(project: Project) -> None:
    project.write("fastlane/Fastfile", 'import "../shared/Fastfile"\nlane(:beta) { pilot }\n')
    _workflow(project, "fastlane beta")
    found = _advice(project)
    assert _verdicts(found) == {"fastlane beta": "unknown"}
    assert "may be elsewhere" in " ".join(found["ci"]["calls"][0]["why"])


def test_several_calls_that_ask_for_the_same_are_one_sentence(project: Project) -> None:
    project.write("fastlane/Fastfile", "lane :beta do\n  setup_ci\n  match\n  pilot\nend\n")
    _workflow(project, "fastlane beta")
    (call,) = _advice(project)["ci"]["calls"]
    calls = "match (fastlane/Fastfile:3) and pilot (fastlane/Fastfile:4)"
    assert call["why"][0] == f"{calls}: each asks for an Apple ID, unless it is given an API key."


def test_it_is_ci_that_asks_whether_it_is_ci(project: Project) -> None:
    project.write(
        "fastlane/Fastfile",
        """
        def ci? = ENV["CI"] == "true"

        lane :beta do
          setup_ci if ci?
          match(readonly: is_ci)
          match(readonly: Helper.ci?)
          deliver(api_key_path: "k.json", force: ENV.key?("CI"), precheck_include_in_app_purchases: false)
        end

        lane :by_hand do
          match(readonly: !is_ci)
        end

        lane :asks do
          prompt(text: "Version?")
        end
        """,
    )
    _workflow(project, "fastlane beta", "fastlane by_hand", "fastlane asks")
    assert _verdicts(_advice(project)) == {
        "fastlane beta": "runs",
        "fastlane by_hand": "stops",
        "fastlane asks": "runs",
    }


def test_a_key_of_the_lane_context_is_there_when_an_action_left_it(project: Project) -> None:
    project.write(
        "fastlane/Fastfile",
        """
        lane :beta do
          pilot(api_key: lane_context[SharedValues::APP_STORE_CONNECT_API_KEY])
        end

        lane :whole do
          app_store_connect_api_key(key_id: "A", key_filepath: "k.p8")
          beta
        end
        """,
    )
    _workflow(project, "fastlane beta", "fastlane whole")
    assert _verdicts(_advice(project)) == {"fastlane beta": "unknown", "fastlane whole": "runs"}


def test_a_keychain_that_the_file_unlocks_does_not_stop(project: Project) -> None:
    project.write("fastlane/Fastfile", "lane(:beta) { match(readonly: true) }\n")
    _workflow(project, "fastlane beta")
    assert _verdicts(_advice(project)) == {"fastlane beta": "stops"}
    _workflow(project, "security unlock-keychain -p x build.keychain", "fastlane beta")
    assert _verdicts(_advice(project)) == {"fastlane beta": "runs"}
    _workflow(project, "fastlane beta", env="{MATCH_KEYCHAIN_PASSWORD: x}")
    assert _verdicts(_advice(project)) == {"fastlane beta": "runs"}
    (project.folder / ".github/workflows/ci.yml").unlink()
    project.write(".gitlab-ci.yml", "a: {script: [fastlane beta]}\n")
    found = _advice(project)
    assert _verdicts(found) == {
        "fastlane beta": "unknown"
    }  # often a machine of the team, with its own keychain
    assert "its machines" in found["ci"]["calls"][0]["why"][-1]


def test_what_runs_nothing_is_not_listed(project: Project) -> None:
    _workflow(project, "fastlane --version", "fastlane install_plugins")
    assert _verdicts(_advice(project)) == {"fastlane install_plugins": "runs"}


def test_where_secrets_stand_in_no_file_nothing_is_claimed_of_them(project: Project) -> None:
    project.write(".gitlab-ci.yml", "a: {script: [fastlane ios beta, fastlane push]}\n")
    found = _advice(project)
    assert _verdicts(found) == {"fastlane ios beta": "unknown", "fastlane push": "stops"}
    assert "in no file" in " ".join(found["ci"]["calls"][0]["why"])


def test_the_fastfile_is_that_of_the_folder_in_which_it_runs(project: Project) -> None:
    project.write("apps/ios/Fastfile", "lane(:push) { gym }\n")
    _workflow(
        project,
        "(cd apps/ios; fastlane push)",
        "(cd apps; fastlane push)",
        "(cd $X; fastlane push)",
        "fastlane push",
    )
    calls = _advice(project)["ci"]["calls"]
    assert [call["verdict"] for call in calls] == ["runs", "unknown", "unknown", "stops"]
    assert "There is no Fastfile in apps" in " ".join(calls[1]["why"])


def test_a_fastfile_that_cannot_be_read_is_not_known(project: Project) -> None:
    project.write("fastlane/Fastfile", "import Foundation\nclass Fastfile: LaneFile { }\n")
    _workflow(project, "fastlane push")
    assert _verdicts(_advice(project)) == {"fastlane push": "unknown"}


def test_a_repository_without_both_is_told_to_begin(project: Project) -> None:
    done = project.lane("advise")
    assert done.returncode == 2
    assert "There is no Lanefile.py" in done.stderr
    project.write(".github/workflows/ci.yml", "on: push\njobs: {a: {steps: [{run: make}]}}\n")
    assert project.lane("advise", "release").returncode == 2
    done = project.lane("advise")
    assert done.returncode == 0
    assert "Its files call neither lane nor fastlane." in done.stdout


def test_nothing_of_fastlanes_floor_is_imported_without_fastlane(project: Project) -> None:
    project.write("Lanefile.py", "from lane import lane\n\n@lane\ndef nothing() -> None: ...\n")
    for command, wanted in (("lane run nothing", False), ("fastlane test", True)):
        _workflow(project, command)
        done = project.python("-X", "importtime", "-m", "lane", "advise", "--json", HOME=str(project.folder))
        assert done.returncode == 0
        assert ("lane_fastfile" in done.stderr) is wanted
