"""The digest: what changes it, what does not, and that it is the same in another process and folder."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING, Any

import pytest
from modes import KEY, PERSON, Mode, holding
from tracing import bound, traced

from lane import Context, Model, Secret, action, cron, each, let, nightly, now
from lane._plan.bind import Binding
from lane._plan.digest import digest
from lane._plan.environment import Environment
from lane._plan.planner import plan
from lane._plan.source import source_of

if TYPE_CHECKING:
    from collections.abc import Callable

LIMIT = 3


class Colour(Enum):
    RED = 1


class Notes(Model):
    text: str


@dataclass
class Point:
    x: int


@dataclass(frozen=True)
class Advising(Mode):
    instead: str = ""


@action(auth=[KEY])
def act(
    ctx: Context, *, value: Any = None, number: int = 0, token: Secret | None = None, path: Path = Path("a")
) -> list[int]: ...


@action
def other(ctx: Context, *, value: Any = None) -> int: ...


def of(function: Callable[[], Any], environment: dict[str, str] | None = None, **app: Any) -> str:
    graph = traced(function)
    return digest(graph, bound(graph, environment, **app))


def declared(**declarations: Any) -> Callable[[], Any]:
    def named(ctx: Context) -> int: ...

    made = action(**declarations)(named)
    return lambda: made()


def with_let(function: Callable[[Any], Any]) -> Callable[[], Any]:
    return lambda: act(value=let(act(), function))


def closing_over(limit: Any) -> Callable[[], Any]:
    return with_let(lambda value: len(value) > limit)


DIFFERENT: dict[str, list[Callable[[], Any]]] = {
    "steps": [lambda: act(), lambda: other(), lambda: [act(), act()], lambda: None],
    "ids": [lambda: act(), lambda: act.set(name="b")()],
    "options": [
        lambda: act(number=1),
        lambda: act(number=2),
        lambda: act(value=1),
        lambda: act(value="1"),
        lambda: act(value=1.0),
        lambda: act(value=True),
        lambda: act(value=[1]),
        lambda: act(value=(1,)),
        lambda: act(value={1}),
        lambda: act(value={"a": 1}),
        lambda: act(value=b"1"),
        lambda: act(value=None, number=1),
        lambda: act(value=Path("1")),
        lambda: act(value=Colour.RED),
        lambda: act(value=Notes(text="1")),
        lambda: act(value=Notes(text="2")),
        lambda: act(value=Point(1)),
        lambda: act(value=Point(2)),
    ],
    "order": [lambda: [act(), other()], lambda: [other(), act()], lambda: other.set(after=act())()],
    "wiring": [
        lambda: other(value=act()),
        lambda: other.set(after=act())(),
        lambda: other(value=act()[0]),
        lambda: other(value=[act()]),
        lambda: other(value=f"{act()}"),
        lambda: other(value=f"{act()[0]}"),
        lambda: other(value=f"a{act()}"),
        lambda: other(value=let(act(), len)),
    ],
    "let": [
        with_let(lambda value: value > 3),
        with_let(lambda value: value > 4),
        with_let(lambda value: value >= 3),
        with_let(lambda v: v > 3),
        with_let(len),
        with_let(sum),
        with_let(lambda value: value > LIMIT),
        closing_over(3),
        closing_over(4),
        closing_over("3"),
    ],
    "each": [
        lambda: each(act(), lambda one: other(value=one)),
        lambda: each(act(), lambda one: other(value=[one])),
        lambda: other(value=act()),
        lambda: other(value=each(act(), lambda one: other(value=one))),
    ],
    "settings": [
        lambda: act(),
        lambda: act.set(on=nightly)(),
        lambda: act.set(on=now)(),
        lambda: act.set(on=cron("0 4 * * *"))(),
        lambda: act.set(on=cron("0 3 * * *", timezone="Europe/Berlin"))(),
        lambda: act.set(retries=1)(),
        lambda: act.set(timeout=1)(),
        lambda: act.set(no_output_timeout=1)(),
        lambda: act.set(allow_failure=True)(),
        lambda: act.set(always=True)(),
        lambda: act.set(auth=KEY)(),
        lambda: act.set(when=False)(),
        lambda: act.set(when=act())(),
    ],
    "declarations": [
        declared(),
        declared(auth=[KEY]),
        declared(auth=[PERSON]),
        declared(auth=[KEY, PERSON]),
        declared(auth=[PERSON, KEY]),
        declared(auth=[Mode("key", role="ADMIN")]),
        declared(effect="create"),
        declared(runs_on="macos"),
        declared(on=nightly),
        declared(limits="xcodebuild"),
        declared(retry=[OSError]),
        declared(name="renamed"),
    ],
}


@pytest.mark.parametrize("lanes", DIFFERENT.values(), ids=DIFFERENT)
def test_each_of_these_is_another_plan(lanes: list[Callable[[], Any]]) -> None:
    found = [of(lane) for lane in lanes]
    assert len(set(found)) == len(found)
    assert found == [of(lane) for lane in lanes]


SAME: dict[str, tuple[Callable[[], Any], Callable[[], Any]]] = {
    "lines": (
        lambda: act(number=1),
        lambda: act(
            number=1,
        ),
    ),
    "order of options": (lambda: act(number=1, value=2), lambda: act(value=2, number=1)),
    "order of items": (lambda: act(value={"a": 1, "b": {3, 1}}), lambda: act(value={"b": {1, 3}, "a": 1})),
    "secret": (lambda: act(token=Secret("hunter22")), lambda: act(token=Secret("hunter33"))),
    "advice of a mode": (
        declared(auth=[Advising("key", instead="A token serves.")]),
        declared(auth=[Advising("key", instead="A token never ends.")]),
    ),
    "layout": (with_let(lambda value: value + (1 * 2)), with_let(lambda value: value + 1 * 2)),
}


@pytest.mark.parametrize("pair", SAME.values(), ids=SAME)
def test_these_are_the_same_plan(pair: tuple[Callable[[], Any], Callable[[], Any]]) -> None:
    assert of(pair[0]) == of(pair[1])


def test_where_a_value_came_from_does_not_matter_but_the_value_does() -> None:
    def lane() -> None:
        act()

    assert of(lane, {"LANE_ACT__NUMBER": "5"}) == of(lane, number=5)
    assert of(lane, {"LANE_ACT__NUMBER": "5"}) != of(lane)
    assert of(lane, {"LANE_ACT__TOKEN": "hunter22"}) == of(lane, {"LANE_ACT__TOKEN": "hunter33"})


def test_planning_leaves_the_digest_as_it_was() -> None:
    graph = traced(lambda: act())
    binding = bound(graph)
    before = digest(graph, binding)
    plan(graph, binding.modes, holding("key"), setting="local", satisfied=lambda _: True)
    assert digest(graph, binding) == before


def test_hooks_count() -> None:
    graph, hook, another = traced(lambda: act()), traced(lambda: other()), traced(lambda: other(value=1))
    bindings = [bound(one) for one in (graph, hook, another)]
    found = {
        digest(graph, bindings[0]),
        digest(graph, bindings[0], hooks=[("before_all", hook, bindings[1])]),
        digest(graph, bindings[0], hooks=[("on_error", hook, bindings[1])]),
        digest(graph, bindings[0], hooks=[("before_all", another, bindings[2])]),
    }
    assert len(found) == 4


def test_many_steps_are_hashed_in_chunks() -> None:
    def lane(count: int) -> Callable[[], None]:
        return lambda: [act(number=number) for number in range(count)] and None

    assert len({of(lane(count)) for count in (4095, 4096, 4097, 8200)}) == 4


def test_the_source_of_a_lambda_is_told_apart_on_one_line() -> None:
    made = [(lambda a: a + 1), (lambda a: a + 2), (lambda a: (lambda b: b + a))]  # fmt: skip
    texts = {source_of(one.__code__) for one in (*made, made[2](1))}
    assert len(texts) == 4


def test_a_function_without_source_goes_by_its_names() -> None:
    first, second = eval("lambda a: a.b"), eval("lambda a: a.c")
    assert source_of(first.__code__) != source_of(second.__code__)
    assert "compiled" in source_of(first.__code__)


PROJECT = """
    from pathlib import Path
    from lane import Context, action, each, lane, let

    HERE = Path(__file__).parent

    class Kind:
        def __init__(self):
            self.size = {"b", "a", "c"}

    @action
    def act(
        ctx: Context, *, path: Path = HERE / "default", text: str = "", value: object = None
    ) -> list[int]: ...

    def longer(value):
        return len(value) > 2

    @lane
    def release():
        first = act(path=HERE / "a.ipa", text=str(HERE / "b"), value=Kind())
        each(first, lambda number: act(text=f"{number}", value={"x", "y", number is None}))
        act.set(when=let(first, longer))(value=let(first, lambda value: f"{len(value):>{3}}"), path=HERE)
