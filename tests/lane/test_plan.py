"""The planner's rules, one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from modes import KEY, PASSWORD, PERSON, holding
from tracing import bound, codes, traced

from lane import Context, action, cron, nightly, now
from lane._plan.credentials import Policy
from lane._plan.jobs import MOST_JOBS
from lane._plan.planner import plan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from lane._plan.plan import Plan


@action
def free(ctx: Context, *, value: Any = None) -> int: ...


@action(auth=[KEY])
def keyed(ctx: Context, *, value: Any = None) -> int: ...


@action(auth=[PERSON])
def personal(ctx: Context, *, value: Any = None) -> int: ...


@action(auth=[PERSON, KEY])
def either(ctx: Context, *, value: Any = None) -> int: ...


@action(auth=[KEY, PASSWORD, PERSON])
def any_of_three(ctx: Context, *, value: Any = None) -> int: ...


@action(on=nightly)
def late(ctx: Context, *, value: Any = None) -> int: ...


@action(auth=[PERSON], on=nightly)
def late_personal(ctx: Context, *, value: Any = None) -> int: ...


def planned(
    function: Callable[[], Any],
    *held: str,
    setting: str = "ci",
    policy: Policy | None = None,
    done: Iterable[str] = (),
) -> Plan:
    graph = traced(function)
    binding = bound(graph)
    assert binding.problems == []
    satisfied = {index for index, step in enumerate(graph.steps) if step.id in set(done)}
    return plan(
        graph, binding.modes, holding(*held), setting=setting, policy=policy, satisfied=satisfied.__contains__
    )


def jobs(made: Plan) -> dict[str, list[str]]:
    return {job.name: [made.graph.steps[index].id for index in job.steps] for job in made.jobs}


def needs(made: Plan) -> dict[str, list[str]]:
    return {job.name: job.needs for job in made.jobs}


# Rule 1: the mode


@pytest.mark.parametrize(
    ("act", "held", "setting", "mode", "attended", "missing"),
    [
        (free, (), "ci", None, False, False),
        (keyed, ("key",), "ci", "key", False, False),
        (keyed, (), "ci", "key", False, True),
        (keyed, (), "local", "key", False, True),
        (personal, (), "ci", "person", True, False),
        (personal, (), "local", "person", True, False),
        (personal, ("person",), "ci", "person", False, False),
        (either, (), "ci", "key", False, True),
        (either, (), "local", "person", True, False),
        (either, ("key",), "ci", "key", False, False),
        (either, ("key",), "local", "key", False, False),
        (either, ("person",), "ci", "person", False, False),
        (either, ("person", "key"), "ci", "person", False, False),
        (any_of_three, ("password",), "ci", "password", False, False),
        (any_of_three, ("password", "key"), "ci", "key", False, False),
        (any_of_three, (), "ci", "key", False, True),
        (any_of_three, (), "local", "person", True, False),
    ],
)
def test_the_mode_of_a_step(
    act: Any, held: tuple[str, ...], setting: str, mode: str | None, attended: bool, missing: bool
) -> None:
    made = planned(lambda: act(), *held, setting=setting)
    (choice,) = made.choices
    assert (choice.mode and choice.mode.name, choice.attended, choice.missing) == (mode, attended, missing)
    assert made.unattended is not attended
    assert made.ready is not missing
    assert [one.mode.name for one in made.missing] == ([mode] if missing else [])


def test_a_pin_leaves_one_mode() -> None:
    made = planned(lambda: any_of_three.set(auth=PERSON)(), "key")
    assert made.choices[0].mode == PERSON
    assert planned(lambda: any_of_three.set(auth="password")(), "key").choices[0].mode == PASSWORD


def test_what_is_missing_names_all_who_need_it_and_how_to_give_it() -> None:
    def lane() -> None:
        keyed()
        keyed(value=keyed())

    (missing,) = planned(lane).missing
    assert (missing.mode, missing.needed_by, missing.how) == (
        KEY,
        ["keyed", "keyed-2", "keyed-3"],
        ["Set KEY."],
    )


def test_a_policy_allows_and_prefers() -> None:
    def lane() -> None:
        any_of_three()

    assert planned(lane, "key", "password", policy=Policy(preferred=["password"])).choices[0].mode == PASSWORD
    assert planned(lane, "key", "password", policy=Policy(["password"])).choices[0].mode == PASSWORD
    refused = planned(lane, "key", policy=Policy(["other"]))
    assert [problem.code for problem in refused.problems] == ["policy"]


# Rule 2: the trigger


def test_a_step_follows_what_it_depends_on_directly_into_its_schedule() -> None:
    def lane() -> None:
        first = free()
        deferred = late(value=first)
        following = free(value=deferred)
        free(value=following)
        free.set(after=deferred)()
        free(value=first)

    made = planned(lane)
    assert jobs(made) == {"main": ["free", "free-5"], "scheduled": ["late", "free-2", "free-3", "free-4"]}
    assert [job.trigger for job in made.jobs] == [None, nightly]


def test_now_undoes_a_deferral_of_the_action_and_of_predecessors() -> None:
    def lane() -> None:
        late.set(on=now)()
        deferred = late()
        free.set(on=now)(value=deferred)

    made = planned(lane)
    assert jobs(made) == {"main": ["late"], "scheduled": ["late-2"], "main-2": ["free"]}
    assert needs(made) == {"main": [], "scheduled": [], "main-2": ["scheduled"]}


def test_a_scheduled_step_that_needs_a_person_keeps_its_cron() -> None:
    made = planned(lambda: late_personal())
    (job,) = made.jobs
    assert (job.kind, job.trigger, job.attended) == ("scheduled", nightly, True)
    assert not made.unattended


def test_two_schedules_that_meet_are_an_error_unless_the_lane_decides() -> None:
    other = cron("0 4 * * *")

    def meeting() -> None:
        free(value=[late(), late.set(on=other)()])

    def inherited_and_own() -> None:
        late(value=late.set(on=other)())

    def decided() -> None:
        free.set(on=other)(value=[late(), late.set(on=other)()])

    assert [problem.code for problem in planned(meeting).problems] == ["two_schedules"]
    assert [problem.code for problem in planned(inherited_and_own).problems] == ["two_schedules"]
    assert planned(decided).problems == []
    assert jobs(planned(decided)) == {
        "scheduled": ["late"],
        "scheduled-2": ["late-2"],
        "scheduled-3": ["free"],
    }


@pytest.mark.parametrize("expression", ["0 3 * *", "61 3 * * *", "0 3 * * mun", "", "0 3 * * 8"])
def test_a_wrong_cron_is_a_problem_of_the_plan(expression: str) -> None:
    assert [problem.code for problem in planned(lambda: free.set(on=cron(expression))()).problems] == [
        "wrong_cron"
    ]


def test_a_timezone_makes_another_schedule() -> None:
    def lane() -> None:
        free.set(on=cron("0 3 * * *", timezone="Europe/Berlin"))()
        late()

    assert jobs(planned(lane)) == {"scheduled": ["free"], "scheduled-2": ["late"]}


# Rule 3: jobs


def test_an_attended_step_splits_what_waits_for_it_from_what_does_not() -> None:
    def release() -> None:
        app = personal()
        built = free()
        keyed(value=[app, built])

    made = planned(release, "key")
    assert jobs(made) == {"attended": ["personal"], "main": ["free"], "main-2": ["keyed"]}
    assert needs(made) == {"attended": [], "main": [], "main-2": ["attended", "main"]}
    assert made.first_job is made.job("main")


def test_a_satisfied_probe_takes_its_step_and_its_job_out() -> None:
    def release() -> None:
        app = personal()
        keyed(value=[app, free()])
        free(value=late())

    made = planned(release, "key", done=["personal", "late"])
    assert jobs(made) == {"main": ["free", "keyed", "free-2"]}
    assert made.job_of[0] == -1
    assert made.unattended


def test_what_is_missing_only_for_a_satisfied_step_is_not_missing() -> None:
    assert planned(lambda: keyed(), done=["keyed"]).ready


def test_same_kind_and_same_waits_share_a_job_and_other_waits_do_not() -> None:
    def lane() -> None:
        first, second = personal(), late()
        free(value=first)
        free.set(on=now)(value=second)
        free.set(on=now)(value=[first, second])
        free(value=first)
        free()

    made = planned(lane)
    assert jobs(made) == {
        "attended": ["personal"],
        "scheduled": ["late"],
        "main": ["free", "free-4"],
        "main-2": ["free-2"],
        "main-3": ["free-3"],
        "main-4": ["free-5"],
    }
    assert made.first_job is made.job("main-4")


def test_needs_lists_jobs_of_the_same_kind_too() -> None:
    def lane() -> None:
        start = free()
        person = personal(value=start)
        free(value=person)

    assert needs(planned(lane)) == {"main": [], "attended": ["main"], "main-2": ["attended"]}

    def crossing() -> None:
        start = free()
        free(value=[start, personal()])

    assert needs(planned(crossing))["main-2"] == ["main", "attended"]


def test_more_than_a_thousand_jobs_is_an_error() -> None:
    def lane() -> None:
        last: Any = None
        for _ in range(MOST_JOBS):
            last = free.set(on=now)(value=personal(value=last))

    made = planned(lane)
    assert [problem.code for problem in made.problems] == ["too_many_jobs"]


def test_a_lane_without_steps_has_no_jobs() -> None:
    made = planned(lambda: None)
    assert (made.jobs, made.first_job, made.unattended, made.ready) == ([], None, True, True)


def test_an_undeclared_pin_is_told_by_the_binding() -> None:
    graph = traced(lambda: keyed.set(auth="person")())
    assert [problem.code for problem in bound(graph).problems] == ["auth_not_declared"]
    assert codes(lambda: keyed.set(auth=3)()) == ["wrong_setting"]
