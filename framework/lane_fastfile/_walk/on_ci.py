"""Conditions that ask whether CI runs the lane: what stands where it does not cannot stop CI."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from lane_fastfile._ruby import nodes as n

from .values import Value

if TYPE_CHECKING:
    from .walker import Walker

Way = Callable[[], Value]
_HELPERS = {"Helper", "FastlaneCore::Helper", "Fastlane::Helper"}
_TESTS = {"is_ci", "is_ci?"}
_UNKNOWN = None, None


def on_ci(condition: n.Node) -> tuple[bool | None, bool | None]:
    """Whether CI runs what follows where a condition holds, and where it does not; None: it may."""
    match condition:
        case n.Logic(operator="not", left=left):
            held, failed = on_ci(left)
            return failed, held
        case n.Logic(left=left, right=right) if right is not None:
            return _both(condition.operator == "and", on_ci(left), on_ci(right))
        case n.Seq(items=[inner]):
            return on_ci(inner)
        case n.Call(receiver=n.Const(path="UI" | "FastlaneCore::UI"), name="interactive?"):
            return False, True
        case n.Call(receiver=receiver, name="==", args=[n.Literal(value=True) | n.Text()]) if receiver:
            return on_ci(receiver)
    return (True, False) if _asks_for_ci(condition) else _UNKNOWN


def _both(
    is_and: bool, left: tuple[bool | None, bool | None], right: tuple[bool | None, bool | None]
) -> tuple[bool | None, bool | None]:
    """`a && b` tells what both tell where it holds, `a || b` where it does not."""
    which = 0 if is_and else 1
    told = left[which] if left[which] is not None else right[which]
    return (told, None) if is_and else (None, told)


def _asks_for_ci(node: n.Node) -> bool:
    match node:
        case n.Name(name=name) | n.Call(receiver=None, name=name):
            return name in _TESTS
        case n.Call(receiver=n.Const(path=path), name=name) if path in _HELPERS:
            return name in ("ci?", "is_ci?")
        case n.Call(receiver=n.Const(path="ENV"), name="[]" | "key?" | "has_key?" | "fetch", args=args):
            return bool(args) and isinstance(args[0], n.Text) and str(args[0]) == "CI"
    return False


def either_on_ci(
    walker: Walker, condition: n.Node, ways: tuple[Way, Way], go: Callable[[list[Way]], Value]
) -> Value:
    """Go both ways of a condition, each marked with whether CI goes it; where CI has left, it stays away."""
    left: list[bool] = []
    value = go([_marked(walker, way, runs, left) for way, runs in zip(ways, on_ci(condition), strict=True)])
    walker.off_ci = walker.off_ci or (left == [True] and not walker.jumped)
    return value


def _marked(walker: Walker, way: Way, runs: bool | None, left: list[bool]) -> Way:
    def visit() -> Value:
        before = walker.off_ci
        walker.off_ci = before or runs is False
        value = way()
        walker.off_ci = before
        if runs:
            left.append(walker.jumped)
        return value

    return way if runs is None else visit
