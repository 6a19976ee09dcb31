"""Evaluate the rules of an action on the arguments as written: true, false, or not known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lane_fastfile._catalogue.catalogue import Action, Clause, Option, Rule
from lane_fastfile._walk.values import NIL, Items, Known, Unknown, Value, each_of

from .modes import API_KEY, APPLE_ID, NONE, ORDER, stricter
from .verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

# What is assumed of the world where the text does not tell: the storage of match may lack something, an
# Xcode may have to be downloaded, a team is not in-house unless the text says so.
FACTS = {"storage_incomplete": True, "xcode_version_installed": False}
_YES, _NO = {"true", "yes", "on"}, {"false", "no", "off"}


@dataclass(frozen=True, slots=True)
class Given:
    """The value of an option, and where it stands; `None` as value: nowhere."""

    value: Value | None
    where: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """A call as the rules see it."""

    option: Callable[[str, Option], Given]
    has_key: bool  # an API key can be seen: in the call, its environment, a config file, or an earlier action
    in_house: bool = False
    sure_key: bool = False  # … on all ways that CI goes


def decide(action: Action, asked: Question) -> Verdict:
    """The auth of a call: the least that does it, with the credentials as they are or with an API key."""
    if not action.rules:
        return Verdict(NONE, "does not talk to Apple")
    found = [_first(action, asked, key) for key in {asked.has_key, True}]
    decided = [one for one in found if one is not None]
    if not decided:
        return Verdict(NONE, "does not talk to Apple")
    rule, maybe = min(decided, key=lambda one: ORDER.index(one[0].mode))
    option = _deciding(rule, action, asked)
    lowered = _lowered_by(action, rule, asked)
    return Verdict(
        rule.mode,
        _why(rule, option, asked, action),
        option,
        lowered_by=tuple(how for how, _ in lowered),
        unless=_unless(rule, maybe),
        lowered_to=tuple(mode for _, mode in lowered),
        has_key=asked.has_key,
        sure_key=asked.sure_key,
    )


def _first(action: Action, asked: Question, key: bool) -> tuple[Rule, list[Rule]] | None:
    """The first rule that holds, and those before it of which that is not known."""
    maybe: list[Rule] = []
    for rule in action.rules:
        holds = _all(_clause(clause, action, asked, key) for clause in rule.clauses)
        if holds:
            return rule, maybe
        if holds is None:
            maybe.append(rule)
    return None


def _all(results: Any) -> bool | None:
    known = True
    for result in results:
        if result is False:
            return False
        known = known and result is True
    return True if known else None


def _clause(clause: Clause, action: Action, asked: Question, key: bool) -> bool | None:
    match clause.kind:
        case "credential":
            return key is (clause.op == "available")
        case "env":
            return True
        case "fact":
            facts = {**FACTS, "team_is_in_house": asked.in_house}
            return bool(facts[clause.subject] == clause.value)
    option = (action.options or {}).get(clause.subject, Option())
    return _option(clause, option, asked.option(clause.subject, option))


def _option(clause: Clause, option: Option, given: Given) -> bool | None:
    if clause.op in ("set", "unset"):
        is_set = _is_set(option, given)
        return is_set if is_set is None else is_set is (clause.op == "set")
    value = given.value if given.value is not None else _default(option)
    results = {_compare(clause, one) for one in each_of(value)}
    return results.pop() if len(results) == 1 else None


def _is_set(option: Option, given: Given) -> bool | None:
    if given.value is None:
        return option.default is not None or option.appfile
    results = {one != NIL for one in each_of(given.value)}
    return results.pop() if len(results) == 1 else None


def _default(option: Option) -> Value:
    return Known(option.default) if not isinstance(option.default, (list, dict)) else Unknown()


def _compare(clause: Clause, value: Value) -> bool | None:
    if clause.op == "has":
        return _has(clause.value, value)
    if not isinstance(value, Known):
        return None
    if clause.op == "in":
        return value.value in clause.value
    if isinstance(clause.value, bool):
        actual: object = False if value.value is None else _as_boolean(value.value)
    else:
        actual = value.value
    return (actual == clause.value) is (clause.op == "eq")


def _has(wanted: list[str], value: Value) -> bool | None:
    if isinstance(value, Known):
        return any(word.strip() in wanted for word in str(value.value or "").split(","))
    if isinstance(value, Items):
        if any(isinstance(item, Known) and item.value in wanted for item in value.values):
            return True
        return False if value.complete and all(isinstance(i, Known) for i in value.values) else None
    return None


def _as_boolean(value: object) -> object:
    """fastlane turns the usual words into true and false."""
    word = str(value).lower()
    return True if word in _YES else False if word in _NO else value


def _deciding(rule: Rule, action: Action, asked: Question) -> str | None:
    """The option to which the mode is owed: one of the rule's, else one that a weaker rule asks for."""
    weaker = (o for o in action.rules if stricter(rule.mode, o.mode) and not o.pointless)
    for one in (rule, *weaker):
        for clause in one.clauses:
            if clause.kind == "option":
                return clause.subject
    return "api_key" if asked.has_key and any(c.kind == "credential" for c in rule.clauses) else None


def _why(rule: Rule, option: str | None, asked: Question, action: Action) -> str:
    if option is None or option == "api_key":
        return rule.when
    given = asked.option(option, (action.options or {}).get(option, Option()))
    if given.value is None:
        return (
            f"{rule.when} ({option} is not given)"
            if any(c.subject == option for c in rule.clauses)
            else rule.when
        )
    return f"{rule.when} ({option} {given.where})" if given.where else rule.when


def _lowered_by(action: Action, rule: Rule, asked: Question) -> list[tuple[str, str]]:
    """Ways to need less, and the mode that each leads to; those of `stay` to an API key, from that to nothing."""
    found = [(rule.stay, API_KEY if rule.mode == APPLE_ID else NONE)] if rule.stay else []
    for other in action.rules:
        if other.pointless or not stricter(rule.mode, other.mode):
            continue
        missing = [
            _asked_for(clause)
            for clause in other.clauses
            if clause.kind == "option" and _clause(clause, action, asked, True) is not True
        ]
        if missing:
            found.append((f"{' and '.join(missing)}: then {_WORDS[other.mode]}", other.mode))
    return found


_WORDS = {
    "none": "it needs no Apple credential",
    "app_specific_password": "an app-specific password is enough",
    "api_key": "an API key is enough",
}


def _asked_for(clause: Clause) -> str:
    value = str(clause.value).lower() if isinstance(clause.value, bool) else str(clause.value)
    wording = {"eq": f"{clause.subject}: {value}", "set": f"give {clause.subject}"}
    return wording.get(clause.op, f"no {clause.subject}")


def _unless(rule: Rule, maybe: list[Rule]) -> str | None:
    """What the text leaves open."""
    return f"{maybe[0].mode}: {maybe[0].when}" if maybe and maybe[0].mode != rule.mode else None