"""

SCRIPT = """
import sys
from lane._plan.bind import Binding
from lane._plan.digest import digest
from lane._plan.environment import Environment
from lane._lanefile.load import load
from lane._graph.trace import trace

project = load(sys.argv[1])
graph = trace(project.lane("release"), {}, project.folder)
assert not graph.problems, [str(one) for one in graph.problems]
print(digest(graph, Binding(graph, Environment([]), {})))
"""


def test_another_process_and_another_folder_give_the_same(tmp_path: Path) -> None:
    found = set()
    for seed, folder in (("1", "here"), ("2", "there/deeper")):
        path = tmp_path / folder / "Lanefile.py"
        path.parent.mkdir(parents=True)
        path.write_text(dedent(PROJECT) if seed == "1" else "\n\n# moved\n" + dedent(PROJECT))
        env = os.environ | {"PYTHONHASHSEED": seed}
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT, str(path)], env=env, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        found.add(done.stdout)
    assert len(found) == 1
    assert found.pop().startswith("sha256:")


def test_a_secret_is_in_no_text_that_is_hashed() -> None:
    from lane._plan.digest import _Writer

    graph = traced(lambda: act(token=Secret("hunter22"), value=[Secret("hunter33")]))
    binding = Binding(graph, Environment([("environment", {"LANE_ACT__TOKEN": "hunter44"})]), {})
    text = "\n".join(_Writer(graph, binding).lines())
    assert "token=secret" in text
    assert "hunter" not in text
