"""Effective options and their origins, `.env` files, and modes by a function of the options."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from modes import KEY, PERSON
from tracing import bound, traced

from lane import Context, Secret, UsageError, action, app, let, probe, required
from lane._lanefile.lane import collect_app
from lane._plan.bind import Binding, variable
from lane._plan.environment import environment


@action
def upload(
    ctx: Context,
    *,
    ipa: Path,
    groups: list[str] | None = None,
    wait: bool = True,
    token: Secret | None = None,
) -> int: ...


def signing(options: Any) -> list[Any]:
    return [] if options.readonly else [KEY]


@action(auth=signing)
def sign(ctx: Context, *, readonly: bool = False, value: Any = None) -> int: ...


@action
def fetch(ctx: Context, *, url: str = required, branch: str | None = None) -> int: ...


@action
def number(ctx: Context) -> int: ...


def test_the_first_that_has_a_value_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text(
        "LANE_UPLOAD__IPA=env.ipa\nLANE_UPLOAD__GROUPS=a,b\nLANE_UPLOAD__WAIT=no\n"
    )
    (tmp_path / ".env.ci").write_text("LANE_UPLOAD__IPA=ci.ipa\nLANE_UPLOAD__GROUPS=c\nEMPTY=\n")
    monkeypatch.setenv("LANE_UPLOAD__IPA", "process.ipa")

    def lane() -> None:
        upload()
        upload(ipa=Path("call.ipa"))

    graph = traced(lane)
    named = Binding(
        graph, environment(str(tmp_path), "ci"), {"ipa": "app.ipa", "wait": False, "token": "hunter22"}
    )
    first, second = graph.steps
    assert named.options(first)["ipa"] == Path("process.ipa")
    assert named.origin(first, "ipa") == "environment (LANE_UPLOAD__IPA)"
    assert named.options(second)["ipa"] == Path("call.ipa")
    assert named.origin(second, "ipa") == "call"
    assert named.options(first)["groups"] == ["c"]
    assert named.origin(first, "groups") == ".env.ci (LANE_UPLOAD__GROUPS)"
    assert named.options(first)["wait"] is False
    assert named.origin(first, "wait") == ".env (LANE_UPLOAD__WAIT)"
    assert named.options(first)["token"] == Secret("hunter22")
    assert named.origin(first, "token") == "app()"
    monkeypatch.delenv("LANE_UPLOAD__IPA")
    plain = Binding(graph, environment(str(tmp_path)), {})
    assert plain.options(first)["ipa"] == Path("env.ipa")
    assert plain.origin(first, "token") == "default"


def test_a_named_env_file_has_to_be_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"\.env\.ci"):
        environment(str(tmp_path), "ci")


def test_an_env_file_that_is_no_text(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"\xff\xfe=\xff")
    with pytest.raises(UsageError, match="cannot be read"):
        environment(str(tmp_path))


def test_an_empty_variable_counts_as_unset() -> None:
    graph = traced(lambda: upload(ipa="a.ipa"))
    binding = bound(graph, {"LANE_UPLOAD__WAIT": ""})
    assert binding.origin(graph.steps[0], "wait") == "default"


def test_what_is_missing_says_how_to_give_it() -> None:
    (problem,) = bound(traced(lambda: upload())).problems
    assert problem.code == "missing_option"
    assert problem.hint == "Write upload(ipa=…), or set LANE_UPLOAD__IPA."
    assert variable("build-app", "scheme") == "LANE_BUILD_APP__SCHEME"


def test_an_option_that_is_required_of_any_place_may_be_left_out_of_the_call() -> None:
    graph = traced(lambda: fetch())
    (problem,) = bound(graph).problems
    assert (problem.code, problem.hint) == (
        "missing_option",
        "Write fetch(url=…), or set LANE_FETCH__URL.",
    )
    for given in (bound(graph, {"LANE_FETCH__URL": "x"}), bound(graph, url="x")):
        assert given.problems == []
        assert given.options(graph.steps[0]) == {"url": "x", "branch": None}


def test_a_wrong_value_of_the_environment_is_told_once_and_a_secret_is_not_shown() -> None:
    def lane() -> None:
        upload(ipa="a")
        upload(ipa="b")

    problems = bound(traced(lane), {"LANE_UPLOAD__WAIT": "maybe"}, token=["hunter22"]).problems
    assert [problem.code for problem in problems] == ["wrong_type", "wrong_type"]
    assert "'maybe' from environment (LANE_UPLOAD__WAIT)" in problems[0].message
    assert "hunter22" not in problems[1].message


def test_modes_by_the_options() -> None:
    def lane() -> None:
        sign()
        sign(readonly=True)
        sign(value=number())

    assert bound(traced(lane)).modes == [(KEY,), (), (), (KEY,)] or bound(traced(lane)).modes[-1] == (KEY,)
    assert bound(traced(lane), {"LANE_SIGN__READONLY": "1"}).modes[0] == ()


def test_modes_that_depend_on_an_output_are_an_error_told_once() -> None:
    graph = traced(lambda: sign(readonly=let(number(), bool)))
    (problem,) = bound(graph).problems
    assert problem.code == "auth_unknown"
    assert "sign" in problem.message
    assert "set(auth=" in str(problem.hint)
    assert graph.problems == []


def test_an_auth_function_that_fails_is_a_problem() -> None:
    @action(auth=lambda options: [options.nonsense])
    def wrong(ctx: Context) -> int: ...

    @action(auth=lambda options: ["key"])
    def no_mode(ctx: Context) -> int: ...

    for act in (wrong, no_mode):
        (problem,) = bound(traced(lambda act=act: act())).problems
        assert problem.code == "auth_failed"


def test_a_probe_takes_options_of_its_action_only() -> None:
    @probe(auth=[KEY])
    def looks(ctx: Context, *, ipa: Path, other: int) -> int | None: ...

    @action(auth=[PERSON], probe=looks)
    def creates(ctx: Context, *, ipa: Path = Path()) -> int: ...

    (problem,) = bound(traced(lambda: creates())).problems
    assert problem.code == "wrong_probe"
    assert creates.probe is not None
    assert (creates.probe.auth, creates.probe.options) == ((KEY,), ("ipa", "other"))


def test_a_plain_function_is_a_probe_under_the_steps_own_mode() -> None:
    def looks(ctx: Context) -> int | None:
        return 3

    @action(auth=[PERSON], probe=looks)
    def creates(ctx: Context) -> int: ...

    assert creates.probe is not None
    assert creates.probe.auth is None
    context: Any = None
    assert creates.probe(context) == 3


@pytest.mark.parametrize(
    ("declarations", "words"),
    [
        ({"auth": KEY}, "without a list"),
        ({"limits": {"upload": 0}}, "no number above 0"),
        ({"auth": ["key"]}, "no auth mode"),
        ({"effect": "delete"}, "effect"),
        ({"on": "nightly"}, "no trigger"),
    ],
)
def test_a_wrong_declaration_is_refused(declarations: dict[str, Any], words: str) -> None:
    def act(ctx: Context) -> None: ...

    with pytest.raises(UsageError, match=words) as caught:
        action(**declarations)(act)
    assert str(caught.value.where).startswith("lane/test_bind.py:")


def test_app_says_what_all_share_and_each_lanefile_has_its_own() -> None:
    collect_app()
    app(bundle_id="com.example.aurora")
    app(team_id="ABCDE12345", sandbox=True)
    said = collect_app()
    assert (said.values, said.sandbox) == ({"bundle_id": "com.example.aurora", "team_id": "ABCDE12345"}, True)
    assert collect_app().values == {}
