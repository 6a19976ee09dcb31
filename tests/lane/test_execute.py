"""Steps in their order, side by side, and what becomes of those behind a step that failed or was skipped."""

from __future__ import annotations

import random
import threading
from typing import TYPE_CHECKING, Any

import pytest
from engine import Engine, until
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lane import ActionError, Context, action, each, lane, let
from lane import CredentialError as Refused
from lane import PersonNeededError as PersonNeeded
from lane._errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path


@action
def give(ctx: Context, value: int = 1) -> int:
    """Give a value back."""
    return value


@action
def add(ctx: Context, *, left: int, right: int = 0) -> int:
    """Add."""
    return left + right


@action
def fail(ctx: Context, after: Any = None) -> int:
    """Fail."""
    raise ActionError("It failed.", hint="Do it better.")


@action
def numbers(ctx: Context, count: int) -> list[int]:
    """The numbers from 0."""
    return list(range(count))


def test_outputs_reach_those_that_take_them(tmp_path: Path) -> None:
    got: list[Any] = []

    @action
    def take(ctx: Context, text: str, many: list[int], table: dict[str, int]) -> None:
        got.append((text, many, table))

    @lane
    def sums() -> None:
        three = add(left=give(1), right=2)
        take(f"it is {three}", [three, 4, let(three, lambda value: value * 10)], {"a": three})

    assert Engine(tmp_path).begin(sums).code == 0
    assert got == [("it is 3", [3, 4, 30], {"a": 3})]


def test_ready_steps_run_side_by_side_up_to_parallel(tmp_path: Path) -> None:
    together = threading.Barrier(3)
    running, most, lock = 0, 0, threading.Lock()

    @action
    def meet(ctx: Context) -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        together.wait(20)  # passes only if three are here at the same time
        with lock:
            running -= 1

    @lane
    def six() -> None:
        for _ in range(6):
            meet()

    assert Engine(tmp_path).begin(six, parallel=3).code == 0
    assert most == 3


def test_one_at_a_time_runs_the_longest_path_first(tmp_path: Path) -> None:
    @lane
    def paths() -> None:
        give.set(name="short")()
        one = give.set(name="long")()
        two = add.set(name="long-2")(left=one)
        add.set(name="long-3")(left=two)
        add.set(name="middle-2")(left=give.set(name="middle")())

    seen = Engine(tmp_path).begin(paths, parallel=1)
    assert seen.begun[0] == "long"
    assert set(seen.begun[1:3]) == {"long-2", "middle"}
    assert seen.begun.index("short") >= 3


@pytest.mark.parametrize(("limits", "most_at_once"), [("xcodebuild", 1), ({"uploads": 2}, 2)])
def test_a_limit_is_never_exceeded(tmp_path: Path, limits: Any, most_at_once: int) -> None:
    running, most, lock = 0, 0, threading.Lock()
    others = threading.Event()

    @action(limits=limits)
    def narrow(ctx: Context) -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        assert others.wait(20)  # steps that the limit does not hold go on meanwhile
        with lock:
            running -= 1

    @action
    def wide(ctx: Context) -> None:
        until(lambda: running == most_at_once)
        others.set()

    @lane
    def both() -> None:
        for _ in range(5):
            narrow()
        wide()

    assert Engine(tmp_path).begin(both).code == 0
    assert most == most_at_once


