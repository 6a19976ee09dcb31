"""Phased releases: seven days by the clock, which can be paused, or cut short."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lane_sandbox import _release
from lane_sandbox._problem import Problem, bad_attribute, bad_relationship, bad_state
from lane_sandbox._resource import Change, Event, Resource, Writing, date, integer, one, one_of

if TYPE_CHECKING:
    from lane_sandbox._store import Record
    from lane_sandbox._team import Team

STEPS = {
    "INACTIVE": {"ACTIVE"},
    "ACTIVE": {"PAUSED", "COMPLETE"},
    "PAUSED": {"ACTIVE", "COMPLETE"},
    "COMPLETE": set[str](),
}
"""What can be asked for in each state; before the version is out ACTIVE and INACTIVE are the same."""


def check_phased(team: Team, phased: Record | None, change: Change) -> None:
    """One for each version, before that is out; its states in their order."""
    wanted = change.attributes.get("phasedReleaseState")
    if phased is None:
        version = team.store.find("appStoreVersions", str(change.link("appStoreVersion")))
        assert version is not None
        if team.store.related(version, "appStoreVersionPhasedRelease"):
            detail = "The version has a phased release already"
            raise Problem([bad_relationship("appStoreVersion", "INVALID", detail)])
        if version.attributes["appVersionState"] not in _release.EDITABLE | _release.UNRELEASED:
            raise bad_state("The version is out already.")
        if wanted not in {None, "INACTIVE", "ACTIVE"}:
            raise _refused(wanted, "a new one")
        return
    state = phased.attributes["phasedReleaseState"]
    if wanted is not None and wanted != state and wanted not in STEPS[state]:
        raise _refused(wanted, state)
    if wanted in {"PAUSED", "COMPLETE"} and phased.attributes["startDate"] is None:
        raise _refused(wanted, "one that has not begun")


def _refused(wanted: object, state: str) -> Problem:
    detail = f"A phased release can not become {wanted} from {state}"
    return Problem([bad_attribute("phasedReleaseState", "INVALID", detail)])


def complete_phased(team: Team, phased: Record, _change: Change) -> None:
    """It waits for the version."""
    team.store.change(phased, {"phasedReleaseState": phased.attributes["phasedReleaseState"] or "INACTIVE"})


def change_phased(team: Team, phased: Record, change: Change) -> None:
    """Pausing stops its clock; going on starts it again."""
    wanted, now = change.attributes.get("phasedReleaseState"), team.clock.now()
    if phased.attributes["startDate"] is None or wanted is None:
        return
    if wanted == "PAUSED" and phased.private.get("paused") is None:
        team.store.change(phased, paused=now, due=None)
    elif wanted == "ACTIVE" and phased.private.get("paused") is not None:
        rest = phased.private.get("rest", 0.0) + now - phased.private["paused"]
        team.store.change(phased, paused=None, rest=rest)
        end = phased.private["started"] + rest + _release.PHASED_DAYS * _release.DAY_SECONDS
        team.schedule(phased, "over", end)
    elif wanted == "COMPLETE":
        team.store.change(phased, paused=None, due=None)


def end_phased(team: Team, phased: Record, _found: None) -> None:
    """All have it."""
    team.store.change(phased, {"phasedReleaseState": "COMPLETE"})


def present_phased(team: Team, phased: Record) -> dict[str, Any]:
    """Days are counted while it runs."""
    started = phased.private.get("started")
    if started is None:
        return {"currentDayNumber": 0, "totalPauseDuration": 0}
    if phased.attributes["phasedReleaseState"] == "COMPLETE":
        return {"currentDayNumber": _release.PHASED_DAYS, "totalPauseDuration": _rest(team, phased)[1]}
    ran, days = _rest(team, phased)
    return {"currentDayNumber": min(int(ran // _release.DAY_SECONDS) + 1, 7), "totalPauseDuration": days}


def _rest(team: Team, phased: Record) -> tuple[float, int]:
    """The seconds for which it has run, and the whole days for which it has been paused."""
    now, paused = team.clock.now(), phased.private.get("paused")
    rest = phased.private.get("rest", 0.0) + (now - paused if paused is not None else 0.0)
    return now - phased.private["started"] - rest, int(rest // _release.DAY_SECONDS)


def keep_begun(_team: Team, phased: Record) -> None:
    """One that has begun can be paused or completed, not deleted."""
    if phased.attributes["startDate"] is not None:
        raise bad_state("The phased release has begun; pause or complete it.")


APP_STORE_VERSION_PHASED_RELEASES = Resource(
    "appStoreVersionPhasedReleases",
    attributes={
        "phasedReleaseState": one_of("INACTIVE", "ACTIVE", "PAUSED", "COMPLETE"),
        "startDate": date(),
        "totalPauseDuration": integer(),
        "currentDayNumber": integer(),
    },
    relationships={
        "appStoreVersion": one("appStoreVersions", hidden=True),
    },
    create=Writing(required=("appStoreVersion",), optional=("phasedReleaseState",)),
    update=Writing(optional=("phasedReleaseState",)),
    delete=True,
    check=check_phased,
    created=complete_phased,
    updated=change_phased,
    present=present_phased,
    keeping=keep_begun,
    events={"over": Event(end_phased)},
)
