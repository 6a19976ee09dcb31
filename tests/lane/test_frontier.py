"""The frontier against networkx, on any graph."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import networkx as nx
from hypothesis import given
from hypothesis import strategies as st

from lane._run.frontier import Frontier


@st.composite
def _graphs(draw: st.DrawFn) -> list[list[int]]:
    """What each step needs; a step may need later ones in a graph without cycles: the numbers are shuffled."""
    size = draw(st.integers(1, 12))
    names = draw(st.permutations(range(size)))
    needs: list[list[int]] = [[] for _ in range(size)]
    for at in range(1, size):
        earlier = draw(st.sets(st.integers(0, at - 1), max_size=4))
        needs[names[at]] = sorted(names[one] for one in earlier)
    return needs


@given(needs=_graphs(), left_out=st.sets(st.integers(0, 11)), data=st.data())
def test_steps_become_ready_when_all_that_they_need_is_settled(
    needs: list[list[int]], left_out: set[int], data: st.DataObject
) -> None:
    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_nodes_from(range(len(needs)))
    graph.add_edges_from((needed, index) for index, wanted in enumerate(needs) for needed in wanted)
    order = [index for index in nx.topological_sort(graph) if index not in left_out]
    within = graph.subgraph(order)
    steps = cast("Any", [SimpleNamespace(needs=wanted) for wanted in needs])
    frontier = Frontier(steps, order)
    for index in order:
        longest = max(
            map(len, nx.all_simple_paths(within, index, list(nx.descendants(within, index)))), default=1
        )
        assert frontier.behind[index] == longest
    ready = frontier.first(order)
    settled: set[int] = set()
    while ready:
        index = ready.pop(data.draw(st.integers(0, len(ready) - 1)))
        assert set(within.predecessors(index)) <= settled
        settled.add(index)
        ready.extend(frontier.settled(index))
    assert settled == set(order)
