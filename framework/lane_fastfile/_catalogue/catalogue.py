"""The catalogue of fastlane's actions, tools and Spaceship modules; made by docs/make_catalogue.py."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Clause:
    """One condition of a rule: an option, a credential, an environment variable, or a fact of the world."""

    kind: str
    subject: str
    op: str
    value: Any = None


@dataclass(frozen=True, slots=True)
class Rule:
    """The auth mode of a call for which all clauses hold; the first such rule counts."""

    mode: str
    when: str
    clauses: tuple[Clause, ...] = ()
    stay: str | None = None  # how to stay with an API key
    pointless: bool = False  # the call does nothing then: no advice to give


@dataclass(frozen=True, slots=True)
class Option:
    """An option that a rule asks about: its default, and where else its value comes from."""

    default: Any = None
    env: tuple[str, ...] = ()
    appfile: bool = False
    context: str | None = None


@dataclass(frozen=True, slots=True)
class Action:
    """What the audit knows of an action; no rules: it needs nothing of Apple."""

    name: str
    aliases: tuple[str, ...] = ()
    platforms: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()
    options: Mapping[str, Option] | None = None
    counterpart: str | None = None
    deprecated: str | bool | None = None
    prompts: str | None = None
    provides: str | None = None
    passthrough: bool = False
    writes: tuple[str, ...] = ()
    gap: str | None = None
    notes: str | None = None
    team_key: bool = False


@dataclass(frozen=True, slots=True)
class Tool:
    """A command-line tool: its action, its config file, the modes of its commands (none: the action's rules)."""

    action: str | None
    config: str | None
    commands: Mapping[str, list[str]]


class Catalogue:
    """Actions by each of their names, and what is known of tools and Spaceship."""

    def __init__(self, made: Mapping[str, Any]) -> None:
        self._made = made
        self.names = {
            written: name
            for name, facts in made["actions"].items()
            for written in (*facts.get("aliases", ()), name)
        }
        self._classes = {class_name(written): name for written, name in self.names.items()}
        self._actions: dict[str, Action] = {}

    def find(self, written: str) -> Action | None:
        """The action that a name or an alias means."""
        name = self.names.get(written)
        return None if name is None else self._action(name)

    def of_class(self, name: str) -> Action | None:
        """The action of a class: `PilotAction` is that of upload_to_testflight."""
        action = self._classes.get(name)
        return None if action is None else self._action(action)

    def all_names(self) -> list[str]:
        """The names of all actions, without aliases."""
        return list(self._made["actions"])

    @property
    def version(self) -> str:
        """The release of fastlane that this describes."""
        return str(self._made["fastlane"])

    @cached_property
    def tools(self) -> dict[str, Tool]:
        """The tools by the word that runs them; an action's aliases run its tool too."""
        tools = {name: Tool(**facts) for name, facts in self._made["tools"].items()}
        return tools | {a: t for t in tools.values() if (a := t.action) is not None and a not in tools}

    @property
    def private_methods(self) -> Mapping[str, str]:
        """Methods of Spaceship::ConnectAPI that end at endpoints outside of the official API."""
        found: Mapping[str, str] = self._made["private_methods"]
        return found

    @property
    def private_models(self) -> list[str]:
        """Its models whose calls do."""
        found: list[str] = self._made["private_models"]
        return found

    @property
    def variables(self) -> Mapping[str, list[str]]:
        """Environment variables that carry or steer Apple credentials: mode and meaning."""
        found: Mapping[str, list[str]] = self._made["variables"]
        return found

    def spaceship(self, module: str) -> list[str]:
        """The classes of a module of Spaceship: `Spaceship::Portal`."""
        found: list[str] = self._made["spaceship"].get(module, [])
        return found

    def _action(self, name: str) -> Action:
        found = self._actions.get(name)
        if found is None:
            found = self._actions[name] = _action(name, self._made["actions"][name])
        return found


@cache
def catalogue() -> Catalogue:
    """The catalogue; read once."""
    return Catalogue(json.loads(Path(__file__).with_name("catalogue.json").read_bytes()))


def class_name(action: str) -> str:
    """The class of an action, by fastlane's rule: `pilot` is `PilotAction`."""
    return "".join(part.capitalize() for part in action.split("_")) + "Action"


def _action(name: str, facts: Mapping[str, Any]) -> Action:
    lists: dict[str, Any] = {
        key: tuple(facts[key]) for key in ("aliases", "platforms", "writes") if key in facts
    }
    plain = {key: facts[key] for key in _PLAIN if key in facts}
    rules = tuple(_rule(rule) for rule in facts.get("rules", ()))
    options = {key: _option(option) for key, option in facts.get("options", {}).items()}
    return Action(name, rules=rules, options=options, **lists, **plain)


_PLAIN = ("counterpart", "deprecated", "prompts", "provides", "passthrough", "gap", "notes", "team_key")


def _rule(rule: Mapping[str, Any]) -> Rule:
    clauses = tuple(_clause(clause) for clause in rule.get("if", ()))
    return Rule(rule["mode"], rule["when"], clauses, rule.get("stay"), rule.get("pointless", False))


def _clause(clause: Mapping[str, Any]) -> Clause:
    kind = next(kind for kind in ("option", "credential", "env", "fact") if kind in clause)
    return Clause(kind, clause[kind], clause["op"], clause.get("value"))


def _option(facts: Mapping[str, Any]) -> Option:
    return Option(
        facts.get("default"), tuple(facts.get("env", ())), facts.get("appfile", False), facts.get("context")
    )
