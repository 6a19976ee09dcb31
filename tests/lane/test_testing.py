"""`lane.testing`: what people who write actions and lanes test them with."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from project import Project

from lane import (
    ActionError,
    CancelledError,
    Context,
    CredentialError,
    LaneError,
    Model,
    PlanError,
    Secret,
    action,
    each,
    lane,
    let,
    nightly,
    required,
)
from lane.testing import Change, FakeContext, LogLine, Program, Progressed, call, run, trace

if TYPE_CHECKING:
    from collections.abc import Mapping


class Built(Model):
    """What `build` gives."""

    path: Path
    number: int


@action
def build(ctx: Context, *, scheme: str, number: int = 1) -> Built:
    """Build."""
    ctx.log.info(f"building {scheme}")
    with ctx.progress("compile", total=2, unit="files") as bar:
        bar.advance(2)
    ctx.change("version", before=number - 1, after=number)
    return Built(path=ctx.artifacts / "app.ipa", number=number)


@action
def tell(ctx: Context, text: str, *, files: list[Path] | None = None) -> str:
    """Tell."""
    return text.upper()


@action(on=nightly)
def tidy(ctx: Context, *, built: Built) -> None:
    """Tidy up."""


@action
def describe(ctx: Context, *, most: int = 3) -> list[str]:
    """Ask git."""
    done = ctx.run(["git", "log", f"-{most}"], env={"PAGER": "cat"})
    return done.stdout.splitlines()


@action
def lie(ctx: Context) -> int:
    """Return what is not declared."""
    text: Any = "seven"
    return text  # type: ignore[no-any-return]  # the point of it


@action
def fetch(ctx: Context, *, url: str = required) -> str:
    """Fetch."""
    return url


@lane
def ship(scheme: str = "Aurora", tries: int = 1) -> None:
    """Ship."""
    built = build(scheme=scheme)
    big = let(built.number, lambda number: number > 0)
    tell.set(when=big, retries=tries, name="say")(f"{built.number} of {scheme}", files=[built.path])
    tidy(built=built)


# A fake context


def test_a_fake_context_records_what_an_action_does(lane_context: FakeContext, tmp_path: Path) -> None:
    built = call(build, lane_context, scheme="Aurora", number=7)
    assert built.number == 7
    assert built.path.parent.is_dir()
    assert built.path.is_relative_to(tmp_path)
    assert lane_context.lines == [LogLine("info", "building Aurora")]
    assert lane_context.progressed[-1] == Progressed("compile", 2, 2, "files")
    assert lane_context.changes == [Change("version", 6, 7)]


def test_programs_are_answered_and_noted(lane_context: FakeContext) -> None:
    lane_context.answer("git", stdout="anything\n")
    lane_context.answer("git", "log", stdout="one\ntwo\n")
    assert call(describe, lane_context, most=2) == ["one", "two"]
    assert lane_context.programs == [Program(["git", "log", "-2"], None, {"PAGER": "cat"}, None)]
    assert lane_context.text == "one\ntwo"
    assert lane_context.lines[0].level == "output"


def test_answers_come_one_after_the_other(lane_context: FakeContext) -> None:
    lane_context.answer("git", stdout="first\n")
    lane_context.answer("git", stdout="then\n")
    found = [call(describe, lane_context) for _ in range(3)]
    assert found == [["first"], ["then"], ["then"]]


def test_a_program_that_fails_raises_as_in_a_run(lane_context: FakeContext) -> None:
    lane_context.answer("git", stderr="no repository\n", returncode=128)
    with pytest.raises(ActionError, match=r"git exited with 128.\n    no repository"):
        call(describe, lane_context)


def test_a_program_without_an_answer_tells_what_to_write(lane_context: FakeContext) -> None:
    with pytest.raises(AssertionError, match=r"ctx\.answer\('git', 'log', '-3', stdout="):
        call(describe, lane_context)


def test_a_secret_on_a_command_line_is_refused_as_in_a_run(lane_context: FakeContext) -> None:
    lane_context.answer("curl")
    secret = Secret("correct horse battery")
    with pytest.raises(ActionError, match="secret was put on a command line"):
        lane_context.run(["curl", "-u", secret.reveal()])
    lane_context.run(["curl"], stdin=secret)
    assert lane_context.programs[-1].stdin is secret


def test_secrets_do_not_reach_the_recorded_log(lane_context: FakeContext) -> None:
    Secret("a-very-long-password")
    lane_context.log.info("it is a-very-long-password")
    assert "a-very-long-password" not in lane_context.text


def test_waits_are_noted_and_a_cancel_ends_them(lane_context: FakeContext) -> None:
    lane_context.sleep(3600)
    assert lane_context.slept == [3600]
    lane_context.cancel()
    with pytest.raises(CancelledError):
        lane_context.sleep(1)


def test_the_environment_is_only_what_was_given(tmp_path: Path) -> None:
    assert dict(FakeContext(tmp_path).environment) == {}
    given: Mapping[str, str] = {"CHANNEL": "beta"}
    assert FakeContext(tmp_path, environment=given).environment["CHANNEL"] == "beta"


def test_call_checks_options_and_result(lane_context: FakeContext) -> None:
    wrong: Any = "many"
    with pytest.raises(ValueError, match="The option 'most' of describe: "):
        call(describe, lane_context, most=wrong)
    with pytest.raises(ValueError, match="lie returned what it does not declare"):
        call(lie, lane_context)
    with pytest.raises(TypeError, match="fetch needs the option 'url'"):
        call(fetch, lane_context)
    text: Any = "12"
    assert call(build, lane_context, scheme="x", number=text).number == 12


# A traced graph


def test_a_traced_lane_shows_its_steps(tmp_path: Path) -> None:
    graph = trace(ship, scheme="Beta")
    assert graph.ids == ["build", "say", "tidy"]
    assert graph["build"].options == {"scheme": "Beta"}
    assert graph["say"].action == "tell"
    assert graph["say"].options == {"text": "{build.number} of Beta", "files": ["{build.path}"]}
    assert graph["say"].needs == ["build"]
    assert graph["say"].settings == {"retries": 1, "when": "{let(...)}"}
    assert graph["tidy"].options == {"built": "{build}"}
    assert graph["tidy"].line.startswith("lane/test_testing.py:")
    assert len(graph) == 3
    assert "say" in graph
    with pytest.raises(KeyError, match="the steps are build, say, tidy"):
        graph["ship"]


def test_a_lane_that_cannot_be_planned_raises_all_its_problems() -> None:
    @lane
    def wrong() -> None:
        text: Any = "x"
        build(scheme="a", number=text)
        build(schem="b")  # type: ignore[call-arg]  # the point of it

    with pytest.raises(PlanError) as caught:
        trace(wrong)
    assert len(caught.value.problems) >= 2
    assert all(problem.line for problem in caught.value.problems)


def test_parameters_are_checked_as_on_the_command_line() -> None:
    with pytest.raises(PlanError, match="The parameter tries of ship got 'often'"):
        trace(ship, tries="often")


# A run


def test_a_run_tells_states_outputs_and_what_waits(tmp_path: Path) -> None:
    outcome = run(ship, tmp_path, scheme="Beta")
    assert outcome.exit_code == 0
    assert {name: step.state for name, step in outcome.steps.items()} == {
        "build": "succeeded",
        "say": "succeeded",
    }
    assert outcome.outputs["say"] == "1 OF BETA"
    assert outcome.outputs["build"].number == 1
    assert outcome.steps["build"].log == ["building Beta"]
    assert outcome.events == [
        ("build", "running"),
        ("build", "succeeded"),
        ("say", "running"),
        ("say", "succeeded"),
    ]
    assert outcome.pending == ["scheduled"]


def test_an_action_runs_alone(tmp_path: Path) -> None:
    outcome = run(tell, tmp_path, text="hello")
    assert outcome.outputs == {"tell": "HELLO"}


def test_programs_of_a_run_are_real(tmp_path: Path) -> None:
    @action
    def ask(ctx: Context) -> str:
        return ctx.run([sys.executable, "-c", "import os; print(os.getcwd())"]).stdout.strip()

    outcome = run(ask, tmp_path)
    assert Path(outcome.outputs["ask"]).samefile(tmp_path)


def test_a_step_that_fails_is_told(tmp_path: Path) -> None:
    outcome = run(lie, tmp_path)
    assert outcome.exit_code == 1
    assert outcome.steps["lie"].state == "failed"
    assert "declares int" in (outcome.steps["lie"].message or "")
    assert outcome.outputs == {}


def test_items_of_each_are_steps_of_their_own(tmp_path: Path) -> None:
    @action
    def names(ctx: Context) -> list[str]:
        return ["a", "b"]

    @lane
    def fan() -> None:
        each(names(), lambda name: tell(name))

    outcome = run(fan, tmp_path)
    assert outcome.outputs["tell"] == ["A", "B"]
    assert {"tell[0]", "tell[1]"} <= outcome.steps.keys()


def test_what_lane_run_would_refuse_is_raised(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from lane_actions import upload

    monkeypatch.setenv("HOME", str(tmp_path))
    for name in [name for name in os.environ if name.startswith(("APP_STORE_CONNECT", "FASTLANE"))]:
        monkeypatch.delenv(name)
    with pytest.raises(CredentialError, match="api_key is missing; upload need"):
        run(upload, tmp_path, ipa=Path("app.ipa"))
    wrong: Any = 3.5
    with pytest.raises(PlanError):
        run(build, tmp_path, scheme=wrong)


# The plugin


def test_the_sandbox_fixture_gives_a_running_apple(project: Project, assets: Path) -> None:
    project.write("Lanefile.py", "")
    project.write("lanes/release.py", RELEASE)
    project.write("tests/test_release.py", f"IPA = {str(assets / 'Aurora.ipa')!r}\n" + TEST)
    done = project.python("-m", "pytest", "-q", "-p", "no:cacheprovider", "tests")
    assert done.returncode == 0, done.stdout
    assert "2 passed" in done.stdout


def test_the_plugin_costs_no_heavy_import(project: Project) -> None:
    project.write("test_nothing.py", "import sys\n\ndef test_it():\n    print(sorted(sys.modules))\n")
    done = project.python(
        *(
            "-m",
            "pytest",
            "-q",
            "-s",
            "-p",
            "no:cacheprovider",
            "-p",
            "lane._testing.pytest_plugin",
            "test_nothing.py",
        ),
        PYTEST_DISABLE_PLUGIN_AUTOLOAD="1",  # what others bring is not this plugin's cost
    )
    assert done.returncode == 0, done.stdout
    for heavy in ("pydantic", "requests", "networkx", "rich", "starlette", "lane.testing", "lane_sandbox"):
        assert f"'{heavy}'" not in done.stdout
    assert "'lane._testing.pytest_plugin'" in done.stdout


RELEASE = """
    from pathlib import Path

    from lane import lane
    from lane_actions import upload

    @lane
    def release(ipa: Path) -> None:
        upload(ipa=ipa, whats_new="Bug fixes")
