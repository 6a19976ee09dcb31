"""Advice on any lanes and facts: it never fails, covers what is needed, asks for no more, and shows true plans."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from advice_cases import NIGHTLY
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from lane import Context, action, cron, nightly, now
from lane._graph.trace import trace
from lane._lanefile.lane import Lane
from lane._plan.credentials import Found
from lane._plan.planner import plan
from lane_apple import api_key, app_specific_password, apple_id
from lane_apple._advice.advise import advise
from lane_apple._advice.case import case_of
from lane_apple._advice.json_format import advice_json
from lane_apple._advice.need import Answers, Deferral, Facts, Holding, Need, Remedy
from lane_apple._advice.outlook import outlook
from lane_apple._advice.route import route
from lane_apple._advice.text_format import render_advice

if TYPE_CHECKING:
    from lane import AuthMode

MODES: list[AuthMode] = [api_key, api_key(role="ADMIN", kind="team"), app_specific_password, apple_id]
CALLS = ["upload", "pem", "match", "create_app_record", "download_dsyms"]
DAWN = "0 5 * * *"

modes = st.lists(st.sampled_from(MODES), max_size=3, unique=True)
remedies = st.lists(
    st.builds(Remedy, st.sampled_from([None, *MODES[:3]]), st.just("write less.")), max_size=2
).map(tuple)
deferrals = st.sampled_from([None, Deferral("write on=nightly.", NIGHTLY), Deferral("write cron.", DAWN)])
holdings = st.builds(
    Holding,
    source=st.just("somewhere"),
    unattended=st.booleans(),
    seconds_left=st.none() | st.floats(-10, 10**7),
    unfit=st.sampled_from([None, "it is cut in half."]),
)
answers = st.builds(Answers, *[st.sampled_from([None, True, False])] * 3)
facts = st.builds(
    Facts, answers, st.dictionaries(st.sampled_from(MODES), holdings, max_size=4), st.booleans()
)


@st.composite
def lanes(draw: st.DrawFn) -> list[Need]:
    """Needs of up to three lanes."""
    found: list[Need] = []
    for lane in ("release", "nightly", "push")[: draw(st.integers(0, 3))]:
        names: list[str] = []
        for index in range(draw(st.integers(0, 6))):
            hook = draw(st.integers(0, 6)) == 0
            follows = (
                () if hook or not names else tuple(sorted(draw(st.sets(st.sampled_from(names), max_size=2))))
            )
            made = Need(
                lane,
                f"s{index}",
                draw(st.sampled_from(CALLS)),
                draw(st.sampled_from([None, f"Lanefile.py:{index + 1}"])),
                tuple(draw(modes)),
                follows,
                draw(st.sampled_from([None, None, None, NIGHTLY, "now"])),
                draw(deferrals),
                draw(st.none() | modes.map(tuple)),
                hook,
                draw(remedies),
            )
            found.append(made)
            if not hook:
                names.append(made.name)
    return found


@given(lanes(), facts)
def test_what_is_not_settled_is_told_what_to_do_about(needs: list[Need], known: Facts) -> None:
    made = advise(needs, known)
    told = {name for step in made.steps for name in step.steps}
    unsettled = {one.need.id for one in made.routes if not one.settled}
    assert unsettled <= told


@given(lanes(), facts)
def test_nothing_is_asked_that_is_not_needed(needs: list[Need], known: Facts) -> None:
    made = advise(needs, known)
    case = case_of(needs, known)
    codes = [step.code for step in made.steps]
    assert len(codes) == len(set(codes))
    by_id = {one.need.id: one for one in case.routes}
    for step in made.steps:
        mine = [by_id[name] for name in step.steps]
        assert step.how
        assert mine
        if step.code in {"once", "split", "attended", "session", "phones", "hook"}:
            assert all(one.by_person for one in mine)
        if step.code in {"api_key", "ask_for_api_key"}:
            assert not any(one.settled and one.mode is not None and not one.edit for one in mine)
            assert not known.answers.api_key or step.code == "api_key"
        if step.code == "app_specific_password":
            assert {one.auth for one in mine} == {"app_specific_password"}
    if all(one.settled for one in made.routes) and not known.sandbox:
        assert set(codes) <= {"apns_key"}
    assert made.affected == any(one.by_person for one in made.routes)


@given(lanes(), facts)
def test_a_question_is_open_exactly_where_its_answer_changes_what_is_told(
    needs: list[Need], known: Facts
) -> None:
    made = advise(needs, known)
    open_ = {one.question.name for one in made.open}
    for name in ("api_key", "reachable", "shared"):
        if getattr(known.answers, name) is not None:
            assert name not in open_
            continue
        told = [
            replace(
                advise(needs, replace(known, answers=replace(known.answers, **{name: answer}))),
                open=(),
                routes=(),
            )
            for answer in (True, False)
        ]
        assert (told[0] != told[1]) == (name in open_)


@given(lanes(), facts)
def test_one_more_credential_never_makes_more_steps_need_a_person(needs: list[Need], known: Facts) -> None:
    held = Holding("a key", unattended=True)
    more = replace(known, held={**known.held, **dict.fromkeys(MODES[:3], held)})
    by_person = [route(one, known).by_person for one in needs]
    then = [route(one, more).by_person for one in needs]
    assert all(before or not after for before, after in zip(by_person, then, strict=True))


@given(lanes(), facts)
def test_advice_can_always_be_shown_as_text_and_json(needs: list[Need], known: Facts) -> None:
    made = advise(needs, known)
    console = Console(width=80, record=True, quiet=True)
    render_advice(made, console, sandbox=known.sandbox)
    shown = json.loads(json.dumps(advice_json(made, sandbox=known.sandbox)))
    assert [step["title"] for step in shown["advice"]] == [step.title for step in made.steps]
    assert sum(len(lane["steps"]) for lane in shown["lanes"]) == len(needs)
    assert set(shown) == {"affected", "summary", "sandbox", "lanes", "advice", "plans", "open", "unknown"}


# The plans that are shown are those that the planner makes.

TRIGGERS = {None: None, NIGHTLY: nightly, DAWN: cron(DAWN), "now": now}


def _does_nothing(ctx: Context) -> None: ...


FREE = action(name="free")(_does_nothing)
PERSON = action(name="person", auth=[apple_id])(_does_nothing)


@given(lanes(), st.sets(st.integers(0, 5)), st.sets(st.integers(0, 5)), st.sets(st.integers(0, 5)))
@settings(max_examples=200)
def test_an_outlook_has_the_jobs_that_the_planner_makes(
    needs: list[Need], deferred: set[int], people: set[int], done: set[int]
) -> None:
    mine = [one for one in needs if one.lane == "release" and not one.in_hook]
    crons = {one.name: DAWN for one in mine if int(one.name[1:]) in deferred and one.on is None}

    def steps() -> None:
        outputs: dict[str, Any] = {}
        for one in mine:
            act = PERSON if int(one.name[1:]) in people else FREE
            on = TRIGGERS[crons.get(one.name, one.on)]
            outputs[one.name] = act.set(name=one.name, on=on, after=[outputs[name] for name in one.follows])()

    graph = trace(Lane(steps), {})
    assert graph.problems == []
    gone = {index for index, one in enumerate(mine) if int(one.name[1:]) in done}
    declared = [step.action.auth for step in graph.steps]
    made = plan(graph, declared, lambda _: Found(None), satisfied=gone.__contains__)  # type: ignore[arg-type]  # lists
    if made.problems:
        return  # two schedules meet: advice never leads there, see the test of splits
    found = outlook(
        "release",
        needs=[one for one in needs if one.lane == "release"],
        deferred=crons,
        attended={one.name for one in mine if int(one.name[1:]) in people},
        done={mine[index].name for index in gone},
    )
    assert [(job.name, job.cron, job.attended, list(job.needs), list(job.steps)) for job in found.jobs] == [
        (
            job.name,
            job.trigger.cron if job.trigger else None,
            job.attended,
            job.needs,
            [graph.steps[index].id for index in job.steps],
        )
        for job in made.jobs
    ]
