"""Reads a Lanefile's lanes into needs, and looks for the credentials of the modes in them."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lane import CredentialError, ExpiringCredential, nightly, now, planned
from lane_apple._modes import app_specific_password

from .need import NOW, Deferral, Holding, Need, Remedy

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from lane import AuthMode, PlannedLane, PlannedStep


# Where the built-in actions are declared whose options decide what they need.
_MATCH, _UPLOAD = "lane_actions._match", "lane_actions._upload"


@dataclass(frozen=True, slots=True)
class Unread:
    """A lane that could not be looked at for want of values, and how to give them."""

    lane: str
    wants: tuple[str, ...]

    @property
    def how(self) -> str:
        """Which variables to set."""
        names = (f"LANE_{self.lane.upper()}__{name.upper()}" for name in self.wants)
        return f"Set {', '.join(names)}, and ask again."


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read of a Lanefile: `file`, in `folder`. None: there is none, and nothing was read."""

    needs: tuple[Need, ...]
    held: Mapping[AuthMode, Holding]
    unread: tuple[Unread, ...]
    sandbox: bool
    file: str | None
    folder: Path


def read(
    file: str | None = None, *, lanes: Sequence[str] = (), env: str | None = None, sandbox: bool = False
) -> Reading:
    """Read the public lanes of a Lanefile, or those named. Raises UsageError, PlanError."""
    found = planned(file, lanes=lanes, env=env, sandbox=sandbox)
    needs = [need for lane in found for need in needs_of(lane)]
    folder = Path(file).parent if file is not None else found[0].folder if found else Path.cwd()
    return Reading(
        tuple(needs),
        _held(found),
        tuple(Unread(lane.name, lane.wants) for lane in found if lane.wants),
        any(lane.sandbox for lane in found),
        file or (str(folder / "Lanefile.py") if found else None),
        folder,
    )


def needs_of(lane: PlannedLane) -> list[Need]:
    """The needs of a lane and of its hooks."""
    return [_need(lane, step) for step in lane.steps]


def _need(lane: PlannedLane, step: PlannedStep) -> Need:
    hook = step.hook
    return Need(
        lane=lane.name,
        name=_name(step, step.id),
        call=step.action,
        line=step.line,
        modes=step.modes,
        follows=tuple(_name(step, name) for name in step.needs),
        on=None if step.on is None else NOW if step.on == now else str(step.on),
        defer=None if hook else _deferral(lane, step),
        check=_check(lane, step),
        in_hook=hook is not None,
        remedies=tuple(_remedies(lane, step)),
    )


def _check(lane: PlannedLane, step: PlannedStep) -> tuple[AuthMode, ...] | None:
    """The modes under which a probe sees that a step's work is done, where that is done once and for long.

    What only reads has something to do in every run; so has what works on another step's output, unless that step
    is done as well: then its probe gives the output.
    """
    if step.probe is None or step.effect == "read":
        return None
    before = [other for other in lane.steps if other.id in step.data and other.hook == step.hook]
    return None if any(_check(lane, other) is None for other in before) else step.probe


def _name(step: PlannedStep, name: str) -> str:
    return f"{step.hook}/{name}" if step.hook else name


def _deferral(lane: PlannedLane, step: PlannedStep) -> Deferral | None:
    """How a step is put off, unless something waits for it that changes things at Apple's, or that must run now.

    What is deferred already and waits for it gives the time: two schedules may not meet in one step.
    """
    if step.on is not None or not any(mode.attended for mode in step.modes):
        return None  # nothing to put off for want of a person
    waiting = _waiting(lane, step)
    if any(other.on == now or (other.modes and other.effect != "read") for other in waiting):
        return None
    trigger = next((other.on for other in waiting if other.on is not None), nightly)
    if trigger == nightly:
        word, imported = "nightly", " (from lane import nightly)"
    else:
        word, imported = repr(trigger), " (from lane import cron)"
    return Deferral(f"write {step.action}.set(on={word})(…){imported}.", str(trigger))


def _waiting(lane: PlannedLane, step: PlannedStep) -> list[PlannedStep]:
    """The steps that wait for one, directly or not."""
    names = {step.id}
    found = []
    for other in lane.steps:
        if other.hook is None and not names.isdisjoint(other.needs):
            names.add(other.id)
            found.append(other)
    return found


def _used(lane: PlannedLane, step: PlannedStep) -> bool:
    """Whether something that asks Apple waits for a step, and so may want more of it than that a file was sent."""
    return any(other.modes for other in _waiting(lane, step))


def _remedies(lane: PlannedLane, step: PlannedStep) -> Iterable[Remedy]:
    """Edits of a call with which it needs less: those of built-in actions, and taking a pin away."""
    for mode in step.declared:
        if mode not in step.modes and not mode.attended:
            yield Remedy(mode, f"take .set(auth=…) away: {step.action} can run under {mode.name} too.")
    if step.module == _MATCH and step.modes:
        yield Remedy(
            None, "write match(readonly=True): what is there already is fetched without asking Apple."
        )
    if step.module == _UPLOAD and app_specific_password not in step.declared and not _used(lane, step):
        yield Remedy(
            app_specific_password,
            "write upload(…, wait=0), without whats_new and groups: it only sends then.",
        )


def _held(lanes: Iterable[PlannedLane]) -> dict[AuthMode, Holding]:
    """What is there of each mode's credential. Lanes of one Lanefile have one environment."""
    found: dict[AuthMode, Holding] = {}
    for lane in lanes:
        for step in lane.steps:
            for mode in (*step.modes, *step.declared, *(step.probe or ())):
                if mode not in found:
                    found[mode] = _look(mode, lane)
    return found


def _look(mode: AuthMode, lane: PlannedLane) -> Holding:
    try:
        credential = mode.find(lane.environment, lane.folder)
    except CredentialError as error:
        return Holding(unfit=f"{error} {error.hint or ''}".strip())
    if credential is None:
        return Holding()
    until = credential.until if isinstance(credential, ExpiringCredential) else None
    return Holding(credential.source, credential.unattended, None if until is None else until - time.time())
