"""The order in which a graph's steps can run, and cycles explained."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lane._errors import Problem

if TYPE_CHECKING:
    from .graph import Graph


def topological_order(graph: Graph) -> range | list[int]:
    """The step indices, each after those that it needs; a cycle becomes a problem of the graph.

    A step can only need a later one by `after="id"`; without that the order of the calls is one.
    """
    steps = graph.steps
    if all(not step.needs or step.needs[-1] < index for index, step in enumerate(steps)):
        return range(len(steps))
    waiting = [len(step.needs) for step in steps]
    followers: list[list[int]] = [[] for _ in steps]
    for index, step in enumerate(steps):
        for needed in step.needs:
            followers[needed].append(index)
    order = [index for index, count in enumerate(waiting) if not count]
    for index in order:
        for follower in followers[index]:
            waiting[follower] -= 1
            if not waiting[follower]:
                order.append(follower)
    if len(order) < len(steps):
        graph.note(_cycle(graph, [index for index, count in enumerate(waiting) if count]))
        return range(0)
    return order


def _cycle(graph: Graph, left: list[int]) -> Problem:
    import networkx as nx

    among: nx.DiGraph[int] = nx.DiGraph(
        (needed, index) for index in left for needed in graph.steps[index].needs
    )
    members = [edge[0] for edge in nx.find_cycle(among)]
    names = [graph.steps[index].id for index in members]
    last = graph.steps[members[0]]
    return Problem(
        "cycle",
        f"These steps wait for each other: {' → '.join([*names, names[0]])}.",
        line=last.place.shown(graph.folder),
        hint="Take one of the after= away.",
    )
