"""Visits of what has a value: names, texts, lists, hashes, assignments, definitions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lane_fastfile._auth.modes import API_KEY
from lane_fastfile._auth.verdict import Verdict
from lane_fastfile._ruby import nodes as n

from .program import Method
from .values import (
    GAP,
    NIL,
    UNKNOWN,
    Choice,
    Code,
    Instance,
    Items,
    Known,
    Named,
    Table,
    Unknown,
    Value,
    choice,
    each_of,
    known_text,
    table_of,
    text_of,
    truth,
)
from .walker import Walker, visits

if TYPE_CHECKING:
    from .scope import Scope

_OFFICIAL_API = ("api.appstoreconnect.apple.com", "appstoreconnect-v1")
_LONGEST = 20_000  # of a text that is followed


@visits(n.Text)
def _text(walker: Walker, node: n.Text, scope: Scope) -> Value:
    if len(node.parts) == 1 and isinstance(node.parts[0], str) and node.kind != "shell":
        note_official_api(walker, node.parts[0], node, scope)
        return UNKNOWN if node.kind == "regex" else Known(node.parts[0])
    texts = [""]
    for part in node.parts:
        shown = [part] if isinstance(part, str) else _shown(walker.visit(part, scope))
        texts = (
            [before + one for before in texts for one in shown] if len(texts) * len(shown) <= 12 else [GAP]
        )
    texts = [text[:_LONGEST] for text in texts]
    if node.kind == "regex":
        return UNKNOWN
    if node.kind == "shell":
        from .shell import run_shell

        return run_shell(walker, [Unknown(texts[0])], node, scope, "`")
    note_official_api(walker, texts[0], node, scope)
    return choice(Unknown(text) if GAP in text else Known(text) for text in texts)


def _shown(value: Value) -> list[str]:
    """What an interpolated value can look like."""
    return [GAP if (text := text_of(one)) is None else text for one in each_of(value)]


def note_official_api(walker: Walker, text: str, node: n.Node, scope: Scope) -> None:
    """Record App Store Connect called without any action: its address or its token's audience gives it away."""
    if "appstoreconnect" not in text or walker.loading or not any(mark in text for mark in _OFFICIAL_API):
        return
    why = "App Store Connect called directly, with a token made from an API key"
    walker.record("rest", "App Store Connect API", text[:60], node, scope, Verdict(API_KEY, why))


@visits(n.Variable)
def _variable(walker: Walker, node: n.Variable, _: Scope) -> Value:
    return walker.state.variables.get(node.name, UNKNOWN)


def meant(walker: Walker, path: str) -> str:
    """The path of a constant where its beginning is another name of a module."""
    head, colons, rest = path.partition("::")
    value = walker.program.constants.get(head)
    return f"{value.path}{colons}{rest}" if isinstance(value, Named) else path


@visits(n.Const)
def _const(walker: Walker, node: n.Const, scope: Scope) -> Value:
    constants = walker.program.constants
    path = meant(walker, node.path)
    value = constants.get(path) or constants.get(path.rpartition("::")[2])
    if value is None:
        named = path.partition("::")[0] == "Spaceship" or walker.program.find_class(path) is not None
        return Named(path) if named else UNKNOWN
    walker.constants_read += 1
    if (text := known_text(value)) is not None:
        note_official_api(walker, text, node, scope)
    return value


@visits(n.Array)
def _array(walker: Walker, node: n.Array, scope: Scope) -> Value:
    values: list[Value] = []
    complete = True
    for item in node.items:
        value = walker.visit(item, scope)
        if not isinstance(item, n.Splat):
            values.append(value)
        elif isinstance(value, Items):
            values.extend(value.values)
            complete = complete and value.complete
        else:
            complete = False
    return Items(tuple(values), complete)


@visits(n.Splat)
def _splat(walker: Walker, node: n.Splat, scope: Scope) -> Value:
    return walker.visit(node.value, scope)


@visits(n.Hash)
def hash_of(walker: Walker, node: n.Hash, scope: Scope) -> Table:
    """The table of a hash literal, or of the keyword arguments of a call."""
    values: dict[str, Value] = {}
    is_open = False
    for item in node.items:
        if isinstance(item, n.Pair):
            key = text_of(walker.visit(item.key, scope))
            value = walker.visit(item.value, scope)
            if key is None or GAP in key:
                is_open = True
            else:
                values[key] = value
        elif isinstance(item, n.Splat):
            merged = walker.visit(item.value, scope)
            if isinstance(merged, Choice):
                merged = table_of(merged)
            if isinstance(merged, Table):
                values.update(merged.values)
                is_open = is_open or merged.open
            else:
                is_open = True
        else:
            walker.visit(item, scope)
    return Table(values, is_open)


