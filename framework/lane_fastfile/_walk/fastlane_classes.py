"""Fastlane's own classes that are called directly: actions, the tools behind them, configurations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lane_fastfile._catalogue.catalogue import catalogue
from lane_fastfile._ruby import nodes as n

from .actions import call_action, judge
from .arguments import arguments_of
from .values import UNKNOWN, Table, Value

if TYPE_CHECKING:
    from .scope import Scope
    from .walker import Walker

# The classes that do the work of an action.
TOOLS = {
    "PEM::Manager": "pem",
    "Produce::Manager": "produce",
    "Sigh::Manager": "sigh",
    "Sigh::Runner": "sigh",
    "Cert::Runner": "cert",
    "Match::Runner": "match",
    "Match::Nuke": "match_nuke",
    "Pilot::BuildManager": "pilot",
    "Pilot::TesterManager": "pilot",
    "Deliver::Runner": "deliver",
    "Precheck::Runner": "precheck",
}


def call_action_class(walker: Walker, path: str, call: n.Call, scope: Scope) -> Value | None:
    """`Fastlane::Actions::PilotAction.run(…)`: the action, without the DSL."""
    action = catalogue().of_class(path.rpartition("::")[2])
    if action is None or walker.program.find_class(path) is not None:
        return None
    return call_action(walker, action.name, arguments_of(walker, call, scope), call, scope)


def call_tool(walker: Walker, call: n.Call, scope: Scope) -> Value | None:
    """`PEM::Manager.start`, `Deliver::Runner.new(…)`: the tool behind an action, with options of its own."""
    assert isinstance(call.receiver, n.Const)
    arguments_of(walker, call, scope)
    action = catalogue().find(TOOLS[call.receiver.path])
    if action is not None and not walker.loading:
        verdict = judge(walker, action, Table(open=True))
        walker.record("action", action.name, f"{call.receiver.path}.{call.name}", call, scope, verdict)
    return UNKNOWN


def call_configuration(walker: Walker, call: n.Call, scope: Scope) -> Value | None:
    """`FastlaneCore::Configuration.create(options, {…})`: the table."""
    given = arguments_of(walker, call, scope)
    return given.table() if len(given.positional) + (given.keywords is not None) > 1 else Table(open=True)
