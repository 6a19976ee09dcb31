"""Jobs of a run: hooks around them, what follows at once, what waits, and what is refused before it begins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from engine import Engine
from modes import Mode

from lane import (
    ActionError,
    Context,
    CredentialError,
    UsageError,
    action,
    after_all,
    before_all,
    lane,
    nightly,
    on_error,
)

if TYPE_CHECKING:
    from pathlib import Path

told: list[Any] = []


@pytest.fixture(autouse=True)
def nothing_told() -> None:
    """Each test hears its own steps only."""
    told.clear()


@action
def tell(ctx: Context, what: object) -> None:
    """Remember."""
    told.append(what)


@action
def fail(ctx: Context, what: str = "It failed.") -> None:
    """Fail."""
    told.append("fail")
    raise ActionError(what, hint="Do it better.")


@lane
def works() -> None:
    """A lane that works."""
    tell("work")


@lane
def breaks() -> None:
    """A lane that fails."""
    fail.set(name="broken")()


def test_hooks_go_around_a_job(tmp_path: Path) -> None:
    @before_all
    def before() -> None:
        tell("before")

    @after_all
    def after() -> None:
        tell("after")

    @on_error
    def failed() -> None:
        tell("error")

    engine = Engine(tmp_path, hooks=[failed, after, before])
    seen = engine.begin(works)
    assert seen.code == 0
    assert told == ["before", "work", "after"]
    assert list(seen.states) == ["before_all/tell", "tell", "after_all/tell"]
    assert [step for (step,) in engine.rows("SELECT step FROM events WHERE state = 'succeeded'")] == list(
        seen.states
    )


def test_an_error_hook_is_told_what_failed(tmp_path: Path) -> None:
    @on_error
    def failed(failure: Any) -> None:
        tell(failure)
        tell(f"{failure.lane}: {failure.message}")

    seen = Engine(tmp_path, hooks=[failed]).begin(breaks)
    assert seen.code == 1
    assert told[0] == "fail"
    failure = ("breaks", "main", "broken", "fail", "It failed.", "Do it better.", seen.run)
    assert set(told[1:]) == {failure, "breaks: It failed."}


def test_a_hook_that_fails_before_a_job_keeps_it_from_running(tmp_path: Path) -> None:
    @before_all
    def before() -> None:
        fail("no disk")

    @after_all
    def after() -> None:
        tell("after")

    @on_error
    def failed(failure: Any) -> None:
        tell(failure.step)

    engine = Engine(tmp_path, hooks=[before, after, failed])
    assert engine.begin(works).code == 1
    assert told == ["fail", "before_all/fail"]
    assert engine.rows("SELECT state FROM jobs") == [("failed",)]


def test_an_error_hook_that_fails_hides_nothing(tmp_path: Path) -> None:
    @on_error
    def failed() -> None:
        fail("the chat is down")

    @action
    def refused(ctx: Context) -> None:
        raise CredentialError("The key was revoked.")

    @lane
    def lacks() -> None:
        refused()

    seen = Engine(tmp_path, hooks=[failed]).begin(lacks)
    assert seen.code == 3, "the first failure counts"
    assert seen.states == {"refused": "failed", "on_error/fail": "failed"}


def test_a_failure_after_a_job_fails_it(tmp_path: Path) -> None:
    @after_all
    def after() -> None:
        fail("cannot tidy")

    engine = Engine(tmp_path, hooks=[after])
    assert engine.begin(works).code == 1
    assert engine.rows("SELECT state FROM jobs") == [("failed",)]


def test_hooks_run_with_every_job(tmp_path: Path) -> None:
    @before_all
    def before() -> None:
        tell("before")

    @lane
    def split() -> None:
        tell("now")
        tell.set(on=nightly)("tonight")

    engine = Engine(tmp_path, hooks=[before])
    engine.begin(split)
    engine.resume(split)
    assert told == ["before", "now", "before", "tonight"]


# Before anything runs


def test_a_missing_credential_is_told_with_how_to_give_it(tmp_path: Path) -> None:
    @action(auth=[Mode("api_key")])
    def upload(ctx: Context) -> None:
        told.append("upload")

    @lane
    def one() -> None:
        upload()

    with pytest.raises(CredentialError, match="api_key is missing; upload need") as caught:
        Engine(tmp_path).begin(one)
    assert caught.value.hint
    assert told == []


def test_a_machine_that_lacks_something_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    @action(runs_on="mainframe")
    def build(ctx: Context) -> None:
        told.append("build")

    @lane
    def one() -> None:
        build()

    with pytest.raises(UsageError, match="build needs a machine with mainframe") as caught:
        Engine(tmp_path).begin(one)
    assert "LANE_RUNS_ON=mainframe" in str(caught.value.hint)
    monkeypatch.setenv("LANE_RUNS_ON", "other, mainframe")
    assert Engine(tmp_path).begin(one).code == 0


def test_a_lane_that_begins_with_a_person_exits_with_4(tmp_path: Path) -> None:
    @action(auth=[Mode("apple_id", attended=True)])
    def sign_in(ctx: Context) -> None:
        told.append("signed in")

    @lane
    def one() -> None:
        sign_in()

    seen = Engine(tmp_path).begin(one)
    assert seen.code == 4
    assert seen.end is not None
    assert [pending.job for pending in seen.end.pending] == ["attended"]
    assert told == []


def test_where_a_person_is_here_attended_jobs_follow_and_scheduled_ones_wait(tmp_path: Path) -> None:
    @action(auth=[Mode("apple_id", attended=True)])
    def sign_in(ctx: Context) -> None:
        told.append("signed in")

    @lane
    def several() -> None:
        first = tell("first")
        signed = sign_in.set(after=first)()
        tell.set(after=signed)("second")
        tell.set(on=nightly)("tonight")

    seen = Engine(tmp_path).begin(several, setting="local")
    assert seen.code == 0
    assert told == ["first", "signed in", "second"]
    assert seen.end is not None
    assert [pending.job for pending in seen.end.pending] == ["scheduled"]


def test_the_critical_path_is_the_longest_in_time(tmp_path: Path) -> None:
    @action
    def waits(ctx: Context, seconds: float) -> float:
        ctx.sleep(seconds)
        return seconds

    @lane
    def two_ways() -> None:
        long = waits.set(name="long")(0.2)
        waits.set(name="end", after=[long, waits.set(name="short")(0.0)])(0.01)

    seen = Engine(tmp_path).begin(two_ways)
    assert seen.end is not None
    assert [step for step, _ in seen.end.critical] == ["long", "end"]


def test_a_run_without_steps_succeeds(tmp_path: Path) -> None:
    @lane
    def empty() -> None:
        """Nothing yet."""

    seen = Engine(tmp_path).begin(empty)
    assert (seen.code, seen.jobs) == (0, [])
