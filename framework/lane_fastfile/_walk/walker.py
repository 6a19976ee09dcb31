"""Walks through a set-up's code: visits each node for its value, and records what matters on the way."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from lane_fastfile._ruby import nodes as n

from .record import Activation, Kind, Use
from .state import State
from .values import UNKNOWN, Code, Value

if TYPE_CHECKING:
    from lane_fastfile._auth.verdict import Verdict

    from .program import Lane, Program
    from .scope import Scope

Visit = Callable[["Walker", n.Node, "Scope"], Value]
F = TypeVar("F", bound=Callable[..., Value])
DEEPEST = 2_000  # nested visits, those of calls included
_FRAMES = 15_000  # of Python, for that depth


@dataclass(slots=True, eq=False)
class Budget:
    """How many nodes a walk may visit: first with every argument followed, then without, then no more."""

    followed: int = 150_000
    at_all: int = 400_000
    spent: int = 0

    def grow(self, nodes: int) -> None:
        """Room for a file that was read."""
        self.followed += 2 * nodes
        self.at_all += 5 * nodes


@dataclass(slots=True, eq=False)
class Done:
    """A finished run: what it recorded, its value, and the state that it left."""

    activation: Activation
    value: Value
    state: State


@dataclass(slots=True, eq=False)
class Later:
    """A run that waits until the stack is empty: it was called too deeply."""

    callee: Hashable
    key: Hashable
    activation: Activation
    state: State
    platform: str | None
    body: Callable[[], Value]


@dataclass(slots=True, eq=False)
class Walker:
    """Where a walk stands. `entry` is the lane from which it began, `platform` where names are looked up."""

    program: Program
    state: State = field(default_factory=State)
    activation: Activation = field(default_factory=lambda: Activation(""))
    platform: str | None = None
    entry: Lane | None = None
    loading: bool = False
    jumped: bool = False  # the statements that follow are not reached
    constants_read: int = 0
    budget: Budget = field(default_factory=Budget)
    done: dict[Hashable, Done] = field(default_factory=dict)
    called: set[Code] = field(default_factory=set)  # blocks that what they were given to has run
    off_ci: bool = False  # what follows is not reached on CI
    running: list[tuple[Hashable, Hashable, Activation]] = field(default_factory=list)
    later: list[Later] = field(default_factory=list)
    results: list[list[Value]] = field(default_factory=lambda: [[]])  # of return, for each method
    block_results: list[list[Value]] = field(default_factory=lambda: [[]])  # of next, for each block
    _depth: int = 0

    def visit(self, node: n.Node, scope: Scope) -> Value:
        """The value of a node; what it calls is recorded."""
        self.budget.spent += 1
        visit = VISITS.get(type(node))
        if visit is None or self._depth >= DEEPEST or self.budget.spent > self.budget.at_all:
            return UNKNOWN
        self._depth += 1
        try:
            return visit(self, node, scope)
        finally:
            self._depth -= 1

    def maybe(self, node: n.Node | None, scope: Scope) -> Value | None:
        """The same; None for None."""
        return None if node is None else self.visit(node, scope)

    def record(
        self,
        kind: Kind,
        name: str,
        written: str,
        node: n.Node,
        scope: Scope,
        verdict: Verdict,
        asks: str | None = None,
    ) -> None:
        """Record a use."""
        use = Use(kind, name, written, scope.file, node.line, node.start, verdict, asks, self.off_ci)
        self.activation.add(use)

    @property
    def follows_arguments(self) -> bool:
        """Whether runs are told apart by their arguments; not when a set-up is too large for that."""
        return self.budget.spent < self.budget.followed


VISITS: dict[type[n.Node], Visit] = {}


def visits(kind: type[n.Node]) -> Callable[[F], F]:
    """Enter a function as the one that visits nodes of a kind."""

    def enter(function: F) -> F:
        VISITS[kind] = function
        return function

    return enter


@contextmanager
def room_to_walk() -> Iterator[None]:
    """Room for nested code, and no pauses: what a walk makes is needed to its end.

    Python's own calls use no C stack, so that only its limit is in the way.
    """
    before, collects = sys.getrecursionlimit(), gc.isenabled()
    sys.setrecursionlimit(max(before, _FRAMES))
    gc.disable()
    try:
        yield
    finally:
        sys.setrecursionlimit(before)
        if collects:
            gc.enable()
