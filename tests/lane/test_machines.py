"""Jobs that are cut by machine: what needs a Mac is there with what it takes; the rest is elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import networkx as nx
from hypothesis import given
from hypothesis import strategies as st
from modes import KEY, PERSON, holding
from tracing import bound

from lane import Context, action, lane, nightly
from lane._graph.trace import trace
from lane._lanefile.lane import Lane
from lane._plan.planner import plan
from lane._plan.why import why

if TYPE_CHECKING:
    from collections.abc import Callable

    from lane._plan.plan import Plan


@action
def anywhere(ctx: Context, *, value: Any = None) -> int: ...


@action(runs_on="macos")
def on_mac(ctx: Context, *, value: Any = None) -> int: ...


@action(runs_on=("macos", "signing"))
def on_signing_mac(ctx: Context, *, value: Any = None) -> int: ...


@action(auth=[PERSON])
def by_person(ctx: Context, *, value: Any = None) -> int: ...


def cut(function: Callable[[], None], *done: str) -> Plan:
    graph = trace(lane(function), {}, None)
    out = {index for index, step in enumerate(graph.steps) if step.id in done}
    binding = bound(graph)
    return plan(graph, binding.modes, holding("key"), satisfied=out.__contains__, by_machine=True)


def jobs(made: Plan) -> dict[str, list[str]]:
    return {job.name: [made.graph.steps[index].id for index in job.steps] for job in made.jobs}


def test_what_follows_a_build_leaves_the_mac() -> None:
    def release() -> None:
        built = on_mac.set(name="build")()
        sent = anywhere.set(name="send")(value=built)
        anywhere.set(name="tell")(value=sent)

    made = cut(release)
    assert jobs(made) == {"main-macos": ["build"], "main": ["send", "tell"]}
    assert [job.needs for job in made.jobs] == [[], ["main-macos"]]
    assert [job.machine for job in made.jobs] == [("macos",), ()]
    assert made.first_job is made.jobs[0]


def test_what_hands_its_output_to_a_build_goes_with_it() -> None:
    def release() -> None:
        tested = anywhere.set(name="test")()
        fetched = anywhere.set(name="fetch")()
        signing = anywhere.set(name="sign")(value=fetched)
        on_mac.set(name="build", after=tested)(value=signing)

    made = cut(release)
    assert jobs(made) == {"main": ["test"], "main-macos": ["fetch", "sign", "build"]}
    assert made.jobs[1].needs == ["main"], "what signs is on the very machine that builds"
    assert why(made, 1) == "needs no credential; goes with what needs macos"
    assert why(made, 3) == "needs no credential; needs macos; waits for main (test)"


def test_an_output_that_two_machines_take_is_made_anywhere() -> None:
    def release() -> None:
        number = anywhere.set(name="number")()
        on_mac.set(name="build")(value=number)
        anywhere.set(name="tell")(value=number)

    assert jobs(cut(release)) == {"main": ["number", "tell"], "main-macos": ["build"]}


def test_machines_with_several_capabilities_are_their_own() -> None:
    def release() -> None:
        on_signing_mac.set(name="seal")(value=on_mac.set(name="build")())

    made = cut(release)
    assert jobs(made) == {"main-macos": ["build"], "main-macos-signing": ["seal"]}


def test_triggers_and_people_cut_as_ever() -> None:
    def release() -> None:
        record = by_person.set(name="record")()
        built = on_mac.set(name="build")(value=record)
        on_mac.set(name="tonight", on=nightly)(value=built)

    made = cut(release)
    assert jobs(made) == {"attended": ["record"], "main-macos": ["build"], "scheduled-macos": ["tonight"]}
    assert made.jobs[0].machine == (), "a step that needs a person stays where that one is"


def test_what_is_done_already_leaves_the_other_jobs_as_they_were() -> None:
    def release() -> None:
        record = by_person.set(name="record")()
        early = anywhere.set(name="early")()
        anywhere.set(name="late")(value=[record, early])

    assert jobs(cut(release)) == {"attended": ["record"], "main": ["early"], "main-2": ["late"]}
    made = cut(release, "record")
    assert jobs(made) == {"main": ["early"], "main-2": ["late"]}
    assert [job.needs for job in made.jobs] == [[], ["main"]]
    assert [job.index for job in made.jobs] == [0, 1]
    assert made.job_of == [-1, 0, 1]


class Node(NamedTuple):
    """A step as the test states it."""

    kind: str
    data: frozenset[int]
    after: frozenset[int]


ACTIONS = {"any": anywhere, "mac": on_mac, "signing": on_signing_mac, "person": by_person}


@st.composite
def nodes(draw: st.DrawFn) -> list[Node]:
    made: list[Node] = []
    for index in range(draw(st.integers(1, 12))):
        earlier = st.frozensets(st.integers(0, index - 1), max_size=3) if index else st.just(frozenset())
        kind = draw(st.sampled_from(["any", "any", "any", "mac", "mac", "signing", "person"]))
        made.append(Node(kind, draw(earlier), draw(earlier)))
    return made


@given(nodes())
def test_every_step_is_once_in_a_job_of_its_machine_and_jobs_need_no_circle(steps: list[Node]) -> None:
    def release() -> None:
        outputs: list[Any] = []
        for node in steps:
            after = [outputs[index] for index in sorted(node.after)]
            value = [outputs[index] for index in sorted(node.data)]
            outputs.append(ACTIONS[node.kind].set(after=after)(value=value))

    graph = trace(Lane(release), {}, None)
    made = plan(graph, bound(graph).modes, holding(), by_machine=True)
    assert sorted(index for job in made.jobs for index in job.steps) == list(range(len(steps)))
    drawing = nx.DiGraph([(need, job.name) for job in made.jobs for need in job.needs])
    assert nx.is_directed_acyclic_graph(drawing)
    place = {index: position for job in made.jobs for position, index in enumerate(job.steps)}
    for job in made.jobs:
        for index in job.steps:
            own = {"any": (), "person": (), "mac": ("macos",), "signing": ("macos", "signing")}[
                steps[index].kind
            ]
            assert job.machine == own or (steps[index].kind == "any" and own == ())
            assert job.attended == (steps[index].kind == "person")
            for needed in graph.steps[index].needs:
                other = made.jobs[made.job_of[needed]]
                assert other.name in job.needs or (other is job and place[needed] < place[index])


def test_a_mode_can_need_a_machine_too() -> None:
    class Altool(type(KEY)):  # type: ignore[misc]  # a mode that stands in for altool's
        runs_on = ("macos",)

    sends = action(auth=[Altool("password")], name="sends")(_sends)

    def release() -> None:
        sends()

    assert [job.machine for job in cut(release).jobs] == [("macos",)]


def _sends(ctx: Context) -> None: ...