def test_a_failure_stops_new_steps_and_lets_running_ones_finish(tmp_path: Path) -> None:
    failed, begun = threading.Event(), threading.Event()

    @action
    def long(ctx: Context) -> int:
        begun.set()
        assert failed.wait(20)
        return 7

    @action
    def breaks(ctx: Context) -> None:
        assert begun.wait(20)
        raise ActionError("It broke.", hint="Mend it.")

    @action
    def clean(ctx: Context) -> None:
        failed.set()

    @lane
    def mixed() -> None:
        value = long()
        broken = breaks()
        add.set(name="behind_the_long")(left=value)
        give.set(name="behind_the_broken", after=broken)()
        clean.set(always=True, after="behind_the_broken")()  # it waits for a step that does not run

    seen = Engine(tmp_path).begin(mixed)
    assert seen.code == 1
    assert seen.states == {
        "long": "succeeded",
        "breaks": "failed",
        "clean": "succeeded",
        "behind_the_long": "skipped",
        "behind_the_broken": "skipped",
    }
    assert (seen.ends["breaks"].message, seen.ends["breaks"].hint) == ("It broke.", "Mend it.")
    assert seen.ends["behind_the_long"].message == "not run: an earlier step failed"
    assert seen.jobs == [("main", "failed")]


def test_what_is_not_run_is_not_journalled(tmp_path: Path) -> None:
    @lane
    def two() -> None:
        give.set(after=fail())()

    engine = Engine(tmp_path)
    engine.begin(two)
    assert engine.rows("SELECT step, state FROM events ORDER BY number") == [
        ("fail", "running"),
        ("fail", "failed"),
    ]
    assert engine.rows("SELECT state FROM runs") == [("failed",)]


def test_a_failure_that_is_allowed_skips_those_that_take_its_output_and_nothing_else(tmp_path: Path) -> None:
    @lane
    def allowed() -> None:
        value = fail.set(allow_failure=True)()
        add.set(name="takes_it")(left=value)
        give.set(name="follows", after=value)()
        give.set(name="beside")()

    seen = Engine(tmp_path).begin(allowed)
    assert seen.code == 0
    assert seen.states == {
        "fail": "failed",
        "takes_it": "skipped",
        "follows": "succeeded",
        "beside": "succeeded",
    }
    assert seen.ends["fail"].allowed
    assert seen.ends["takes_it"].message == "it takes the output of fail, which failed"


def test_a_false_condition_skips_the_step_and_all_that_takes_its_output(tmp_path: Path) -> None:
    @lane
    def conditional() -> None:
        value = give(2)
        no = add.set(name="no", when=let(value, lambda n: n > 2))(left=value)
        add.set(name="yes", when=let(value, lambda n: n == 2))(left=value)
        second = add.set(name="takes_no")(left=no)
        add.set(name="takes_that")(left=second)
        give.set(name="follows_no", after=no)()

    seen = Engine(tmp_path).begin(conditional)
    assert seen.code == 0
    assert seen.states == {
        "give": "succeeded",
        "no": "skipped",
        "yes": "succeeded",
        "takes_no": "skipped",
        "takes_that": "skipped",
        "follows_no": "succeeded",
    }


def test_an_always_step_runs_only_where_its_inputs_are_there(tmp_path: Path) -> None:
    @lane
    def cleanup() -> None:
        value = fail()
        add.set(name="needs_it", always=True)(left=value)
        give.set(name="needs_nothing", always=True, after=value)()

    engine = Engine(tmp_path)
    seen = engine.begin(cleanup)
    assert seen.states == {"fail": "failed", "needs_it": "skipped", "needs_nothing": "succeeded"}
    assert engine.rows("SELECT count(*) FROM events WHERE step = 'needs_it'") == [(0,)]  # it may run later


@pytest.mark.parametrize("count", [0, 1, 5])
def test_each_runs_its_steps_once_for_every_item(tmp_path: Path, count: int) -> None:
    got: list[list[int]] = []

    @action
    def take(ctx: Context, values: list[int]) -> None:
        got.append(values)

    @lane
    def fan() -> None:
        found = each(numbers(count), lambda n: add.set(name="twice")(left=add(left=n, right=n), right=1))
        take(values=found)

    seen = Engine(tmp_path).begin(fan)
    assert seen.code == 0
    assert got == [[n * 2 + 1 for n in range(count)]]
    assert {name for name in seen.ends if "[" in name} == {
        f"{step}[{n}]" for step in ("add", "twice") for n in range(count)
    }


