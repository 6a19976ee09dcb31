"""`Model`: validated like pydantic's, except that outputs may stand in its fields."""

from __future__ import annotations

from typing import Annotated, Any

import pytest
from pydantic import BaseModel, Field, ValidationError
from tracing import bound, codes, traced

from lane import Context, Model, action
from lane._graph.trace import trace
from lane._lanefile.lane import Lane


class Build(Model):
    number: int
    version: str = "1.0"


class Notes(Model):
    text: str
    build: Build | None = None
    tags: list[str] = []  # noqa: RUF012
    size: Annotated[int, Field(gt=0)] = 1


class Plain(BaseModel):
    number: int


@action
def build(ctx: Context) -> Build: ...


@action
def announce(ctx: Context, *, notes: Notes) -> int: ...


def test_without_outputs_it_is_a_frozen_pydantic_model() -> None:
    notes = Notes(text="a", build=Build(number=3))
    assert notes.model_dump() == {
        "text": "a",
        "build": {"number": 3, "version": "1.0"},
        "tags": [],
        "size": 1,
    }
    with pytest.raises(ValidationError):
        Notes(text="a", size=0)
    with pytest.raises(ValidationError):
        notes.text = "b"  # type: ignore[misc]
    assert Notes(text="a") == Notes(text="a")
    assert hash(Build(number=1)) == hash(Build(number=1))


def test_outputs_may_stand_in_its_fields() -> None:
    def lane() -> None:
        made = build()
        announce(notes=Notes(text=f"Build {made.number}", build=made, tags=["a"]))
        announce(notes=Notes(text="x", build=Build(number=made.number)))

    graph = traced(lane)
    assert [step.data for step in graph.steps] == [(), (0,), (0,)]
    assert bound(graph).problems == []
    notes = graph.steps[1].options["notes"]
    assert (notes.tags, notes.size, notes.model_fields_set) == (["a"], 1, {"text", "build", "tags"})


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda made: Notes(text=made.number), "wrong_output_type"),
        (lambda made: Notes(text="a", build=made.number), "wrong_output_type"),
        (lambda made: Notes(text=made.version, tags=[made.number]), "wrong_output_type"),
        (lambda made: Notes(text=made.version, txet="b"), "lane_raised"),  # type: ignore[call-arg]
        (lambda made: Notes(build=made), "lane_raised"),  # type: ignore[call-arg]
        (lambda made: Notes(text=made.version, size=0), "lane_raised"),
        (lambda made: Plain(number=made.number), "output_used"),
        (lambda made: Build(number=made.number), "wrong_output_type"),
    ],
)
def test_what_does_not_fit_is_found_while_the_lane_is_traced(make: Any, code: str) -> None:
    assert codes(lambda: announce(notes=make(build()))) == [code]


def test_a_plain_model_says_what_to_do() -> None:
    (problem,) = trace(Lane(lambda: Plain(number=build().number)), {}).problems
    assert problem.hint == "Derive Plain from lane.Model: its fields may hold outputs."


def test_the_whole_is_validated_with_the_values() -> None:
    def lane() -> None:
        announce(notes=Notes(text=build().version, tags=["a"]))

    notes = traced(lane).steps[1].options["notes"]
    assert type(notes).model_validate({**vars(notes), "text": "1.0"}) == Notes(text="1.0", tags=["a"])
