"""Which lanes of a Lanefile depend on the session of an Apple ID."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lane import CredentialError, LaneError, planned
from lane_apple._modes import apple_id

if TYPE_CHECKING:
    from lane import PlannedLane, PlannedStep

    from .place import Place


@dataclass(frozen=True, slots=True)
class Dependants:
    """`steps` by lane, ids of those that nothing but an Apple ID would let run; `trouble`: why that is not known.

    `unread` are lanes that could not be looked at for want of parameters.
    """

    steps: dict[str, list[str]]
    unread: list[str]
    trouble: str | None = None

    def __str__(self) -> str:
        told = [f"{lane} ({', '.join(steps)})" for lane, steps in self.steps.items()]
        told += [f"{lane} (not known: it needs parameters)" for lane in self.unread]
        return self.trouble or ", ".join(told) or "none"


def dependants(place: Place) -> Dependants | None:
    """Those of the Lanefile here; None where there is none. Nothing is run, and no network is used."""
    file = place.around.file
    if file is None:
        return None
    try:
        lanes = planned(str(file), env=place.env, sandbox=place.sandbox)
    except LaneError as error:
        return Dependants({}, [], f"not known, since the Lanefile cannot be planned: {error}")
    found = {
        lane.name: [_shown(step) for step in lane.steps if _depends(step, lane)]
        for lane in lanes
        if not lane.wants
    }
    return Dependants(
        {lane: steps for lane, steps in found.items() if steps}, [lane.name for lane in lanes if lane.wants]
    )


def _depends(step: PlannedStep, lane: PlannedLane) -> bool:
    others = [mode for mode in step.modes if mode.name != apple_id.name]
    if len(others) == len(step.modes):
        return False
    for mode in others:
        try:
            credential = mode.find(lane.environment, lane.folder)
        except CredentialError:
            continue
        if credential is not None and credential.unattended:
            return False
    return True


def _shown(step: PlannedStep) -> str:
    return f"{step.hook}/{step.id}" if step.hook else step.id
