"""Calls of fastlane's actions, of a set-up's own, and of names that nobody knows."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from math import prod
from typing import TYPE_CHECKING

from lane_fastfile._auth.decide import Given, Question, decide
from lane_fastfile._auth.modes import API_KEY, NONE, strictest
from lane_fastfile._auth.modes import UNKNOWN as UNDECIDED
from lane_fastfile._auth.verdict import Verdict
from lane_fastfile._catalogue.catalogue import Action, Option, catalogue, class_name
from lane_fastfile._catalogue.plugins import plugin_of

from .arguments import Arguments
from .asks import asks, record_prompt
from .invoke import run_method
from .options import find_option, given_key
from .shell import run_shell
from .values import FALSE, UNKNOWN, Choice, Items, Known, Table, Unknown, Value, text_of

if TYPE_CHECKING:
    from lane_fastfile._ruby import nodes as n

    from .record import Kind
    from .scope import Scope
    from .walker import Walker

_MOST_WAYS = 16
_HIGHLINE = ("ask", "agree")  # methods that the gem highline gives to everything
_APPLE_ARGUMENTS = {"api_key_path", "apple_id", "itc_team_id", "itc_provider"}
_APPLE_NAMES = (
    "testflight",
    "app_store_connect",
    "appstoreconnect",
    "itunes_connect",
)


def call_action(walker: Walker, written: str, given: Arguments, node: n.Node, scope: Scope) -> Value:
    """Call an action of fastlane: record what it needs, and what it leaves for later ones."""
    action = catalogue().find(written)
    assert action is not None
    if action.name == "sh":
        return run_shell(walker, list(given.positional), node, scope, written)
    table = given.table()
    verdict = passing_through(action, given) or judge(walker, action, table)
    walker.record("action", action.name, written, node, scope, verdict, asks(walker, action, table))
    after(walker, action, table)
    return UNKNOWN


def judge(walker: Walker, action: Action, table: Table) -> Verdict:
    """What an action needs with these options, here and now: the strictest where an option has several values."""
    verdicts = [_judge(walker, action, one) for one in _ways(action, table)]
    auth = strictest(one.auth for one in verdicts)
    chosen = next(one for one in verdicts if one.auth == auth)
    weaker = next((one for one in verdicts if one.auth != auth), None)
    return chosen if weaker is None else replace(chosen, unless=f"{weaker.auth}: {weaker.why}")


def _judge(walker: Walker, action: Action, table: Table) -> Verdict:
    def option(name: str, facts: Option) -> Given:
        return find_option(walker, action, table, name, facts)

    has_key, sure_key = given_key(walker, action, table)
    return decide(action, Question(option, has_key, walker.state.in_house, sure_key))


def _ways(action: Action, table: Table) -> list[Table]:
    """The tables that a call may have, one for each known value of the options that the rules ask for."""
    asked = {clause.subject for rule in action.rules for clause in rule.clauses if clause.kind == "option"}
    several = {
        name: value.values
        for name, value in table.values.items()
        if name in asked and isinstance(value, Choice) and all(isinstance(one, Known) for one in value.values)
    }
    if prod(len(values) for values in several.values()) > _MOST_WAYS:
        return [table]
    return [
        Table({**table.values, **dict(zip(several, values, strict=True))}, table.open)
        for values in product(*several.values())
    ]


def passing_through(action: Action, given: Arguments) -> Verdict | None:
    """xcodebuild signs in by itself when its arguments say so; None where they do not."""
    if not action.passthrough or action.rules:
        return None
    words = " ".join(_texts([*given.positional, given.table()]))
    if "-authenticationKey" in words:
        return Verdict(API_KEY, "xcodebuild talks to Apple itself, with an API key (-authenticationKeyPath)")
    if "-allowProvisioningUpdates" in words:
        why = "fastlane passes no credential; xcodebuild talks to Apple with the account that Xcode knows"
        lowered = (
            "give xcodebuild a key: -authenticationKeyPath, -authenticationKeyID, -authenticationKeyIssuerID",
        )
        return Verdict(
            NONE, f"{why} (-allowProvisioningUpdates)", "xcargs", lowered, "apple_id: Xcode's account"
        )
    return None


def _texts(values: list[Value], depth: int = 5) -> list[str]:
    found: list[str] = []
    for value in values if depth else []:
        match value:
            case Known() | Unknown():
                found.append(text_of(value) or "")
            case Items(inner) | Choice(inner):
                found += _texts(list(inner), depth - 1)
            case Table(pairs):
                found += _texts(list(pairs.values()), depth - 1)
    return found


def after(walker: Walker, action: Action, table: Table) -> None:
    """What an action leaves: keys of the lane context, an API key for those that follow."""
    state = walker.state
    state.context |= set(action.writes)
    if action.provides == "api_key":
        state.load_key()
        in_house = table.get("in_house") if "in_house" in table.values else FALSE
        state.in_house = state.in_house or in_house == Known(True)


def call_class_action(walker: Walker, name: str, given: Arguments) -> Value | None:
    """An action whose class the set-up has; None if there is none of that name."""
    path = walker.program.action_class(class_name(name.rstrip("?")))
    if path is None or (method := walker.program.classes[path].get("run")) is None:
        return None
    return run_method(walker, method, Arguments((_parameters(given),)), f"action {name}")


def _parameters(given: Arguments) -> Table:
    """What `params` is in an action: what is not given may have a default."""
    table = given.table()
    return Table(table.values, open=True)


def call_unknown(walker: Walker, name: str, given: Arguments, node: n.Node, scope: Scope) -> Value:
    """A name that is neither the set-up's nor fastlane's: a plugin's, or one of a file that is not here."""
    if not _could_be_called(name):
        return UNKNOWN
    if name in _HIGHLINE and given.positional:
        record_prompt(walker, name, node, scope)
        return UNKNOWN
    plugin = plugin_of(name, walker.program.plugins)
    why = "defined nowhere here, and no action of fastlane has that name"
    if plugin is not None:
        why = f"an action of the plugin {plugin}, which is not looked into"
    kind: Kind = "unresolved" if plugin is None else "plugin"
    if plugin is None and _speaks_to_apple(name, given):
        kind, why = "dynamic", f"{why}; its name or its options say that it talks to Apple"
    walker.record(kind, name, name, node, scope, Verdict(UNDECIDED, why))
    return UNKNOWN


def _could_be_called(name: str) -> bool:
    return bool(name) and (name[0].isalpha() or name[0] == "_")


def _speaks_to_apple(name: str, given: Arguments) -> bool:
    """Whether an unknown action is given Apple's credentials, or carries the name of a service of Apple's."""
    return any(word in name for word in _APPLE_NAMES) or bool(_APPLE_ARGUMENTS & set(given.table().values))
