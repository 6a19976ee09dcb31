"""Tracing: lanes in lanes, order, `let`, `each`, settings, hooks, and everything that is refused."""

from __future__ import annotations

import sys
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from tracing import codes, traced

from lane import Context, Model, action, after_all, each, lane, let, on_error
from lane._graph.trace import trace, trace_hook
from lane._lanefile.lane import Hook, Lane


@action
def make(ctx: Context, *, value: Any = None) -> list[int]: ...


@action
def use(ctx: Context, *, number: int = 0, text: str = "", names: list[str] | None = None) -> int: ...


class Note(Model):
    text: str


@action
def note(ctx: Context) -> Note: ...


@lane
def inner(value: int = 0) -> int:
    make(value=value)
    return use(number=value)


@lane
def outer() -> int:
    inner(1)
    return inner(2)


@lane
def endless() -> None:
    use()
    again()


@lane
def again() -> None:
    endless()


def ids(graph: Any) -> list[str]:
    return [step.id for step in graph.steps]


def needs(graph: Any) -> list[tuple[int, ...]]:
    return [step.needs for step in graph.steps]


# Lanes in lanes


def test_lanes_are_inlined_and_their_result_is_used() -> None:
    def run() -> None:
        use(number=outer())

    graph = traced(run)
    assert ids(graph) == ["make", "use", "make-2", "use-2", "use-3"]
    assert graph.steps[-1].needs == (3,)
    assert graph.steps[2].options == {"value": 2}


def test_a_lane_waits_as_a_step_does_and_so_do_the_lanes_in_it() -> None:
    def run() -> None:
        first = make()
        outer.set(after=[first, "last"])()
        use()
        make.set(name="last")()

    graph = traced(run)
    assert needs(graph) == [(), *[(0, 6)] * 4, (), ()]
    assert list(graph.order)[-1] == 4


def test_recursion_names_the_path_and_the_line() -> None:
    (problem,) = trace(endless, {}, str(Path(__file__).parent)).problems
    assert problem.code == "recursion"
    assert "endless → again → endless" in problem.message
    assert problem.line == f"test_trace.py:{again.function.__code__.co_firstlineno + 2}"


def test_two_lanes_of_one_name_are_no_recursion() -> None:
    def namesake() -> None:
        use()

    inside = Lane(namesake)

    def run() -> None:
        inside()

    run.__name__ = "namesake"
    assert ids(traced(run)) == ["use"]


def test_generators_and_coroutines_are_no_lanes() -> None:
    def generator() -> Any:
        yield use()

    async def coroutine() -> None:
        use()

    assert codes(generator) == ["wrong_lane"]
    assert codes(coroutine) == ["wrong_lane"]
    refused = Lane(generator)
    assert codes(lambda: refused()) == ["wrong_lane"]


def test_a_lane_that_raises_is_told_with_its_line() -> None:
    def run() -> None:
        use()
        raise ValueError("no such scheme")

    (problem,) = trace(Lane(run), {}, str(Path(__file__).parent)).problems
    assert problem.code == "lane_raised"
    assert problem.message.endswith("raised ValueError: no such scheme")
    assert problem.line == f"test_trace.py:{run.__code__.co_firstlineno + 2}"


def test_a_misspelt_setting_is_answered_with_the_nearest() -> None:
    problem = trace(Lane(lambda: use.set(retires=2)(number=1)), {}).problems[0]  # type: ignore[call-arg]
    assert (problem.code, problem.hint) == ("lane_raised", "Did you mean 'retries'?")
    problem = trace(Lane(lambda: inner.set(afer=1)(1)), {}).problems[0]  # type: ignore[call-arg]
    assert problem.hint == "Did you mean 'after'?"


def test_what_a_lane_prints_is_no_data(capsys: pytest.CaptureFixture[str]) -> None:
    assert not traced(lambda: print("hello")).problems
    assert capsys.readouterr() == ("", "hello\n")


def test_a_lane_that_exits_is_told() -> None:
    assert codes(lambda: sys.exit(3)) == ["lane_raised"]


# Order


def test_a_cycle_is_explained() -> None:
    def run() -> None:
        first = make.set(after="c")()
        second = make.set(name="b", after=first)()
        make.set(name="c", after=second)()
        use()

    (problem,) = trace(Lane(run), {}).problems
    assert problem.code == "cycle"
    assert problem.message in {
        f"These steps wait for each other: {way}."
        for way in ("make → b → c → make", "b → c → make → b", "c → make → b → c")
    }


