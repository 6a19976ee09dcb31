"""What outlives a call: the environment, the lane context, instance variables, a loaded API key."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .values import UNKNOWN, Value, choice, fingerprint

if TYPE_CHECKING:
    from collections.abc import Hashable


@dataclass(slots=True, eq=False)
class State:
    """The state between actions. `context` has the keys that an action or the text has written.

    `has_key`: an API key was loaded, at least on one of the ways to here; `sure_key`: on all that CI goes.
    """

    env: dict[str, Value] = field(default_factory=dict)
    variables: dict[str, Value] = field(default_factory=dict)
    context: frozenset[str] = frozenset()
    has_key: bool = False
    sure_key: bool = False
    in_house: bool = False

    def copy(self) -> State:
        """A state of its own."""
        return State(
            dict(self.env), dict(self.variables), self.context, self.has_key, self.sure_key, self.in_house
        )

    def become(self, other: State) -> None:
        """Take over another state."""
        self.env, self.variables = dict(other.env), dict(other.variables)
        self.context, self.in_house = other.context, other.in_house
        self.has_key, self.sure_key = other.has_key, other.sure_key

    def join(self, other: State) -> None:
        """The state may be this or that."""
        self.env = _joined(self.env, other.env)
        self.variables = _joined(self.variables, other.variables)
        self.context |= other.context
        self.has_key = self.has_key or other.has_key
        self.sure_key = self.sure_key and other.sure_key
        self.in_house = self.in_house or other.in_house

    def load_key(self) -> None:
        """An API key is there for what follows."""
        self.has_key = self.sure_key = True

    def fingerprint(self) -> Hashable:
        """What tells this state from another."""
        return (
            frozenset((name, fingerprint(value, 2)) for name, value in self.env.items()),
            frozenset((name, fingerprint(value, 2)) for name, value in self.variables.items()),
            self.context,
            self.has_key,
            self.sure_key,
            self.in_house,
        )


def _joined(left: dict[str, Value], right: dict[str, Value]) -> dict[str, Value]:
    if left == right:
        return left
    return {
        name: value
        if (value := left.get(name, UNKNOWN)) is right.get(name)
        else choice((value, right.get(name, UNKNOWN)))
        for name in {*left, *right}
    }
