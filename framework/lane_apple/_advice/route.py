"""Which auth mode each need would take, as things stand and as they were answered."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lane import AuthMode

    from .need import Facts, Holding, Need

KEY, PASSWORD, PERSON = "api_key", "app_specific_password", "apple_id"
STRICTNESS = ("none", PASSWORD, KEY, PERSON)
"""Apple's modes by what they ask of a team, the least first."""


@dataclass(frozen=True, slots=True)
class Route:
    """The mode that a need would take; None: no auth of Apple's. `barred`: nobody here may make its credential.

    `edit` is what has to be written first.
    """

    need: Need
    mode: AuthMode | None = None
    holding: Holding | None = None
    barred: bool = False
    edit: str | None = None

    @property
    def auth(self) -> str:
        """The mode's name, or `none`."""
        return "none" if self.mode is None else self.mode.name

    @property
    def by_person(self) -> bool:
        """Whether a person has to sign in for it with an Apple ID, now or before."""
        return self.auth == PERSON

    @property
    def found(self) -> bool:
        """Whether its credential is there and works without a person; also where none is needed."""
        return self.mode is None or (self.holding is not None and self.holding.unattended)

    @property
    def settled(self) -> bool:
        """Whether nothing is left to do for it: a session that lives today is not that."""
        return self.found and not self.by_person


def route(need: Need, facts: Facts) -> Route:
    """The mode that is best for a need.

    A credential that is there and needs nobody; else the first that can be made and needs nobody; else the
    Apple ID; else a key that somebody else has to make.
    """
    if not any(mode.name in STRICTNESS for mode in need.modes):
        return Route(need)  # of another provider, or of none
    free = [mode for mode in need.modes if not mode.attended]
    for mode in free:
        holding = _holding(need, mode, facts)
        if holding is not None and holding.unattended:
            return Route(need, mode, holding)
    for mode in free:
        if mode.name not in STRICTNESS:
            return Route(need)  # another provider can do it, without a person
        if mode.name != KEY or facts.answers.api_key is not False:
            return Route(need, mode, _holding(need, mode, facts))
    attended = next((mode for mode in need.modes if mode.attended), None)
    if attended is not None:
        ours = attended.name in STRICTNESS
        return Route(need, attended, facts.held.get(attended)) if ours else Route(need)
    return Route(need, free[0], facts.held.get(free[0]), barred=True)


def _holding(need: Need, mode: AuthMode, facts: Facts) -> Holding | None:
    """What is there of a mode's credential: the call's own comes first."""
    return need.key if need.key is not None and mode.name == KEY else facts.held.get(mode)


def eased(made: Route, facts: Facts) -> Route:
    """The way after the edit that spares most; the way itself where no edit helps."""
    if made.settled:
        return made
    best = made
    for remedy in made.need.remedies:
        modes = () if remedy.mode is None else (remedy.mode,)
        other = route(replace(made.need, modes=modes), facts)
        if _rank(other) < _rank(best):
            best = replace(other, need=made.need, edit=remedy.edit)
    return best


def _rank(made: Route) -> tuple[bool, bool, bool]:
    """What is worse comes later: a credential that nobody here may make, a person, a credential that is missing."""
    return made.barred, made.by_person, not made.settled