def test_a_step_may_wait_for_a_later_one() -> None:
    def run() -> None:
        use.set(after=["make"])()
        make()

    graph = traced(run)
    assert list(graph.order) == [1, 0]


def test_order_needs_are_no_data_needs() -> None:
    def run() -> None:
        first, second = make(), make()
        use.set(after=first, when=let(second, len))(names=["a"])

    step = traced(run).steps[2]
    assert (step.needs, step.data) == ((0, 1), (1,))


@pytest.mark.parametrize(
    ("after", "code"),
    [("mkae", "unknown_step"), (None, "wrong_after"), (3, "wrong_after"), ([["x"]], "wrong_after")],
)
def test_a_wrong_after(after: object, code: str) -> None:
    def run() -> None:
        make()
        use.set(after=after)()

    assert codes(run) == [code]


def test_after_takes_what_a_lane_returned() -> None:
    def run() -> None:
        use.set(after={"a": [outer(), make()]})()

    assert traced(run).steps[-1].needs == (3, 4)


def test_ids_are_free_whatever_names_were_given() -> None:
    def run() -> None:
        for name in ("use-2", None, None, "use", "x", "x", "x-2"):
            use.set(name=name)()

    assert ids(traced(run)) == ["use-2", "use", "use-3", "use-4", "x", "x-2", "x-2-2"]


# Options and settings


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda: use(number="x"), "wrong_type"),
        (lambda: use(number="3.5"), "wrong_type"),
        (lambda: use(names=3), "wrong_type"),
        (lambda: use(nmuber=3), "unknown_option"),
        (lambda: use(3), "wrong_call"),
        (lambda: use(number=make()), "wrong_output_type"),
        (lambda: use(number=[make()[0]]), "wrong_output_type"),
        (lambda: use(number=f"{use()}"), "wrong_output_type"),
        (lambda: use(names=[use()]), "wrong_output_type"),
        (lambda: use(names={"a": use()}), "wrong_output_type"),
        (lambda: use(text=f"{use()}"[:7]), "damaged_token"),
        (lambda: use(text=f"{use()}".lower()), "damaged_token"),
        (lambda: use.set(on="nightly")(), "wrong_setting"),
        (lambda: use.set(retries=-1)(), "wrong_setting"),
        (lambda: use.set(retries=True)(), "wrong_setting"),
        (lambda: use.set(timeout="x")(), "wrong_setting"),
        (lambda: use.set(timeout=0)(), "wrong_setting"),
        (lambda: use.set(no_output_timeout=float("nan"))(), "wrong_setting"),
        (lambda: use.set(allow_failure=1)(), "wrong_setting"),
        (lambda: use.set(always="yes")(), "wrong_setting"),
        (lambda: use.set(auth=3)(), "wrong_setting"),
        (lambda: use.set(name="a/b")(), "wrong_setting"),
        (lambda: use.set(name="")(), "wrong_setting"),
        (lambda: use.set(when="x")(), "wrong_setting"),
        (lambda: use.set(when=f"{make()}")(), "wrong_setting"),
        (lambda: let(make(), 3), "wrong_let"),
    ],
)
def test_a_wrong_call_is_a_problem_with_its_line(call: Any, code: str) -> None:
    problems = trace(Lane(call), {}, str(Path(__file__).parent)).problems
    assert [problem.code for problem in problems] == [code]
    assert problems[0].line == f"test_trace.py:{call.__code__.co_firstlineno}"
    assert problems[0].hint


def test_all_problems_are_told_at_once_and_each_once() -> None:
    def run() -> None:
        for _ in range(3):
            use(number="x", nmuber=1)
        use.set(retries=-1, timeout=-1, when=3)()
        use(text="fine")

    assert codes(run) == ["wrong_type", "unknown_option", "wrong_setting", "wrong_setting", "wrong_setting"]


def test_a_condition_may_be_known() -> None:
    graph = traced(lambda: use.set(when=False)())
    assert graph.steps[0].settings.when is False


def test_settings_that_only_order_leave_no_trace() -> None:
    def run() -> None:
        use.set(after=make(), retries=2)()
        use.set(after="make")()

    graph = traced(run)
    assert graph.steps[1].settings.retries == 2
    assert graph.steps[2].needs == (0,)


def test_values_are_converted_where_they_are_known() -> None:
    def run() -> None:
        use(number="3", names=(one for one in ("a", "b")))

    assert traced(run).steps[0].options == {"number": 3, "names": ["a", "b"]}


# let and each


