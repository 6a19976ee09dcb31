"""A run that stopped goes on: nothing that ended runs again, what was under way is asked about."""

from __future__ import annotations

import dataclasses
import enum
import shutil
import sqlite3
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from unittest.mock import patch

import pytest
from engine import Engine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lane import (
    ActionError,
    Context,
    Credential,
    Model,
    PersonNeededError,
    Secret,
    UsageError,
    action,
    cron,
    each,
    lane,
    let,
    nightly,
    probe,
)
from lane._run.claim import claimed
from lane._run.recorder import Recorder

if TYPE_CHECKING:
    from collections.abc import Mapping


class Colour(enum.Enum):
    """An enum."""

    RED = "red"
    BLUE = "blue"


class Point(NamedTuple):
    """A named tuple."""

    x: int
    y: float


@dataclasses.dataclass(frozen=True, slots=True)
class Note:
    """A dataclass."""

    text: str
    at: datetime
    where: Path | None = None


class Build(Model):
    """A model."""

    number: int
    colour: Colour
    price: Decimal
    notes: list[Note]
    points: dict[str, Point]


NOTE = Note("ü\u2028", datetime(2026, 11, 24, tzinfo=UTC), Path("a b"))
BUILD = Build(
    number=3, colour=Colour.BLUE, price=Decimal("1.10"), notes=[NOTE], points={"origin": Point(0, 0.5)}
)
VALUES: list[tuple[Any, Any]] = [
    (int, 2**70),
    (bool, True),
    (float, 0.1),
    (str, 'a "quoted" text\n'),
    (str | None, None),
    (str | None, "text"),
    (Path, Path("a/b.ipa")),
    (datetime, datetime(2026, 11, 24, 3, tzinfo=UTC)),
    (Decimal, Decimal("3.140")),
    (Colour, Colour.RED),
    (Point, Point(1, 2.5)),
    (Note, NOTE),
    (Build, BUILD),
    (list[list[Path]], [[Path("x")], []]),
    (tuple[int, ...], (1, 2)),
    (frozenset[Colour], frozenset({Colour.RED})),
    (dict[str, list[Build]], {"all": [BUILD]}),
    (bytes, b"bytes"),
    (None, None),
    (Any, {"a": [1, "b", None]}),
]


@pytest.mark.parametrize(("annotation", "value"), VALUES, ids=[str(one) for one, _ in VALUES])
def test_outputs_come_back_as_what_they_were(tmp_path: Path, annotation: Any, value: Any) -> None:
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

    engine = Engine(tmp_path)
    assert engine.begin(hand_over).code == 1
    broken = False
    assert engine.resume(hand_over).code == 0
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

    engine = Engine(tmp_path)
    engine.begin(hand_over)
    broken = False
    assert engine.resume(hand_over).code == 0
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


def _stopped(engine: Engine, states: dict[str, str]) -> None:
    """Leave the journal as a process leaves it that was killed while these steps ran."""
    connection = sqlite3.connect(engine.store + "/journal.db")
    with connection:
        for step, state in states.items():
            connection.execute("DELETE FROM events WHERE step = ? AND state NOT IN ('running')", (step,))
            if state != "running":
                connection.execute(
                    "INSERT INTO events SELECT run, number + 1000, time, step, ?, 1, NULL, NULL, NULL"
                    " FROM events WHERE step = ?",
                    (state, step),
                )
        connection.execute("UPDATE jobs SET state = 'running'")
        connection.execute("UPDATE runs SET state = 'running', ended = NULL")
    connection.close()


@pytest.mark.parametrize("state", ["running", "cancelled"])
@pytest.mark.parametrize("effect", ["read", "replace", "create", "irreversible"])
def test_a_step_that_was_under_way_runs_again_only_where_that_is_safe(
    tmp_path: Path, effect: Any, state: str
) -> None:
    calls: list[int] = []

    @action(effect=effect)
    def change(ctx: Context) -> int:
        calls.append(1)
        return 1

    @lane
    def one() -> None:
        change()

    engine = Engine(tmp_path)
    engine.begin(one)
    _stopped(engine, {"change": state})
    if effect in {"read", "replace"}:
        assert engine.resume(one).code == 0
    else:
        with pytest.raises(UsageError, match="has no probe") as caught:
            engine.resume(one)
        assert str(caught.value.hint).endswith("--again change.")
        assert len(calls) == 1
        assert engine.resume(one, again=frozenset({"change"})).code == 0
    assert len(calls) == 2


