"""Visits of what steers: sequences, conditions, loops, rescues, jumps. Undecided: both ways are gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lane_fastfile._ruby import nodes as n

from .blocks import run_over
from .on_ci import either_on_ci
from .values import FALSE, NIL, TRUE, UNKNOWN, Choice, Known, Value, choice, each_of, same, truth
from .walker import Walker, visits

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .scope import Scope, Snapshot
    from .state import State


@visits(n.Seq)
def _sequence(walker: Walker, node: n.Seq, scope: Scope) -> Value:
    value: Value = NIL
    for item in node.items:
        value = walker.visit(item, scope)
        if walker.jumped:
            break
    return value


@visits(n.Other)
def _other(walker: Walker, node: n.Other, scope: Scope) -> Value:
    for item in node.items:
        walker.visit(item, scope)
    walker.jumped = False
    return UNKNOWN


@visits(n.If)
def _if(walker: Walker, node: n.If, scope: Scope) -> Value:
    decided = decide(walker, node.condition, scope)
    if decided is not None:
        chosen = node.then if decided else node.otherwise
        return walker.maybe(chosen, scope) or NIL
    ways = _visitor(walker, node.then, scope), _visitor(walker, node.otherwise, scope)
    return either_on_ci(walker, node.condition, ways, lambda marked: _either(walker, scope, marked))


def _visitor(walker: Walker, node: n.Node | None, scope: Scope) -> Callable[[], Value]:
    return lambda: NIL if node is None else walker.visit(node, scope)


def decide(walker: Walker, condition: n.Node, scope: Scope) -> bool | None:
    """Whether a condition holds; what a constant decides is left open, since people change constants."""
    before = walker.constants_read
    value = walker.visit(condition, scope)
    return truth(value) if walker.constants_read == before else None


def _either(walker: Walker, scope: Scope, ways: Sequence[Callable[[], Value]]) -> Value:
    """Go every way from the same start, and join what those leave that go on."""
    start, state = scope.snapshot(), walker.state.copy()
    values: list[Value] = []
    left: list[tuple[Snapshot, State]] = []
    for way in ways:
        scope.restore(start)
        walker.state.become(state)
        walker.jumped = False
        value = way()
        if not walker.jumped:
            values.append(value)
            left.append((scope.snapshot(), walker.state.copy()))
    walker.jumped = not left
    if left:
        scope.restore(left[0][0])
        walker.state.become(left[0][1])
    for variables, other in left[1:]:
        scope.join(variables)
        walker.state.join(other)
    return choice(values) if values else NIL


@visits(n.Case)
def _case(walker: Walker, node: n.Case, scope: Scope) -> Value:
    before = walker.constants_read
    subject = walker.visit(node.subject, scope) if node.subject is not None else None
    ways: list[Callable[[], Value]] = []
    for when in node.whens:
        held = _matches(walker, subject, when, scope)
        if walker.constants_read != before:
            held = None
        if held is False:
            continue
        ways.append(_visitor(walker, when.body, scope))
        if held:
            break
    else:
        ways.append(_visitor(walker, node.otherwise, scope))
    return ways[0]() if len(ways) == 1 else _either(walker, scope, ways)


def _matches(walker: Walker, subject: Value | None, when: n.When, scope: Scope) -> bool | None:
    results: set[bool | None] = set()
    for pattern in when.patterns:
        value = walker.visit(pattern, scope)
        results.add(truth(value) if subject is None else _equal(subject, value, pattern))
    if True in results:
        return True
    return None if None in results or not results else False


def _equal(subject: Value, value: Value, pattern: n.Node) -> bool | None:
    plain = isinstance(pattern, n.Literal) or (isinstance(pattern, n.Text) and pattern.kind != "regex")
    return same(subject, value) if plain else None


@visits(n.Loop)
def _loop(walker: Walker, node: n.Loop, scope: Scope) -> Value:
    subject = walker.visit(node.subject, scope)
    if node.variables:
        body = n.Block(
            node.line,
            node.start,
            node.end,
            [n.Param(node.line, node.start, node.end, name, "positional") for name in node.variables],
            node.body,
        )
        run_over(walker, subject, body, scope)
    else:
        _either(walker, scope, [_visitor(walker, node.body, scope), lambda: NIL])
    walker.jumped = False
    return UNKNOWN


@visits(n.Begin)
def _begin(walker: Walker, node: n.Begin, scope: Scope) -> Value:
    value = walker.visit(node.body, scope)
    if node.rescues:
        ways = [lambda: value if node.otherwise is None else walker.visit(node.otherwise, scope)]
        ways += [_rescuer(walker, rescue, scope) for rescue in node.rescues]
        jumped = walker.jumped and node.otherwise is None
        value = _either(walker, scope, ways)
        walker.jumped = walker.jumped and jumped
    elif node.otherwise is not None:
        value = walker.visit(node.otherwise, scope)
    if node.ensure is not None:
        jumped, walker.jumped = walker.jumped, False
        walker.visit(node.ensure, scope)
        walker.jumped = jumped or walker.jumped
    return value


def _rescuer(walker: Walker, rescue: n.Rescue, scope: Scope) -> Callable[[], Value]:
    def visit() -> Value:
        if rescue.variable:
            scope.set(rescue.variable, UNKNOWN)
        return walker.visit(rescue.body, scope)

    return visit


@visits(n.Jump)
def _jump(walker: Walker, node: n.Jump, scope: Scope) -> Value:
    value = walker.maybe(node.value, scope) or NIL
    if node.kind == "return":
        walker.results[-1].append(value)
    elif node.kind == "next":
        walker.block_results[-1].append(value)
    walker.jumped = node.kind != "retry"
    return NIL


@visits(n.Logic)
def _logic(walker: Walker, node: n.Logic, scope: Scope) -> Value:
    left = walker.visit(node.left, scope)
    if node.operator == "not":
        results = [_negated(one) for one in each_of(left)]
        return choice(results)
    assert node.right is not None
    decided = truth(left)
    wanted = node.operator == "and"
    if decided is (not wanted):
        return left
    if decided is wanted:
        return walker.visit(node.right, scope)
    right = node.right
    kept = [one for one in each_of(left) if truth(one) is not wanted]
    value = _logic_ways(walker, node, right, scope)
    others = value.values[1:] if isinstance(value, Choice) and value.values[0] == NIL else (value,)
    if others in ((TRUE,), (FALSE,), (NIL,)) and truth(others[0]) is not wanted:
        return others[0]  # whatever x is, `x || true` is true, and `x && false` is not
    return choice([*kept, *others])


def _logic_ways(walker: Walker, node: n.Logic, right: n.Node, scope: Scope) -> Value:
    """The right side may be left out; the left one tells whether CI goes there."""

    def go(marked: list[Callable[[], Value]]) -> Value:
        return _either(walker, scope, marked if node.operator == "or" else marked[::-1])

    def skip() -> Value:
        return NIL

    def visit() -> Value:
        return walker.visit(right, scope)

    return either_on_ci(walker, node.left, (skip, visit) if node.operator == "or" else (visit, skip), go)


def _negated(value: Value) -> Value:
    decided = truth(value)
    return UNKNOWN if decided is None else FALSE if decided else TRUE


@visits(n.Literal)
def _literal(_: Walker, node: n.Literal, __: Scope) -> Value:
    return Known(node.value)
