"""`lane advise` on CI files that run lanes: when, whether they would stop at a prompt, the export that would not."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from project import Project

if TYPE_CHECKING:
    from pathlib import Path

ACTIONS = '''
    """Actions under Apple's modes."""

    from lane import Context, action, probe
    from lane_apple import api_key, apple_id

    @probe(auth=[api_key])
    def has_record(ctx: Context) -> str | None: ...

    @action(auth=[api_key])
    def send(ctx: Context, *, text: str = "") -> str: ...

    @action(auth=[apple_id])
    def sign(ctx: Context, *, text: str = "") -> str: ...

    @action(auth=[apple_id], effect="create", probe=has_record)
    def create_record(ctx: Context) -> str: ...

    @action(auth=[api_key, apple_id])
    def either(ctx: Context) -> str: ...
'''
LANES = """
    from actions.apple import create_record, either, send, sign
    from lane import app, lane, nightly

    app(bundle_id="com.example.aurora")

    @lane
    def ship(track: str = "beta") -> None:
        send()

    @lane
    def signed(name: str = "x") -> None:
        sent = send()
        sign(text=sent)

    @lane
    def blocked() -> None:
        send(text=sign())

    @lane
    def once() -> None:
        create_record()

    @lane
    def late() -> None:
        sent = send()
        send.set(name="later", on=nightly)(text=sent)

    @lane
    def free() -> None:
        either()

    @lane
    def wants(number: int) -> None:
        send()
"""
KEY = "{APP_STORE_CONNECT_API_KEY_PATH: key.json}"
SESSION = '{APP_STORE_CONNECT_API_KEY_PATH: key.json, FASTLANE_SESSION: "${{ secrets.S }}"}'


# The same lane, started by the same pushes, in the words of each system.
BY_HAND = {
    "github": (
        ".github/workflows/own.yml",
        """
        on: {push: {branches: [main], tags: ['v*']}}
        env: {APP_STORE_CONNECT_API_KEY_PATH: key.json}
        jobs: {a: {steps: [{run: lane run signed --name=y}]}}
        """,
    ),
    "gitlab": (
        ".gitlab-ci.yml",
        r"""
        a:
          variables: {APP_STORE_CONNECT_API_KEY_PATH: key.json}
          script: lane run signed --name=y
          rules:
            - if: $CI_COMMIT_BRANCH == "main"
            - if: $CI_COMMIT_TAG =~ /^v[^\/]*$/
        """,
    ),
    "circleci": (
        ".circleci/config.yml",
        r"""
        jobs: {a: {environment: {APP_STORE_CONNECT_API_KEY_PATH: key.json}, steps: [run: lane run signed --name=y]}}
        workflows: {w: {jobs: [a: {filters: {branches: {only: main}, tags: {only: '/v[^\/]*/'}}}]}}
        """,
    ),
    "buildkite": (
        ".buildkite/pipeline.yml",
        r"""
        env: {APP_STORE_CONNECT_API_KEY_PATH: key.json}
        steps:
          - command: lane run signed --name=y
            if: build.branch == "main" || build.tag =~ /^v[^\/]*$/
        """,
    ),
}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = Project(tmp_path)
    (tmp_path / ".git").mkdir()
    made.write("Lanefile.py", LANES)
    made.write("actions/apple.py", ACTIONS)
    made.write("requirements.txt", "lane\n")
    return made


def _workflow(project: Project, *steps: str, on: str = "{push: {tags: ['v*']}}", env: str = KEY) -> None:
    lines = "\n".join(f"      - {{run: '{step}'}}" for step in steps)
    project.write(".github/workflows/ci.yml", f"on: {on}\nenv: {env}\njobs:\n  main:\n    steps:\n{lines}\n")


def _advice(project: Project, *arguments: str) -> dict[str, Any]:
    done = project.lane("advise", "--json", *arguments, HOME=str(project.folder))
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _verdicts(found: dict[str, Any]) -> dict[str, tuple[str, bool | None]]:
    return {call["command"]: (call["verdict"], call["stops"]) for call in found["ci"]["calls"]}


def _text(project: Project, *arguments: str) -> str:
    done = project.lane("advise", *arguments, HOME=str(project.folder), COLUMNS="300")
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_each_command_has_its_verdict(project: Project) -> None:
    _workflow(
        project,
        "lane run ship",
        "lane run signed",
        "lane run signed --job attended",
        "lane run blocked",
        "lane run once",
        "lane run late --export-handoff out",
        "lane run free",
        "lane run gone",
        "lane run $LANE",
        "lane run wants --number=$N",
        "lane run wants --number=7",
        "lane run signed --policy have=apple_id",
        "lane run signed --local",
    )
    found = _advice(project)
    assert _verdicts(found) == {
        "lane run ship": ("runs", False),
        "lane run signed": ("waits", False),
        "lane run signed --job attended": ("unknown", None),
        "lane run blocked": ("stops", True),
        "lane run once": ("stops", True),
        "lane run late --export-handoff out": ("runs", False),
        "lane run free": ("runs", False),
        "lane run gone": ("unknown", None),
        "lane run $LANE": ("unknown", None),
        "lane run wants --number=$N": ("unknown", None),
        "lane run wants --number=7": ("runs", False),
        "lane run signed --policy have=apple_id": ("missing", False),
        "lane run signed --local": ("waits", False),
    }
    assert found["affected"]
    assert "2 of 13 commands in CI files would stop at a prompt." in found["summary"]
    calls = {call["command"]: call for call in found["ci"]["calls"]}
    why = " ".join(calls["lane run blocked"]["why"])
    assert "All of it waits for sign (Lanefile.py:17), which needs a person" in why
    assert "exits with 4" in why
    assert calls["lane run blocked"]["lines"] == ["Lanefile.py:17"]
    assert "unless a probe finds that done" in " ".join(calls["lane run once"]["why"])
    assert "There is no lane 'gone'" in " ".join(calls["lane run gone"]["why"])


def test_what_lane_run_does_is_what_the_verdict_says(project: Project, tmp_path: Path) -> None:
    """The words on exit codes hold: a person is needed (4), a credential is missing (3)."""
    empty = {"HOME": str(tmp_path), "CI": "true"}
    assert project.lane("run", "blocked", "--policy", "have=api_key", **empty).returncode == 4
    assert project.lane("run", "free", **empty).returncode == 3
    assert project.lane("run", "free", "--policy", "have=apple_id", **empty).returncode == 3
    assert project.lane("run", "signed", "--job", "attended", **empty).returncode == 0


def test_with_nobody_there_local_leaves_to_a_person_what_it_must(project: Project, tmp_path: Path) -> None:
    lane = "\n    @lane\n    def aside() -> None:\n        sign()\n        sh(['true'])\n"
    project.write("Lanefile.py", f"    from lane_actions import sh\n{LANES}{lane}")
    _workflow(project, "lane run aside --local", env="{}")
    assert _verdicts(_advice(project)) == {"lane run aside --local": ("waits", False)}
    done = project.lane("run", "aside", "--local", HOME=str(tmp_path), CI="true")
    assert (done.returncode, "1 job pending" in done.stdout) == (0, True)


def test_the_credentials_are_those_of_the_file_not_of_this_machine(project: Project) -> None:
    _workflow(project, "lane run ship", "lane run free", "lane run blocked", env="{OTHER: x}")
    key = {"APP_STORE_CONNECT_API_KEY_PATH": "key.json", "FASTLANE_SESSION": "x"}
    done = project.lane("advise", "--json", HOME=str(project.folder), **key)
    assert _verdicts(json.loads(done.stdout)) == {
        "lane run ship": ("missing", False),
        "lane run free": ("missing", False),
        "lane run blocked": ("stops", True),
    }


def test_a_session_in_a_file_works_until_it_ends(project: Project) -> None:
    _workflow(project, "lane run blocked", "lane run ship", env=SESSION)
    found = _advice(project)
    assert _verdicts(found) == {"lane run blocked": ("session", False), "lane run ship": ("runs", False)}
    (why,) = found["ci"]["calls"][0]["why"]
    assert "FASTLANE_SESSION" in why
    assert "until that ends" in why
    assert "1 would as soon as a session ends." in found["summary"]


def test_a_password_alone_is_no_session(project: Project) -> None:
    _workflow(project, "lane run blocked", env="{FASTLANE_USER: a, FASTLANE_PASSWORD: b}")
    found = _advice(project)
    assert _verdicts(found) == {"lane run blocked": ("stops", True)}
    assert "FASTLANE_PASSWORD alone does not spare the code" in " ".join(found["ci"]["calls"][0]["why"])


def test_what_is_pending_on_a_runner_that_does_not_stay_is_lost(project: Project) -> None:
    _workflow(project, "lane run late")
    found = _advice(project)
    assert "lost where the runner does not stay" in " ".join(found["ci"]["calls"][0]["why"])
    assert [step["code"] for step in found["advice"]][-1] == "export"


def test_a_hook_that_needs_a_person_stops_every_lane(project: Project) -> None:
    project.write(
        "Lanefile.py",
        """
        from actions.apple import send, sign
        from lane import before_all, lane

        @before_all
        def first() -> None:
            sign()

        @lane
        def ship() -> None:
            send()
        """,
    )
    _workflow(project, "lane run ship")
    assert _verdicts(_advice(project)) == {"lane run ship": ("stops", True)}


def _project_in(folder: Path) -> Project:
    """The same project in another folder."""
    made = Project(folder)
    made.write("Lanefile.py", LANES)
    made.write("actions/apple.py", ACTIONS)
    made.write("requirements.txt", "lane\n")
    return made


def _take_up(project: Project, offer: dict[str, Any]) -> None:
    """Declare what an offer says is to be declared, and export."""
    project.write(offer["into"], offer["declare"])
    done = project.lane(*offer["command"].split()[1:], *offer["lanes"])
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("system", ["github", "gitlab", "circleci", "buildkite"])
def test_the_export_that_is_offered_can_be_made_and_stops_nowhere(project: Project, system: str) -> None:
    path, text = BY_HAND[system]
    project.write(path, text)
    found = _advice(project)
    assert _verdicts(found) == {"lane run signed --name=y": ("waits", False)}
    (offer,) = found["ci"]["exports"]
    assert (offer["system"], offer["problem"], offer["lanes"]) == (system, None, ["signed"])
    assert offer["in_the_way"] == ([] if system == "github" else [path])
    assert offer["approvals"] == ["signed-attended"]
    assert offer["declare"] == (
        '[tool.lane.ci]\nmodes = ["api_key"]\n\n'
        '[tool.lane.ci.lanes.signed]\nbranches = ["main"]\ntags = ["v*"]\n\n'
        '[tool.lane.ci.lanes.signed.parameters]\nname = "y"'
    )
    step = found["advice"][-1]
    assert step["code"] == "export"
    assert f"`lane ci export {system} signed`" in step["how"]

    (project.folder / path).unlink()
    _take_up(project, offer)
    after = _advice(project)
    assert {call["verdict"] for call in after["ci"]["calls"]} == {"exported"}
    assert all("The file is in date." in call["why"] for call in after["ci"]["calls"])
    assert not {"export", "ci_check"} & {step["code"] for step in after["advice"]}
    starts = [start for call in after["ci"]["calls"] for start in call["starts"]]
    assert {branch for start in starts for branch in start["branches"]} == {"main"}
    assert {tag for start in starts for tag in start["tags"]} == {"v*"}


def test_what_the_export_has_no_words_for_is_said(project: Project) -> None:
    on = "{pull_request: , schedule: [{cron: 0 4 * * 1, timezone: Europe/Vienna}], push: {tags: ['v[0-9]+']}}"
    _workflow(project, "lane run signed", on=on)
    (offer,) = _advice(project)["ci"]["exports"]
    place = ".github/workflows/ci.yml:1"
    assert offer["edits"] == [
        f"{place}: keep a file of your own for a pull request: the export has none.",
        (
            f"{place}: a push of a tag v[0-9]+ starts signed. The export has no words for that: declare the branches"
            " or tags that will do, or start it by hand."
        ),
        'Write @lane(schedule="0 4 * * 1", timezone="Europe/Vienna") above signed: the export then has its time.',
    ]
    assert offer["in_the_way"] == []


def test_times_that_a_lane_can_not_have_are_said(project: Project) -> None:
    _workflow(project, "lane run signed", on="{schedule: [{cron: 0 4 * * 1}, {cron: 0 5 * * *}]}")
    (offer,) = _advice(project)["ci"]["exports"]
    assert offer["edits"] == [
        'Write @lane(schedule="0 4 * * 1") above signed: the export then has its time.',
        "signed has one time, that of its schedule: at 0 5 * * * (UTC) nothing starts it any more.",
    ]
    timed = LANES.replace("@lane\n    def signed", '@lane(schedule="0 5 * * *")\n    def signed')
    project.write("Lanefile.py", timed)
    (offer,) = _advice(project)["ci"]["exports"]
    assert offer["edits"] == [
        "signed has one time, that of its schedule: at 0 4 * * 1 (UTC) nothing starts it any more."
    ]


def test_nothing_is_offered_that_starts_more_often(project: Project) -> None:
    _workflow(project, "lane run signed", on="{push: {branches: [main], paths: [app/*]}}")
    (offer,) = _advice(project)["ci"]["exports"]
    assert "branches" not in offer["declare"]
    assert "a push to main, where files change (app/*) starts signed." in offer["edits"][0]


def test_an_approval_in_a_file_is_not_dropped_in_silence(project: Project) -> None:
    path, text = BY_HAND["circleci"]
    project.write(path, text.replace("[a: {", "[hold: {type: approval}, a: {requires: [hold], "))
    (offer,) = _advice(project)["ci"]["exports"]
    assert "branches" not in offer["declare"]
    assert "config.yml:1 waits for the approval hold." in offer["edits"][0]
    assert "it starts signed by hand instead" in offer["edits"][0]


def test_what_runs_in_any_pipeline_is_exported_for_any_push(project: Project) -> None:
    project.write(".gitlab-ci.yml", f"a: {{script: lane run signed, variables: {KEY}}}\n")
    (offer,) = _advice(project)["ci"]["exports"]
    assert offer["declare"].endswith('[tool.lane.ci.lanes.signed]\nbranches = ["**"]\ntags = ["**"]')


def test_parameters_that_commands_give_otherwise_are_not_made_one(project: Project) -> None:
    _workflow(project, "lane run signed --name x", "lane run signed --name y", "lane run late")
    (offer,) = _advice(project)["ci"]["exports"]
    assert "parameters" not in offer["declare"]
    assert "(.github/workflows/ci.yml:6 name=x, .github/workflows/ci.yml:7 name=y)" in offer["edits"][0]
    assert "the job main runs signed, late one after another" in offer["edits"][1]


def test_tables_that_are_there_are_not_offered_twice(project: Project) -> None:
    head = '[tool.lane.ci]\nmodes = ["app_specific_password"]\n[tool.lane.ci.lanes.signed]\ntags = ["a*"]\n'
    project.write("pyproject.toml", head)
    _workflow(project, "lane run signed --name=y")
    (offer,) = _advice(project)["ci"]["exports"]
    assert offer["declare"] == '[tool.lane.ci.lanes.signed.parameters]\nname = "y"'
    assert offer["edits"] == [
        'Under [tool.lane.ci] in pyproject.toml, write modes = ["app_specific_password", "api_key"].',
        'Under [tool.lane.ci.lanes.signed] in pyproject.toml, write tags = ["a*", "v*"].',
    ]


def test_a_policy_is_added_to_where_it_stands(project: Project) -> None:
    project.write("pyproject.toml", "[project]\nname = 'x'\n")
    project.write("lane.toml", "[ci]\ntimeout = 5\n")
    _workflow(project, "lane run signed")
    (offer,) = _advice(project)["ci"]["exports"]
    assert (offer["into"], offer["declare"]) == ("lane.toml", '[ci.lanes.signed]\ntags = ["v*"]')
    assert offer["edits"] == ['Under [ci] in lane.toml, write modes = ["api_key"].']


def test_a_rehearsal_is_not_exported_for_the_real_apple(project: Project) -> None:
    _workflow(project, "lane run signed --sandbox", env="{}")
    found = _advice(project)
    assert _verdicts(found) == {"lane run signed --sandbox": ("waits", False)}
    assert found["ci"]["exports"] == []


def test_an_environment_of_its_own_is_told(project: Project) -> None:
    _workflow(project, "lane run signed --env beta")
    (offer,) = _advice(project)["ci"]["exports"]
    assert offer["edits"] == [".github/workflows/ci.yml:6 reads .env.beta: the export has no word for --env."]


def test_of_several_systems_one_is_to_be_chosen(project: Project) -> None:
    for path, text in (BY_HAND["gitlab"], BY_HAND["circleci"]):
        project.write(path, text)
    steps = [step for step in _advice(project)["advice"] if step["code"] == "export"]
    assert [step["how"][0].partition(":")[0] for step in steps] == [
        "Choose one system (GitLab CI or CircleCI)",
        "Choose one system (GitLab CI or CircleCI)",
    ]


def test_a_mode_of_ones_own_that_a_file_gives_is_declared(project: Project) -> None:
    project.write(
        "actions/store.py",
        """
        from dataclasses import dataclass

        from lane import Context, action

        @dataclass(frozen=True)
        class Store:
            name: str = "store"
            attended: bool = False
            expires: bool = False
            fit_for_ci: bool = True
            names: tuple[str, ...] = ("STORE",)

            def how(self) -> list[str]:
                return ["Set STORE."]

            def find(self, environment, folder):
                return None

        @action(auth=[Store()])
        def publish(ctx: Context) -> str: ...
        """,
    )
    more = "\n    @lane\n    def both() -> None:\n        publish()\n        sign()\n"
    project.write("Lanefile.py", f"    from actions.store import publish\n{LANES}{more}")
    _workflow(project, "lane run both", env="{STORE: x, APP_STORE_CONNECT_API_KEY_PATH: y}")
    (offer,) = _advice(project)["ci"]["exports"]
    assert offer["declare"].startswith('[tool.lane.ci]\nmodes = ["store"]\n')


def test_an_export_that_cannot_be_made_says_why(project: Project) -> None:
    (project.folder / "requirements.txt").unlink()
    _workflow(project, "lane run signed")
    found = _advice(project)
    (offer,) = found["ci"]["exports"]
    assert "nothing says how" in offer["problem"]
    assert found["advice"][-1]["title"] == "Make signed fit for `lane ci export github`"


def test_an_export_that_is_out_of_date_is_told(project: Project) -> None:
    assert project.lane("ci", "export", "github", "signed").returncode == 0
    project.write("Lanefile.py", LANES.replace("sent = send()", 'sent = send(text="new")'))
    found = _advice(project)
    assert {call["verdict"] for call in found["ci"]["calls"]} == {"waits", "unknown"}
    assert all(call["why"][0].startswith("The file is not in date") for call in found["ci"]["calls"])
    assert found["advice"][-1]["code"] == "ci_check"
    assert ".github/workflows/signed.yml has changed." in found["advice"][-1]["how"]
    assert project.lane("ci", "export", "github", "signed").returncode == 0
    assert _advice(project)["advice"][-1]["code"] != "ci_check"


def test_an_exported_file_that_somebody_edited_is_judged_as_any_other(project: Project) -> None:
    assert project.lane("ci", "export", "github", "ship", "signed").returncode == 0
    file = project.folder / ".github/workflows/signed.yml"
    text = file.read_text(encoding="utf-8")
    file.write_text(f"{text}      - run: lane run blocked\n", encoding="utf-8")
    found = _advice(project)
    assert _verdicts(found)["lane run blocked"] == ("stops", True)
    assert _verdicts(found)["lane run ship --junit report.xml"] == ("exported", False)
    assert found["affected"]


def test_an_exported_file_that_cannot_be_compared_is_not_called_in_date(project: Project) -> None:
    assert project.lane("ci", "export", "github", "signed").returncode == 0
    project.write("pyproject.toml", "[tool.lane.ci]\nmodus = 1\n")
    calls = _advice(project)["ci"]["calls"]
    assert "exported" not in {call["verdict"] for call in calls}
    assert all(call["why"][0].startswith("Whether the file is in date is not known") for call in calls)


@pytest.mark.parametrize(
    ("names", "verdict"),
    [
        (["APP_STORE_CONNECT_API_KEY_KEY"], "missing"),
        (["APP_STORE_CONNECT_API_KEY_KEY_ID", "APP_STORE_CONNECT_API_KEY_ISSUER_ID"], "missing"),
        (["APP_STORE_CONNECT_API_KEY_KEY_ID", "APP_STORE_CONNECT_API_KEY_KEY"], "runs"),
        (["SPACESHIP_CONNECT_API_KEY_ID", "SPACESHIP_CONNECT_API_KEY_FILEPATH"], "runs"),
        (["APP_STORE_CONNECT_API_KEY"], "runs"),
    ],
)
def test_a_credential_is_there_when_all_of_it_is(project: Project, names: list[str], verdict: str) -> None:
    _workflow(project, "lane run ship", env=f"{{{', '.join(f'{name}: x' for name in names)}}}")
    (call,) = _advice(project)["ci"]["calls"]
    assert call["verdict"] == verdict
    assert any("goes with it" in why for why in call["why"]) == (verdict == "missing")


def test_an_app_specific_password_needs_its_apple_id(project: Project) -> None:
    project.write(
        "Lanefile.py",
        """
        from lane import app, lane
        from lane_actions import upload

        app(bundle_id="com.example.aurora")

        @lane
        def sent() -> None:
            upload(ipa="a.ipa", wait=0)
        """,
    )
    word = "FASTLANE_APPLE_APPLICATION_SPECIFIC_PASSWORD"
    _workflow(project, "lane run sent", env=f"{{{word}: x}}")
    (call,) = _advice(project)["ci"]["calls"]
    assert call["verdict"] == "missing"
    assert f"{word} is not enough: FASTLANE_USER goes with it." in call["why"]
    _workflow(project, "lane run sent", env=f"{{{word}: x, FASTLANE_USER: y}}")
    assert _verdicts(_advice(project)) == {"lane run sent": ("runs", False)}


def test_files_that_stop_nowhere_are_left_alone(project: Project) -> None:
    _workflow(project, "lane run ship", "lane run free")
    found = _advice(project)
    assert found["ci"]["exports"] == []
    assert "export" not in [step["code"] for step in found["advice"]]


def test_a_lanefile_in_a_folder_of_a_repository(project: Project, tmp_path: Path) -> None:
    inner = _project_in(tmp_path / "apps/ios")
    _workflow(
        project,
        "cd apps/ios && lane run blocked",
        "lane run blocked",
        "lane run blocked -f apps/ios/Lanefile.py",
    )
    calls = _advice(inner)["ci"]["calls"]
    assert [(call["folder"], call["verdict"]) for call in calls] == [
        ("apps/ios", "stops"),
        ("", "unknown"),
        ("", "stops"),
    ]
    assert "`lane advise -f ../../Lanefile.py`" in " ".join(calls[1]["why"])
    (offer,) = _advice(inner)["ci"]["exports"]
    assert (offer["problem"], offer["lanes"]) == (None, ["blocked"])


# What is to be written by hand, so that a system reads the exported file.
LEADS = {
    "gitlab": "include: [{local: apps/ios/.gitlab-ci.yml}]",
    "buildkite": "steps: [{command: buildkite-agent pipeline upload .buildkite/pipeline.apps-ios.yml}]",
}


@pytest.mark.parametrize("system", ["github", "gitlab", "circleci", "buildkite"])
def test_the_export_that_is_offered_in_a_folder_stops_nowhere(
    project: Project, tmp_path: Path, system: str
) -> None:
    inner = _project_in(tmp_path / "apps/ios")
    path, text = BY_HAND[system]
    project.write(path, text.replace("lane run", "cd apps/ios && lane run"))
    (offer,) = _advice(inner)["ci"]["exports"]
    assert (offer["system"], offer["problem"], offer["lanes"]) == (system, None, ["signed"])
    assert offer["in_the_way"] == ([path] if system == "circleci" else [])
    assert offer["approvals"] == ["apps-ios-signed-attended"]
    lead = LEADS.get(system)
    assert len(offer["edits"]) == (0 if lead is None else 1)

    (project.folder / path).unlink()
    _take_up(inner, offer)
    if lead is not None:
        assert re.sub(r"^steps: .*command: (.*)\}\]$", r"\1", lead) in offer["edits"][0]
        project.write(path, lead)
    after = _advice(inner)
    assert {call["verdict"] for call in after["ci"]["calls"]} == {"exported"}
    assert {call["folder"] for call in after["ci"]["calls"]} == {"apps/ios"}
    starts = [start for call in after["ci"]["calls"] for start in call["starts"]]
    assert {branch for start in starts for branch in start["branches"]} == {"main"}
    assert {tag for start in starts for tag in start["tags"]} == {"v*"}
    elsewhere = _advice(project)["ci"]["calls"]
    assert {call["verdict"] for call in elsewhere} == {"unknown"}, "it is for that project to say"


def test_lanes_that_are_named_are_told_alone(project: Project) -> None:
    _workflow(project, "lane run ship", "lane run blocked")
    assert list(_verdicts(_advice(project, "blocked"))) == ["lane run blocked"]


def test_the_text_says_all_of_it(project: Project) -> None:
    _workflow(project, "lane run blocked", 'echo "\\e[31m"; fastlane "\\u001b[31mred"')
    project.write(".gitlab-ci.yml", 'a: {script: "fastlane \\e[31mred"}\nb: [\n')
    project.write(".circleci/config.yml", "jobs: {build: {steps: [run: 'lane run free']}}\n")
    shown = _text(project)
    assert "\x1b" not in shown
    assert "CI  GitHub Actions, GitLab CI and CircleCI" in shown
    assert "✗ lane run blocked  .github/workflows/ci.yml:6" in shown
    assert "when  a push of a tag v*" in shown
    assert "would stop at a prompt" in shown
    assert "? .gitlab-ci.yml cannot be read as YAML: line 3" in shown
    assert "CircleCI's contexts and project variables stand in no file" in shown


def test_a_repository_without_ci_files_says_nothing_of_them(project: Project) -> None:
    found = _advice(project)
    assert found["ci"] == {"systems": [], "files": [], "calls": [], "exports": [], "unseen": []}
    assert "CI  " not in _text(project)