def test_an_item_that_fails_keeps_the_others_and_an_allowed_one_is_left_out(tmp_path: Path) -> None:
    got: list[list[int]] = []

    @action
    def odd_only(ctx: Context, n: int) -> int:
        if n % 2 == 0:
            raise ActionError(f"{n} is even")
        return n

    @action
    def take(ctx: Context, values: list[int]) -> None:
        got.append(values)

    @lane
    def fan() -> None:
        take(values=each(numbers(5), lambda n: odd_only.set(allow_failure=True)(n=n)))

    seen = Engine(tmp_path).begin(fan)
    assert seen.code == 0
    assert got == [[1, 3]]
    assert seen.states["odd_only[0]"] == "failed"


def test_what_each_fans_out_over_may_fail_like_a_step(tmp_path: Path) -> None:
    @lane
    def broken() -> None:
        each(let(numbers(2), lambda found: found[7]), lambda n: give(value=n))

    seen = Engine(tmp_path).begin(broken)
    assert seen.code == 1
    end = seen.ends["give"]
    assert end.state == "failed"
    assert end.message == "each() cannot fan out: IndexError: list index out of range"
    assert end.where is not None
    assert end.where.startswith("test_execute.py:") or "test_execute.py:" in end.where


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ActionError("a"), 1),
        (Refused("b"), 3),
        (PersonNeeded("c"), 4),
        (UsageError("d"), 1),
        (KeyError("e"), 1),
    ],
)
def test_the_exit_code_tells_what_kind_of_failure_it_was(tmp_path: Path, error: Exception, code: int) -> None:
    @action
    def raises(ctx: Context) -> None:
        raise error

    @lane
    def one() -> None:
        raises()

    assert Engine(tmp_path).begin(one).code == code


class _OwnKind(BaseException):
    pass


class _Unspeakable(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no text")


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (SystemExit(3), "It called sys.exit(3)."),
        (SystemExit("no luck"), "It called sys.exit(no luck)."),
        (KeyboardInterrupt(), "KeyboardInterrupt"),
        (GeneratorExit("x"), "GeneratorExit: x"),
        (_OwnKind("mine"), "_OwnKind: mine"),
        (_Unspeakable(), "_Unspeakable: its text cannot be made"),
        (ValueError("\udcff"), "ValueError: \\udcff"),
        (MemoryError(), "MemoryError"),
    ],
)
def test_whatever_an_action_raises_ends_its_step_and_not_the_run(
    tmp_path: Path, error: BaseException, message: str
) -> None:
    @action
    def raises(ctx: Context) -> None:
        raise error

    @lane
    def one() -> None:
        raises.set(allow_failure=True)()
        give()

    engine = Engine(tmp_path)
    seen = engine.begin(one)
    assert seen.states == {"raises": "failed", "give": "succeeded"}
    assert seen.ends["raises"].message == message
    assert engine.rows("SELECT message FROM events WHERE state = 'failed'") == [(message,)]


def test_a_wrong_result_is_told_with_both_types(tmp_path: Path) -> None:
    @action
    def wrong(ctx: Context) -> int:
        return "many"  # type: ignore[return-value]  # the mistake that is tested

    @lane
    def one() -> None:
        wrong()

    seen = Engine(tmp_path).begin(one)
    assert seen.code == 1
    assert str(seen.ends["wrong"].message).startswith("wrong returned a str, but declares int:")


