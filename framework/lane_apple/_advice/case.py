"""A team's case: every need with its way, and those of an Apple ID sorted by what can be done about them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from .outlook import followers, outlook, triggers
from .route import eased, route

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from .advice import Job, Outlook
    from .need import Facts, Need
    from .route import Route


@dataclass(slots=True)
class LaneCase:
    """What of a case is one lane's: all its needs in their order, and those of an Apple ID as in Case."""

    needs: list[Need] = field(default_factory=list)
    once: list[Need] = field(default_factory=list)
    recurring: list[Route] = field(default_factory=list)
    split: list[Need] = field(default_factory=list)

    @property
    def done(self) -> set[str]:
        """The names of what is done once."""
        return {need.name for need in self.once}

    @property
    def deferred(self) -> dict[str, str]:
        """The names of what is put off, with the time of each."""
        return {need.name: need.defer.cron for need in self.split if need.defer is not None}


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
    lanes: Mapping[str, LaneCase]

    @property
    def by_person(self) -> tuple[Route, ...]:
        """All ways by an Apple ID."""
        return (*self.hooks, *self.once, *self.recurring)

    def left_to_people(self, made: Route) -> bool:
        """Whether a person completes it in each run: no session lives, and no machine can keep one."""
        return self.facts.answers.reachable is False and not made.found

    def waiting(self, need: Need) -> list[str]:
        """The names of what waits for a need, in the lane's order."""
        needs = self.lanes[need.lane].needs
        found = followers(needs, need.name)
        return [other.name for other in needs if other.name in found]

    def job_of(self, need: Need) -> Job:
        """The job in which a person does a need, once what comes before it is done; not for one in a hook."""
        mine = self.lanes[need.lane]
        by_person = mine.done | {made.need.name for made in mine.recurring}
        plan = outlook(need.lane, mine.needs, deferred={}, attended=by_person, done=mine.done - {need.name})
        return next(job for job in plan.jobs if need.name in job.steps)

    def outlooks(self) -> tuple[Outlook, ...]:
        """The plans that result, of the lanes in which an Apple ID has a part."""
        lanes = dict.fromkeys(made.need.lane for made in (*self.once, *self.recurring))
        return tuple(self._outlook(lane, self.lanes[lane]) for lane in lanes)

    def _outlook(self, lane: str, mine: LaneCase) -> Outlook:
        attended = {made.need.name for made in mine.recurring if self.left_to_people(made)}
        return outlook(lane, mine.needs, deferred=mine.deferred, attended=attended, done=mine.done)


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
    once = tuple(made for made in people if made.need.id in seen)
    recurring = tuple(made for made in people if made.need.id not in seen)
    lanes = _lanes(needs, once, recurring)
    if facts.answers.reachable is not False:
        for mine in lanes.values():
            _split(mine)
    return Case(
        facts,
        present,
        routes,
        hooks=tuple(made for made in routes if made.by_person and made.need.in_hook),
        once=once,
        recurring=recurring,
        checks=tuple(checks),
        split=tuple(need for mine in lanes.values() for need in mine.split),
        lanes=lanes,
    )


def _lanes(needs: Iterable[Need], once: Iterable[Route], recurring: Iterable[Route]) -> dict[str, LaneCase]:
    found: dict[str, LaneCase] = {}
    for need in needs:
        found.setdefault(need.lane, LaneCase()).needs.append(need)
    for made in once:
        found[made.need.lane].once.append(made.need)
    for made in recurring:
        found[made.need.lane].recurring.append(made)
    return found


def _split(mine: LaneCase) -> None:
    """Those that can be deferred, where something of their lane stays; what follows one of them needs no edit."""
    lane = [other for other in mine.needs if not other.in_hook]
    for made in mine.recurring:
        need = made.need
        if need.defer is None or triggers(lane, mine.deferred)[need.name] is not None:
            continue
        following = followers(lane, need.name)
        stays = any(other.name != need.name and other.name not in following for other in lane)
        if stays and not any(_meets(lane, following, need, other) for other in mine.split):
            mine.split.append(need)


def _meets(lane: Sequence[Need], following: set[str], need: Need, other: Need) -> bool:
    """Whether something would follow two that are deferred to different times."""
    if other.defer is None or need.defer is None:
        return False
    return other.defer.cron != need.defer.cron and not following.isdisjoint(followers(lane, other.name))