def test_each_is_traced_once_and_its_result_is_a_list() -> None:
    def run() -> None:
        numbers = make()
        doubled = each(numbers, lambda number: use(number=number, text=f"{number}"))
        use(number=let(doubled, sum))
        use(number=doubled[0])

    graph = traced(run)
    assert ids(graph) == ["make", "use", "use-2", "use-3"]
    assert needs(graph) == [(), (0,), (0, 1), (0, 1)]
    assert graph.steps[1].fan is not None
    assert graph.steps[2].fan is None


def test_each_over_a_list_in_which_outputs_stand() -> None:
    graph = traced(lambda: each([use(), 3], lambda number: use(number=number)))
    assert needs(graph) == [(), (0,)]


@pytest.mark.parametrize(
    ("run", "code"),
    [
        (lambda: each(use(), lambda one: use(number=one)), "wrong_each"),
        (lambda: each("abc", lambda one: use(text=one)), "wrong_each"),
        (lambda: each(note(), lambda one: use(text=one)), "wrong_each"),
        (lambda: each(make(), lambda one: one), "empty_each"),
        (lambda: each(make(), lambda one: use(names=one)), "wrong_output_type"),
        (lambda: each(make(), lambda _: each(make(), lambda one: use(number=one))), "nested_each"),
    ],
)
def test_a_wrong_each(run: Any, code: str) -> None:
    assert code in codes(run)


def test_what_belongs_to_an_each_stays_in_it() -> None:
    kept: list[Any] = []

    def body(number: int) -> int:
        kept.extend([number, let(number, lambda value: value + 1), f"{number}"])
        return use(number=number)

    def run(at: int) -> Any:
        def lane() -> None:
            kept.clear()
            each(make(), lambda number: kept.append(body(number)) or kept[-1])
            use(number=kept[at]) if at != 2 else use(text=kept[at])

        return lane

    for at in range(4):
        assert codes(run(at)) == ["escaped_each"]


def test_a_long_chain_of_lets_needs_no_recursion() -> None:
    def run() -> None:
        total: Any = use()
        for _ in range(5_000):
            total = let((total, 1), sum)
        use(number=total)

    assert traced(run).steps[1].needs == (0,)


# Hooks


def test_a_hook_gets_the_failure_as_an_output() -> None:
    @on_error
    def alarm(failure: Any) -> None:
        use(text=f"{failure.step} failed: {failure.message}")

    graph = trace_hook(alarm, "release")
    assert graph.problems == []
    assert graph.steps[0].needs == ()
    wrong = Hook("on_error", lambda failure: use(text=failure.stpe), ())
    (problem,) = trace_hook(wrong, "release").problems
    assert problem.hint == "Did you mean 'step'?"


def test_a_hooks_outputs_stay_in_it() -> None:
    kept: list[Any] = []

    @after_all(inner, "outer")
    def hook() -> None:
        kept.append(use())

    trace_hook(hook, "release")
    assert (hook.applies_to("inner"), hook.applies_to("outer"), hook.applies_to("other")) == (
        True,
        True,
        False,
    )
    assert codes(lambda: use.set(after=kept)()) == ["foreign_output"]


# Lines


def test_the_line_of_an_installed_packages_action_is_the_users(tmp_path: Path, monkeypatch: Any) -> None:
    installed = tmp_path / "packages"
    installed.mkdir()
    (installed / "shipped_lanes.py").write_text(
        dedent(
            """
            from lane import Context, Model, action, lane

            @action
            def step(ctx: Context, *, number: int = 0) -> int: ...

            @lane
            def produce() -> None:
                step(number="x")
                step()
            """
        )
    )
    (tmp_path / "Lanefile.py").write_text(
        "from lane import lane\nfrom shipped_lanes import produce\n\n@lane\ndef go():\n    produce()\n"
    )
    monkeypatch.syspath_prepend(str(installed))
    from lane._lanefile.load import load

    project = load(str(tmp_path / "Lanefile.py"))
    graph = trace(project.lane("go"), {}, project.folder)
    assert [problem.line for problem in graph.problems] == ["Lanefile.py:6"]
    assert [step.place.shown(project.folder) for step in graph.steps] == ["Lanefile.py:6"] * 2


def test_an_object_takes_whatever_outputs_stand_in() -> None:
    @action
    def keep(ctx: Context, *, anything: object) -> None: ...

    def body() -> None:
        number = make()
        keep(anything=[number, {"key": number}])

    assert len(traced(body).steps) == 2
