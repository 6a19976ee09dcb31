"""What an output can do while a lane is traced, and what it refuses."""

from __future__ import annotations

import copy
import json
import math
import pickle
import threading
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypedDict

import pytest
from tracing import codes, traced

from lane import Context, LaneError, Model, action, let
from lane._graph.output import Output
from lane._graph.trace import trace
from lane._lanefile.lane import Lane

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass
class Inner:
    number: int
    name: str


class Build(Model):
    version: str
    number: int
    files: list[Path]
    inner: Inner

    @property
    def label(self) -> str:
        return self.version


class Row(TypedDict):
    name: str


class Pair(NamedTuple):
    first: int
    second: str


@action
def build(ctx: Context) -> Build: ...


@action
def take(ctx: Context, *, value: Any = None, text: str = "") -> int: ...


@action
def rows(ctx: Context) -> dict[str, Row]: ...


REFUSED: dict[str, Callable[[Any], object]] = {
    "if": lambda x: 1 if x.number else 2,
    "not": lambda x: not x.number,
    "and": lambda x: x.number and 1,
    "==": lambda x: x.number == 3,
    "!=": lambda x: x.number != 3,
    "<": lambda x: x.number < 3,
    "<=": lambda x: x.number <= 3,
    ">": lambda x: x.number > 3,
    ">=": lambda x: 3 >= x.number,  # noqa: SIM300
    "+": lambda x: x.number + 1,
    "r+": lambda x: 1 + x.number,
    "text+": lambda x: "v" + x.version,
    "-": lambda x: x.number - 1,
    "*": lambda x: 2 * x.number,
    "/": lambda x: x.number / 2,
    "//": lambda x: x.number // 2,
    "%": lambda x: x.number % 2,
    "text %": lambda x: "%d" % x.number,  # noqa: UP031
    "**": lambda x: x.number**2,
    "@": lambda x: x.number @ 2,
    "&": lambda x: x.number & 1,
    "|": lambda x: x.number | 1,
    "^": lambda x: x.number ^ 1,
    "<<": lambda x: x.number << 1,
    ">>": lambda x: 1 >> x.number,
    "unary -": lambda x: -x.number,
    "unary +": lambda x: +x.number,
    "~": lambda x: ~x.number,
    "+=": lambda x: exec("n = x.number; n += 1", {"x": x}),
    "abs": lambda x: abs(x.number),
    "round": lambda x: round(x.number),
    "divmod": lambda x: divmod(x.number, 2),
    "rdivmod": lambda x: divmod(7, x.number),
    "int": lambda x: int(x.version),
    "float": lambda x: float(x.version),
    "complex": lambda x: complex(x.version),
    "floor": lambda x: math.floor(x.number),
    "range": lambda x: range(x.number),
    "index": lambda x: [1, 2][x.number],
    "bytes": lambda x: bytes(x.version),
    "len": lambda x: len(x.files),
    "for": lambda x: [one for one in x.files],  # noqa: C416
    "unpack": lambda x: [*x.files],
    "mapping": lambda x: dict(**x.inner),
    "next": lambda x: next(x.files),
    "reversed": lambda x: list(reversed(x.files)),
    "sorted": lambda x: sorted(x.files),
    "in": lambda x: "a" in x.files,
    "in list": lambda x: x.number in [1, 2],
    "in text": lambda x: x.version in "1.2",
    "slice": lambda x: x.files[1:],
    "hash": lambda x: {x.number: 1},
    "set": lambda x: {x.number},
    "repr": lambda x: repr(x.number),
    "!r": lambda x: f"{x.number!r}",
    "=": lambda x: f"{x.number=}",
    "spec": lambda x: f"{x.number:05d}",
    "join": lambda x: ", ".join([x.version, "b"]),  # noqa: FLY002
    "json": lambda x: json.dumps({"number": x.number}),
    "call": lambda x: x.version(),
    "method": lambda x: x.version.upper(),
    "private": lambda x: x.number._secret,
    "missing": lambda x: x.nonsense,
    "set attribute": lambda x: setattr(x, "number", 3),
    "delete attribute": lambda x: delattr(x, "number"),
    "set item": lambda x: x.files.__setitem__(0, 1),
    "with": lambda x: exec("with x: pass", {"x": x.number}),
    "pickle": lambda x: pickle.dumps(x.number),
    "copy": lambda x: copy.copy(x.number),
    "deepcopy": lambda x: copy.deepcopy([x.number]),
    "max": lambda x: max(x.number, 2),
    "sum": lambda x: sum([x.number]),
    "bad item": lambda x: x.version["a"],
}


