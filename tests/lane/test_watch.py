"""Steps whose time is up, or that are silent for too long, are ended; what does not come back is given up."""

from __future__ import annotations

import socket
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from engine import Engine, until

from lane import Context, action, lane
from lane._run import watch

if TYPE_CHECKING:
    from collections.abc import Iterator

TIMED_OUT = "Its time was up: it ran for more than 0.2 s."
SILENT = "It was silent for too long: it wrote nothing for 0.2 s."


@pytest.fixture
def short_grace(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What does not come back is given up after a moment."""
    monkeypatch.setattr(watch, "GRACE", 0.2)
    yield
    watch.given_up.clear()


@action
def sleeps(ctx: Context) -> None:
    """Wait in the engine's own way."""
    ctx.sleep(3600)


@action
def program(ctx: Context) -> None:
    """Wait for a tree of programs; the one below leaves its number."""
    ctx.run("sh -c 'echo $$ > child.pid; exec sleep 3600' & wait", shell=True)


@action
def swallows(ctx: Context) -> None:
    """Wait, and raise something else when that is ended."""
    try:
        ctx.sleep(3600)
    except Exception as error:
        raise KeyError("lost") from error


@pytest.mark.parametrize("kind", [sleeps, program, swallows])
@pytest.mark.parametrize("setting", ["timeout", "no_output_timeout"])
def test_a_step_is_ended_and_says_why(tmp_path: Path, kind: object, setting: str) -> None:
    @lane
    def one() -> None:
        kind.set(name="slow", **{setting: 0.2})()  # type: ignore[attr-defined]

    engine = Engine(tmp_path)
    seen = engine.begin(one)
    assert seen.code == 1
    assert seen.states == {"slow": "failed"}
    assert seen.ends["slow"].message == (TIMED_OUT if setting == "timeout" else SILENT)
    assert "test_watch.py:" in str(seen.ends["slow"].where)
    if kind is program:
        child = int((tmp_path / "child.pid").read_text())
        until(lambda: not _alive(child))


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_an_http_call_is_ended(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        @action
        def calls(ctx: Context) -> None:
            ctx.http.get(f"http://127.0.0.1:{server.getsockname()[1]}/never", timeout=None)

        @lane
        def one() -> None:
            calls.set(timeout=0.2)()

        assert Engine(tmp_path).begin(one).ends["calls"].message == TIMED_OUT


def test_output_keeps_a_step_from_being_silent(tmp_path: Path) -> None:
    @action
    def chatty(ctx: Context) -> None:
        until_over = time.monotonic() + 1.5
        while time.monotonic() < until_over:
            ctx.run(["echo", "still here"])
            ctx.sleep(0.01)

    @lane
    def one() -> None:
        chatty.set(no_output_timeout=1)()

    assert Engine(tmp_path).begin(one).code == 0


def test_a_thread_that_does_not_come_back_is_given_up(tmp_path: Path, short_grace: None) -> None:
    let_go, ended = threading.Event(), threading.Event()

    @action
    def stubborn(ctx: Context) -> None:
        ctx.log.info("here")
        let_go.wait()
        ctx.log.info("this is written nowhere")
        print("nor is this")
        ended.set()

    @action
    def after(ctx: Context) -> None:
        """The limit is free again."""

    @lane
    def one() -> None:
        gone = stubborn.set(timeout=0.2, allow_failure=True)()
        after.set(after=gone)()

    before = set(threading.enumerate())
    engine = Engine(tmp_path)
    seen = engine.begin(one, parallel=1)
    assert seen.states == {"stubborn": "failed", "after": "succeeded"}
    assert seen.ends["stubborn"].message == (
        f"{TIMED_OUT} It did not come back when it was cancelled; the run goes on without it."
    )
    events = list(seen.events)
    let_go.set()
    assert ended.wait(20)
    until(lambda: set(threading.enumerate()) <= before)
    assert seen.events == events
    log = seen.ends["stubborn"].log
    assert log is not None
    assert "nowhere" not in log.read_text()


def test_a_step_that_returns_in_spite_of_its_end_has_done_its_work(tmp_path: Path) -> None:
    @action
    def late(ctx: Context) -> int:
        assert ctx.cancelled is not None or ctx.ended_because == ""
        until(lambda: ctx.ended_because)
        return 7

    @lane
    def one() -> None:
        late.set(timeout=0.1)()

    assert Engine(tmp_path).begin(one).states == {"late": "succeeded"}


def test_no_further_try_after_the_time_is_up(tmp_path: Path) -> None:
    calls: list[int] = []

    @action
    def slow(ctx: Context) -> None:
        calls.append(1)
        ctx.sleep(3600)

    @lane
    def one() -> None:
        slow.set(timeout=0.1, retries=5)()

    assert Engine(tmp_path).begin(one).code == 1
    assert calls == [1]
