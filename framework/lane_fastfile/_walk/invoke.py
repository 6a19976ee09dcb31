"""Run a lane, a helper or an action's code with certain arguments; the same run only once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .arguments import Arguments, bind
from .blocks import bind_key
from .record import Activation
from .scope import Scope
from .values import UNKNOWN, Known, Table, Value, choice
from .walker import Done, Walker

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from lane_fastfile._ruby import nodes as n

    from .program import Hook, Lane, Method

DEEPEST_CALLS = 60
_SAME_CALLEE = 3  # runs of one callee within each other


def run_method(walker: Walker, method: Method, given: Arguments, label: str) -> Value:
    """Run a method."""
    definition = method.definition
    scope = Scope(method.file, None, method.owner)

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
            lambda: _lane_body(walker, lane, given.table()),
        )
    finally:
        walker.platform = before


def enter_lane(walker: Walker, lane: Lane) -> Activation:
    """Run a lane as it is started from outside: its options are not known."""
    walker.entry, walker.platform = lane, lane.platform
    walker.activation = activation = Activation("")
    walker.running.append((id(lane.block), None, activation))
    _lane_body(walker, lane, Table(open=True))
    walker.running.pop()
    walker.jumped = False
    return activation


def enter_hook(walker: Walker, hook: Hook, lane: Lane | None) -> Activation:
    """Run a hook for a lane, or for any."""
    walker.entry, walker.platform = lane, hook.platform if lane is None else lane.platform
    walker.activation = activation = Activation("")
    scope = hook.scope.inner()
    values: list[Value] = [UNKNOWN if lane is None else Known(lane.name), Table(open=True)]
    if hook.name == "error":
        values.insert(1, UNKNOWN)
    for param, value in zip(hook.block.params, [*values, UNKNOWN, UNKNOWN], strict=False):
        scope.own(param.name, value)
    walker.visit(hook.block.body, scope)
    walker.jumped = False
    return activation


def enter_method(walker: Walker, method: Method) -> Activation:
    """Run a method with arguments that are not known."""
    walker.entry, walker.platform = None, None
    walker.activation = activation = Activation("")
    params = method.definition.params
    keywords = Table(open=True) if any(param.kind in ("key", "keyrest") for param in params) else None
    given = (UNKNOWN,) * sum(param.kind in ("positional", "parts") for param in params)
    scope = Scope(method.file, None, method.owner)
    bind(walker, params, Arguments(given, keywords), scope)
    walker.running.append((id(method.definition), None, activation))
    walker.visit(method.definition.body, scope)
    walker.running.pop()
    walker.jumped = False
    return activation


def _lane_body(walker: Walker, lane: Lane, options: Table) -> Value:
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
    if same is not None or len(within) >= _SAME_CALLEE or len(walker.running) >= DEEPEST_CALLS:
        if within:
            caller.leads_to(same or within[-1])
        return UNKNOWN
    walker.activation = activation = Activation(label)
    caller.leads_to(activation)
    walker.running.append((callee, key, activation))
    walker.results.append([])
    value = body()
    found = walker.results.pop()
    if not walker.jumped:
        found.append(value)
    walker.jumped = False
    walker.running.pop()
    walker.activation = caller
    result = choice(found) if found else UNKNOWN
    walker.done[key] = Done(activation, result, walker.state.copy())
    return result


def _key(walker: Walker, callee: Hashable, given: Arguments) -> Hashable:
    entry = (
        (walker.entry.platform, walker.entry.name)
        if walker.entry is not None and walker.program.by_lane
        else None
    )
    if not walker.follows_arguments:
        return callee, entry, walker.platform
    return callee, given.fingerprint(), walker.state.fingerprint(), walker.platform, entry
