"""Enter every lane of a set-up, with its hooks before and after it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ._auth.modes import NONE, UNKNOWN, strictest
from ._walk.enter import enter_hook, enter_lane, enter_method
from ._walk.hook_names import minds_the_lane
from ._walk.record import Activation, Reached, reached
from ._walk.state import State
from ._walk.values import Table

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from ._walk.program import Hook, Lane, Method
    from ._walk.walker import Walker

BEFORE = ("before_all", "before_each")
_UNDECIDED = ("unresolved", "plugin", "prompt")
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
        return strictest([own, *(one.use.verdict.auth for one in found if one.use.kind not in _UNDECIDED)])


def auth_of(found: Sequence[Reached], *, may_be_elsewhere: bool) -> str:
    """The strictest of what is known.

    An action of a plugin does not count. A name that is defined nowhere counts only where files are missing
    that could define it, and where nothing else is called: then the lane's work is elsewhere.
    """
    decided = [one.use for one in found if one.use.kind not in _UNDECIDED]
    auth = strictest([NONE, *(use.verdict.auth for use in decided)])
    kinds = {one.use.kind for one in found} - {"prompt"}
    if kinds == {"unresolved"} and may_be_elsewhere:
        return UNKNOWN
    return auth


def enter_all(walker: Walker, options: Table) -> list[Entered]:
    """Every lane with these options, each from the state that loading the files has left."""
    loaded = walker.state.copy()
    hooks = _Hooks(walker, options)
    return [_enter(walker, lane, loaded, hooks) for lane in walker.program.lanes]


def _enter(walker: Walker, lane: Lane, loaded: State, hooks: _Hooks) -> Entered:
    walker.state = loaded.copy()
    around = hooks.run(BEFORE, lane)
    activation = enter_lane(walker, lane, hooks.options)
    found = list(reached(activation))
    around += hooks.run(AFTER, lane)
    return Entered(lane, activation, found, around)


class _Hooks:
    """The hooks of lanes; one that does the same for every lane is run once for each state."""

    def __init__(self, walker: Walker, options: Table) -> None:
        self._walker = walker
        self.options = options
        self._mind = {id(hook): minds_the_lane(hook) for hook in walker.program.hooks}
        self._done: dict[Hashable, tuple[list[Reached], State]] = {}

    def run(self, names: tuple[str, ...], lane: Lane) -> list[tuple[Hook, list[Reached]]]:
        """Run the hooks of these names for a lane; those of no platform come first."""
        hooks = [
            h for h in self._walker.program.hooks if h.name in names and h.platform in (None, lane.platform)
        ]
        hooks.sort(key=lambda hook: (names.index(hook.name), hook.platform is not None))
        return [(hook, self._run(hook, lane)) for hook in hooks]

    def _run(self, hook: Hook, lane: Lane) -> list[Reached]:
        walker = self._walker
        named = lane.name if self._mind[id(hook)] or walker.program.by_lane else None
        key = (id(hook), named, lane.platform, walker.state.fingerprint())
        done = self._done.get(key)
        if done is None:
            found = list(reached(enter_hook(walker, hook, lane, self.options)))
            done = self._done[key] = (found, walker.state.copy())
        walker.state.become(done[1])
        return done[0]


def enter_hooks(walker: Walker) -> list[tuple[Hook, list[Reached]]]:
    """Every hook by itself, for whatever lane."""
    found: list[tuple[Hook, list[Reached]]] = []
    for hook in walker.program.hooks:
        walker.state = State()
        found.append((hook, list(reached(enter_hook(walker, hook, None, Table(open=True))))))
    return found


def enter_methods(walker: Walker) -> list[tuple[Method, list[Reached]]]:
    """Every helper by itself, with arguments that are not known."""
    found: list[tuple[Method, list[Reached]]] = []
    for method in walker.program.all_helpers:
        walker.state = State()
        found.append((method, list(reached(enter_method(walker, method)))))
    return found
