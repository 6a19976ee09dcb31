"""Tracing, binding, planning and digesting grow with steps and edges: by calls, not by the clock."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest
from modes import KEY, holding
from tracing import bound

from lane import Context, action, nightly
from lane._graph.trace import trace
from lane._lanefile.lane import Lane
from lane._plan.digest import digest
from lane._plan.planner import plan

if TYPE_CHECKING:
    from collections.abc import Callable

WIDTH = 50


@action(auth=[KEY])
def step(ctx: Context, *, number: int = 0, previous: Any = None) -> int: ...


def chain(count: int) -> None:
    last: Any = None
    for number in range(count):
        last = step.set(after=last)(number=number) if number else step()


def data_chain(count: int) -> None:
    last: Any = None
    for number in range(count):
        last = step(number=number, previous=last)


def fan(count: int) -> None:
    first = step()
    for number in range(count - 1):
        step.set(after=first)(number=number)


def layered(count: int) -> None:
    layer = [step(number=number) for number in range(WIDTH)]
    for depth in range(count // WIDTH - 1):
        on = nightly if depth == 5 else None
        layer = [
            step.set(on=on, after=[layer[at], layer[at - 1]])(number=depth, previous=f"{layer[at]}")
            for at in range(WIDTH)
        ]


def calls(work: Callable[[], Any]) -> tuple[int, Any]:
    """How many functions were called, of Python's and of C."""
    count = 0

    def profile(frame: Any, event: str, argument: Any) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(profile)
    try:
        result = work()
    finally:
        sys.setprofile(before)
    return count, result


def calls_by_stage(shape: Callable[[int], None], count: int) -> list[int]:
    traced, graph = calls(lambda: trace(Lane(shape), {"count": count}))
    assert (graph.problems, len(graph.steps)) == ([], count)
    binding_calls, binding = calls(lambda: bound(graph))
    planned, made = calls(lambda: plan(graph, binding.modes, holding("key")))
    assert made.problems == []
    hashed, _ = calls(lambda: digest(graph, binding))
    return [traced, binding_calls, planned, hashed]


@pytest.mark.parametrize("shape", [chain, data_chain, fan, layered])
def test_every_thousand_steps_more_cost_the_same(shape: Callable[[int], None]) -> None:
    calls_by_stage(shape, WIDTH)  # imports what is imported when it is first used
    counts = [calls_by_stage(shape, thousands * 1_000) for thousands in (2, 3, 9, 10)]
    for first, second, ninth, tenth in zip(*counts, strict=True):
        assert tenth - ninth <= (second - first) * 1.02


def test_a_hundred_thousand_steps() -> None:
    graph = trace(Lane(chain), {"count": 100_000})
    made = plan(graph, bound(graph).modes, holding("key"))
    assert (len(made.jobs), len(made.jobs[0].steps)) == (1, 100_000)
    assert graph.steps[-1].needs == (99_998,)
    assert graph.steps[-1].id == "step-100000"
