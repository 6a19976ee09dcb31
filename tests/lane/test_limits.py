"""Limits against a plain statement of what they are for."""

from __future__ import annotations

from heapq import heappop

from hypothesis import given
from hypothesis import strategies as st

from lane._run.limits import Limits, Task

_limits = st.dictionaries(st.sampled_from("abc"), st.integers(1, 3), max_size=3)


@given(needs=st.lists(_limits, max_size=20), choices=st.lists(st.integers(0, 10), min_size=20, max_size=20))
def test_nothing_waits_that_could_run(needs: list[dict[str, int]], choices: list[int]) -> None:
    ready: list[Task] = [(0, index, -1) for index in range(len(needs))]
    limits = Limits(ready)
    running: list[int] = []
    begun: list[int] = []

    def full(index: int) -> bool:
        return any(sum(name in needs[one] for one in running) >= most for name, most in needs[index].items())

    for choice in choices:
        while ready:
            task = heappop(ready)
            could = not full(task[1])
            assert limits.take(task, needs[task[1]]) is could
            if could:
                running.append(task[1])
                begun.append(task[1])
        left = set(range(len(needs))) - set(begun)
        assert all(map(full, left))
        assert bool(limits) is bool(left)
        if running:
            limits.free(needs[running.pop(choice % len(running))])
    assert sorted(begun) == list(range(len(needs)))


def test_those_that_wait_come_back_by_their_order() -> None:
    ready: list[Task] = []
    limits = Limits(ready)
    assert limits.take((-1, 0, -1), {"a": 1})
    for task in ((-1, 1, -1), (-5, 2, -1), (-3, 3, -1)):
        assert not limits.take(task, {"a": 1})
    assert not ready
    limits.free({"a": 1})
    assert ready == [(-5, 2, -1)]
    limits.let_go()
    assert sorted(ready) == [(-5, 2, -1), (-3, 3, -1), (-1, 1, -1)]
    assert not limits


def test_a_place_is_not_kept_for_one_that_waits_for_another_resource() -> None:
    ready: list[Task] = []
    limits = Limits(ready)
    assert limits.take((0, 0, -1), {"a": 1})
    assert limits.take((0, 1, -1), {"b": 1})
    assert not limits.take((-9, 2, -1), {"a": 1, "b": 1})
    assert not limits.take((0, 3, -1), {"a": 1})
    limits.free({"a": 1})
    first = heappop(ready)
    assert first == (-9, 2, -1)
    assert not limits.take(first, {"a": 1, "b": 1})
    assert ready == [(0, 3, -1)]
