"""The budget of a key: spaced out before it is gone, held back for all threads after a 429."""

from __future__ import annotations

import threading
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from apple_harness import Time
from faults import Reply, Seen, Server

from lane_apple import ApiKey, AppleBusyError, AppStoreConnect, Refusal
from lane_apple._budget import Budget, budget_of

if TYPE_CHECKING:
    from collections.abc import Iterator

APPS = {"data": [{"type": "apps", "id": "1", "attributes": {}}]}
TOO_MANY = Refusal("GET", "/v1/apps", 429)


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def budget(time: Time) -> Budget:
    return Budget(time.clock)


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(lambda request: Reply(200, APPS)) as running:
        yield running


def told(limit: int, remaining: int) -> dict[str, str]:
    return {"X-Rate-Limit": f"user-hour-lim:{limit};user-hour-rem:{remaining};"}


def pace(budget: Budget, time: Time, limit: int, remaining: int) -> float:
    """Seconds between two requests once Apple has said this."""
    budget.answered(told(limit, remaining))
    budget.admit(time.sleep)
    before = time.now
    budget.admit(time.sleep)
    return time.now - before


def test_plenty_is_left(budget: Budget, time: Time) -> None:
    for remaining in (3500, 2000, 875):
        assert pace(budget, time, 3500, remaining) == 0.0
    assert time.slept == []


def test_requests_are_spaced_out_smoothly(budget: Budget, time: Time) -> None:
    spaces = [pace(budget, time, 3600, remaining) for remaining in range(900, -1, -50)]
    assert spaces == sorted(spaces)
    assert spaces[0] == 0.0
    assert spaces[-1] == pytest.approx(10.0)
    steps = [after - before for before, after in pairwise(spaces)]
    assert max(steps) < 3.0  # no jump
    assert pace(budget, time, 3600, 450) == pytest.approx(4.0)


def test_a_rolling_hour_is_never_used_up(budget: Budget, time: Time) -> None:
    """Apple as it counts: a client that asks as fast as it may, for two hours, meets no 429."""
    limit, sent, least = 600, list[float](), 600
    while time.now < 7200:
        budget.admit(time.sleep)
        time.now += 0.05  # the answer takes its time
        sent = [moment for moment in sent if moment > time.now - 3600]
        assert len(sent) < limit
        sent.append(time.now)
        least = min(least, limit - len(sent))
        budget.answered(told(limit, limit - len(sent)))
    assert 0 < least < limit // 4


@pytest.mark.parametrize("header", ["", "user-hour-lim:3500;", "user-hour-lim:0;user-hour-rem:0;", "what"])
def test_headers_that_say_nothing(budget: Budget, time: Time, header: str) -> None:
    budget.answered({"X-Rate-Limit": header})
    budget.admit(time.sleep)
    budget.admit(time.sleep)
    assert time.slept == []


def test_a_tiny_budget_is_no_reason_to_wait_for_minutes(budget: Budget, time: Time) -> None:
    assert pace(budget, time, 10, 1) == 60.0


def test_pauses_grow_until_one_succeeds(budget: Budget, time: Time) -> None:
    for _ in range(8):
        budget.refused(budget.admit(time.sleep), TOO_MANY, None)
    assert time.slept == [1, 2, 4, 8, 16, 32, 60]
    budget.admit(time.sleep)
    budget.answered({})
    budget.refused(budget.admit(time.sleep), TOO_MANY, None)
    budget.admit(time.sleep)
    assert time.slept[-1] == 1


def test_answers_of_one_burst_make_one_pause(budget: Budget, time: Time) -> None:
    rounds = [budget.admit(time.sleep) for _ in range(5)]
    for begun in rounds:
        budget.refused(begun, TOO_MANY, None)
    budget.admit(time.sleep)
    assert time.slept == [1.0]


def test_who_waits_when_another_pause_begins_waits_on(time: Time, budget: Budget) -> None:
    begun = budget.admit(time.sleep)
    budget.refused(begun, TOO_MANY, 5.0)

    def sleep(seconds: float) -> None:
        time.sleep(seconds)
        if len(time.slept) == 1:
            budget.refused(begun + 1, TOO_MANY, 30.0)

    budget.admit(sleep)
    assert time.slept == [5.0, 30.0]


def test_a_pause_beyond_measure_is_told_to_all(budget: Budget, time: Time) -> None:
    budget.refused(budget.admit(time.sleep), TOO_MANY, 3000.0)
    with pytest.raises(AppleBusyError, match="3000 seconds"):
        budget.admit(time.sleep)
    time.now += 2500
    budget.admit(time.sleep)
    assert time.slept == [500.0]


def test_a_429_holds_back_every_thread_of_the_key(key: ApiKey, server: Server) -> None:
    """One is refused; the others, each with a client of its own, send nothing before the pause is over."""
    time, refused, over = Time(), threading.Event(), threading.Event()

    def sleep(seconds: float) -> None:
        if seconds > 0:
            waiting.append(seconds)
            refused.set()
            if len(waiting) == len(clients):
                before.append(len(server.seen))
                time.now = 17.0
                over.set()
            over.wait(30)

    waiting: list[float] = []
    before: list[int] = []
    limited = {"errors": [{"status": "429", "code": "RATE_LIMIT_EXCEEDED", "title": "A", "detail": "B."}]}
    server.arm("GET", "/v1/devices", Reply(429, limited, {"Retry-After": "17"}))
    clients = [AppStoreConnect(key, base_url=server.url, sleep=sleep, clock=time.clock) for _ in range(4)]
    first = threading.Thread(target=clients[0].get, args=("/v1/devices",))
    first.start()
    assert refused.wait(30)
    others = [threading.Thread(target=client.get, args=("/v1/apps",)) for client in clients[1:]]
    for thread in others:
        thread.start()
    for thread in (first, *others):
        thread.join()
    assert before == [1]
    assert len(server.seen) == 5
    assert min(waiting) >= 17.0
    for client in clients:
        client.close()


def test_keys_have_budgets_of_their_own(time: Time) -> None:
    one = budget_of("one", time.clock)
    assert budget_of("one", time.clock) is one
    assert budget_of("other", time.clock) is not one
    assert budget_of("one", Time().clock) is not one


def test_the_client_slows_down(key: ApiKey, time: Time) -> None:
    left = [200]

    def answer(request: Seen) -> Reply:
        left[0] -= 1
        return Reply(200, APPS, told(3600, left[0]))

    with (
        Server(answer) as server,
        AppStoreConnect(key, base_url=server.url, sleep=time.sleep, clock=time.clock) as client,
    ):
        for _ in range(4):
            client.get("/v1/apps")
    assert len(time.slept) == 2  # before the third and the fourth: the first answer says it
    assert 9 < time.slept[0] < time.slept[1] + 1
