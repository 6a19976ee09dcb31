"""Turns the calls of lanes and hooks into needs: what each waits for, and what can be done about it."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from lane_apple import Deferral, Holding, Need
from lane_fastfile._auth.modes import API_KEY, APPLE_ID, NONE
from lane_fastfile._catalogue.catalogue import catalogue

from .remedies import modes_of, remedies_of
from .roles import feeds, role_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from lane_fastfile._audit import AuditedCall, AuditedLane

    from .roles import Role

NIGHTLY = "0 3 * * *"
_KEYS = ("app_store_connect_api_key", "Spaceship::ConnectAPI::Token", "Spaceship::ConnectAPI.auth")


def needs_of(
    lanes: Sequence[AuditedLane], hooks: Sequence[AuditedLane], pointless: Collection[tuple[str, int]] = ()
) -> list[Need]:
    """The needs of all that one starts, each call in the lanes that reach it; hooks once for all lanes.

    `pointless` are the places of calls that are to be dropped.
    """
    found: list[Need] = []
    shared_key = any(_loads_key(call) for hook in hooks for call in (*hook.calls, *hook.reached))
    for lane, title in _started(lanes):
        calls = [
            call for call in (*lane.calls, *lane.reached) if (call.file, call.line) not in pointless
        ]
        found += lane_needs(title, calls, has_key=shared_key)
    for title, hook in _titled(hooks):
        found += [
            replace(need, in_hook=True, follows=(), defer=None, on=None, check=None)
            for need in lane_needs(title, (*hook.calls, *hook.reached), has_key=shared_key)
            if need.modes
        ]
    return found


def lane_needs(lane: str, calls: Iterable[AuditedCall], *, has_key: bool = False) -> list[Need]:
    """The needs of one lane, in the order of its calls; what needs nothing of Apple stands once for each name."""
    kept = list(_kept(calls))
    has_key = has_key or any(_loads_key(call) for call in kept)
    names = _names([call.written for call in kept])
    roles = [role_of(call) for call in kept]
    needs = [
        _need(lane, name, call, _follows(roles, names, index), has_key)
        for index, (name, call) in enumerate(zip(names, kept, strict=True))
    ]
    return [_deferrable(need, needs[index + 1 :]) for index, need in enumerate(needs)]


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


def _loads_key(call: AuditedCall) -> bool:
    return call.name.startswith(_KEYS)


def _kept(calls: Iterable[AuditedCall]) -> Iterator[AuditedCall]:
    """In the order of the lane; a call that is reached twice, and names that need nothing, once."""
    seen: set[object] = set()
    for call in calls:
        action = catalogue().find(call.name)
        if action is not None and action.provides is not None:
            seen_as: object = None
            yield call
            continue
        seen_as = call.written if call.auth == NONE else _place(call)
        if seen_as not in seen:
            seen.add(seen_as)
            yield call
