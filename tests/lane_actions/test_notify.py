"""`notify`: every service is told once, and no token is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from actions_harness import StepContext
from receiver import Receiver

from lane import ActionError, Secret, TransientError, UsageError
from lane.testing import call, run
from lane_actions import notify

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TOKEN = "t0ken-of-nobody"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A service that takes messages."""
    with Receiver() as server:
        yield server


def url(receiver: Receiver) -> Secret:
    """Its address, with a token in it."""
    return Secret(f"json://{receiver.netloc}/{TOKEN}")


def test_through_the_engine_with_an_address_from_the_environment(
    receiver: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANE_NOTIFY__URLS", f"{receiver.url}, {receiver.url}{TOKEN}")
    outcome = run(notify, tmp_path, message="1.2.0 (42) is on TestFlight", title="Aurora")
    assert outcome.outputs == {"notify": True}
    assert receiver.texts == ["1.2.0 (42) is on TestFlight"] * 2
    assert receiver.messages[0]["title"] == "Aurora"
    assert "1.2.0 (42) is on TestFlight" in outcome.steps["notify"].log
    assert not [
        path for path in tmp_path.rglob("*") if path.is_file() and TOKEN.encode() in path.read_bytes()
    ]


def test_without_an_address_nobody_is_told_and_the_log_says_so(tmp_path: Path) -> None:
    ctx = StepContext(tmp_path)
    assert call(notify, ctx, "Done") is False
    assert [line.level for line in ctx.lines] == ["info", "warning"]
    assert "LANE_NOTIFY__URLS" in ctx.text


def test_a_service_that_cannot_be_reached_may_be_tried_again(tmp_path: Path) -> None:
    with pytest.raises(TransientError, match=r"JSON did not take the message: .*Connection error") as caught:
        call(notify, StepContext(tmp_path), "Done", urls=[Secret(f"json://127.0.0.1:9/{TOKEN}")])
    assert TOKEN not in str(caught.value)
    assert notify.retry == (TransientError,)


def test_what_a_service_answers_is_told(tmp_path: Path) -> None:
    with Receiver(status=403) as server, pytest.raises(TransientError, match="403"):
        call(notify, StepContext(tmp_path), "Done", urls=[url(server)])


def test_nobody_is_told_twice_because_another_service_failed(receiver: Receiver, tmp_path: Path) -> None:
    with Receiver(status=500) as broken, pytest.raises(ActionError, match="JSON took it") as caught:
        call(notify, StepContext(tmp_path), "Done", urls=[url(receiver), url(broken)])
    assert not isinstance(caught.value, TransientError)
    assert receiver.texts == ["Done"]


@pytest.mark.parametrize("wrong", ["nonsense", f"no-such-service://{TOKEN}", "slack://x"])
def test_an_address_that_is_none_is_found_before_anybody_is_told(
    receiver: Receiver, tmp_path: Path, wrong: str
) -> None:
    with pytest.raises(UsageError, match="URL 2 is none that apprise knows") as caught:
        call(notify, StepContext(tmp_path), "Done", urls=[url(receiver), Secret(wrong)])
    assert TOKEN not in f"{caught.value} {caught.value.hint}"
    assert receiver.texts == []
