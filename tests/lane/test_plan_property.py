"""The planner against a slow statement of its rules by transitive closure, which shares no code with it."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any, NamedTuple

import networkx as nx
from hypothesis import given, settings
from hypothesis import strategies as st
from modes import Mode, holding
from tracing import bound

from lane import Context, action, cron, nightly, now
from lane._graph.trace import trace
from lane._lanefile.lane import Lane
from lane._plan.planner import plan

if TYPE_CHECKING:
    from lane._plan.plan import Plan

MODES = {name: Mode(name, attended=name.isupper()) for name in ("a", "b", "C", "D")}
TRIGGERS = {"": None, "nightly": nightly, "dawn": cron("0 5 * * *"), "now": now}


class Node(NamedTuple):
    """A step as the test states it: its modes, the trigger of its action and the lane's, what it needs."""

    modes: tuple[str, ...]
    usual: str
    said: str
    needs: frozenset[int]


@st.composite
def nodes(draw: st.DrawFn) -> list[Node]:
    made: list[Node] = []
    for index in range(draw(st.integers(1, 12))):
        needs = draw(st.frozensets(st.integers(0, index - 1), max_size=4)) if index else frozenset()
        modes = tuple(draw(st.lists(st.sampled_from(sorted(MODES)), max_size=3, unique=True)))
        usual = draw(st.sampled_from(["", "", "", "nightly", "dawn"]))
        said = draw(st.sampled_from(["", "", "", "nightly", "dawn", "now"]))
        made.append(Node(modes, usual, said, needs))
    return made


def _does_nothing(ctx: Context, *, value: Any = None) -> int: ...


ACTIONS = {
    (modes, usual): action(
        name="_".join(("act", *modes)), auth=[MODES[name] for name in modes], on=TRIGGERS[usual]
    )(_does_nothing)
    for usual in ("", "nightly", "dawn")
    for count in range(4)
    for modes in product(sorted(MODES), repeat=count)
    if len(set(modes)) == count
}


def planned(lane: list[Node], held: frozenset[str], setting: str) -> Plan:
    def steps() -> None:
        outputs: list[Any] = []
        for node in lane:
            act = ACTIONS[node.modes, node.usual]
            said = TRIGGERS[node.said]
            needed = [outputs[index] for index in sorted(node.needs)]
            half = len(needed) // 2
            outputs.append(act.set(on=said, after=needed[:half])(value=needed[half:]))

    graph = trace(Lane(steps), {})
    assert graph.problems == []
    return plan(graph, bound(graph).modes, holding(*held), setting=setting)


def mode_of(node: Node, held: frozenset[str], setting: str) -> tuple[str | None, bool, bool]:
    """Rule 1: the mode, whether it needs a person, whether it is missing."""
    if not node.modes:
        return None, False, False
    for name in node.modes:
        if name in held:
            return name, False, False
    people = [name for name in node.modes if name.isupper()]
    others = [name for name in node.modes if not name.isupper()]
    if people and (setting == "local" or not others):
        return people[0], True, False
    return others[0], False, True


def triggers_of(lane: list[Node]) -> tuple[list[str], bool]:
    """Rule 2: the schedule of each step, and whether two met undecided."""
    found: list[str] = []
    met = False
    for node in lane:
        if node.said:
            found.append("" if node.said == "now" else node.said)
            continue
        all_of = {node.usual} | {found[index] for index in node.needs} - {""}
        all_of.discard("")
        met = met or len(all_of) > 1
        found.append(min(all_of) if all_of else "")
    return found, met


def closure(lane: list[Node]) -> nx.DiGraph[int]:
    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_nodes_from(range(len(lane)))
    graph.add_edges_from((needed, index) for index, node in enumerate(lane) for needed in node.needs)
    return nx.transitive_closure_dag(graph)


Kind = tuple[str, bool]


