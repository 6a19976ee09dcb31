"""What a command of a CI file meets there: whether a person would have to be there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from lane import CalledLane, CiCall

CiCode = Literal["runs", "session", "missing", "waits", "stops", "exported", "unknown"]

SESSIONS = ("FASTLANE_SESSION", "SPACESHIP_SESSION")
"""The variables that carry a session to CI."""
PASSWORDS = ("FASTLANE_PASSWORD", "DELIVER_PASSWORD")
"""Those that carry an Apple ID's own password."""


@dataclass(frozen=True, slots=True)
class CiVerdict:
    """Whether a command of a CI file stops there for want of a person, and why: sentences, with the lines meant.

    `code`: `runs`; `session`, as long as that lives; `missing`, a credential that needs no person; `waits`, something
    of it is left for a person; `stops`; `exported`; `unknown`. `lane` is what is run, as its tool names it.
    """

    lane: str | None
    code: CiCode
    why: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()

    @property
    def stops(self) -> bool | None:
        """Whether it would stop at a prompt; None where that cannot be known."""
        return None if self.code == "unknown" else self.code == "stops"


@dataclass(frozen=True, slots=True)
class JudgedCall:
    """A command of a CI file, and what it meets there; `planned` where it calls a lane."""

    call: CiCall
    verdict: CiVerdict
    planned: CalledLane | None = None


def carried(call: CiCall, names: tuple[str, ...]) -> str | None:
    """The first of these variables that the file hands to a command."""
    return next((name for name in names if name in call.variables), None)
