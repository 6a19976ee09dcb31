"""A run that stopped goes on: nothing that ended runs again, what was under way is asked about."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

import pytest
from engine import Engine

from lane import (
    ActionError,
    Context,
    UsageError,
    action,
    each,
    lane,
    let,
    probe,
)
from lane._run.claim import claimed

if TYPE_CHECKING:
    from pathlib import Path


def _stopped(engine: Engine, states: dict[str, str]) -> None:
    """Leave the journal as a process leaves it that was killed while these steps ran."""
    connection = sqlite3.connect(engine.store + "/journal.db")
    with connection:
        for step, state in states.items():
            connection.execute("DELETE FROM events WHERE step = ? AND state NOT IN ('running')", (step,))
            if state != "running":
                connection.execute(
                    "INSERT INTO events SELECT run, number + 1000, time, step, ?, 1, NULL, NULL, NULL"
                    " FROM events WHERE step = ?",
                    (state, step),
                )
        connection.execute("UPDATE jobs SET state = 'running'")
        connection.execute("UPDATE runs SET state = 'running', ended = NULL")
    connection.close()


@pytest.mark.parametrize("state", ["running", "cancelled"])
@pytest.mark.parametrize("effect", ["read", "replace", "create", "irreversible"])
def test_a_step_that_was_under_way_runs_again_only_where_that_is_safe(
    tmp_path: Path, effect: Any, state: str
) -> None:
    calls: list[int] = []

    @action(effect=effect)
    def change(ctx: Context) -> int:
        calls.append(1)
        return 1

    @lane
    def one() -> None:
        change()

    engine = Engine(tmp_path)
    engine.begin(one)
    _stopped(engine, {"change": state})
    if effect in {"read", "replace"}:
        assert engine.resume(one).code == 0
    else:
        with pytest.raises(UsageError, match="has no probe") as caught:
            engine.resume(one)
        assert str(caught.value.hint).endswith("--again change.")
        assert len(calls) == 1
        assert engine.resume(one, again=frozenset({"change"})).code == 0
    assert len(calls) == 2


@pytest.mark.parametrize("there", [True, False])
def test_a_step_that_was_under_way_is_asked_by_its_probe(tmp_path: Path, there: bool) -> None:
    calls: list[str] = []

    @probe
    def exists(ctx: Context, name: str) -> str | None:
        calls.append("probe")
        return f"{name} is there" if there else None

    @action(effect="create", probe=exists)
    def create(ctx: Context, name: str) -> str:
        calls.append("create")
        return f"{name} was made"

    @action
    def tell(ctx: Context, text: str) -> None:
        calls.append(text)

    @lane
    def one() -> None:
        tell(text=create(name="app"))

    engine = Engine(tmp_path)
    engine.begin(one)
    _stopped(engine, {"create": "running", "tell": "running"})
    calls.clear()
    assert engine.resume(one).code == 0
    assert calls == (["probe", "app is there"] if there else ["probe", "create", "app was made"])


def test_an_item_that_was_under_way_is_not_made_twice(tmp_path: Path) -> None:
    calls: list[int] = []

    @action(effect="create")
    def send(ctx: Context, n: int) -> int:
        calls.append(n)
        return n

    @lane
    def fan() -> None:
        each([0, 1, 2], lambda n: send(n=n))

    engine = Engine(tmp_path)
    engine.begin(fan)
    calls.clear()
    _stopped(engine, {"send[1]": "running", "send": "running"})
    with pytest.raises(UsageError, match=r"Nobody knows whether send\[1\] has happened"):
        engine.resume(fan)
    assert engine.resume(fan, again=frozenset({"send[1]"})).code == 0
    assert calls == [1]


def test_items_that_are_left_run_and_the_list_is_whole(tmp_path: Path) -> None:
    broken = {1, 3}
    calls: list[int] = []
    got: list[list[int]] = []

    @action
    def work(ctx: Context, n: int) -> int:
        calls.append(n)
        if n in broken:
            raise ActionError("not now")
        return n * 10

    @action
    def take(ctx: Context, values: list[int]) -> None:
        got.append(values)

    @lane
    def fan() -> None:
        take(values=each([0, 1, 2, 3], lambda n: work(n=n)))

    engine = Engine(tmp_path)
    assert engine.begin(fan).code == 1
    done = {
        n
        for (n,) in engine.rows("SELECT json_extract(output, '$') / 10 FROM steps WHERE state = 'succeeded'")
    }
    calls.clear()
    broken.clear()
    assert engine.resume(fan).code == 0
    assert sorted(calls) == sorted({0, 1, 2, 3} - done)
    assert got == [[0, 10, 20, 30]]


def test_skipped_steps_and_allowed_failures_stay_what_they_are(tmp_path: Path) -> None:
    calls: list[str] = []
    broken = True

    @action
    def work(ctx: Context, name: str, after: Any = None) -> str:
        calls.append(name)
        if name == "allowed" or (name == "last" and broken):
            raise ActionError("no")
        return name

    @lane
    def several() -> None:
        first = work("first")
        allowed = work.set(allow_failure=True, name="allowed")("allowed")
        never = work.set(when=let(first, lambda _: False), name="never")("never")
        work.set(name="last", after=[allowed, never])("last")

    engine = Engine(tmp_path)
    assert engine.begin(several).code == 1
    calls.clear()
    broken = False
    seen = engine.resume(several)
    assert seen.code == 0
    assert calls == ["last"]
    assert len(seen.done) == 3


def test_an_always_step_that_missed_its_input_runs_when_that_comes(tmp_path: Path) -> None:
    broken = True
    told: list[str] = []

    @action
    def work(ctx: Context) -> str:
        if broken:
            raise ActionError("not now")
        return "done"

    @action
    def tell(ctx: Context, text: str) -> None:
        told.append(text)

    @lane
    def one() -> None:
        tell.set(always=True)(text=work())

    engine = Engine(tmp_path)
    engine.begin(one)
    broken = False
    assert engine.resume(one).code == 0
    assert told == ["done"]


def test_a_lane_that_changed_is_refused(tmp_path: Path) -> None:
    size = 1

    @action
    def work(ctx: Context, n: int) -> None:
        raise ActionError("not now")

    @lane
    def changing() -> None:
        work(size)

    engine = Engine(tmp_path)
    engine.begin(changing)
    size = 2
    with pytest.raises(UsageError, match="has changed since the run") as caught:
        engine.resume(changing)
    assert caught.value.exit_code == 2


def test_a_run_that_another_process_has_is_refused(tmp_path: Path) -> None:
    @action
    def work(ctx: Context) -> None:
        raise ActionError("not now")

    @lane
    def one() -> None:
        work()

    engine = Engine(tmp_path)
    run = engine.begin(one).run
    with claimed(engine.store, run), pytest.raises(UsageError, match="under way in another process"):
        engine.resume(one)


@pytest.mark.parametrize("name", ["nothing", "work[0]x"])
def test_again_of_a_step_that_is_none_is_refused(tmp_path: Path, name: str) -> None:
    @action
    def work(ctx: Context) -> None:
        raise ActionError("not now")

    @lane
    def one() -> None:
        work()

    engine = Engine(tmp_path)
    engine.begin(one)
    with pytest.raises(UsageError, match="The run has no"):
        engine.resume(one, again=frozenset({"nothing"}))
    with pytest.raises(UsageError, match="has no job 'nightly'"):
        engine.resume(one, only="nightly")
