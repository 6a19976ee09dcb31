"""Tries of a step: which errors are worth another one, and how often."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from engine import Engine

from lane import (
    ActionError,
    CancelledError,
    Context,
    CredentialError,
    PersonNeededError,
    TransientError,
    action,
    lane,
)
from lane._run import attempt

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pauses between tries keep their shape, at a thousandth of their length."""
    monkeypatch.setattr(attempt, "_FIRST_PAUSE", 0.001)
    monkeypatch.setattr(attempt, "_LONGEST_PAUSE", 0.008)


def _tries(tmp_path: Path, error: BaseException, retries: int | None, **declared: Any) -> int:
    """How often an action is tried that always fails so."""
    calls: list[int] = []

    @action(**declared)
    def flaky(ctx: Context) -> None:
        calls.append(1)
        raise error

    @lane
    def one() -> None:
        flaky.set(retries=retries)()

    seen = Engine(tmp_path).begin(one)
    assert seen.states == {"flaky": "failed"}
    assert seen.ends["flaky"].attempts == len(calls)
    assert [number for _, number, _, _ in seen.retries] == list(range(2, len(calls) + 1))
    return len(calls)


@pytest.mark.parametrize(
    ("error", "retries", "declared", "tries"),
    [
        (ActionError("x"), None, {}, 1),
        (ActionError("x"), 2, {}, 3),
        (ValueError("x"), 2, {}, 3),
        (TransientError("x"), None, {}, 4),
        (TransientError("x"), 0, {}, 1),
        (TransientError("x"), None, {"retry": []}, 4),
        (ValueError("x"), None, {"retry": []}, 1),
        (ValueError("x"), None, {"retry": [ValueError]}, 4),
        (ValueError("x"), 1, {"retry": [ValueError]}, 2),
        (KeyError("x"), 5, {"retry": [ValueError]}, 1),
        (UnicodeError("a subclass"), None, {"retry": [ValueError]}, 4),
        (CredentialError("x"), 2, {}, 1),
        (PersonNeededError("x"), 2, {}, 1),
        (CancelledError("x"), 2, {}, 1),
        (CancelledError("x"), 2, {"retry": [Exception]}, 1),
        (SystemExit(1), 2, {}, 1),
    ],
)
def test_only_what_may_help_is_tried_again(
    tmp_path: Path, error: BaseException, retries: int | None, declared: dict[str, Any], tries: int
) -> None:
    assert _tries(tmp_path, error, retries, **declared) == tries


def test_the_pauses_grow_up_to_a_bound(tmp_path: Path) -> None:
    @action
    def flaky(ctx: Context) -> None:
        raise ActionError("x")

    @lane
    def one() -> None:
        flaky.set(retries=8)()

    seen = Engine(tmp_path).begin(one)
    pauses = [seconds for _, _, _, seconds in seen.retries]
    assert all(0.001 * 2**n <= pause or pause == 0.008 for n, pause in enumerate(pauses))
    assert max(pauses) <= 0.008


def test_what_succeeds_at_last_has_succeeded(tmp_path: Path) -> None:
    left = [ActionError("one."), TransientError("two")]

    @action
    def flaky(ctx: Context) -> str:
        if left:
            raise left.pop(0)
        return "done"

    @action
    def take(ctx: Context, text: str) -> None:
        assert text == "done"

    @lane
    def one() -> None:
        take(flaky.set(retries=2)())

    engine = Engine(tmp_path)
    seen = engine.begin(one)
    assert seen.code == 0
    assert seen.ends["flaky"].attempts == 3
    assert [message for _, _, message, _ in seen.retries] == ["one.", "two"]
    assert engine.rows("SELECT attempt FROM steps WHERE step = 'flaky'") == [(3,)]
    log = seen.ends["flaky"].log
    assert log is not None
    assert "attempt 1 failed: one; trying again in" in log.read_text()


def test_an_error_tells_the_users_lines_only(tmp_path: Path) -> None:
    (tmp_path / "helper.py").write_text("def deep():\n    raise KeyError('no scheme')\n")
    namespace: dict[str, Any] = {}
    source = (tmp_path / "helper.py").read_text()
    exec(compile(source, str(tmp_path / "helper.py"), "exec"), namespace)

    @action
    def calls(ctx: Context) -> None:
        namespace["deep"]()

    @lane
    def one() -> None:
        calls()

    seen = Engine(tmp_path).begin(one)
    end = seen.ends["calls"]
    assert end.message == "KeyError: 'no scheme'"
    assert end.hint == "It was raised at helper.py:2."
    log = end.log
    assert log is not None
    assert "Traceback" not in log.read_text()
    assert "_attempt.py" not in log.read_text()
