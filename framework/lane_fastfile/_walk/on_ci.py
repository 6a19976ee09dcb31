"""Conditions that ask whether CI runs the lane: what stands where it does not cannot stop CI."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from lane_fastfile._ruby import nodes as n

from .values import Value

if TYPE_CHECKING:
    from .program import Program
    from .walker import Walker

Way = Callable[[], Value]
_HELPERS = {"Helper", "FastlaneCore::Helper", "Fastlane::Helper"}
_TESTS = {"is_ci", "is_ci?"}
_TRUE = ("true", "1", "yes")
_DEEPEST = 3  # methods that ask for each other
_Told = tuple[bool | None, bool | None]


def on_ci(condition: n.Node, program: Program, depth: int = 0) -> _Told:
    """Whether CI runs what follows where a condition holds, and where it does not; None: it may."""

    def of(node: n.Node) -> _Told:
        return on_ci(node, program, depth)

    match condition:
        case n.Logic(operator="not", left=left) | n.Call(receiver=n.Node() as left, name="nil?"):
            held, failed = of(left)
            return failed, held
        case n.Logic(left=left, right=right) if right is not None:
            return _both(condition.operator == "and", of(left), of(right))
        case n.Seq(items=[inner]):
            return of(inner)
        case n.Call(receiver=n.Const(path="UI" | "FastlaneCore::UI"), name="interactive?"):
            return False, True
        case n.Call(receiver=n.Node() as left, name="==", args=[right]) if _is_true(right):
            return of(left)
    if asks_for_ci(condition) or _reads_ci(condition):
        return True, False
    body = _own_method(condition, program) if depth < _DEEPEST else None
    return (None, None) if body is None else on_ci(body, program, depth + 1)


def _both(is_and: bool, left: _Told, right: _Told) -> _Told:
    """`a && b` tells what both tell where it holds, `a || b` where it does not."""
    which = 0 if is_and else 1
    told = left[which] if left[which] is not None else right[which]
    return (told, None) if is_and else (None, told)


def _is_true(node: n.Node) -> bool:
    return (isinstance(node, n.Literal) and node.value is True) or (
        isinstance(node, n.Text) and str(node) in _TRUE
    )


def asks_for_ci(node: n.Node) -> bool:
    """Whether a call asks fastlane if CI runs it."""
    match node:
        case n.Name(name=name) | n.Call(receiver=None, name=name):
            return name in _TESTS
        case n.Call(receiver=n.Const(path=path), name=name) if path in _HELPERS:
            return name in ("ci?", "is_ci?")
    return False


def _reads_ci(node: n.Node) -> bool:
    match node:
        case n.Call(receiver=n.Const(path="ENV"), name="[]" | "key?" | "has_key?" | "fetch", args=args):
            return bool(args) and isinstance(args[0], n.Text) and str(args[0]) == "CI"
    return False


def _own_method(node: n.Node, program: Program) -> n.Node | None:
    """The body of a set-up's own method: `def ci? = ENV.key?("CI")`."""
    match node:
        case n.Name(name=name) | n.Call(receiver=None, name=name):
            method = program.helpers.get(name)
        case n.Call(receiver=n.Const(path=path), name=name) if (
            found := program.find_class(path)
        ) is not None:
            method = program.method_of(found, name)
        case _:
            return None
    return None if method is None else method.definition.body


def either_on_ci(
    walker: Walker, condition: n.Node, ways: tuple[Way, Way], go: Callable[[list[Way]], Value]
) -> Value:
    """Go both ways of a condition, each marked with whether CI goes it; where CI has left, it stays away."""
    left: list[bool] = []
    value = go(
        [
            _marked(walker, way, runs, left)
            for way, runs in zip(ways, on_ci(condition, walker.program), strict=True)
        ]
    )
    walker.off_ci = walker.off_ci or (left == [True] and not walker.jumped)
    return value


def _marked(walker: Walker, way: Way, runs: bool | None, left: list[bool]) -> Way:
    def visit() -> Value:
        before = walker.off_ci
        walker.off_ci = before or runs is False
        value = way()
        if runs is False:
            walker.state.sure_key = True  # CI never comes this way: the other one decides
        walker.off_ci = before
        if runs:
            left.append(walker.jumped)
        return value

    return way if runs is None else visit
