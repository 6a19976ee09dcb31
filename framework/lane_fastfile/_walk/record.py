"""What a walk records: the uses of Apple and of unknown names, and who called whom."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lane_fastfile._auth.verdict import Verdict

Kind = Literal["action", "shell", "spaceship", "rest", "plugin", "unresolved", "dynamic", "prompt"]


@dataclass(frozen=True, slots=True)
class Use:
    """One call that matters: an action, a command, Spaceship code, or a name that is not known.

    `asks` tells what it asks a person, whatever the credentials.
    """

    kind: Kind
    name: str
    written: str
    file: str
    line: int
    start: int
    verdict: Verdict
    asks: str | None = None


@dataclass(slots=True, eq=False)
class Activation:
    """One run of a lane, a helper or an action's code with certain arguments; runs are shared."""

    label: str
    uses: list[Use] = field(default_factory=list)
    calls: list[tuple[Activation, int]] = field(default_factory=list)
    lanes_called: list[str] = field(default_factory=list)

    def add(self, use: Use) -> None:
        """Record a use, once for each place and verdict."""
        if use not in self.uses[-8:]:
            self.uses.append(use)


@dataclass(frozen=True, slots=True)
class Reached:
    """A use and the way to it: `lane build`, `helper sign`."""

    use: Use
    way: tuple[str, ...]


def reached(start: Activation) -> Iterator[Reached]:
    """All uses that an activation leads to, each once, the shortest way first."""
    seen = {id(start)}
    given: set[Use] = set()
    level: list[tuple[Activation, tuple[str, ...]]] = [(start, ())]
    while level:
        following: list[tuple[Activation, tuple[str, ...]]] = []
        for activation, way in level:
            for use in activation.uses:
                if use not in given:
                    given.add(use)
                    yield Reached(use, way)
            for callee, _line in activation.calls:
                if id(callee) not in seen:
                    seen.add(id(callee))
                    following.append((callee, (*way, callee.label) if callee.label else way))
        level = following
