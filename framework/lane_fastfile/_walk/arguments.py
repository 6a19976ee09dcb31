"""The arguments of a call as values, and how a method's parameters take them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from lane_fastfile._ruby import nodes as n

from .blocks import bind_key
from .expressions import hash_of
from .values import NIL, UNKNOWN, Choice, Code, Items, Table, Unknown, Value, fingerprint, table_of

if TYPE_CHECKING:
    from collections.abc import Hashable

    from .scope import Scope
    from .walker import Walker


@dataclass(frozen=True, slots=True)
class Arguments:
    """Positional values; the keyword arguments as a table, None without any; the block that is given."""

    positional: tuple[Value, ...] = ()
    keywords: Table | None = None
    block: Code | None = None

    def table(self) -> Table:
        """The options of an action or a lane: the keywords, or a hash that is passed on."""
        if self.keywords is not None:
            return self.keywords
        last = self.positional[-1] if self.positional else None
        if isinstance(last, Table):
            return last
        if isinstance(last, Choice):
            return table_of(last)
        return Table(open=isinstance(last, Unknown) and last.text is None)

    def fingerprint(self) -> Hashable:
        """What tells these from others."""
        keywords = None if self.keywords is None else fingerprint(self.keywords)
        return tuple(fingerprint(value) for value in self.positional), keywords, self.block


NO_ARGUMENTS = Arguments()


def arguments_of(walker: Walker, call: n.Call, scope: Scope) -> Arguments:
    """Visit the arguments of a call, in their order."""
    return replace(given_to(walker, call.args, scope), block=_block_of(walker, call, scope))


def given_to(walker: Walker, args: list[n.Node], scope: Scope) -> Arguments:
    """The same, without the block."""
    positional: list[Value] = []
    keywords: Table | None = None
    for index, argument in enumerate(args):
        if isinstance(argument, n.Hash) and index == len(args) - 1:
            keywords = hash_of(walker, argument, scope)
        elif isinstance(argument, n.Splat):
            value = walker.visit(argument.value, scope)
            positional.extend(value.values if isinstance(value, Items) else (_splatted(value),))
        else:
            positional.append(walker.visit(argument, scope))
    return Arguments(tuple(positional), keywords)


def _splatted(value: Value) -> Value:
    """One of several lists stays together: a command is any of them."""
    lists = isinstance(value, Choice) and all(isinstance(one, Items) for one in value.values)
    return value if lists else UNKNOWN


def _block_of(walker: Walker, call: n.Call, scope: Scope) -> Code | None:
    """The block that a call gives away: written after it, or passed with `&`."""
    if call.block is not None:
        return Code(call.block, scope, activation=walker.activation)
    passed = None if isinstance(call.passed, n.Text) else walker.maybe(call.passed, scope)
    return passed if isinstance(passed, Code) else None


def bind(walker: Walker, params: list[n.Param], given: Arguments, scope: Scope) -> None:
    """Bind the parameters of a method."""
    has_keys = any(param.kind in ("key", "keyrest") for param in params)
    values = list(given.positional)
    keywords = given.keywords
    if keywords is not None and not has_keys:
        values.append(keywords)
    elif keywords is None and has_keys and values and isinstance(last := values[-1], Table):
        keywords = last
        values.pop()
    required = sum(param.kind in ("positional", "parts") for param in params)
    for param in params:
        if param.kind in ("key", "keyrest"):
            bind_key(walker, param, keywords, scope)
            continue
        if param.kind == "block":
            scope.own(param.name, given.block or UNKNOWN)
            continue
        required -= param.kind in ("positional", "parts")
        _bind_one(walker, param, values, required, scope)


def _bind_one(walker: Walker, param: n.Param, values: list[Value], required: int, scope: Scope) -> None:
    match param.kind:
        case "rest":
            count = max(0, len(values) - required)
            scope.own(param.name, Items(tuple(values[:count])))
            del values[:count]
        case "optional" if len(values) <= required:
            scope.own(param.name, walker.maybe(param.default, scope) or NIL)
        case "parts":
            del values[:1]
            for name in param.parts:
                scope.own(name, UNKNOWN)
        case _:
            scope.own(param.name, values.pop(0) if values else UNKNOWN)
