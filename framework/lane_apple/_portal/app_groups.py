"""App groups: registered, and joined by app ids; no API key can do either."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from lane import ActionError
from lane_apple._ensured import Change, Ensured
from lane_apple._once import once

from .form import portal_name
from .identifiers import APP_GROUPS, APP_IDS, find_app_ids, find_identifiers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .identifiers import PortalIdentifier
    from .portal import DeveloperPortal


def find_app_groups(portal: DeveloperPortal, app_id: str) -> list[str]:
    """The groups (`group.com.example`) that an app id belongs to, sorted. Raises ActionError for an unknown app id."""
    return sorted(_joined(portal, _app_id(portal, app_id)))


def ensure_app_group(portal: DeveloperPortal, group: str) -> Ensured[PortalIdentifier]:
    """Register a group that is not registered, under a name made of it."""
    found = _group(portal, group)
    if found is not None:
        return Ensured(found)
    name = portal_name("".join(letter if letter.isalnum() else " " for letter in group))

    def act() -> PortalIdentifier:
        action, payload = "addApplicationGroup.action", "applicationGroup"
        portal.change(APP_GROUPS, action, payload, identifier=group, name=name)
        return _group(portal, group) or _unlisted(group)

    made = once(portal, act, lambda: _group(portal, group))
    return Ensured(made, (Change(f"appGroups/{made.id}", None, {"identifier": group, "name": name}),))


def join_app_groups(
    portal: DeveloperPortal, app_id: str, groups: Sequence[PortalIdentifier]
) -> Ensured[list[str]]:
    """Let an app id belong to groups; those that it has stay. Gives all that it belongs to, sorted.

    Raises ActionError for an unknown app id.
    """
    owner = _app_id(portal, app_id)
    joined = _joined(portal, owner)
    wanted = joined | {each.identifier: each.id for each in groups}
    if wanted == joined:
        return Ensured(sorted(joined))

    def act() -> bool:
        portal.change(
            APP_IDS,
            "assignApplicationGroupToAppId.action",
            "appId",
            appIdId=owner.id,
            displayId=owner.id,
            applicationGroups=[*wanted.values()],
        )
        return True

    once(portal, act, lambda: _joined(portal, owner) == wanted or None)
    change = Change(f"appIds/{owner.id} appGroups", sorted(joined), sorted(wanted))
    return Ensured(sorted(wanted), (change,))


def _app_id(portal: DeveloperPortal, identifier: str) -> PortalIdentifier:
    for each in find_app_ids(portal):
        if each.identifier == identifier:
            return each
    raise ActionError(
        f"The team {portal.team} has no app id {identifier}.",
        hint="Register it first, or choose its team with FASTLANE_TEAM_ID.",
        code="identifier_not_found",
    )


def _joined(portal: DeveloperPortal, app_id: PortalIdentifier) -> dict[str, str]:
    """The groups of an app id, with Apple's ids of them; a list of app ids does not tell."""
    detail = portal.get(APP_IDS, "getAppIdDetail.action", "appId", appIdId=app_id.id)
    entries = detail.get("associatedApplicationGroups") or ()
    return {str(each.get("identifier")): str(each.get("applicationGroup")) for each in entries}


def _group(portal: DeveloperPortal, group: str) -> PortalIdentifier | None:
    return next((each for each in find_identifiers(portal, APP_GROUPS) if each.identifier == group), None)


def _unlisted(group: str) -> NoReturn:
    raise ActionError(
        f"The developer portal took the app group {group}, but does not list it.",
        hint="Run this again later: what is there is not made twice.",
        code="unexpected_answer",
    )
