"""Values as far as the text gives them: known, one of several, or unknown."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping

    from lane_fastfile._ruby.nodes import Block

    from .record import Activation
    from .scope import Scope

GAP = "\x00"  # stands in a text for what is not known


@dataclass(frozen=True, slots=True)
class Known:
    """A text (symbols are texts too), a number, true, false or nil."""

    value: str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Unknown:
    """A value that the text does not give. `text` is what is known of a string, with gaps."""

    text: str | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several values."""

    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Items:
    """A list; when it is not `complete` there may be more."""

    values: tuple[Value, ...]
    complete: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """A hash; an `open` one may have more keys."""

    values: Mapping[str, Value] = field(default_factory=dict)
    open: bool = False

    def get(self, key: str) -> Value:
        """The value of a key: nil where a closed table has none."""
        found = self.values.get(key)
        if found is not None:
            return found
        return UNKNOWN if self.open else NIL


@dataclass(frozen=True, slots=True, eq=False)
class Code:
    """A block with the scope around it, or a method by its name: what proc and method give.

    A block that a method is given keeps the `activation` in which it is written: what it calls is called there.
    """

    block: Block | None
    scope: Scope | None
    method: str | None = None
    activation: Activation | None = None


@dataclass(frozen=True, slots=True)
class Instance:
    """An object of a class, by its path; the empty one is the Fastfile itself."""

    path: str


@dataclass(frozen=True, slots=True)
class Named:
    """A class or module, by its path: `API = Spaceship::ConnectAPI`."""

    path: str


Value: TypeAlias = Known | Unknown | Choice | Items | Table | Code | Instance | Named

UNKNOWN = Unknown()
NIL = Known(None)
TRUE = Known(True)
FALSE = Known(False)
_MOST_CHOICES = 12


def choice(values: Iterable[Value]) -> Value:
    """One of these: flat, without repetition; too many become unknown."""
    values = tuple(values)
    if len(values) == 1 and not isinstance(values[0], Choice):
        return values[0]
    kept: list[Value] = []
    seen: set[Hashable] = set()
    for value in values:
        for one in value.values if isinstance(value, Choice) else (value,):
            print_ = fingerprint(one)
            if print_ not in seen:
                seen.add(print_)
                kept.append(one)
    if not kept or len(kept) > _MOST_CHOICES:
        return UNKNOWN
    return kept[0] if len(kept) == 1 else Choice(tuple(kept))


def table_of(tables: Choice) -> Table:
    """One of several tables: what all have, and the rest open."""
    known = [one for one in tables.values if isinstance(one, Table)]
    if not known:
        return Table(open=True)
    keys = {key for one in known for key in one.values}
    is_open = len(known) < len(tables.values) or any(one.open for one in known)
    return Table({key: choice(one.get(key) for one in known) for key in keys}, is_open)


def each_of(value: Value) -> tuple[Value, ...]:
    """The alternatives of a value."""
    return value.values if isinstance(value, Choice) else (value,)


def truth(value: Value) -> bool | None:
    """Whether a value counts as true in Ruby; None: not known."""
    match value:
        case Known(inner):
            return inner is not None and inner is not False
        case Items() | Table() | Code() | Instance() | Named():
            return True
        case Unknown(text):
            return True if text is not None else None
        case Choice(values):
            found = {truth(one) for one in values}
            return found.pop() if len(found) == 1 else None


def same(left: Value, right: Value) -> bool | None:
    """Whether two values are equal; None: not known."""
    if isinstance(left, Known) and isinstance(right, Known):
        return left.value == right.value and type(left.value) is type(right.value)
    results = {_same_one(a, b) for a in each_of(left) for b in each_of(right)}
    return results.pop() if len(results) == 1 else None


def _same_one(left: Value, right: Value) -> bool | None:
    if isinstance(left, Known) and isinstance(right, Known):
        return left.value == right.value and type(left.value) is type(right.value)
    return None


def text_of(value: Value) -> str | None:
    """A value as a text with gaps; None where nothing of it is known."""
    match value:
        case Known(None):
            return ""
        case Known(inner):
            return str(inner).lower() if isinstance(inner, bool) else str(inner)
        case Unknown(text):
            return text
        case _:
            return None


def known_text(value: Value) -> str | None:
    """A value as a text, only where all of it is known."""
    return value.value if isinstance(value, Known) and isinstance(value.value, str) else None


def fingerprint(value: Value, depth: int = 4) -> Hashable:
    """What tells one value from another, for a set or a key."""
    match value:
        case Known(inner):
            return (type(inner).__name__, inner)
        case Unknown(text):
            return ("unknown", text)
        case Code():
            return ("code", value.method, id(value.block))
        case Instance(path) | Named(path):
            return (type(value).__name__, path)
        case _ if depth == 0:
            return "deep"
        case Choice(values):
            return ("choice", frozenset(fingerprint(one, depth - 1) for one in values))
        case Items(values, complete):
            return ("items", complete, tuple(fingerprint(one, depth - 1) for one in values[:50]))
        case Table(values, is_open):
            pairs = sorted(values.items())[:100]
            return ("table", is_open, tuple((key, fingerprint(one, depth - 1)) for key, one in pairs))
