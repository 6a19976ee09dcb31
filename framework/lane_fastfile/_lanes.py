"""Enter every lane of a set-up, with its hooks before and after it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ._auth.modes import NONE, UNKNOWN, strictest
from ._walk.invoke import enter_hook, enter_lane, enter_method
from ._walk.record import Activation, Reached, reached
from ._walk.state import State

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ._walk.program import Hook, Lane, Method
    from ._walk.walker import Walker

BEFORE = ("before_all", "before_each")
AFTER = ("after_each", "after_all", "error")


@dataclass(slots=True, eq=False)
class Entered:
    """A lane after its walk: what it reaches, and what its hooks do."""

    lane: Lane
    activation: Activation
    reached: list[Reached]
    hooks: list[tuple[Hook, list[Reached]]]

    def auth(self, *, may_be_elsewhere: bool) -> str:
        """The strictest auth that is reached; hooks do not count."""
        return auth_of(self.reached, may_be_elsewhere=may_be_elsewhere)

    def auth_with_hooks(self, *, may_be_elsewhere: bool) -> str:
        """The same with its hooks."""
        found = [one for _, of_hook in self.hooks for one in of_hook]
        own = self.auth(may_be_elsewhere=may_be_elsewhere)
        return strictest([own, *(one.use.verdict.auth for one in found if one.use.kind != "unresolved")])


def auth_of(found: Sequence[Reached], *, may_be_elsewhere: bool) -> str:
    """The strictest of what is known.

    A name that is defined nowhere counts only where files are missing that could define it, and where
    nothing else is called: then the lane's work is elsewhere.
    """
    decided = [one.use for one in found if one.use.kind not in ("unresolved", "prompt")]
    auth = strictest([NONE, *(use.verdict.auth for use in decided)])
    unresolved = any(one.use.kind == "unresolved" for one in found)
    if auth == NONE and not decided and unresolved and may_be_elsewhere:
        return UNKNOWN
    return auth


def enter_all(walker: Walker) -> list[Entered]:
    """Every lane, each from the state that loading the files has left."""
    loaded = walker.state.copy()
    return [_enter(walker, lane, loaded) for lane in walker.program.lanes]


def _enter(walker: Walker, lane: Lane, loaded: State) -> Entered:
    walker.state = loaded.copy()
    hooks = [_hook(walker, hook, lane) for hook in _hooks(walker, lane, BEFORE)]
    activation = enter_lane(walker, lane)
    found = list(reached(activation))
    hooks += [_hook(walker, hook, lane) for hook in _hooks(walker, lane, AFTER)]
    return Entered(lane, activation, found, hooks)


def enter_hooks(walker: Walker) -> list[tuple[Hook, list[Reached]]]:
    """Every hook by itself, for whatever lane."""
    found: list[tuple[Hook, list[Reached]]] = []
    for hook in walker.program.hooks:
        walker.state = State()
        found.append((hook, list(reached(enter_hook(walker, hook, None)))))
    return found


def enter_methods(walker: Walker) -> list[tuple[Method, list[Reached]]]:
    """Every helper by itself, with arguments that are not known."""
    found: list[tuple[Method, list[Reached]]] = []
    for method in walker.program.all_helpers:
        walker.state = State()
        found.append((method, list(reached(enter_method(walker, method)))))
    return found


def _hooks(walker: Walker, lane: Lane, names: tuple[str, ...]) -> list[Hook]:
    """The hooks of a lane: those of no platform first."""
    found = [h for h in walker.program.hooks if h.name in names and h.platform in (None, lane.platform)]
    return sorted(found, key=lambda hook: (names.index(hook.name), hook.platform is not None))


def _hook(walker: Walker, hook: Hook, lane: Lane) -> tuple[Hook, list[Reached]]:
    return hook, list(reached(enter_hook(walker, hook, lane)))
