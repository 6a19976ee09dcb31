"""Classes and modules of a set-up: their methods, and which of them the Fastfile includes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lane_fastfile._ruby import nodes as n

from .program import Method

if TYPE_CHECKING:
    from .scope import Scope
    from .walker import Walker

_FASTFILES = ("Fastlane::FastFile", "FastFile")


def declare_class(walker: Walker, node: n.Class, scope: Scope, outer: str = "") -> None:
    """Enter a class and those within it; constants are read, nothing else of the body is run."""
    path = f"{outer}::{node.path}" if outer and node.path else node.path or outer
    methods = walker.program.classes.setdefault(path, {})
    if isinstance(node.superclass, n.Const):
        walker.program.parents[path] = node.superclass.path
    for item in node.body.items if isinstance(node.body, (n.Seq, n.Other)) else [node.body]:
        _member(walker, item, scope, path, methods)
    if path in _FASTFILES:
        _as_helpers(walker, methods)


def _member(walker: Walker, item: n.Node, scope: Scope, path: str, methods: dict[str, Method]) -> None:
    match item:
        case n.Def():
            methods[item.name] = Method(item, scope.file, path)
        case n.Class():
            declare_class(walker, item, scope, path)
        case n.Assign(targets=[n.Const(path=name)]):
            value = walker.visit(item.value, scope)
            walker.program.constants[name] = walker.program.constants[f"{path}::{name}"] = value
        case n.Call(args=args):
            for argument in args:
                if isinstance(argument, n.Def):
                    methods[argument.name] = Method(argument, scope.file, path)
        case n.Other(items=items) | n.Seq(items=items):
            for inner in items:
                _member(walker, inner, scope, path, methods)


def include(walker: Walker, path: str) -> None:
    """`include Helpers`: its methods are those of the Fastfile."""
    found = walker.program.find_class(path)
    if found is not None:
        _as_helpers(walker, walker.program.classes[found])


def _as_helpers(walker: Walker, methods: dict[str, Method]) -> None:
    """Within them, a name without a receiver is what it is in the Fastfile."""
    for name, method in methods.items():
        walker.program.helpers[name] = Method(method.definition, method.file)
