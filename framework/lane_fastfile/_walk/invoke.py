"""Run a lane, a helper or an action's code with certain arguments; the same run only once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .arguments import Arguments, bind
from .blocks import bind_key
from .record import Activation
from .scope import Scope
from .values import UNKNOWN, Table, Value, choice
from .walker import Done, Later, Walker

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from lane_fastfile._ruby import nodes as n

    from .program import Lane, Method

DEEPEST_CALLS = 60
_SAME_CALLEE = 3  # runs of one callee within each other


def run_method(walker: Walker, method: Method, given: Arguments, label: str) -> Value:
    """Run a method."""
    definition = method.definition
    scope = Scope(method.file, None, method.owner)
    scope.block = given.block

    def body() -> Value:
        bind(walker, definition.params, given, scope)
        return walker.visit(definition.body, scope)

    return _run(walker, id(definition), given, label, body)


def run_lane(walker: Walker, lane: Lane, given: Arguments) -> Value:
    """Run a lane that another one calls."""
    before, walker.platform = walker.platform, lane.platform or walker.platform
    try:
        return _run(
            walker,
            id(lane.block),
            given,
            f"lane {lane.name}",
            lambda: lane_body(walker, lane, given.table()),
        )
    finally:
        walker.platform = before


def lane_body(walker: Walker, lane: Lane, options: Table) -> Value:
    """The value of a lane's block for these options."""
    scope = lane.scope.inner()
    _bind_lane(walker, lane.block.params, options, scope)
    walker.block_results.append([])
    value = walker.visit(lane.block.body, scope)
    found = walker.block_results.pop()
    return choice([*found, value]) if not walker.jumped else choice(found) if found else UNKNOWN


def _bind_lane(walker: Walker, params: list[n.Param], options: Table, scope: Scope) -> None:
    for param in params:
        if param.kind in ("key", "keyrest"):
            bind_key(walker, param, options, scope)
        else:
            scope.own(param.name, options)


def _run(walker: Walker, callee: Hashable, given: Arguments, label: str, body: Callable[[], Value]) -> Value:
    key = _key(walker, callee, given)
    caller = walker.activation
    done = walker.done.get(key)
    if done is not None:
        caller.leads_to(done.activation)
        walker.state.become(done.state)
        return done.value
    within = [activation for other, _, activation in walker.running if other == callee]
    same = next((activation for _, other, activation in walker.running if other == key), None)
    if same is not None or len(within) >= _SAME_CALLEE:
        caller.leads_to(same or within[-1])
        return UNKNOWN
    activation = Activation(label)
    caller.leads_to(activation)
    if len(walker.running) >= DEEPEST_CALLS:
        walker.done[key] = Done(activation, UNKNOWN, walker.state.copy())
        walker.later.append(Later(callee, key, activation, walker.state.copy(), walker.platform, body))
        return UNKNOWN
    result = _now(walker, callee, key, activation, body)
    walker.activation = caller
    walker.done[key] = Done(activation, result, walker.state.copy())
    return result


def run_later(walker: Walker) -> None:
    """Run what was called too deeply to be run at once; the state stays as it is."""
    state = walker.state.copy()
    while walker.later:
        one = walker.later.pop()
        walker.state, walker.platform = one.state, one.platform
        _now(walker, one.callee, one.key, one.activation, one.body)
    walker.state = state


def _now(
    walker: Walker, callee: Hashable, key: Hashable, activation: Activation, body: Callable[[], Value]
) -> Value:
    walker.activation = activation
    walker.running.append((callee, key, activation))
    walker.results.append([])
    off_ci = walker.off_ci
    value = body()
    walker.off_ci = off_ci
    found = walker.results.pop()
    if not walker.jumped:
        found.append(value)
    walker.jumped = False
    walker.running.pop()
    return choice(found) if found else UNKNOWN


def _key(walker: Walker, callee: Hashable, given: Arguments) -> Hashable:
    entry = (
        (walker.entry.platform, walker.entry.name)
        if walker.entry is not None and walker.program.by_lane
        else None
    )
    if not walker.follows_arguments:
        return callee, entry, walker.platform, walker.off_ci
    return callee, walker.off_ci, given.fingerprint(), walker.state.fingerprint(), walker.platform, entry
