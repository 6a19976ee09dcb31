"""Threads: steps that last run side by side, short ones are left to one thread."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from engine import Engine

from lane import Context, action, lane
from lane._run.crew import OVER, STOP, Crew

if TYPE_CHECKING:
    from pathlib import Path

PATIENCE = 20.0  # seconds until a test that cannot succeed fails


def test_steps_that_last_run_side_by_side_wherever_they_come(tmp_path: Path) -> None:
    together = threading.Barrier(8)

    @action
    def short(ctx: Context) -> int:
        return 1

    @action
    def meets(ctx: Context, *, after: int) -> int:
        together.wait(PATIENCE)
        return after

    @lane
    def waves() -> None:
        last = short()
        for _ in range(3):
            for _ in range(50):
                last = short.set(after=last)()
            wave = [meets(after=last) for _ in range(8)]
            last = short.set(after=wave)()

    assert Engine(tmp_path).begin(waves, parallel=8).code == 0


def test_a_step_that_lasts_holds_no_other(tmp_path: Path) -> None:
    others = 200
    left = [others]
    all_done = threading.Event()

    @action
    def lasts(ctx: Context) -> None:
        assert all_done.wait(PATIENCE)

    @action
    def short(ctx: Context) -> None:
        left[0] -= 1
        if not left[0]:
            all_done.set()

    @lane
    def mixed() -> None:
        lasts()
        for _ in range(others):
            short()

    assert Engine(tmp_path).begin(mixed, parallel=2).code == 0


def test_one_thread_goes_on_alone_until_its_step_lasts() -> None:
    crew = Crew(threading.Lock(), 2, [], lambda: None)
    with ThreadPoolExecutor(1) as other:
        assert crew.ended(0.0)
        assert not other.submit(crew.ended, 0.0).result()
        assert crew.ended(0.0)
        assert crew.ended(1.0)
        assert other.submit(crew.ended, 0.0).result()
        assert not crew.ended(0.0)


def test_a_thread_whose_step_lasted_calls_another_for_what_is_left() -> None:
    called = threading.Event()
    crew = Crew(threading.Lock(), 2, ["mine", "for another"], called.set)
    with crew.lock:
        assert crew.ended(1.0)
    assert called.wait(PATIENCE)


def test_the_main_thread_calls_others_where_nothing_ends() -> None:
    called = threading.Semaphore(0)
    crew = Crew(threading.Lock(), 3, ["one", "two", "three", "four"], called.release)

    def tell() -> None:
        for _ in range(3):
            assert called.acquire(timeout=PATIENCE)
        crew.tell(OVER)

    with crew.lock:
        crew.ask()
    teller = threading.Thread(target=tell)
    teller.start()
    assert crew.hear() == OVER
    teller.join()


def test_what_is_told_before_is_heard() -> None:
    crew = Crew(threading.Lock(), 1, [], lambda: None)
    assert not crew.told
    crew.tell(STOP)
    assert crew.told
    assert crew.hear() == STOP
