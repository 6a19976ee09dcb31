"""Credentials that stop working: a job begins only with one that works, and people are told of those that wait."""

from __future__ import annotations

import io
import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from engine import Engine
from receiver import Receiver
from rich.console import Console

from lane import (
    Context,
    Credential,
    CredentialError,
    ExpiringCredential,
    GivenByPerson,
    PersonNeededError,
    TransientError,
    UsageError,
    action,
    lane,
    nightly,
)
from lane._plan.json_format import plan_json
from lane._plan.text_format import render_plan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path


class Door:
    """The other side: which session it takes, and what is asked of it. `trouble` is raised instead of an answer."""

    __slots__ = ("asked", "living", "trouble")  # no part of a plan: its state is not in the digest

    def __init__(self, *living: str, trouble: BaseException | None = None) -> None:
        self.living = set(living)
        self.asked: list[str] = []
        self.trouble = trouble


@dataclass
class Session:
    """A session that may have ended."""

    name: str
    door: Door
    until: float | None = None
    unattended: bool = True

    @property
    def source(self) -> str:
        return f"the session {self.name}"

    def ensure(self) -> None:
        self.door.asked.append(self.name)
        if self.door.trouble is not None:
            raise self.door.trouble
        if self.name not in self.door.living:
            self.unattended = False
            raise PersonNeededError(f"The session {self.name} has ended.", hint="Sign in.")


@dataclass(frozen=True)
class SessionMode:
    """Sessions that SESSION names; a person gives the answer `given`."""

    door: Door = field(compare=False)
    given: Callable[[], str] = field(compare=False, default=lambda: "given")
    until: float | None = None
    name: str = "session"
    attended: bool = True
    expires: bool = True
    fit_for_ci: bool = False
    names: tuple[str, ...] = ("SESSION",)

    def how(self) -> list[str]:
        return ["Sign in."]

    def find(self, environment: Mapping[str, str], folder: Path) -> Session | None:
        name = environment.get("SESSION")
        return None if not name else Session(name, self.door, self.until, unattended=name != "dead")

    def give(self, environment: Mapping[str, str], folder: Path, say: Callable[[str], None]) -> Session:
        say("asking")
        name = self.given()
        self.door.living.add(name)
        return Session(name, self.door)


@dataclass(frozen=True)
class Part(SessionMode):
    """A session for work of one kind: the door knows it under a name of its own."""

    what: str = ""

    @property
    def wider(self) -> SessionMode | None:
        return SessionMode(self.door, self.given)

    def part(self, credential: Credential) -> Session:
        assert isinstance(credential, Session)
        return Session(f"{credential.name} for {self.what}", self.door)


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """Where people are told."""
    with Receiver() as server:
        monkeypatch.setenv("LANE_NOTIFY__URLS", server.url)
        yield server


def nights(door: Door, calls: list[str], **settings: Any) -> Any:
    """A lane whose symbols are fetched at night, under a session."""

    @action
    def upload(ctx: Context) -> int:
        calls.append("upload")
        return 42

    @action(auth=[SessionMode(door, **settings)], on=nightly)
    def fetch(ctx: Context, *, build: int) -> str:
        assert isinstance(ctx.credential, Session)
        calls.append(f"fetch {build} as {ctx.credential.name}")
        return "symbols"

    @lane
    def release() -> None:
        fetch(build=upload())

    return release


def now(door: Door, calls: list[str], **settings: Any) -> Any:
    """A lane that needs a session at once."""

    @action(auth=[SessionMode(door, **settings)])
    def fetch(ctx: Context) -> str:
        assert isinstance(ctx.credential, Session)
        calls.append(f"fetch as {ctx.credential.name}")
        return "symbols"

    @lane
    def release() -> None:
        fetch()

    return release


def test_the_protocols_are_met() -> None:
    mode = SessionMode(Door())
    assert isinstance(mode, GivenByPerson)
    assert isinstance(Session("a", Door()), ExpiringCredential)


def test_a_session_that_is_known_to_be_dead_leaves_its_job_pending_and_people_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, receiver: Receiver
) -> None:
    """What the main job does succeeds; with a new session the waiting job is completed."""
    door, calls = Door("fresh"), list[str]()
    release, engine = nights(door, calls), Engine(tmp_path)
    monkeypatch.setenv("SESSION", "dead")
    seen = engine.begin(release)
    assert seen.code == 0
    assert calls == ["upload"]
    assert seen.end is not None
    (waiting,) = seen.end.pending
    assert waiting.attended
    assert "needs a person for session" in waiting.why
    (told,) = receiver.texts
    assert "scheduled (fetch)" in told
    assert f"lane resume {seen.run}" in told
    assert door.asked == []

    with pytest.raises(PersonNeededError, match="needs a person") as caught:
        engine.resume(release)
    assert str(caught.value.hint).endswith("in a terminal. Or: Sign in.")
    monkeypatch.setenv("SESSION", "fresh")
    assert engine.resume(release).code == 0
    assert calls == ["upload", "fetch 42 as fresh"]
    assert door.asked == ["fresh"]


