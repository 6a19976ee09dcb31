"""The critical path: the chain of steps that the run's time could not go below."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def critical_path(
    order: Iterable[int], needs: Sequence[Sequence[int]], seconds: Sequence[float | None]
) -> list[int]:
    """The longest chain in time, as step indices in running order.

    `order` lists the steps so that each comes after those that it needs; `needs` and `seconds` have one entry
    a step. A step whose seconds are None did not run: no chain leads through it. One pass over lists, since a
    graph of networkx costs more memory at 100,000 steps than the run itself.
    """
    total = array("d", bytes(8 * len(needs)))
    before = array("i", [-1]) * len(needs)
    last, longest = -1, -1.0
    for step in order:
        own = seconds[step]
        if own is None:
            continue
        best, best_total = -1, 0.0
        for needed in needs[step]:
            if seconds[needed] is not None and (best < 0 or total[needed] > best_total):
                best, best_total = needed, total[needed]
        before[step] = best
        total[step] = best_total + own
        if total[step] > longest:
            last, longest = step, total[step]
    chain = []
    while last >= 0:
        chain.append(last)
        last = before[last]
    chain.reverse()
    return chain
