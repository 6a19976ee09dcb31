"""What a walk records: the uses of Apple and of unknown names, and who called whom."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lane_fastfile._auth.verdict import Verdict

Kind = Literal["action", "shell", "spaceship", "rest", "plugin", "unresolved", "dynamic", "prompt", "account"]


@dataclass(frozen=True, slots=True, eq=False)
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
    off_ci: bool = False  # CI does not get there


@dataclass(slots=True, eq=False)
class Activation:
    """One run of a lane, a helper or an action's code with certain arguments; runs are shared."""

    label: str
    uses: dict[tuple[object, ...], Use] = field(default_factory=dict)
    calls: dict[int, Activation] = field(default_factory=dict)

    def add(self, use: Use) -> None:
        """Record a use, once for each place and verdict."""
        self.uses.setdefault((use.file, use.start, use.name, use.verdict.auth, use.off_ci), use)

    def leads_to(self, callee: Activation) -> None:
        """Record a call of another run."""
        self.calls[id(callee)] = callee


@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """The last callee on the way to a use, and the way to it."""

    label: str
    depth: int
    before: Way | None


@dataclass(frozen=True, slots=True, eq=False)
class Reached:
    """A use, and how it is reached; None: it stands in the lane itself."""

    use: Use
    last: Way | None

    @property
    def depth(self) -> int:
        """How many calls lie between."""
        return 0 if self.last is None else self.last.depth

    @property
    def way(self) -> tuple[str, ...]:
        """`lane build`, `helper sign`; the middle of a very long way is left out."""
        labels: list[str] = []
        last = self.last
        while last is not None:
            labels.append(last.label)
            last = last.before
        labels.reverse()
        return tuple(labels if len(labels) <= _LONGEST else [*labels[:3], "…", *labels[-3:]])


_LONGEST = 12


def reached(start: Activation) -> Iterator[Reached]:
    """All uses that an activation leads to, the shortest way first."""
    seen = {id(start)}
    level: list[tuple[Activation, Way | None]] = [(start, None)]
    depth = 0
    while level:
        depth += 1
        following: list[tuple[Activation, Way | None]] = []
        for activation, way in level:
            for use in activation.uses.values():
                yield Reached(use, way)
            for key, callee in activation.calls.items():
                if key not in seen:
                    seen.add(key)
                    following.append((callee, Way(callee.label, depth, way)))
        level = following