@visits(n.Pair)
def _pair(walker: Walker, node: n.Pair, scope: Scope) -> Value:
    walker.visit(node.key, scope)
    return walker.visit(node.value, scope)


@visits(n.Block)
def _block(walker: Walker, node: n.Block, scope: Scope) -> Value:
    """A lambda: what it does is counted where it stands."""
    from .blocks import run_block

    run_block(walker, node, scope)
    return Code(node, scope)


@visits(n.Assign)
def _assign(walker: Walker, node: n.Assign, scope: Scope) -> Value:
    if len(node.targets) != 1:
        return _assign_many(walker, node, scope)
    target = node.targets[0]
    if not node.operator:
        value = walker.visit(node.value, scope)
        assign(walker, target, value, scope)
        return value
    before = walker.visit(target, scope)
    if isinstance(target, n.Name) and scope.get(target.name) is None:
        before = NIL
    value = _combined(walker, node, before, scope)
    assign(walker, target, value, scope)
    return value


def _combined(walker: Walker, node: n.Assign, before: Value, scope: Scope) -> Value:
    decided = truth(before)
    if node.operator in ("||", "&&"):
        if decided is (node.operator == "||"):
            return before
        after = walker.visit(node.value, scope)
        return after if decided is not None else choice((before, after))
    after = walker.visit(node.value, scope)
    from .methods import method_value

    return method_value(before, node.operator, [after]) or UNKNOWN


def _assign_many(walker: Walker, node: n.Assign, scope: Scope) -> Value:
    value = walker.visit(node.value, scope)
    parts = value.values if isinstance(value, Items) else ()
    for index, target in enumerate(node.targets):
        assign(walker, target, parts[index] if index < len(parts) else UNKNOWN, scope)
    return value


def assign(walker: Walker, target: n.Node, value: Value, scope: Scope) -> None:
    """Give a target its value."""
    match target:
        case n.Name(name=name):
            scope.set(name, value)
        case n.Variable(name=name):
            walker.state.variables[name] = value
        case n.Const(path=path):
            walker.program.constants[path] = value
        case n.Call(receiver=n.Const(path="ENV"), name="[]", args=[key]):
            name_ = known_text(walker.visit(key, scope))
            if name_ is not None:
                walker.state.env[name_] = value
        case n.Call(receiver=receiver, name="[]", args=[key]) if receiver is not None:
            _assign_item(walker, receiver, key, value, scope)
        case n.Call(receiver=receiver) if receiver is not None:
            _assign_attribute(walker, receiver, target, value, scope)
        case n.Other(items=items):
            for item in items:
                assign(walker, item, UNKNOWN, scope)


def _assign_attribute(walker: Walker, receiver: n.Node, target: n.Call, value: Value, scope: Scope) -> None:
    from .spaceship import assign_spaceship

    if any(isinstance(one, Instance) for one in each_of(walker.visit(receiver, scope))):
        walker.state.variables[f"@{target.name}"] = value
    assign_spaceship(walker, target, scope)


def _assign_item(walker: Walker, receiver: n.Node, key: n.Node, value: Value, scope: Scope) -> None:
    name = text_of(walker.visit(key, scope))
    if isinstance(receiver, (n.Name, n.Call)) and receiver.name == "lane_context":
        if name:
            walker.state.context |= {name.rpartition("::")[2]}
        return
    before = walker.visit(receiver, scope)
    if isinstance(before, Table):
        known = name is not None and GAP not in name
        values = {**before.values, name: value} if known and name is not None else before.values
        assign(walker, receiver, Table(values, before.open or not known), scope)


@visits(n.Def)
def _def(walker: Walker, node: n.Def, scope: Scope) -> Value:
    if scope.self_class is None or node.on_self:
        walker.program.helpers[node.name] = Method(node, scope.file)
    return Known(node.name)


@visits(n.Class)
def _class(walker: Walker, node: n.Class, scope: Scope) -> Value:
    if walker.loading:
        from .classes import declare_class

        declare_class(walker, node, scope)
    return NIL
