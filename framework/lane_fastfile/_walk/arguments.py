"""The arguments of a call as values, and how a method's parameters take them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lane_fastfile._ruby import nodes as n

from .blocks import bind_key
from .expressions import hash_of
from .values import NIL, UNKNOWN, Choice, Items, Table, Unknown, Value, fingerprint, table_of

if TYPE_CHECKING:
    from collections.abc import Hashable

    from .scope import Scope
    from .walker import Walker


@dataclass(frozen=True, slots=True)
class Arguments:
    """Positional values; the keyword arguments as a table, None without any."""

    positional: tuple[Value, ...] = ()
    keywords: Table | None = None

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
        return tuple(fingerprint(value) for value in self.positional), keywords


NO_ARGUMENTS = Arguments()


def arguments_of(walker: Walker, call: n.Call, scope: Scope) -> Arguments:
    """Visit the arguments of a call, in their order."""
    positional: list[Value] = []
    keywords: Table | None = None
    for index, argument in enumerate(call.args):
        if isinstance(argument, n.Hash) and index == len(call.args) - 1:
            keywords = hash_of(walker, argument, scope)
        elif isinstance(argument, n.Splat):
            value = walker.visit(argument.value, scope)
            positional.extend(value.values if isinstance(value, Items) else (UNKNOWN,))
        else:
            positional.append(walker.visit(argument, scope))
    if call.passed is not None and not isinstance(call.passed, n.Text):
        walker.visit(call.passed, scope)
    return Arguments(tuple(positional), keywords)


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
        required -= param.kind in ("positional", "parts")
        _bind_one(walker, param, values, required, scope)


def _bind_one(walker: Walker, param: n.Param, values: list[Value], required: int, scope: Scope) -> None:
    match param.kind:
        case "rest":
            count = max(0, len(values) - required)
            scope.own(param.name, Items(tuple(values[:count])))
            del values[:count]
        case "block":
            scope.own(param.name, UNKNOWN)
        case "optional" if len(values) <= required:
            scope.own(param.name, walker.maybe(param.default, scope) or NIL)
        case "parts":
            del values[:1]
            for name in param.parts:
                scope.own(name, UNKNOWN)
        case _:
            scope.own(param.name, values.pop(0) if values else UNKNOWN)
