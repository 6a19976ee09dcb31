"""Commands that a lane runs through the shell: read for the tools that talk to Apple."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from math import prod
from typing import TYPE_CHECKING

from lane_fastfile._auth.commands import Found, read_command
from lane_fastfile._auth.modes import NONE
from lane_fastfile._auth.modes import UNKNOWN as UNDECIDED
from lane_fastfile._auth.verdict import Verdict
from lane_fastfile._catalogue.catalogue import catalogue

from .values import GAP, UNKNOWN, Items, Known, Unknown, Value, each_of, text_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from lane_fastfile._ruby import nodes as n

    from .scope import Scope
    from .walker import Walker


_MOST_WAYS = 16


def run_shell(walker: Walker, words: Sequence[Value], node: n.Node, scope: Scope, written: str) -> Value:
    """Record what a command needs, whichever of several it is; several words are one command."""
    found = [one for way in _ways(words) for one in read_command(_texts(way))]
    for one in found:
        _found(walker, one, node, scope, written)
    if not found:
        walker.record("action", "sh", written, node, scope, Verdict(NONE, "runs no tool that talks to Apple"))
    return UNKNOWN


def _ways(words: Sequence[Value]) -> Iterable[Sequence[Value]]:
    """The commands that these words can be."""
    alternatives = [each_of(word) for word in words]
    several = prod(len(one) for one in alternatives)
    return product(*alternatives) if several <= _MOST_WAYS else [words]


def _texts(words: Sequence[Value]) -> list[str]:
    parts = [part for word in words for part in (word.values if isinstance(word, Items) else (word,))]
    return [GAP if (text := text_of(part)) is None else text for part in parts]


def _found(walker: Walker, found: Found, node: n.Node, scope: Scope, written: str) -> None:
    if found.lane is not None:
        _run_lane(walker, found.lane, node, scope, written)
        return
    verdict = found.verdict
    if verdict is None:
        from .actions import judge

        action = catalogue().find(found.action or "")
        if action is None:
            return
        before = walker.state.copy()
        walker.state.env |= _values(found.settings)
        walker.state.has_key = walker.state.sure_key = False  # it knows its environment alone
        judged = judge(walker, action, found.options)
        walker.state.become(before)
        verdict = replace(judged, why=f"runs {found.tool}: {judged.why}")
    walker.record("shell", found.tool, written, node, scope, verdict)


def _values(settings: Mapping[str, str]) -> dict[str, Value]:
    """What a command sets; what stands in a variable of the shell is not known."""
    return {name: Unknown() if GAP in text or "$" in text else Known(text) for name, text in settings.items()}


def _run_lane(
    walker: Walker, names: tuple[str | None, str], node: n.Node, scope: Scope, written: str
) -> None:
    """A whole fastlane inside of fastlane: the lane of that name, if it is one of this set-up."""
    from .arguments import Arguments
    from .invoke import run_lane
    from .values import Table

    platform, name = names
    lane = walker.program.find_lane(name, platform or walker.platform) or walker.program.anywhere(name)
    if lane is not None and not walker.loading:
        verdict = Verdict(NONE, f"runs the lane {lane.name}")
        walker.record("action", "sh", written, node, scope, verdict)
        run_lane(walker, lane, Arguments(keywords=Table(open=True)))
        return
    why = f"runs fastlane with {name!r}, which is no lane of this file"
    walker.record("unresolved", f"fastlane {name}", written, node, scope, Verdict(UNDECIDED, why))