@pytest.mark.parametrize("there", [True, False])
def test_a_step_that_was_under_way_is_asked_by_its_probe(tmp_path: Path, there: bool) -> None:
    calls: list[str] = []

    @probe
    def exists(ctx: Context, name: str) -> str | None:
        calls.append("probe")
        return f"{name} is there" if there else None

    @action(effect="create", probe=exists)
    def create(ctx: Context, name: str) -> str:
        calls.append("create")
        return f"{name} was made"

    @action
    def tell(ctx: Context, text: str) -> None:
        calls.append(text)

    @lane
    def one() -> None:
        tell(text=create(name="app"))

    engine = Engine(tmp_path)
    engine.begin(one)
    _stopped(engine, {"create": "running", "tell": "running"})
    calls.clear()
    assert engine.resume(one).code == 0
    assert calls == (["probe", "app is there"] if there else ["probe", "create", "app was made"])


def test_an_item_that_was_under_way_is_not_made_twice(tmp_path: Path) -> None:
    calls: list[int] = []

    @action(effect="create")
    def send(ctx: Context, n: int) -> int:
        calls.append(n)
        return n

    @lane
    def fan() -> None:
        each([0, 1, 2], lambda n: send(n=n))

    engine = Engine(tmp_path)
    engine.begin(fan)
    calls.clear()
    _stopped(engine, {"send[1]": "running", "send": "running"})
    with pytest.raises(UsageError, match=r"Nobody knows whether send\[1\] has happened"):
        engine.resume(fan)
    assert engine.resume(fan, again=frozenset({"send[1]"})).code == 0
    assert calls == [1]


def test_items_that_are_left_run_and_the_list_is_whole(tmp_path: Path) -> None:
    broken = {1, 3}
    calls: list[int] = []
    got: list[list[int]] = []

    @action
    def work(ctx: Context, n: int) -> int:
        calls.append(n)
        if n in broken:
            raise ActionError("not now")
        return n * 10

    @action
    def take(ctx: Context, values: list[int]) -> None:
        got.append(values)

    @lane
    def fan() -> None:
        take(values=each([0, 1, 2, 3], lambda n: work(n=n)))

    engine = Engine(tmp_path)
    assert engine.begin(fan).code == 1
    done = {
        n
        for (n,) in engine.rows("SELECT json_extract(output, '$') / 10 FROM steps WHERE state = 'succeeded'")
    }
    calls.clear()
    broken.clear()
    assert engine.resume(fan).code == 0
    assert sorted(calls) == sorted({0, 1, 2, 3} - done)
    assert got == [[0, 10, 20, 30]]


def test_skipped_steps_and_allowed_failures_stay_what_they_are(tmp_path: Path) -> None:
    calls: list[str] = []
    broken = True

    @action
    def work(ctx: Context, name: str, after: Any = None) -> str:
        calls.append(name)
        if name == "allowed" or (name == "last" and broken):
            raise ActionError("no")
        return name

    @lane
    def several() -> None:
        first = work("first")
        allowed = work.set(allow_failure=True, name="allowed")("allowed")
        never = work.set(when=let(first, lambda _: False), name="never")("never")
        work.set(name="last", after=[allowed, never])("last")

    engine = Engine(tmp_path)
    assert engine.begin(several).code == 1
    calls.clear()
    broken = False
    seen = engine.resume(several)
    assert seen.code == 0
    assert calls == ["last"]
    assert len(seen.done) == 3


def test_an_always_step_that_missed_its_input_runs_when_that_comes(tmp_path: Path) -> None:
    broken = True
    told: list[str] = []

    @action
    def work(ctx: Context) -> str:
        if broken:
            raise ActionError("not now")
        return "done"

    @action
    def tell(ctx: Context, text: str) -> None:
        told.append(text)

    @lane
    def one() -> None:
        tell.set(always=True)(text=work())

    engine = Engine(tmp_path)
    engine.begin(one)
    broken = False
    assert engine.resume(one).code == 0
    assert told == ["done"]


def test_a_lane_that_changed_is_refused(tmp_path: Path) -> None:
    size = 1

    @action
    def work(ctx: Context, n: int) -> None:
        raise ActionError("not now")

    @lane
    def changing() -> None:
        work(size)

    engine = Engine(tmp_path)
    engine.begin(changing)
    size = 2
    with pytest.raises(UsageError, match="has changed since the run") as caught:
        engine.resume(changing)
    assert caught.value.exit_code == 2


def test_a_run_that_another_process_has_is_refused(tmp_path: Path) -> None:
    @action
    def work(ctx: Context) -> None:
        raise ActionError("not now")

    @lane
    def one() -> None:
        work()

    engine = Engine(tmp_path)
    run = engine.begin(one).run
    with claimed(engine.store, run), pytest.raises(UsageError, match="under way in another process"):
        engine.resume(one)


