"""Turns the calls of lanes and hooks into needs: what each waits for, and what can be done about it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from lane_apple import Deferral, Holding, Need
from lane_fastfile._auth.modes import APPLE_ID, NONE

from .remedies import modes_of, remedies_of, stays_signed_in
from .roles import waits

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from lane_fastfile._audit import AuditedCall, AuditedLane

NIGHTLY = "0 3 * * *"
_LONG, _VERY_LONG = 300, 5_000  # calls of a lane, of all lanes
_APART = "a nightly job runs it with a session, or a person at a terminal."
_BRING_THEIR_KEY = ("rest", "shell")  # curl, altool and the like: the credential stands in the command
_KEYS = ("app_store_connect_api_key", "Spaceship::ConnectAPI::Token", "Spaceship::ConnectAPI.auth")


@dataclass(frozen=True, slots=True)
class _Context:
    """What is known of a lane: whether a key is loaded in it, and whether a sign-in has to stay."""

    lane: str
    has_key: bool
    signed_in: bool


def needs_of(
    lanes: Sequence[AuditedLane], hooks: Sequence[AuditedLane], pointless: Collection[tuple[str, int]] = ()
) -> list[Need]:
    """The needs of all that one starts, each call in the lanes that reach it; hooks once for all lanes.

    `pointless` are the places of calls that are to be dropped.
    """
    found: list[Need] = []
    long = sum(len(lane.calls) + len(lane.reached) for lane in lanes) > _VERY_LONG
    shared_key = any(loads_key(call) for hook in hooks for call in (*hook.calls, *hook.reached))
    for lane, title in _started(lanes):
        calls = [call for call in (*lane.calls, *lane.reached) if (call.file, call.line) not in pointless]
        found += lane_needs(title, calls, has_key=shared_key, long=long)
    for title, hook in _titled(hooks):
        found += [
            replace(need, in_hook=True, follows=(), defer=None, on=None, check=None)
            for need in lane_needs(title, (*hook.calls, *hook.reached), has_key=shared_key)
            if need.modes
        ]
    return found


def lane_needs(
    lane: str, calls: Sequence[AuditedCall], *, has_key: bool = False, long: bool = False
) -> list[Need]:
    """The needs of one lane, each after those that it waits for; what needs nothing of Apple once for each name.

    `long`: so are all others.
    """
    kept = _kept(calls, long=long or len(calls) > _LONG)
    context = _Context(lane, has_key or any(map(loads_key, calls)), any(map(stays_signed_in, kept)))
    follows = waits(kept)
    names = _names(kept)
    needs = [
        _need(kept[index], names[index], [names[other] for other in follows[index]], context)
        for index in _in_order(follows)
    ]
    return [_deferrable(need, needs) for need in needs]


def _started(lanes: Sequence[AuditedLane]) -> Iterator[tuple[AuditedLane, str]]:
    """The lanes that one starts, with titles of their own: private ones only for what no other lane reaches."""
    public = [lane for lane in lanes if not lane.private]
    seen = {_place(call) for lane in public for call in (*lane.calls, *lane.reached)}
    rest = [
        lane
        for lane in lanes
        if lane.private and not {_place(call) for call in (*lane.calls, *lane.reached)} <= seen
    ]
    for title, lane in _titled([*public, *rest]):
        yield lane, title


def _titled(parts: Sequence[AuditedLane]) -> Iterator[tuple[str, AuditedLane]]:
    """Parts with titles that nothing else has."""
    counts = Counter(part.title for part in parts)
    for part in parts:
        yield (part.title if counts[part.title] == 1 else f"{part.title} (line {part.line})"), part


def _place(call: AuditedCall) -> tuple[str, int, str]:
    return call.file, call.line, call.name


def loads_key(call: AuditedCall) -> bool:
    """Whether a call gives all that follow an API key."""
    return call.name.startswith(_KEYS)


def _kept(calls: Sequence[AuditedCall], *, long: bool) -> list[AuditedCall]:
    """The calls that do work, each once; in a lane that is long, each name once."""
    found: dict[object, AuditedCall] = {}
    for call in calls:
        if not loads_key(call):
            by_name = call.auth == NONE or long
            found.setdefault((call.written, call.auth) if by_name else _place(call), call)
    return list(found.values())


def _names(calls: Sequence[AuditedCall]) -> list[str]:
    """`pem`, `pem-2`."""
    counts: Counter[str] = Counter()
    names: list[str] = []
    for call in calls:
        counts[call.written] += 1
        number = counts[call.written]
        names.append(call.written if number == 1 else f"{call.written}-{number}")
    return names


def _in_order(follows: Sequence[Sequence[int]]) -> list[int]:
    """Indices as they stand, but each after those that it follows."""
    found: dict[int, None] = {}

    def emit(index: int) -> None:
        for other in follows[index]:
            if other not in found:
                emit(other)
        found.setdefault(index)

    for index in range(len(follows)):
        emit(index)
    return list(found)


def _need(call: AuditedCall, name: str, follows: list[str], context: _Context) -> Need:
    brought = call.has_key or call.kind in _BRING_THEIR_KEY or (context.has_key and call.kind == "spaceship")
    return Need(
        lane=context.lane,
        name=name,
        call=call.written,
        line=f"{call.file}:{call.line}",
        modes=modes_of(call),
        follows=tuple(follows),
        on=NIGHTLY if call.name == "download_dsyms" else None,
        check=() if call.name == "create_app_online" and call.auth == APPLE_ID else None,
        remedies=tuple(remedies_of(call, signed_in=context.signed_in)),
        key=Holding("the Fastfile", unattended=True) if brought else None,
    )


def _deferrable(need: Need, needs: Sequence[Need]) -> Need:
    """A need that nothing at Apple's waits for can be moved out of its lane."""
    if not any(mode.attended for mode in need.modes) or need.on is not None or need.check is not None:
        return need
    names = {need.name}
    for other in needs:
        if not names.isdisjoint(other.follows):
            names.add(other.name)
            if other.modes:
                return need
    return replace(need, defer=Deferral(f"move {need.call} into a lane of its own: {_APART}", NIGHTLY))
