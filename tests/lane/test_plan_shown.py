"""A plan as JSON, as text, as drawings; its verdict; and why each step is where it is."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import networkx as nx
import pytest
from modes import KEY, PERSON, holding
from rich.console import Console
from tracing import bound, traced

from lane import Context, Secret, action, nightly, now, probe
from lane._errors import Problem
from lane._plan.digest import digest
from lane._plan.drawing import dot, edges, mermaid
from lane._plan.json_format import failed_plan_json, plan_json
from lane._plan.planner import plan
from lane._plan.text_format import render_plan
from lane._plan.verdict import verdict
from lane._plan.why import why

if TYPE_CHECKING:
    from collections.abc import Callable

    from lane._plan.bind import Binding
    from lane._plan.plan import Plan


@probe(auth=[KEY])
def exists(ctx: Context) -> int | None: ...


@action(auth=[PERSON], effect="create", probe=exists)
def create_app(ctx: Context) -> int: ...


@action(runs_on="macos")
def build_app(ctx: Context, *, scheme: str = "Aurora", password: Secret | None = None) -> Path: ...


@action(auth=[KEY, PERSON], effect="create")
def upload(ctx: Context, *, ipa: Path, app: int = 0, note: str = "") -> int: ...


@action(auth=[KEY], on=nightly)
def symbols(ctx: Context, *, build: int) -> list[Path]: ...


def release() -> None:
    app = create_app()
    ipa = build_app(password=Secret("hunter22"))
    build = upload(ipa=ipa, app=app, note=f"[{app}] hunter22")
    upload.set(after=build)(ipa=symbols(build=build)[0], note='a "quote" & <tag>')


def made(
    *held: str, lane: Callable[[], Any] = release, setting: str = "ci", done: tuple[str, ...] = ()
) -> tuple[Plan, Binding]:
    graph = traced(lane)
    binding = bound(graph)
    satisfied = {index for index, step in enumerate(graph.steps) if step.id in done}
    found = plan(graph, binding.modes, holding(*held), setting=setting, satisfied=satisfied.__contains__)
    found.digest = digest(graph, binding)
    return found, binding


def text_of(show: Callable[[Console], None]) -> str:
    out = io.StringIO()
    show(Console(file=out, width=200, color_system=None))
    return out.getvalue()


# JSON


def test_the_json_has_the_fixed_shape() -> None:
    found, binding = made("key")
    shown = plan_json(found, binding)
    assert json.loads(json.dumps(shown)) == shown
    assert (shown["lane"], shown["setting"], shown["digest"]) == ("release", "ci", found.digest)
    assert shown["verdict"].keys() == {"unattended", "ready", "summary", "would_help"}
    assert (shown["verdict"]["unattended"], shown["verdict"]["ready"]) == (False, True)
    jobs = {job["name"]: job for job in shown["jobs"]}
    assert [
        (name, job["trigger"]["kind"], job["trigger"]["cron"], job["attended"]) for name, job in jobs.items()
    ] == [
        ("attended", "attended", None, True),
        ("main", "main", None, False),
        ("main-2", "main", None, False),
        ("scheduled", "scheduled", "0 3 * * *", False),
    ]
    assert jobs["main-2"]["needs"] == ["attended", "main"]
    assert jobs["main"]["runs_on"] == ["macos"]
    assert jobs["scheduled"]["runs_on"] == ["any"]
    (step,) = jobs["main-2"]["steps"]
    line = release.__code__.co_firstlineno + 3
    assert {key: step[key] for key in ("id", "action", "needs", "auth", "modes", "effect")} == {
        "id": "upload",
        "action": "upload",
        "needs": ["create_app", "build_app"],
        "auth": "key",
        "modes": ["key", "person"],
        "effect": "create",
    }
    assert step["line"] == f"lane/test_plan_shown.py:{line}"
    assert jobs["main"]["steps"][0]["auth"] == "none"
    assert (shown["missing"], shown["errors"]) == ([], [])


def test_what_is_missing_is_listed() -> None:
    shown = plan_json(*made())
    assert shown["missing"] == [
        {"mode": "key", "needed_by": ["upload", "symbols", "upload-2"], "how": ["Set KEY."]}
    ]
    assert not shown["verdict"]["ready"]


def test_values_have_their_origin_and_secrets_are_masked() -> None:
    shown = plan_json(*made(), values=True)
    steps = {step["id"]: step["values"] for job in shown["jobs"] for step in job["steps"]}
    assert steps["build_app"] == [
        {"option": "scheme", "value": "Aurora", "origin": "default"},
        {"option": "password", "value": "****", "origin": "call"},
    ]
    assert steps["upload"] == [
        {"option": "ipa", "value": "{build_app}", "origin": "call"},
        {"option": "app", "value": "{create_app}", "origin": "call"},
        {"option": "note", "value": "[{create_app}] ****", "origin": "call"},
    ]
    assert "hunter22" not in json.dumps(shown)
    assert "values" not in plan_json(*made())["jobs"][0]["steps"][0]


def test_a_lane_that_cannot_be_planned_has_the_same_shape() -> None:
    problems = [Problem("cycle", "A cycle.", line="Lanefile.py:3", hint="Break it."), Problem("x", "Y.")]
    failed = failed_plan_json("release", "ci", problems)
    assert failed.keys() == plan_json(*made()).keys()
    assert failed["verdict"].keys() == plan_json(*made())["verdict"].keys()
    assert failed["errors"] == [
        {"code": "cycle", "message": "A cycle.", "line": "Lanefile.py:3", "hint": "Break it."},
        {"code": "x", "message": "Y.", "line": None, "hint": None},
    ]


# Verdict and reasons


@pytest.mark.parametrize(
    ("held", "setting", "done", "summary", "help_"),
    [
        (("key",), "ci", ("create_app",), "CI can run this unattended.", []),
        (("key",), "local", ("create_app",), "This runs unattended.", []),
        ((), "ci", ("create_app",), "CI can run this unattended once key is given.", ["Give key"]),
        (
            ("key",),
            "ci",
            (),
            "create_app needs a person; the other jobs run unattended.",
            ["A session of person", "If the work of create_app", "Take create_app out"],
        ),
        (
            (),
            "local",
            (),
            "create_app, upload and upload-2 need a person; the other jobs run unattended once key is given.",
            ["Give key", "With key upload"],
        ),
        (
            (),
            "ci",
            ("create_app", "build_app", "upload", "symbols", "upload-2"),
            "Nothing is left to do.",
            [],
        ),
    ],
)
def test_the_verdict(held: Any, setting: str, done: Any, summary: str, help_: list[str]) -> None:
    said, would_help = verdict(made(*held, setting=setting, done=done)[0])
    assert said == summary
    assert bool(would_help) == bool(help_)
    for start in help_:
        assert any(one.startswith(start) for one in would_help)


def test_every_step_says_why_it_is_where_it_is() -> None:
    found, _ = made("key")
    reasons = {step.id: why(found, index) for index, step in enumerate(found.graph.steps)}
    assert reasons == {
        "create_app": "person: no other mode can do it",
        "build_app": "needs no credential",
        "upload": "key from a key; waits for attended (create_app)",
        "symbols": (
            "key from a key; symbols is deferred to 0 3 * * * by its declaration; waits for main-2 (upload)"
        ),
        "upload-2": "key from a key; follows symbols to 0 3 * * *; waits for main-2 (upload)",
    }


def test_what_the_lane_said_is_a_reason() -> None:
    def lane() -> None:
        build = upload.set(on=nightly)(ipa=Path("a"))
        symbols.set(on=now)(build=build)

    found, _ = made("key", lane=lane)
    assert "the lane defers it to 0 3 * * *" in why(found, 0)
    assert "its usual deferral is undone by .set(on=now)" in why(found, 1)


# For people


def test_people_see_jobs_steps_and_the_verdict() -> None:
    found, binding = made()
    shown = text_of(lambda console: render_plan(found, binding, console))
    for job in found.jobs:
        assert re.search(rf"{job.name}  ", shown)
    for step in found.graph.steps:
        assert step.id in shown
        assert step.place.shown() in shown
    assert "Missing: key, needed by upload, symbols, upload-2" in shown
    assert "Set KEY." in shown
    assert "! create_app needs a person; the other jobs run unattended once key is given." in shown
    assert found.digest in shown


def test_people_see_values_without_secrets() -> None:
    found, binding = made("key", done=("create_app",))
    shown = text_of(lambda console: render_plan(found, binding, console, values=True))
    assert re.search(r"password\s+\*\*\*\*\s+call", shown)
    assert re.search(r"scheme\s+Aurora\s+default", shown)
    assert re.search(r"done already\s+create_app", shown)
    assert "hunter22" not in shown


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_in_a_narrow_terminal_no_name_is_cut(width: int) -> None:
    found, binding = made()
    text = io.StringIO()
    render_plan(found, binding, Console(file=text, width=width))
    shown = text.getvalue()
    for step in found.graph.steps:
        assert step.id in shown
        assert step.place.shown() in shown
    tree = shown[: shown.index("Missing:")]
    assert all(len(line) <= width for line in tree.splitlines())


# Drawings


def test_drawings_leave_out_what_is_implied() -> None:
    found, _ = made("key")
    drawn = list(edges(found))
    assert drawn == [(0, 2), (1, 2), (2, 3), (3, 4)]
    whole = nx.DiGraph(
        (needed, index) for index, step in enumerate(found.graph.steps) for needed in step.needs
    )
    assert nx.transitive_closure_dag(nx.DiGraph(drawn)).edges == nx.transitive_closure_dag(whole).edges


def test_mermaid() -> None:
    found, _ = made("key")
    assert mermaid(found) == (
        "flowchart LR\n"
        '  subgraph job0["attended"]\n'
        '    s0(["create_app<br/>person"])\n'
        "  end\n"
        '  subgraph job1["main"]\n'
        '    s1["build_app"]\n'
        "  end\n"
        '  subgraph job2["main-2"]\n'
        '    s2["upload<br/>key"]\n'
        "  end\n"
        '  subgraph job3["scheduled: 0 3 * * *"]\n'
        '    s3["symbols<br/>key"]\n'
        '    s4["upload-2<br/>key"]\n'
        "  end\n"
        "  s0 --> s2\n"
        "  s1 --> s2\n"
        "  s2 --> s3\n"
        "  s3 --> s4\n"
    )


def test_dot() -> None:
    found, _ = made("key", done=("create_app",))
    assert dot(found) == (
        'digraph "release" {\n'
        "  rankdir=LR;\n"
        '  node [shape=box, fontname="sans-serif"];\n'
        "  subgraph cluster_0 {\n"
        '    label="main";\n'
        '    s1 [label="build_app"];\n'
        '    s2 [label="upload\\nkey"];\n'
        "  }\n"
        "  subgraph cluster_1 {\n"
        '    label="scheduled: 0 3 * * *";\n'
        '    s3 [label="symbols\\nkey"];\n'
        '    s4 [label="upload-2\\nkey"];\n'
        "  }\n"
        "  s1 -> s2;\n"
        "  s2 -> s3;\n"
        "  s3 -> s4;\n"
        "}\n"
    )


def test_labels_are_escaped() -> None:
    odd = action(name='a"b\\c<d>&#;`e`')(lambda ctx: None)
    found, _ = made(lane=lambda: odd())
    assert 's0["a#quot;b#92;c#lt;d#gt;#amp;#35;;#96;e#96;"]' in mermaid(found)
    assert 's0 [label="a\\"b\\\\c<d>&#;`e`"];' in dot(found)
