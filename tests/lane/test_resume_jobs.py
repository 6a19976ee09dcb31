"""Later jobs: what the first one left, who waits for whom, credentials and probes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from engine import Engine
from kept_values import BUILD, Build

from lane import (
    ActionError,
    Context,
    Credential,
    PersonNeededError,
    UsageError,
    action,
    cron,
    lane,
    nightly,
    probe,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def test_a_later_job_gets_what_the_first_one_left(tmp_path: Path) -> None:
    got: list[Build] = []

    @action
    def build(ctx: Context) -> Build:
        return BUILD

    @action
    def fetch(ctx: Context, of: Build) -> None:
        got.append(of)

    @lane
    def release() -> None:
        fetch.set(on=cron("0 4 * * 1", timezone="Europe/Berlin"))(of=build())

    engine = Engine(tmp_path)
    seen = engine.begin(release)
    assert seen.code == 0
    assert seen.end is not None
    assert [one.job for one in seen.end.pending] == ["scheduled"]
    assert engine.rows("SELECT state FROM runs") == [("pending",)]
    seen = engine.resume(release)
    assert seen.code == 0
    assert seen.begun == ["fetch"]
    assert got == [BUILD]
    assert engine.rows("SELECT state FROM runs") == [("succeeded",)]


def test_a_job_waits_for_those_that_feed_it(tmp_path: Path) -> None:
    @action
    def build(ctx: Context) -> int:
        raise ActionError("not now")

    @action
    def fetch(ctx: Context, of: int) -> None:
        """Fetch."""

    @lane
    def release() -> None:
        fetch.set(on=nightly)(of=build())

    engine = Engine(tmp_path)
    assert engine.begin(release).code == 1
    with pytest.raises(UsageError, match="waits for main"):
        engine.resume(release, only="scheduled")


class Person:
    """A mode that a person gives, or the variable PERSON."""

    name = "person"
    attended = True
    expires = False
    fit_for_ci = False
    names = ("PERSON",)

    def find(self, environment: Mapping[str, str], folder: Path) -> Credential | None:
        """The variable."""
        value = environment.get("PERSON")
        return None if value is None else _Session(value)

    def how(self) -> list[str]:
        """How to give it."""
        return ["Set PERSON."]


class _Session:
    unattended = True
    source = "PERSON"

    def __init__(self, value: str) -> None:
        self.value = value


def test_a_step_that_needed_a_person_runs_when_the_credential_comes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The jobs are the run's own: with the credential there, planning anew would give a single job."""
    calls: list[str] = []

    @action
    def build(ctx: Context) -> str:
        calls.append("build")
        return "build"

    @action(auth=[Person()])
    def register(ctx: Context, what: str) -> str:
        calls.append(f"register {what} as {ctx.auth}")
        return "registered"

    @action
    def upload(ctx: Context, what: str) -> None:
        calls.append(f"upload {what}")

    @lane
    def release() -> None:
        upload(what=register(what=build()))

    engine = Engine(tmp_path)
    seen = engine.begin(release)
    assert seen.code == 0
    assert seen.end is not None
    assert [one.job for one in seen.end.pending] == ["attended", "main-2"]
    with pytest.raises(PersonNeededError):
        engine.resume(release)
    monkeypatch.setenv("PERSON", "here")
    seen = engine.resume(release)
    assert seen.code == 0
    assert calls == ["build", "register build as person", "upload registered"]
    assert [name for name, _ in seen.jobs] == ["attended", "main-2"]


def test_what_a_probe_took_out_stays_out(tmp_path: Path) -> None:
    calls: list[str] = []
    broken = True

    @probe(auth=[])
    def registered(ctx: Context) -> str | None:
        return "registered before"

    @action(auth=[Person()], effect="create", probe=registered)
    def register(ctx: Context) -> str:
        raise AssertionError("it needs a person")

    @action
    def upload(ctx: Context, what: str) -> None:
        if broken:
            raise ActionError("not now")
        calls.append(f"upload {what}")

    @lane
    def release() -> None:
        upload(what=register())

    engine = Engine(tmp_path)
    seen = engine.begin(release, probe=True)
    assert seen.code == 1
    broken = False
    assert engine.resume(release).code == 0
    assert calls == ["upload registered before"]