def test_an_error_in_a_condition_or_an_option_is_the_steps_own(tmp_path: Path) -> None:
    @lane
    def one() -> None:
        value = give(1)
        give.set(name="when", allow_failure=True, when=let(value, lambda n: 1 // (n - 1)))()
        give.set(name="option", allow_failure=True)(value=let(value, lambda n: "text"))  # type: ignore[arg-type]

    seen = Engine(tmp_path).begin(one)
    assert seen.ends["when"].message == "ZeroDivisionError: integer division or modulo by zero"
    assert str(seen.ends["option"].message).startswith("The option 'value' of option got what it cannot take")


def test_no_thread_is_left_and_nothing_open(tmp_path: Path) -> None:
    @action
    def busy(ctx: Context) -> None:
        ctx.log.info("here")
        ctx.scratch.joinpath("file").write_text("x")
        ctx.run(["true"])

    @lane
    def several() -> None:
        for _ in range(5):
            busy.set(timeout=60)()

    before = set(threading.enumerate())
    engine = Engine(tmp_path)
    assert engine.begin(several).code == 0
    until(lambda: set(threading.enumerate()) <= before)
    assert list((tmp_path / ".lane" / "runs").rglob("scratch/*")) == []


# A slow, independent statement of what may run, and of what must have become of every step


Case = tuple[dict[int, list[tuple[int, bool]]], dict[int, str], set[int], set[int]]


@st.composite
def _cases(draw: st.DrawFn) -> Case:
    """Needs (with whether by data), what each step does, which may fail, and which run always."""
    count = draw(st.integers(1, 9))
    needs = {
        index: [(other, draw(st.booleans())) for other in range(index) if draw(st.integers(0, 3)) == 0]
        for index in range(count)
    }
    does = {index: draw(st.sampled_from(["ok", "ok", "ok", "fail", "skip"])) for index in range(count)}
    allowed = {index for index in range(count) if draw(st.integers(0, 3)) == 0}
    always = {index for index in range(count) if draw(st.integers(0, 4)) == 0}
    return needs, does, allowed, always


def _lane_of(case: Case, ran: list[int]) -> Any:
    needs, does, allowed, always = case

    @action
    def step(ctx: Context, number: int, inputs: list[int]) -> int:
        ran.append(number)
        if does[number] == "fail":
            raise ActionError("as told")
        return number

    @lane
    def random_lane() -> None:
        outputs: list[Any] = []
        for index, wanted in needs.items():
            set_up = step.set(
                name=f"s{index}",
                after=[outputs[other] for other, data in wanted if not data],
                when=let(outputs[index - 1], lambda _: False)
                if does[index] == "skip" and index and (index - 1, True) in wanted
                else None,
                allow_failure=index in allowed,
                always=index in always,
            )
            outputs.append(set_up(index, [outputs[other] for other, data in wanted if data]))

    return random_lane


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(case=_cases(), parallel=st.integers(1, 4), seed=st.integers(0, 10))
def test_any_graph_keeps_the_rules(
    tmp_path_factory: pytest.TempPathFactory, case: Case, parallel: int, seed: int
) -> None:
    needs, _, allowed, always = case
    ran: list[int] = []
    random.seed(seed)
    engine = Engine(tmp_path_factory.mktemp("any"))
    seen = engine.begin(_lane_of(case, ran), parallel=parallel)
    states = {int(name[1:]): state for name, state in seen.states.items()}
    journalled = {int(step[1:]): state for step, state in engine.rows("SELECT step, state FROM steps")}
    assert len(states) == len(needs), "every step has an end"
    assert len(ran) == len(set(ran)), "no step runs twice"
    real_failures = [index for index, state in states.items() if state == "failed" and index not in allowed]
    assert seen.code == (1 if real_failures else 0)
    for index, wanted in needs.items():
        for other, data in wanted:
            if index in ran and other in ran:
                assert ran.index(other) < ran.index(index), "nothing runs before what it needs"
            if index in ran and data:
                assert states[other] == "succeeded", "an output is taken only where there is one"
        if index in ran:
            assert journalled[index] == states[index]
        if index in always and all(states[other] == "succeeded" for other, data in wanted if data):
            assert states[index] in {"succeeded", "failed"} or case[1][index] == "skip"
        if not real_failures and index not in ran:
            assert states[index] == "skipped"
            assert journalled[index] == "skipped"
