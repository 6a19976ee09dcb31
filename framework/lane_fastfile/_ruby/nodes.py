"""The nodes of Ruby that an audit tells apart; everything else is `Other`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal as OneOf


@dataclass(slots=True, eq=False)
class Node:
    """A piece of source: `line` from 1, `start` and `end` in bytes."""

    line: int
    start: int
    end: int


@dataclass(slots=True, eq=False)
class Literal(Node):
    """true, false, nil, a number."""

    value: bool | int | float | None


@dataclass(slots=True, eq=False)
class Text(Node):
    """A string, symbol, heredoc or regular expression; what is interpolated stands between the texts."""

    parts: tuple[str | Node, ...]
    kind: OneOf["string", "symbol", "shell", "regex"] = "string"

    def __str__(self) -> str:
        """The text as written, `#{…}` for what is interpolated."""
        return "".join(part if isinstance(part, str) else "#{…}" for part in self.parts)


@dataclass(slots=True, eq=False)
class Name(Node):
    """A word that is a local variable, or a call without arguments."""

    name: str


@dataclass(slots=True, eq=False)
class Variable(Node):
    """An instance, class or global variable, its sigil included."""

    name: str


@dataclass(slots=True, eq=False)
class Const(Node):
    """A constant with its path: `Spaceship::Tunes`."""

    path: str


@dataclass(slots=True, eq=False)
class Array(Node):
    """A list; splats are `Splat`."""

    items: list[Node]


@dataclass(slots=True, eq=False)
class Splat(Node):
    """`*list` or `**hash`, in a call or a literal."""

    value: Node


@dataclass(slots=True, eq=False)
class Pair(Node):
    """`key: value` or `key => value`."""

    key: Node
    value: Node


@dataclass(slots=True, eq=False)
class Hash(Node):
    """A hash literal, or the keyword arguments of a call; its items are `Pair` and `Splat`."""

    items: list[Node]


@dataclass(slots=True, eq=False)
class Param(Node):
    """A parameter; the names of a destructured one stand in `parts`."""

    name: str
    kind: OneOf["positional", "optional", "rest", "key", "keyrest", "block", "parts"]
    default: Node | None = None
    parts: tuple[str, ...] = ()


@dataclass(slots=True, eq=False)
class Block(Node):
    """A block, a lambda's body, or the value of a method."""

    params: list[Param]
    body: Node


@dataclass(slots=True, eq=False)
class Call(Node):
    """A call: `receiver.name(args, key: value) { block }`. `x[1]` is a call of `[]`, `a + b` of `+`."""

    receiver: Node | None
    name: str
    args: list[Node]
    block: Block | None = None
    passed: Node | None = None  # what stands after `&`


@dataclass(slots=True, eq=False)
class Assign(Node):
    """`target = value`, `target ||= value` (operator `||`), `a, b = value`."""

    targets: list[Node]
    value: Node
    operator: str = ""


@dataclass(slots=True, eq=False)
class If(Node):
    """Every kind of if, unless, ternary and modifier."""

    condition: Node
    then: Node | None
    otherwise: Node | None


@dataclass(slots=True, eq=False)
class When(Node):
    """One branch of a case."""

    patterns: list[Node]
    body: Node


@dataclass(slots=True, eq=False)
class Case(Node):
    """A case; without a subject its patterns are conditions."""

    subject: Node | None
    whens: list[When]
    otherwise: Node | None


@dataclass(slots=True, eq=False)
class Loop(Node):
    """while and until; or for, with its variables and what it goes through."""

    subject: Node
    body: Node
    variables: tuple[str, ...] = ()


@dataclass(slots=True, eq=False)
class Logic(Node):
    """`and`, `or`, `not` and their signs."""

    operator: OneOf["and", "or", "not"]
    left: Node
    right: Node | None = None


@dataclass(slots=True, eq=False)
class Rescue(Node):
    """One rescue of a body."""

    exceptions: list[Node]
    variable: str | None
    body: Node


@dataclass(slots=True, eq=False)
class Begin(Node):
    """A body with its rescues, else and ensure."""

    body: Node
    rescues: list[Rescue]
    otherwise: Node | None
    ensure: Node | None


@dataclass(slots=True, eq=False)
class Jump(Node):
    """next, return, break, redo, retry."""

    kind: str
    value: Node | None


@dataclass(slots=True, eq=False)
class Yield(Node):
    """A call of the block that a method was given."""

    args: list[Node]


@dataclass(slots=True, eq=False)
class Def(Node):
    """A method; `on_self` for `def self.name`."""

    name: str
    params: list[Param]
    body: Node
    on_self: bool = False


@dataclass(slots=True, eq=False)
class Class(Node):
    """A class or a module, with its path as written."""

    path: str
    superclass: Node | None
    body: Node
    module: bool = False


@dataclass(slots=True, eq=False)
class Seq(Node):
    """Statements, one after the other."""

    items: list[Node]


@dataclass(slots=True, eq=False)
class Other(Node):
    """Anything else; its parts are read, what it means is not."""

    items: list[Node]