@pytest.mark.parametrize("name", ["nothing", "work[0]x"])
def test_again_of_a_step_that_is_none_is_refused(tmp_path: Path, name: str) -> None:
    @action
    def work(ctx: Context) -> None:
        raise ActionError("not now")

    @lane
    def one() -> None:
        work()

    engine = Engine(tmp_path)
    engine.begin(one)
    with pytest.raises(UsageError, match="The run has no"):
        engine.resume(one, again=frozenset({"nothing"}))
    with pytest.raises(UsageError, match="has no job 'nightly'"):
        engine.resume(one, only="nightly")


# Jobs


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


# Killed anywhere


Graph = dict[int, list[int]]


@st.composite
def _graphs(draw: st.DrawFn) -> Graph:
    count = draw(st.integers(1, 8))
    return {
        index: [other for other in range(index) if draw(st.integers(0, 2)) == 0] for index in range(count)
    }


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    graph=_graphs(),
    fails=st.sets(st.integers(0, 7), max_size=2),
    skips=st.sets(st.integers(0, 7), max_size=2),
    fans=st.sets(st.integers(0, 7), max_size=2),
    kill_at=st.integers(0, 20),
    parallel=st.integers(1, 3),
)
def test_killed_at_any_write_each_step_succeeds_once(
    tmp_path_factory: pytest.TempPathFactory,
    graph: Graph,
    fails: set[int],
    skips: set[int],
    fans: set[int],
    kill_at: int,
    parallel: int,
) -> None:
    """The store is copied at a commit: what a killed process leaves. Failures are mended by the resume."""
    ran: list[str] = []
    mended = False

    @action(effect="read")
    def step(ctx: Context, number: int, inputs: list[int], item: int = 0) -> int:
        ran.append(ctx.step)
        if number in fails and not mended:
            raise ActionError("not now")
        return number

    @lane
    def random_lane(skipping: bool = True) -> None:
        outputs: list[Any] = []
        for index, needs in graph.items():
            when = let(step.set(name=f"c{index}")(100, []), lambda n: n < 100) if index in skips else None
            set_up = step.set(name=f"s{index}", when=when, after=[outputs[other] for other in needs])
            if index in fans:
                outputs.append(each([1, 2], lambda n, i=index, up=set_up: up(i, [], item=n)))
            else:
                outputs.append(set_up(index, []))

    engine = Engine(tmp_path_factory.mktemp("killed"))
    commits = 0
    whole = Recorder.commit

    def commit(self: Recorder) -> None:
        nonlocal commits
        whole(self)
        if commits == kill_at:
            shutil.copytree(
                engine.store, engine.folder / "copy", ignore=shutil.ignore_patterns("*-shm", "lock")
            )
        commits += 1

    with patch.object(Recorder, "commit", commit):
        engine.begin(random_lane, parallel=parallel)
    engine.store = str(engine.folder / "copy")
    done_before = _done_before(engine)
    if done_before is None:
        return  # it was over before
    mended = True
    ran.clear()
    seen = engine.resume(random_lane, parallel=parallel)
    assert seen.code == 0
    assert not done_before & set(ran), "what has ended does not run again"
    for index, needs in graph.items():
        for other in needs:
            if f"s{index}" in ran and f"s{other}" in ran:
                assert ran.index(f"s{other}") < ran.index(f"s{index}")
    _each_ended_once(engine, graph, skips - fans, fans)


def _done_before(engine: Engine) -> set[str] | None:
    """The steps that had ended when the store was copied; None where it was not, or nothing was left to do."""
    if not Path(engine.store).exists() or not engine.rows("SELECT 1 FROM jobs WHERE state != 'succeeded'"):
        return None
    return {
        name for (name,) in engine.rows("SELECT step FROM events WHERE state IN ('succeeded', 'skipped')")
    }


def _each_ended_once(engine: Engine, graph: Graph, skipped: set[int], fans: set[int]) -> None:
    ends: dict[str, list[str]] = {}
    for name, state in engine.rows("SELECT step, state FROM events ORDER BY number"):
        ends.setdefault(name, []).append(state)
    for index in graph:
        end = "skipped" if index in skipped else "succeeded"
        assert ends[f"s{index}"].count(end) == 1, ends
    for name in (f"s{index}[{item}]" for index in fans & graph.keys() for item in (0, 1)):
        assert len([state for state in ends.get(name, ["skipped"]) if state in {"succeeded", "skipped"}]) == 1
    numbers = [number for (number,) in engine.rows("SELECT number FROM events ORDER BY number")]
    assert numbers == list(range(len(numbers))), "the journal has no gap"
    assert engine.rows("SELECT DISTINCT state FROM jobs") == [("succeeded",)]
