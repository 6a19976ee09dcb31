"""A team's case: every need with its way, and those of an Apple ID sorted by what can be done about them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from .outlook import followers, outlook, triggers
from .route import eased, route

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .advice import Job, Outlook
    from .need import Facts, Need
    from .route import Route


@dataclass(frozen=True, slots=True)
class Case:
    """What the parts of advice are made from.

    `present` are the ways as things are written, `routes` those after the edits that ease them. Of the latter by an
    Apple ID, `hooks` are in hooks, `once` go as soon as their work is done, `recurring` come with every run.
    `checks` are the ways of what looks whether work for an Apple ID is done. `split` are those that recur and can
    leave their lane's main job by an edit.
    """

    facts: Facts
    present: tuple[Route, ...]
    routes: tuple[Route, ...]
    hooks: tuple[Route, ...]
    once: tuple[Route, ...]
    recurring: tuple[Route, ...]
    checks: tuple[Route, ...]
    split: tuple[Need, ...]

    @property
    def by_person(self) -> tuple[Route, ...]:
        """All ways by an Apple ID."""
        return (*self.hooks, *self.once, *self.recurring)

    def left_to_people(self, made: Route) -> bool:
        """Whether a person completes it in each run: no session lives, and no machine can keep one."""
        return self.facts.answers.reachable is False and not made.found

    def lane(self, name: str) -> list[Need]:
        """The needs of a lane, in their order."""
        return [made.need for made in self.routes if made.need.lane == name]

    def waiting(self, need: Need) -> list[str]:
        """The names of what waits for a need, in the lane's order."""
        found = followers(self.lane(need.lane), need.name)
        return [other.name for other in self.lane(need.lane) if other.name in found]

    def job_of(self, need: Need) -> Job:
        """The job in which a person does a need, once what comes before it is done; not for one in a hook."""
        by_person = {made.need.name for made in self.by_person if made.need.lane == need.lane}
        done = {made.need.name for made in self.once if made.need.lane == need.lane} - {need.name}
        plan = outlook(need.lane, self.lane(need.lane), deferred={}, attended=by_person, done=done)
        return next(job for job in plan.jobs if need.name in job.steps)

    def outlooks(self) -> tuple[Outlook, ...]:
        """The plans that result, of the lanes in which an Apple ID has a part."""
        return tuple(
            self._outlook(lane) for lane in _lanes(made.need for made in (*self.once, *self.recurring))
        )

    def _outlook(self, lane: str) -> Outlook:
        return outlook(
            lane,
            self.lane(lane),
            deferred=_deferred(self.split, lane),
            attended={
                made.need.name
                for made in self.recurring
                if made.need.lane == lane and self.left_to_people(made)
            },
            done={made.need.name for made in self.once if made.need.lane == lane},
        )


def case_of(needs: Sequence[Need], facts: Facts) -> Case:
    """Sort a team's needs."""
    present = tuple(route(need, facts) for need in needs)
    routes = tuple(eased(made, facts) for made in present)
    people = [made for made in routes if made.by_person and not made.need.in_hook]
    checks = [
        route(replace(made.need, modes=made.need.check), facts)
        for made in people
        if made.need.check is not None
    ]
    seen = {check.need.id for check in checks if not check.barred and not check.by_person}
    recurring = tuple(made for made in people if made.need.id not in seen)
    return Case(
        facts,
        present,
        routes,
        hooks=tuple(made for made in routes if made.by_person and made.need.in_hook),
        once=tuple(made for made in people if made.need.id in seen),
        recurring=recurring,
        checks=tuple(checks),
        split=()
        if facts.answers.reachable is False
        else tuple(_split([made.need for made in recurring], needs)),
    )


def _split(recurring: Iterable[Need], needs: Sequence[Need]) -> Iterable[Need]:
    """Those that can be deferred, where something of their lane stays; what follows one of them needs no edit."""
    found: list[Need] = []
    for need in recurring:
        lane = [other for other in needs if other.lane == need.lane and not other.in_hook]
        if need.defer is None or triggers(lane, _deferred(found, need.lane))[need.name] is not None:
            continue
        following = followers(lane, need.name)
        stays = any(other.name != need.name and other.name not in following for other in lane)
        if stays and not any(_meets(lane, following, need, other) for other in found):
            found.append(need)
    return found


def _meets(lane: Sequence[Need], following: set[str], need: Need, other: Need) -> bool:
    """Whether something would follow two that are deferred to different times."""
    if other.lane != need.lane or other.defer is None or need.defer is None:
        return False
    return other.defer.cron != need.defer.cron and not following.isdisjoint(followers(lane, other.name))


def _deferred(split: Iterable[Need], lane: str) -> dict[str, str]:
    return {need.name: need.defer.cron for need in split if need.lane == lane and need.defer is not None}


def _lanes(needs: Iterable[Need]) -> list[str]:
    return list(dict.fromkeys(need.lane for need in needs))
