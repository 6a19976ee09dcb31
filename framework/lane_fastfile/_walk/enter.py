"""Enter lanes, hooks and helpers from outside, where what they are given is not known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .arguments import Arguments, bind
from .invoke import lane_body, run_later
from .record import Activation
from .scope import Scope
from .values import UNKNOWN, Known, Table, Value

if TYPE_CHECKING:
    from .program import Hook, Lane, Method
    from .walker import Walker


def enter_lane(walker: Walker, lane: Lane, options: Table) -> Activation:
    """Run a lane as it is started from outside, with these options."""
    walker.entry, walker.platform = lane, lane.platform
    walker.off_ci = False
    walker.activation = activation = Activation("")
    walker.running.append((id(lane.block), None, activation))
    lane_body(walker, lane, options)
    walker.running.pop()
    walker.jumped = False
    run_later(walker)
    return activation


def enter_hook(walker: Walker, hook: Hook, lane: Lane | None, options: Table) -> Activation:
    """Run a hook for a lane with these options, or for any."""
    walker.entry, walker.platform = lane, hook.platform if lane is None else lane.platform
    walker.off_ci = False
    walker.activation = activation = Activation("")
    scope = hook.scope.inner()
    values: list[Value] = [UNKNOWN if lane is None else Known(lane.name), options]
    if hook.name == "error":
        values.insert(1, UNKNOWN)
    for param, value in zip(hook.block.params, [*values, UNKNOWN, UNKNOWN], strict=False):
        scope.own(param.name, value)
    walker.visit(hook.block.body, scope)
    walker.jumped = False
    run_later(walker)
    return activation


def enter_method(walker: Walker, method: Method) -> Activation:
    """Run a method with arguments that are not known."""
    walker.entry, walker.platform = None, None
    walker.off_ci = False
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
    run_later(walker)
    return activation
