"""What a command of another package sees of a Lanefile."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from project import Project

from lane import CredentialError, PlanError, UsageError, nightly, now, planned

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from lane import PlannedLane, PlannedStep

LANES = """
    from lane import Context, action, before_all, lane, nightly, now, probe
    from lane_apple import api_key, apple_id, app_specific_password

    @probe(auth=[api_key])
    def is_there(ctx: Context) -> str | None: ...

    @probe
    def is_done(ctx: Context) -> str | None: ...

    @action(auth=[apple_id], effect="create", probe=is_there)
    def record(ctx: Context) -> str: ...

    @action(auth=lambda options: [api_key, app_specific_password] if options.bare else [api_key])
    def send(ctx: Context, *, bare: bool = False, record: str = "") -> str: ...

    @action(auth=[api_key, apple_id], effect="read", on=nightly, probe=is_done)
    def fetch(ctx: Context, *, build: str = "") -> str: ...

    @lane
    def release(bare: bool = True) -> None:
        made = record()
        sent = send.set(auth="app_specific_password", after=made)(bare=bare)
        fetch(build=sent)

    @lane
    def quick() -> None:
        fetch.set(on=now)()

    @lane
    def asks(word: str, other: str = "x") -> None:
        send(record=word)

    @lane(private=True)
    def hidden() -> None:
        send()
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    made = Project(tmp_path)
    made.write("Lanefile.py", LANES)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("LANE_STORE", raising=False)
    before = list(sys.path)
    yield made
    sys.path[:] = before


def _planned(project: Project, *lanes: str) -> list[PlannedLane]:
    return planned(str(project.folder / "Lanefile.py"), lanes=lanes)


def _steps(lane: PlannedLane) -> dict[str, PlannedStep]:
    return {step.id: step for step in lane.steps}


def test_the_steps_of_a_lane_with_what_each_may_run_under(project: Project) -> None:
    [release] = _planned(project, "release")
    record, send, fetch = release.steps
    assert [record.id, send.id, fetch.id] == ["record", "send", "fetch"]
    assert record.line == f"Lanefile.py:{_line('made = record()')}"
    assert [mode.name for mode in record.modes] == ["apple_id"]
    assert record.effect == "create"
    assert (send.needs, send.data) == (("record",), ())
    assert (fetch.needs, fetch.data) == (("send",), ("send",))
    assert release.folder == project.folder


def _line(text: str) -> int:
    return next(number for number, line in enumerate(LANES.strip("\n").splitlines(), 1) if text in line)


def test_a_pin_leaves_what_the_action_declares_to_be_seen(project: Project) -> None:
    send = _steps(_planned(project, "release")[0])["send"]
    assert [mode.name for mode in send.modes] == ["app_specific_password"]
    assert [mode.name for mode in send.declared] == ["api_key", "app_specific_password"]


def test_triggers_are_those_said_or_usual(project: Project) -> None:
    assert _steps(_planned(project, "release")[0])["fetch"].on == nightly
    assert _steps(_planned(project, "release")[0])["record"].on is None
    assert _steps(_planned(project, "quick")[0])["fetch"].on == now


def test_a_probe_has_its_own_modes_or_those_of_the_step(project: Project) -> None:
    steps = _steps(_planned(project, "release")[0])
    assert [mode.name for mode in steps["record"].probe or ()] == ["api_key"]
    assert [mode.name for mode in steps["fetch"].probe or ()] == ["api_key", "apple_id"]
    assert steps["send"].probe is None


def test_all_public_lanes_in_their_order_or_those_named(project: Project) -> None:
    assert [lane.name for lane in _planned(project)] == ["release", "quick", "asks"]
    assert [lane.name for lane in _planned(project, "quick", "release", "quick")] == ["quick", "release"]


def test_a_lane_that_wants_a_parameter_has_no_steps(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    [asks] = _planned(project, "asks")
    assert (asks.wants, asks.steps) == (("word",), ())
    monkeypatch.setenv("LANE_ASKS__WORD", "said")
    [asks] = _planned(project, "asks")
    assert (asks.wants, [step.id for step in asks.steps]) == ((), ["send"])


def test_credentials_are_found_with_what_a_lane_gives(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("APP_STORE_CONNECT_API_KEY_PATH", "none.json")
    [quick] = _planned(project, "quick")
    with pytest.raises(CredentialError, match="which does not exist"):
        quick.steps[0].modes[0].find(quick.environment, quick.folder)


def test_the_offline_apple_gives_its_key_and_is_told(project: Project) -> None:
    [quick] = planned(str(project.folder / "Lanefile.py"), lanes=["quick"], sandbox=True)
    assert quick.sandbox
    assert quick.steps[0].modes[0].find(quick.environment, quick.folder) is not None


def test_a_repr_shows_no_environment(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FASTLANE_PASSWORD", "canary")
    assert "canary" not in repr(_planned(project, "quick"))


def test_a_step_of_a_hook_that_needs_a_person_is_told_like_any_other(project: Project) -> None:
    project.write(
        "Lanefile.py", LANES + "\n    @before_all(quick)\n    def hook() -> None:\n        record()\n"
    )
    [quick] = _planned(project, "quick")
    assert [(step.hook, step.id) for step in quick.steps] == [(None, "fetch"), ("before_all", "record")]


def test_the_problems_of_all_lanes_are_told_at_once_and_once(project: Project) -> None:
    project.write(
        "Lanefile.py",
        LANES
        + "\n    def shared() -> None:\n        send(bare=3)\n"
        + "\n    @lane\n    def one() -> None:\n        shared()\n"
        + "\n    @lane\n    def two() -> None:\n        shared()\n        fetch(nothing=1)\n",
    )
    with pytest.raises(PlanError) as raised:
        _planned(project)
    assert [problem.code for problem in raised.value.problems] == ["wrong_type", "unknown_option"]


def test_a_lane_that_is_not_there_is_a_usage_error(project: Project) -> None:
    with pytest.raises(UsageError, match="There is no lane 'relase'"):
        _planned(project, "relase")
