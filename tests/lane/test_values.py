"""Values at run time: outputs replaced wherever they stand, and written so that they come back."""

from __future__ import annotations

import dataclasses
import enum
import json
from pathlib import Path
from typing import Any, NamedTuple

import pydantic
import pytest
from engine import Engine
from hypothesis import given
from hypothesis import strategies as st

from lane import Context, Model, Secret, action, lane, let
from lane._run.values import decode, encode


class Pair(NamedTuple):
    """A named tuple."""

    left: int
    right: Any


@dataclasses.dataclass(frozen=True, slots=True)
class Frozen:
    """A dataclass with slots, which cannot be written to."""

    text: str
    many: list[int]


class Notes(Model):
    """A model with an alias."""

    text: str = pydantic.Field(alias="whatsNew")
    number: int = 0


@action
def number(ctx: Context) -> int:
    """A number."""
    return 7


@action
def build(ctx: Context) -> dict[str, Any]:
    """A dictionary with a list in it."""
    return {"list": [1, {"deep": "found"}], "path": Path("a.ipa")}


def _taken(tmp_path: Path, make: Any, annotation: Any) -> Any:
    """What an action gets for an option that `make()` gives in the lane."""
    got: list[Any] = []

    def take(ctx: Context, value: Any) -> None:
        got.append(value)

    take.__annotations__["value"] = annotation
    take_action = action(take)

    @lane
    def one() -> None:
        take_action(value=make())

    seen = Engine(tmp_path).begin(one)
    assert seen.code == 0, {name: end.message for name, end in seen.ends.items()}
    return got[0]


@pytest.mark.parametrize(
    ("annotation", "make", "value"),
    [
        (str, lambda: f"{number()} and {number()}", "7 and 7"),
        (Path, lambda: Path(f"build/{number()}") / "App.ipa", Path("build/7/App.ipa")),
        (list[int], lambda: [number(), 1], [7, 1]),
        (tuple[int, ...], lambda: (number(), 1), (7, 1)),
        (dict[str, list[int]], lambda: {"a": [number()]}, {"a": [7]}),
        (Pair, lambda: Pair(number(), "x"), Pair(7, "x")),
        (Frozen, lambda: Frozen(f"n{number()}", [number()]), Frozen("n7", [7])),
        (
            Notes,
            lambda: Notes(whatsNew=f"Build {number()}", number=number()),
            Notes(whatsNew="Build 7", number=7),
        ),
        (str, lambda: build()["list"][1]["deep"], "found"),
        (float, lambda: number(), 7.0),
        (int, lambda: let(number(), lambda n: n + 1), 8),
        (str, lambda: let([number(), number()], lambda both: "-".join(map(str, both))), "7-7"),
        (str, lambda: f"{let(number(), lambda n: n * 2)}!", "14!"),
    ],
)
def test_outputs_are_replaced_wherever_they_stand(
    tmp_path: Path, annotation: Any, make: Any, value: Any
) -> None:
    taken = _taken(tmp_path, make, annotation)
    assert taken == value
    assert type(taken) is type(value)


def test_what_holds_no_output_is_handed_over_as_it_is(tmp_path: Path) -> None:
    given_list, given_model = [1, 2], Notes(whatsNew="x")
    assert _taken(tmp_path, lambda: given_list, list[int]) == [1, 2]
    assert _taken(tmp_path, lambda: given_model, Notes) is given_model


class Level(enum.IntEnum):
    """An enum that is an int."""

    HIGH = 3


@pytest.mark.parametrize(
    ("annotation", "value"),
    [(int, 5), (Any, 5), (int | None, None), (str, "x"), (Level, Level.HIGH), (list[Level], [Level.HIGH])],
)
def test_what_is_whole_comes_back_as_it_was(annotation: Any, value: Any) -> None:
    text, whole = encode(value, annotation)
    json.loads(text)
    assert whole
    back = decode(text, annotation)
    assert back == value
    assert type(back) is type(value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(JSON)
def test_any_json_comes_back_or_says_that_it_does_not(value: Any) -> None:
    text, whole = encode(value, Any)
    json.loads(text)
    if whole:
        assert decode(text, Any) == value


@given(st.text())
def test_any_text_comes_back(value: str) -> None:
    text, whole = encode(value, str)
    assert text.encode()
    assert not whole or decode(text, str) == value


class Opaque:
    """What cannot be written."""


@pytest.mark.parametrize(
    ("annotation", "value"),
    [
        (Secret, Secret("correct-horse")),
        (dict[str, Secret], {"a": Secret("correct-horse")}),
        (str, "the token is correct-horse"),
        (list[str], ["correct-horse"]),
        (Any, Opaque()),
        (Opaque, Opaque()),
        (Any, (1, 2)),
        (Any, {1: "a key that is no text"}),
        (str, "\ud800"),
    ],
)
def test_what_cannot_be_kept_says_so_and_holds_no_secret(annotation: Any, value: Any) -> None:
    Secret("correct-horse")
    text, whole = encode(value, annotation)
    text.encode()
    assert "correct-horse" not in text
    assert not whole or decode(text, annotation) == value
    if "ud800" not in text:
        assert not whole