def parts(door: Door, calls: list[str], **settings: Any) -> Any:
    """A lane that needs parts of one session."""

    @action(auth=[Part(door, what="reading", **settings)])
    def read(ctx: Context) -> None:
        assert isinstance(ctx.credential, Session)
        calls.append(ctx.credential.name)

    @action(auth=[Part(door, what="writing", **settings)])
    def write(ctx: Context) -> None:
        assert isinstance(ctx.credential, Session)
        calls.append(ctx.credential.name)

    @lane
    def release(writes: bool = True) -> None:
        read()
        if writes:
            write()

    return release


def test_a_job_needs_only_the_part_of_a_session_that_its_actions_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SESSION", "mine")
    door, calls = Door("mine for reading"), list[str]()
    assert Engine(tmp_path).begin(parts(door, calls), writes=False).code == 0
    assert (calls, door.asked) == (["mine for reading"], ["mine for reading"])
    seen = Engine(tmp_path / "both").begin(parts(door, calls))
    assert seen.code == 4
    assert door.asked[1:] == ["mine for reading", "mine for writing"]


def test_a_person_gives_a_session_once_for_all_its_parts(tmp_path: Path) -> None:
    door, calls = Door("given for reading", "given for writing"), list[str]()
    seen = Engine(tmp_path).begin(parts(door, calls), setting="local")
    assert (seen.code, sorted(calls)) == (0, ["given for reading", "given for writing"])
    assert seen.notices.count("asking") == 1


def test_a_pin_to_the_whole_leaves_its_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    door = Door()

    @action(auth=[Part(door, what="reading")])
    def read(ctx: Context) -> None: ...

    @lane
    def release() -> None:
        read.set(auth=SessionMode(door))()

    made = Engine(tmp_path).prepared(release, {})
    assert made.problems == []


def test_a_session_that_turns_out_to_be_dead_holds_its_job_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, receiver: Receiver
) -> None:
    door, calls = Door(), list[str]()
    release, engine = nights(door, calls), Engine(tmp_path)
    monkeypatch.setenv("SESSION", "stale")
    assert engine.begin(release).code == 0
    assert receiver.texts == []  # nobody knows yet, and nobody has asked
    seen = engine.resume(release)
    assert seen.code == 4
    assert calls == ["upload"]
    assert seen.end is not None
    (waiting,) = seen.end.pending
    assert (waiting.attended, waiting.why) == (True, "The session stale has ended. Sign in.")
    assert "The session stale has ended." in receiver.texts[0]
    assert engine.rows("SELECT name, state, attended FROM jobs ORDER BY name") == [
        ("main", "succeeded", 0),
        ("scheduled", "pending", 1),
    ]
    door.living.add("stale")
    assert engine.resume(release).code == 0
    assert calls == ["upload", "fetch 42 as stale"]


def test_a_dead_session_of_the_first_job_begins_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    door, calls = Door(), list[str]()
    monkeypatch.setenv("SESSION", "stale")
    engine = Engine(tmp_path)
    seen = engine.begin(now(door, calls))
    assert (seen.code, calls, seen.jobs) == (4, [], [])
    assert any("The session stale has ended." in text for text in seen.notices)


def test_a_session_that_is_refused_is_a_credential_that_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    door = Door(trouble=CredentialError("It is somebody else's."))
    monkeypatch.setenv("SESSION", "theirs")
    seen = Engine(tmp_path).begin(now(door, []))
    assert seen.code == 3


def test_what_cannot_be_known_now_holds_nothing_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    door, calls = Door(trouble=TransientError("There is no network.")), list[str]()
    monkeypatch.setenv("SESSION", "unknown")
    seen = Engine(tmp_path).begin(now(door, calls))
    assert (seen.code, calls) == (0, ["fetch as unknown"])
    assert any("cannot be known now" in text for text in seen.notices)