def grouping(lane: list[Node], kinds: list[Kind]) -> list[frozenset[int]]:
    """Rule 3: steps of one kind that wait for the same jobs of other kinds, by every path back.

    What a step waits for is every job of a kind other than its own that directly precedes it, and every job
    of a kind other than that of some step on the way that precedes that step: a job is waited for from where
    the kind changes on.
    """
    before = closure(lane)
    keys: dict[tuple[Kind, frozenset[int]], int] = {}
    job_of: dict[int, int] = {}
    for index in range(len(lane)):
        up_to = [*before.predecessors(index), index]
        changes = {
            job_of[needed] for step in up_to for needed in lane[step].needs if kinds[needed] != kinds[step]
        }
        key = (kinds[index], frozenset(changes))
        job_of[index] = keys.setdefault(key, len(keys))
    return [frozenset(index for index, job in job_of.items() if job == number) for number in range(len(keys))]


def groups_of(made: Plan) -> list[frozenset[int]]:
    return [frozenset(job.steps) for job in made.jobs]


@settings(max_examples=400, deadline=None)
@given(nodes(), st.frozensets(st.sampled_from(sorted(MODES))), st.sampled_from(["ci", "local"]))
def test_a_plan_is_what_the_rules_say(lane: list[Node], held: frozenset[str], setting: str) -> None:
    made = planned(lane, held, setting)
    expected = [mode_of(node, held, setting) for node in lane]
    chosen = [(one.mode.name if one.mode else None, one.attended, one.missing) for one in made.choices]
    assert chosen == expected
    schedules, met = triggers_of(lane)
    assert met == any(problem.code == "two_schedules" for problem in made.problems)
    if met:
        return
    assert made.triggers == [TRIGGERS[name] for name in schedules]
    kinds = [(name, attended) for name, (_, attended, _) in zip(schedules, expected, strict=True)]
    assert groups_of(made) == grouping(lane, kinds)
    _check_promises(lane, made, kinds)


def _check_promises(lane: list[Node], made: Plan, kinds: list[Kind]) -> None:
    before = closure(lane)
    assert sorted(index for job in made.jobs for index in job.steps) == list(range(len(lane)))
    assert [made.jobs[job].steps.count(index) for index, job in enumerate(made.job_of)] == [1] * len(lane)
    order: nx.DiGraph[str] = nx.DiGraph()
    order.add_nodes_from(job.name for job in made.jobs)
    order.add_edges_from((needed, job.name) for job in made.jobs for needed in job.needs)
    assert nx.is_directed_acyclic_graph(order)
    for job in made.jobs:
        assert job.steps == sorted(job.steps)
        fed = {made.jobs[made.job_of[needed]].name for index in job.steps for needed in lane[index].needs}
        assert set(job.needs) == fed - {job.name}
        waited = [made.job(name) for name in nx.ancestors(order, job.name)]
        for other in waited:
            assert other is not None
            for index in job.steps:
                mine = {kinds[step] for step in (*before.predecessors(index), index)}
                if other.trigger is not None:
                    assert any(TRIGGERS[cron_] == other.trigger for cron_, _ in mine)
                if other.attended:
                    assert any(attended for _, attended in mine)
    assert made.unattended == (not any(attended for _, attended in kinds))


@settings(max_examples=200, deadline=None)
@given(
    nodes(),
    st.frozensets(st.sampled_from(sorted(MODES))),
    st.sampled_from(sorted(MODES)),
    st.sampled_from(["ci", "local"]),
)
def test_one_more_credential_never_makes_a_plan_less_unattended(
    lane: list[Node], held: frozenset[str], more: str, setting: str
) -> None:
    less, more_of = planned(lane, held, setting), planned(lane, held | {more}, setting)
    attended = [{index for index, one in enumerate(made.choices) if one.attended} for made in (less, more_of)]
    assert attended[1] <= attended[0]
    assert more_of.unattended >= less.unattended
    missing = [{index for index, one in enumerate(made.choices) if one.missing} for made in (less, more_of)]
    assert missing[1] <= missing[0]


@settings(max_examples=50, deadline=None)
@given(nodes(), st.frozensets(st.sampled_from(sorted(MODES))))
def test_planning_twice_gives_the_same(lane: list[Node], held: frozenset[str]) -> None:
    first, second = planned(lane, held, "ci"), planned(lane, held, "ci")
    shapes = [
        [(job.name, job.needs, job.steps, job.attended, job.trigger) for job in made.jobs]
        for made in (first, second)
    ]
    assert shapes[0] == shapes[1]