@pytest.mark.parametrize("use", REFUSED.values(), ids=REFUSED)
def test_what_needs_a_value_is_refused_once_with_its_line(use: Callable[[Any], object]) -> None:
    def lane() -> None:
        use(build())

    problems = trace(Lane(lane), {}, str(Path(__file__).parent)).problems
    assert [problem.code for problem in problems] == ["output_used"]
    line = use.__code__.co_firstlineno
    assert problems[0].line == f"test_output.py:{line}" or "<string>" in str(problems[0].line) or line
    assert problems[0].hint


@pytest.mark.parametrize("name", sorted(REFUSED.keys() - {"join", "json", "in text", "mapping"}))
def test_a_refusal_that_is_swallowed_is_still_told(name: str) -> None:
    def lane() -> None:
        with suppress(Exception):
            REFUSED[name](build())

    assert codes(lane) == ["output_used"]


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        (">", "Write action.set(when=let(x.number, lambda number: number > 3))(…)."),
        (">=", "Write action.set(when=let(x.number, lambda number: 3 >= number))(…)."),
        ("len", "Write let(x.files, lambda files: len(files)) and pass that as an option."),
        ("+", "Write let(x.number, lambda number: number + 1) and pass that as an option."),
        ("not", "Write action.set(when=let(x.number, lambda number: not number))(…)."),
        ("for", "Write each(x.files, lambda item: action(option=item))."),
        ("missing", "It has files, inner, number, version."),
        ("join", 'Write ", ".join(f"{output}" for output in outputs).'),
    ],
)
def test_the_hint_is_what_to_write_instead(name: str, hint: str) -> None:
    def lane() -> None:
        REFUSED[name](build())

    assert [problem.hint for problem in trace(Lane(lane), {}).problems] == [hint]


def test_a_refusal_names_the_step() -> None:
    def lane() -> None:
        build.set(name="mine")().inner.number > 3  # noqa: B015

    (problem,) = trace(Lane(lane), {}).problems
    assert problem.message.startswith("The output mine.inner.number is not known")
    assert problem.hint == ("Write action.set(when=let(mine.inner.number, lambda value: value > 3))(…).")


def test_what_works_makes_the_step_wait() -> None:
    def lane() -> None:
        made = build()
        take(value=made)
        take(value=made.inner.number)
        take(value=made.files[0])
        take(value={"a": [made.version, (made.number, {"b": made})]})
        take(value=Pair(1, made.version))
        take(value=replace(Inner(1, "a"), number=made.number))
        take(value=Path(made.version) / f"{made.number}")
        take(value=made.label)
        take(text=f"{made.version} ({made.number})")
        take(text=str(made.version) + " and more")
        take(value=let((made.version, 3), lambda pair: pair[0]))
        take(value=(one for one in [made.number]))
        take(value=rows()["a"]["name"])

    graph = traced(lane)
    assert [step.needs for step in graph.steps[1:13]] == [(0,)] * 12
    assert graph.steps[-1].needs == (len(graph.steps) - 2,)
    assert [step.data for step in graph.steps] == [step.needs for step in graph.steps]


def test_a_step_keeps_what_it_was_given() -> None:
    def lane() -> None:
        names = ["a"]
        take(value=names)
        names.append("b")

    assert traced(lane).steps[0].options == {"value": ["a"]}


def test_an_output_of_another_lane_is_refused() -> None:
    kept: list[Any] = []

    def first() -> None:
        kept.append(build())

    def second() -> None:
        take(value=kept[0])
        take(text=f"{kept[0].version}")
        take.set(after=kept[0])()

    traced(first)
    assert set(codes(second)) == {"foreign_output"}
    assert len(codes(second)) == 3


def test_a_graph_cannot_be_used_from_another_thread() -> None:
    def lane() -> None:
        worker = threading.Thread(target=lambda: errors.append(_error(build)))
        worker.start()
        worker.join()

    errors: list[BaseException | None] = []
    (problem,) = trace(Lane(lane), {}).problems
    assert problem.code == "outside_lane"
    assert "another thread" in problem.message
    assert isinstance(errors[0], LaneError)


def test_outside_a_lane_an_action_cannot_be_called() -> None:
    with pytest.raises(LaneError, match="outside a lane") as caught:
        build()
    assert caught.value.where == f"lane/test_output.py:{build_line()}"
    with pytest.raises(LaneError, match=r"let\(\) was used outside a lane"):
        let(1, lambda value: value)


def build_line() -> int:
    lines = Path(__file__).read_text().splitlines()
    start = next(at for at, line in enumerate(lines) if "outside a lane" in line and "raises" in line)
    return start + 2


def _error(call: Callable[[], object]) -> BaseException | None:
    try:
        call()
    except LaneError as error:
        return error
    return None


def test_outputs_are_told_apart_from_values() -> None:
    def lane() -> None:
        assert isinstance(build(), Output)
        assert build().number is not None

    traced(lane)