"""
TEST = """
from pathlib import Path

from lanes.release import release
from lane.testing import run, trace


def test_steps():
    assert trace(release, ipa=Path("x.ipa")).ids == ["upload"]


def test_release(sandbox, tmp_path):
    outcome = run(release, tmp_path, ipa=Path(IPA))
    assert outcome.exit_code == 0, outcome.steps
    assert outcome.outputs["upload"].number == "42"
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """An empty folder."""
    return Project(tmp_path)


NAMED_LIKE_TESTS = """
from lane import lane
from lane_actions import testflight


@lane
def test() -> None:
    testflight()


def test_it() -> None:
    assert testflight.name == "testflight"
"""


def test_what_is_named_like_a_test_is_none(tmp_path: Path) -> None:
    (tmp_path / "test_names.py").write_text(NAMED_LIKE_TESTS)
    command = [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider", "test_names.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    assert "1 passed" in done.stdout
    assert "warning" not in done.stdout


def test_a_failing_test_shows_what_to_do() -> None:
    with pytest.raises(LaneError) as caught:
        built_alone(1)
    assert "call(), trace() or run() of lane.testing" in "\n".join(caught.value.__notes__)

    @lane
    def wrong() -> None:
        built_alone(nmber=1)  # type: ignore[call-arg]
        built_alone(number="x")  # type: ignore[arg-type]

    with pytest.raises(PlanError) as several:
        trace(wrong)
    assert len(several.value.problems) == 2
    assert len(several.value.__notes__) == len(several.value.problems)


@action
def built_alone(ctx: Context, number: int = 0) -> None:
    """An action that no lane calls."""
