"""The critical path is the longest chain in time, as networkx finds it."""

from __future__ import annotations

import itertools

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lane._run.critical import critical_path


@st.composite
def graphs(draw: st.DrawFn) -> tuple[list[tuple[int, ...]], list[float | None]]:
    count = draw(st.integers(0, 12))
    needs = [
        tuple(draw(st.sets(st.integers(0, step - 1), max_size=4))) if step else () for step in range(count)
    ]
    seconds = [draw(st.none() | st.integers(0, 50).map(float)) for _ in range(count)]
    return needs, seconds


@given(graphs())
def test_it_is_as_long_as_networkx_says(graph: tuple[list[tuple[int, ...]], list[float | None]]) -> None:
    needs, seconds = graph
    chain = critical_path(range(len(needs)), needs, seconds)
    drawn: nx.DiGraph[object] = nx.DiGraph()
    for step, own in enumerate(seconds):
        if own is not None:
            # An edge from a source of its own, since networkx weighs edges, not nodes.
            drawn.add_edge("start", step, weight=own)
            for needed in needs[step]:
                if seconds[needed] is not None:
                    drawn.add_edge(needed, step, weight=own)
    longest = nx.dag_longest_path_length(drawn) if drawn else 0
    assert sum(seconds[step] or 0.0 for step in chain) == longest
    assert all(before in needs[after] for before, after in itertools.pairwise(chain))


def test_steps_that_did_not_run_are_on_no_chain() -> None:
    assert critical_path([0, 1, 2], [(), (0,), (1,)], [1.0, None, 5.0]) == [2]
    assert critical_path([0], [()], [None]) == []


def test_a_step_without_time_still_links_a_chain() -> None:
    assert critical_path([0, 1, 2], [(), (0,), (1,)], [3.0, 0.0, 5.0]) == [0, 1, 2]


def test_the_order_need_not_be_that_of_the_indices() -> None:
    assert critical_path([2, 1, 0], [(1,), (2,), ()], [1.0, 1.0, 1.0]) == [2, 1, 0]


@pytest.mark.parametrize("count", [100_000])
def test_a_long_chain_needs_no_recursion(count: int) -> None:
    needs = [(step - 1,) if step else () for step in range(count)]
    assert critical_path(range(count), needs, [1.0] * count) == list(range(count))
