"""The parts of a node, and a walk through a whole tree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import nodes as n

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
from typing import Any


def children(node: n.Node) -> list[n.Node]:
    """The nodes directly below one."""
    found = _PARTS.get(type(node))
    return found(node) if found else []


def everything(root: n.Node) -> Iterator[n.Node]:
    """A node and all below it, in the order of the source, without recursion."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(children(node)))


def _there(*parts: n.Node | None) -> list[n.Node]:
    return [part for part in parts if part is not None]


def _params(params: list[n.Param]) -> list[n.Node]:
    return [param.default for param in params if param.default is not None]


_PARTS: dict[type[n.Node], Callable[[Any], list[n.Node]]] = {
    n.Text: lambda t: [part for part in t.parts if not isinstance(part, str)],
    n.Array: lambda a: a.items,
    n.Splat: lambda s: [s.value],
    n.Pair: lambda p: [p.key, p.value],
    n.Hash: lambda h: h.items,
    n.Block: lambda b: [*_params(b.params), b.body],
    n.Call: lambda c: _there(c.receiver, *c.args, c.passed, c.block),
    n.Assign: lambda a: [*a.targets, a.value],
    n.If: lambda i: _there(i.condition, i.then, i.otherwise),
    n.When: lambda w: [*w.patterns, w.body],
    n.Case: lambda c: _there(c.subject, *c.whens, c.otherwise),
    n.Loop: lambda x: [x.subject, x.body],
    n.Logic: lambda x: _there(x.left, x.right),
    n.Rescue: lambda r: [*r.exceptions, r.body],
    n.Begin: lambda b: _there(b.body, *b.rescues, b.otherwise, b.ensure),
    n.Jump: lambda j: _there(j.value),
    n.Yield: lambda y: y.args,
    n.Def: lambda d: [*_params(d.params), d.body],
    n.Class: lambda c: _there(c.superclass, c.body),
    n.Seq: lambda s: s.items,
    n.Other: lambda o: o.items,
}
