"""What of the commands in CI files an export has words for: their starts, their parameters; and what not."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from lane._ci.policy import LanePolicy
    from lane._ci.reading.found import CiStart
    from lane._lanefile.lane import Lane

    from .called_lane import CalledLane

_PATTERN = re.compile(r"[A-Za-z0-9._/*-]+")
_KINDS = {"branches": ("push", "any"), "tags": ("tag", "any")}


def carried_over(before: LanePolicy, calls: Sequence[CalledLane]) -> LanePolicy:
    """What is declared of a lane already, with the starts and parameters of its commands.

    Nothing starts more often than it did: a start that is narrowed in ways without a word here is left out, and so
    is one that waits for somebody's approval.
    """
    found: dict[str, Any] = {"parameters": {**_alike(calls), **before.parameters}}
    starts = [start for one in calls if one.call.approval is None for start in one.call.starts]
    for key, kinds in _KINDS.items():
        patterns = [one for start in starts if start.kind in kinds for one in _patterns(start)]
        found[key] = list(dict.fromkeys([*getattr(before, key), *patterns]))
    return before.model_copy(update=found)


def left_out(lane: Lane[..., Any], calls: Sequence[CalledLane]) -> Iterator[str]:
    """Sentences on what is not carried over, and what to write or to keep in its place."""
    for one in calls:
        if one.call.approval is not None:
            yield (
                f"{one.call.place} waits for {one.call.approval}. The export has an approval only before what needs a"
                f" person: it starts {lane.name} by hand instead."
            )
        if one.env is not None:
            yield f"{one.call.place} reads .env.{one.env}: the export has no word for --env."
    starts = dict.fromkeys(start for one in calls if one.call.approval is None for start in one.call.starts)
    for start in starts:
        yield from _of_start(start, lane)
    yield from _of_times([start for start in starts if start.kind == "schedule"], lane)
    yield from _unlike(lane.name, calls)


def _of_start(start: CiStart, lane: Lane[..., Any]) -> Iterator[str]:
    place = f"{start.path}:{start.line}"
    if start.kind in {"push", "tag", "any"} and len(_patterns(start)) < max(_count(start), 1):
        yield (
            f"{place}: {start.text} starts {lane.name}. The export has no words for that: declare the branches or"
            " tags that will do, or start it by hand."
        )
    elif start.kind in {"pull_request", "other", "call"}:
        yield f"{place}: keep a file of your own for {start.text}: the export has none."


def _of_times(starts: Sequence[CiStart], lane: Lane[..., Any]) -> Iterator[str]:
    """A lane has one time, which stands in the Lanefile."""
    times = dict.fromkeys((start.cron, start.timezone or "UTC") for start in starts)
    own = lane.schedule
    if own is None and times:
        cron, zone = next(iter(times))
        said = f', timezone="{zone}"' if zone != "UTC" else ""
        yield f'Write @lane(schedule="{cron or "…"}"{said}) above {lane.name}: the export then has its time.'
    kept = next(iter(times), None) if own is None else (own.cron, own.timezone)
    for cron, zone in times:
        if cron is not None and (cron, zone) != kept:
            yield f"{lane.name} has one time, that of its schedule: at {cron} ({zone}) nothing starts it any more."


def _patterns(start: CiStart) -> list[str]:
    """The patterns of a push, where the policy has words for them."""
    if start.detail:
        return []
    given = start.tags if start.kind == "tag" else start.branches
    return [one for one in given if _PATTERN.fullmatch(one)] if given else ["**"]


def _count(start: CiStart) -> int:
    return len(start.tags if start.kind == "tag" else start.branches)


def _alike(calls: Iterable[CalledLane]) -> dict[str, str]:
    """The parameters that all commands give, with the same values."""
    first, *others = (dict(one.parameters) for one in calls)
    return {key: value for key, value in first.items() if all(one.get(key) == value for one in others)}


def _unlike(name: str, calls: Sequence[CalledLane]) -> Iterator[str]:
    """The parameters that only some commands give, or give with other values."""
    alike = _alike(calls)
    said = [
        f"{one.call.place} {key}={value}"
        for one in calls
        for key, value in one.parameters
        if key not in alike
    ]
    if said:
        yield (
            f"Not all commands give {name} the same parameters ({', '.join(dict.fromkeys(said))}), and the export has"
            " one set of them: declare it, or make a lane of each."
        )


def together(calls: Iterable[CalledLane]) -> Iterator[str]:
    """Jobs that run several lanes one after another."""
    jobs: dict[tuple[str, str], list[str]] = {}
    for one in calls:
        jobs.setdefault((one.call.file, one.call.job), []).append(one.lane or "")
    for (file, job), lanes in jobs.items():
        names = list(dict.fromkeys(lanes))
        if len(names) > 1:
            yield (
                f"{file}: the job {job} runs {', '.join(names)} one after another. Exported, each starts by itself:"
                " where one needs another, make one lane of them."
            )
