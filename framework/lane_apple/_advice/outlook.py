"""The jobs into which a lane falls once advice is taken: the planner's rules 2 and 3, on needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .advice import Job, Outlook
from .need import NOW

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from .need import Need

Kind = tuple[str | None, bool]


def outlook(
    lane: str,
    needs: Sequence[Need],
    *,
    deferred: Mapping[str, str],
    attended: Collection[str],
    done: Collection[str],
) -> Outlook:
    """The plan of one lane. `deferred` names needs with the cron that each gets; hooks are left out.

    Steps share a job when they are of one kind (cron, need of a person) and wait for the same jobs of other kinds.
    """
    left = [need for need in needs if not need.in_hook and need.name not in done]
    crons = triggers(left, deferred)
    job_of: dict[str, int] = {}
    waits: dict[str, frozenset[int]] = {}
    kinds: list[Kind] = []
    steps: list[list[str]] = []
    fed: list[set[int]] = []
    known: dict[tuple[Kind, frozenset[int]], int] = {}
    for need in left:
        kind = crons[need.name], need.name in attended
        feeds = {name: job_of[name] for name in need.follows if name in job_of}
        others = {job for job in feeds.values() if kinds[job] != kind}
        wait = waits[need.name] = frozenset(others).union(*(waits[name] for name in feeds))
        job = known.setdefault((kind, wait), len(kinds))
        if job == len(kinds):
            kinds.append(kind)
            steps.append([])
            fed.append(set())
        job_of[need.name] = job
        steps[job].append(need.name)
        fed[job] |= set(feeds.values()) - {job}
    names = _names(kinds)
    jobs = (
        Job(names[index], cron, by_person, tuple(names[other] for other in sorted(fed[index])), tuple(ids))
        for index, ((cron, by_person), ids) in enumerate(zip(kinds, steps, strict=True))
    )
    gone = tuple(need.name for need in needs if need.name in done and not need.in_hook)
    return Outlook(lane, tuple(jobs), gone)


def triggers(needs: Sequence[Need], deferred: Mapping[str, str]) -> dict[str, str | None]:
    """The cron of each need of a lane: its own, else the first that it follows brings."""
    found: dict[str, str | None] = {}
    for need in needs:
        own = deferred.get(need.name) or need.on
        if own is None:
            own = next((cron for name in need.follows if (cron := found.get(name))), None)
        found[need.name] = None if own == NOW else own
    return found


def followers(needs: Sequence[Need], name: str) -> set[str]:
    """The names of the needs of a lane that wait for one, directly or not."""
    found = {name}
    for need in needs:
        if not found.isdisjoint(need.follows):
            found.add(need.name)
    return found - {name}


def _names(kinds: Sequence[Kind]) -> list[str]:
    names: list[str] = []
    counts: dict[str, int] = {}
    for cron, by_person in kinds:
        word = "scheduled" if cron is not None else "attended" if by_person else "main"
        counts[word] = count = counts.get(word, 0) + 1
        names.append(word if count == 1 else f"{word}-{count}")
    return names
