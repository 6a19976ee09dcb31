"""A run that is killed anywhere goes on, and each step succeeds once."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from engine import Engine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lane import (
    ActionError,
    Context,
    action,
    each,
    lane,
    let,
)
from lane._run.recorder import Recorder

if TYPE_CHECKING:
    import pytest

Graph = dict[int, list[int]]


@st.composite
def _graphs(draw: st.DrawFn) -> Graph:
    count = draw(st.integers(1, 8))
    return {
        index: [other for other in range(index) if draw(st.integers(0, 2)) == 0] for index in range(count)
    }


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    graph=_graphs(),
    fails=st.sets(st.integers(0, 7), max_size=2),
    skips=st.sets(st.integers(0, 7), max_size=2),
    fans=st.sets(st.integers(0, 7), max_size=2),
    kill_at=st.integers(0, 20),
    parallel=st.integers(1, 3),
)
def test_killed_at_any_write_each_step_succeeds_once(
    tmp_path_factory: pytest.TempPathFactory,
    graph: Graph,
    fails: set[int],
    skips: set[int],
    fans: set[int],
    kill_at: int,
    parallel: int,
) -> None:
    """The store is copied at a commit: what a killed process leaves. Failures are mended by the resume."""
    ran: list[str] = []
    mended = False

    @action(effect="read")
    def step(ctx: Context, number: int, inputs: list[int], item: int = 0) -> int:
        ran.append(ctx.step)
        if number in fails and not mended:
            raise ActionError("not now")
        return number

    @lane
    def random_lane(skipping: bool = True) -> None:
        outputs: list[Any] = []
        for index, needs in graph.items():
            when = let(step.set(name=f"c{index}")(100, []), lambda n: n < 100) if index in skips else None
            set_up = step.set(name=f"s{index}", when=when, after=[outputs[other] for other in needs])
            if index in fans:
                outputs.append(each([1, 2], lambda n, i=index, up=set_up: up(i, [], item=n)))
            else:
                outputs.append(set_up(index, []))

    engine = Engine(tmp_path_factory.mktemp("killed"))
    commits = 0
    whole = Recorder.commit

    def commit(self: Recorder) -> None:
        nonlocal commits
        whole(self)
        if commits == kill_at:
            shutil.copytree(
                engine.store, engine.folder / "copy", ignore=shutil.ignore_patterns("*-shm", "lock")
            )
        commits += 1

    with patch.object(Recorder, "commit", commit):
        engine.begin(random_lane, parallel=parallel)
    engine.store = str(engine.folder / "copy")
    done_before = _done_before(engine)
    if done_before is None:
        return  # it was over before
    mended = True
    ran.clear()
    seen = engine.resume(random_lane, parallel=parallel)
    assert seen.code == 0
    assert not done_before & set(ran), "what has ended does not run again"
    for index, needs in graph.items():
        for other in needs:
            if f"s{index}" in ran and f"s{other}" in ran:
                assert ran.index(f"s{other}") < ran.index(f"s{index}")
    _each_ended_once(engine, graph, skips - fans, fans)


def _done_before(engine: Engine) -> set[str] | None:
    """The steps that had ended when the store was copied; None where it was not, or nothing was left to do."""
    if not Path(engine.store).exists() or not engine.rows("SELECT 1 FROM jobs WHERE state != 'succeeded'"):
        return None
    return {
        name for (name,) in engine.rows("SELECT step FROM events WHERE state IN ('succeeded', 'skipped')")
    }


def _each_ended_once(engine: Engine, graph: Graph, skipped: set[int], fans: set[int]) -> None:
    ends: dict[str, list[str]] = {}
    for name, state in engine.rows("SELECT step, state FROM events ORDER BY number"):
        ends.setdefault(name, []).append(state)
    for index in graph:
        end = "skipped" if index in skipped else "succeeded"
        assert ends[f"s{index}"].count(end) == 1, ends
    for name in (f"s{index}[{item}]" for index in fans & graph.keys() for item in (0, 1)):
        assert len([state for state in ends.get(name, ["skipped"]) if state in {"succeeded", "skipped"}]) == 1
    numbers = [number for (number,) in engine.rows("SELECT number FROM events ORDER BY number")]
    assert numbers == list(range(len(numbers))), "the journal has no gap"
    assert engine.rows("SELECT DISTINCT state FROM jobs") == [("succeeded",)]
