"""Calls without a receiver: resolved in fastlane's own order, and followed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lane_fastfile._ruby import nodes as n

from . import declare, language, receivers
from .actions import call_action, call_class_action, call_unknown
from .arguments import NO_ARGUMENTS, Arguments, arguments_of, given_to
from .blocks import run_left
from .invoke import run_lane, run_method
from .objects import attribute
from .on_ci import asks_for_ci
from .values import NIL, TRUE, UNKNOWN, Instance, Value, choice
from .walker import Walker, visits

if TYPE_CHECKING:
    from .scope import Scope


@visits(n.Name)
def _name(walker: Walker, node: n.Name, scope: Scope) -> Value:
    """A local variable, or a call without arguments."""
    value = scope.get(node.name)
    if value is not None:
        return value
    if node.name == "self":
        return Instance(scope.self_class or "")
    if walker.program.in_ci and asks_for_ci(node):
        return TRUE
    return resolve(walker, node.name, NO_ARGUMENTS, node, scope)


@visits(n.Call)
def _call(walker: Walker, call: n.Call, scope: Scope) -> Value:
    if walker.program.in_ci and asks_for_ci(call):
        return TRUE
    if walker.program.in_ci and _is_context_key(call) and not walker.state.sure_key:
        return choice((UNKNOWN, NIL))  # no lane has to have left one
    if call.receiver is not None:
        return receivers.call_on(walker, call, scope)
    if walker.loading and declare.declares(call):
        return declare.declare(walker, call, scope)
    return call_plain(walker, call, scope)


def _is_context_key(call: n.Call) -> bool:
    """`lane_context[SharedValues::APP_STORE_CONNECT_API_KEY]`, which is nil where no action has loaded a key."""
    match call:
        case n.Call(
            name="[]",
            receiver=n.Name(name="lane_context") | n.Call(name="lane_context"),
            args=[n.Const() as key],
        ):
            return key.path.rpartition("::")[2] == "APP_STORE_CONNECT_API_KEY"
    return False


def call_plain(walker: Walker, call: n.Call, scope: Scope) -> Value:
    """A call without a receiver, or on self."""
    given = arguments_of(walker, call, scope)
    value = resolve(walker, call.name, given, call, scope)
    if call.name not in language.TAKES_BLOCK:
        run_left(walker, call, scope, given.block)
    return given.block or value if call.name in ("proc", "lambda") else value


@visits(n.Yield)
def _yield(walker: Walker, node: n.Yield, scope: Scope) -> Value:
    """Run the block that the method around is given."""
    given = given_to(walker, node.args, scope)
    return UNKNOWN if scope.block is None else language.run_code(walker, scope.block, given, node, scope)


def resolve(walker: Walker, name: str, given: Arguments, node: n.Node, scope: Scope) -> Value:
    """Ruby's methods first, then lanes, then actions: of the set-up, of fastlane, by class and by alias."""
    program = walker.program
    if scope.self_class is not None and (method := program.method_of(scope.self_class, name)) is not None:
        return run_method(walker, method, given, f"method {name}")
    if scope.self_class is not None and not name.endswith("_action"):
        if (value := attribute(walker, name)) is not None and not given.positional:
            return value
        return language.call_language(walker, name, given, node, scope) or UNKNOWN
    if (method := program.helpers.get(name)) is not None:
        return run_method(walker, method, given, f"helper {name}")
    return call_fastlane(walker, name, given, node, scope)


def call_fastlane(walker: Walker, name: str, given: Arguments, node: n.Node, scope: Scope) -> Value:
    """What fastlane itself looks a name up as: its own words, a lane, an action."""
    program = walker.program
    lane = program.find_lane(program.aliases.get(name, name), walker.platform)
    if lane is not None and not walker.loading:
        return run_lane(walker, lane, given)
    if (value := language.call_language(walker, name, given, node, scope)) is not None:
        return value
    if (value := call_class_action(walker, name, given)) is not None:
        return value
    if program.is_action(name.rstrip("?")):
        return call_action(walker, name.rstrip("?"), given, node, scope)
    return call_unknown(walker, name, given, node, scope)