def test_a_person_who_is_here_is_asked(tmp_path: Path) -> None:
    door, calls = Door(), list[str]()
    seen = Engine(tmp_path).begin(now(door, calls), setting="local")
    assert (seen.code, calls) == (0, ["fetch as given"])
    assert "asking" in seen.notices


def test_a_person_who_is_here_renews_what_has_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    door, calls = Door(), list[str]()
    monkeypatch.setenv("SESSION", "stale")
    seen = Engine(tmp_path).begin(now(door, calls), setting="local")
    assert (seen.code, calls, door.asked) == (0, ["fetch as given"], ["stale"])


def test_a_person_who_gives_no_answer_keeps_the_job_waiting(tmp_path: Path) -> None:
    def nobody() -> str:
        raise PersonNeededError("Nobody answered.")

    seen = Engine(tmp_path).begin(now(Door(), [], given=nobody), setting="local")
    assert seen.code == 4
    assert seen.end is not None
    assert [one.job for one in seen.end.pending] == ["attended"]


def test_ctrl_c_at_the_question_interrupts_the_run(tmp_path: Path) -> None:
    door, calls = Door(trouble=KeyboardInterrupt()), list[str]()

    def person() -> str:
        if door.trouble is not None:
            raise door.trouble
        return "given"

    engine, release = Engine(tmp_path), now(door, calls, given=person)
    seen = engine.begin(release, setting="local")
    assert (seen.code, calls) == (130, [])
    door.trouble = None
    assert engine.resume(release, setting="local").code == 0
    assert calls == ["fetch as given"]


@pytest.mark.parametrize(
    ("hours", "reaches", "said"), [(48, True, "which reaches to scheduled at"), (0.001, False, "ends before")]
)
def test_a_plan_tells_how_long_a_session_lives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hours: float, reaches: bool, said: str
) -> None:
    monkeypatch.setenv("SESSION", "fresh")
    made = Engine(tmp_path).prepared(nights(Door(), [], until=time.time() + hours * 3600), {})
    (row,) = plan_json(made.plan, made.binding)["lifetimes"]
    assert row["reaches"] is reaches
    assert (row["mode"], row["job"], row["steps"]) == ("session", "scheduled", ["fetch"])
    assert json.dumps(row)
    page = io.StringIO()
    render_plan(made.plan, made.binding, Console(file=page, width=200))
    assert said in page.getvalue()
    assert "the session fresh, for fetch: expected to live until" in page.getvalue()


def test_how_long_it_lives_may_be_unknown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SESSION", "fresh")
    made = Engine(tmp_path).prepared(now(Door(), []), {})
    (row,) = plan_json(made.plan, made.binding)["lifetimes"]
    assert (row["until"], row["due"], row["reaches"]) == (None, None, None)
    page = io.StringIO()
    render_plan(made.plan, made.binding, Console(file=page, width=200))
    assert "how long it lives is not known" in page.getvalue()


def test_a_mode_that_works_on_some_machines_only_is_met_before_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    @dataclass(frozen=True)
    class Elsewhere(SessionMode):
        runs_on: tuple[str, ...] = ("amiga",)

    calls: list[str] = []

    @action(auth=[Elsewhere(Door("a"))])
    def send(ctx: Context) -> None:
        calls.append("send")

    @lane
    def release() -> None:
        send()

    monkeypatch.setenv("SESSION", "a")
    engine = Engine(tmp_path)
    made = engine.prepared(release, {})
    assert plan_json(made.plan, made.binding)["jobs"][0]["runs_on"] == ["amiga"]
    with pytest.raises(UsageError, match="send needs a machine with amiga"):
        engine.begin(release)
    monkeypatch.setenv("LANE_RUNS_ON", "amiga")
    assert engine.begin(release).code == 0
    assert calls == ["send"]


def test_a_run_that_looks_first_splits_off_what_a_dead_session_would_have_held_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The session is thought to live; asked, it is over: only the steps that need it wait."""
    calls: list[str] = []
    door = Door()

    @action
    def build(ctx: Context) -> str:
        calls.append("build")
        return "app"

    @action(auth=[SessionMode(door)])
    def publish(ctx: Context, *, what: str) -> None:
        calls.append("publish")

    @lane
    def release() -> None:
        publish(what=build())

    monkeypatch.setenv("SESSION", "stale")
    engine = Engine(tmp_path)
    assert engine.begin(release).code == 4
    assert calls == []
    seen = engine.begin(release, probe=True)
    assert (seen.code, calls) == (0, ["build"])
    assert seen.end is not None
    assert [(one.job, one.attended) for one in seen.end.pending] == [("attended", True)]
