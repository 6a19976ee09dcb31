"""Outputs that a resumed run needs: from the journal as they were, or made again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from engine import Engine
from kept_values import VALUES

from lane import (
    ActionError,
    Context,
    Secret,
    UsageError,
    action,
    lane,
    nightly,
)


def _resumed(folder: Path, annotation: Any, value: Any) -> tuple[list[Any], list[Any]]:
    """What one step made and the next got, where that failed in the run and went well when it was resumed."""
    made: list[Any] = []
    got: list[Any] = []
    broken = True

    def make(ctx: Context) -> Any:
        made.append(value)
        return value

    def take(ctx: Context, value: Any) -> None:
        if broken:
            raise ActionError("not now")
        got.append(value)

    make.__annotations__["return"] = annotation
    make_action, take_action = action(make), action(take)

    @lane
    def hand_over() -> None:
        take_action(value=make_action())

    engine = Engine(folder)
    assert engine.begin(hand_over).code == 1
    broken = False
    assert engine.resume(hand_over).code == 0
    return made, got


@pytest.mark.parametrize(("annotation", "value"), VALUES, ids=[str(one) for one, _ in VALUES])
def test_outputs_come_back_as_what_they_were(tmp_path: Path, annotation: Any, value: Any) -> None:
    made, got = _resumed(tmp_path, annotation, value)
    assert made == [value]
    assert got == [value]
    assert type(got[0]) is type(value)


class Handle:
    """What no JSON can hold."""


@pytest.mark.parametrize(
    ("annotation", "value"),
    [(Handle, Handle()), (Any, Path("a path that Any cannot tell")), (list[float], [float("nan")])],
)
def test_what_cannot_be_kept_is_made_again(tmp_path: Path, annotation: Any, value: Any) -> None:
    made, got = _resumed(tmp_path, annotation, value)
    assert len(made) == 2
    assert type(got[0]) is type(value)


def test_an_output_that_nobody_needs_any_more_is_not_made_again(tmp_path: Path) -> None:
    made: list[str] = []
    broken = True

    @action
    def password(ctx: Context) -> Secret:
        made.append("password")
        return Secret("correct-horse-battery")

    @action
    def use(ctx: Context, value: Secret) -> None:
        assert value.reveal() == "correct-horse-battery"

    @action
    def last(ctx: Context) -> None:
        if broken:
            raise ActionError("not now")

    @lane
    def secretive() -> None:
        used = use(value=password())
        last.set(after=used)()

    engine = Engine(tmp_path)
    engine.begin(secretive)
    assert "correct-horse" not in str(engine.rows("SELECT * FROM events"))
    broken = False
    assert engine.resume(secretive).code == 0
    assert made == ["password"]


def test_a_secret_that_a_later_job_needs_is_made_again_for_it(tmp_path: Path) -> None:
    made: list[str] = []
    got: list[str] = []

    @action
    def password(ctx: Context) -> Secret:
        made.append("password")
        return Secret("correct-horse-battery")

    @action
    def use(ctx: Context, value: Secret) -> None:
        got.append(value.reveal())

    @lane
    def secretive() -> None:
        use.set(on=nightly)(value=password())

    engine = Engine(tmp_path)
    assert engine.begin(secretive).code == 0
    assert engine.resume(secretive).code == 0
    assert (made, got) == (["password"] * 2, ["correct-horse-battery"])


def test_what_creates_and_cannot_be_kept_is_not_made_again(tmp_path: Path) -> None:
    @action(effect="create")
    def token(ctx: Context) -> Secret:
        return Secret("correct-horse-battery")

    @action
    def use(ctx: Context, value: Secret) -> None:
        raise ActionError("not now")

    @lane
    def secretive() -> None:
        use(value=token())

    engine = Engine(tmp_path)
    engine.begin(secretive)
    with pytest.raises(UsageError, match="Nobody knows whether token has happened") as caught:
        engine.resume(secretive)
    assert caught.value.hint is not None
    assert "--again token" in caught.value.hint
