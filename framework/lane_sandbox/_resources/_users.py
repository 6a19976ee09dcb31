"""The people of the team: who they are, and what they may."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lane_sandbox._problem import Problem, bad_attribute, bad_relationship, bad_state
from lane_sandbox._resource import Change, Listing, Resource, Writing, date, email, flag, listing, many, text

if TYPE_CHECKING:
    from lane_sandbox._store import Record
    from lane_sandbox._team import Team

INVITATION_SECONDS = 3 * 24 * 3600.0
OWNER = "ACCOUNT_HOLDER"


def check_user(_team: Team, user: Record | None, change: Change) -> None:
    """Everybody has a role; nobody becomes, or ceases to be, the account holder here."""
    assert user is not None
    roles = change.attributes.get("roles", user.attributes["roles"])
    if not roles:
        raise Problem([bad_attribute("roles", "INVALID", "A user has at least one role")])
    if (OWNER in roles) != (OWNER in user.attributes["roles"]):
        raise Problem(
            [bad_attribute("roles", "INVALID", "The role ACCOUNT_HOLDER can not be given or taken")]
        )
    everything = change.attributes.get("allAppsVisible", user.attributes["allAppsVisible"])
    if everything and change.links.get("visibleApps"):
        detail = "A user who sees all apps has no list of visible apps"
        raise Problem([bad_relationship("visibleApps", "INVALID", detail)])


def check_visible_apps(_team: Team, user: Record, _name: str, _apps: list[str]) -> None:
    """Who sees all apps has no list of them."""
    if user.attributes["allAppsVisible"]:
        raise bad_state("The user sees all apps; set allAppsVisible to false first.")


def keep_owner(_team: Team, user: Record) -> None:
    """The account holder stays."""
    if OWNER in user.attributes["roles"]:
        raise bad_state("The account holder can not be removed.")


def check_invitation(team: Team, _invitation: Record | None, change: Change) -> None:
    """An invitation goes to somebody who is not of the team, for roles that can be given."""
    email = change.attributes["email"].lower()
    taken = [each.attributes["username"] for each in team.store.all("users")]
    if email in {str(each).lower() for each in taken}:
        detail = f"The value '{change.attributes['email']}' of 'email' has already been used"
        raise Problem([bad_attribute("email", "INVALID.DUPLICATE", detail)])
    if not change.attributes["roles"] or OWNER in change.attributes["roles"]:
        raise Problem([bad_attribute("roles", "INVALID", "Give at least one role, and not ACCOUNT_HOLDER")])
    if not change.attributes.get("allAppsVisible") and not change.links.get("visibleApps"):
        detail = "Say which apps are visible, or set allAppsVisible"
        raise Problem([bad_relationship("visibleApps", "REQUIRED", detail)])


def complete_invitation(team: Team, invitation: Record, _change: Change) -> None:
    """An invitation is good for three days."""
    expires = team.clock.date(team.clock.now() + INVITATION_SECONDS)
    team.store.change(invitation, {"expirationDate": expires})


USERS = Resource(
    "users",
    attributes={
        "username": text(),
        "firstName": text(),
        "lastName": text(),
        "roles": listing(
            "ADMIN",
            "FINANCE",
            "ACCOUNT_HOLDER",
            "SALES",
            "MARKETING",
            "APP_MANAGER",
            "DEVELOPER",
            "ACCESS_TO_REPORTS",
            "CUSTOMER_SUPPORT",
            "CREATE_APPS",
            "CLOUD_MANAGED_DEVELOPER_ID",
            "CLOUD_MANAGED_APP_DISTRIBUTION",
            "GENERATE_INDIVIDUAL_KEYS",
        ),
        "allAppsVisible": flag(),
        "provisioningAllowed": flag(),
    },
    relationships={
        "visibleApps": many("apps", related=Listing(), linkages=("GET", "POST", "PATCH", "DELETE")),
    },
    listing=Listing(
        filters=("username", "roles", "visibleApps"), sorts=("username", "lastName"), include=True
    ),
    get=True,
    update=Writing(optional=("roles", "allAppsVisible", "provisioningAllowed", "visibleApps")),
    delete=True,
    family="users",
    check=check_user,
    linking=check_visible_apps,
    keeping=keep_owner,
)


USER_INVITATIONS = Resource(
    "userInvitations",
    attributes={
        "email": email(),
        "firstName": text(),
        "lastName": text(),
        "expirationDate": date(),
        "roles": listing(
            "ADMIN",
            "FINANCE",
            "ACCOUNT_HOLDER",
            "SALES",
            "MARKETING",
            "APP_MANAGER",
            "DEVELOPER",
            "ACCESS_TO_REPORTS",
            "CUSTOMER_SUPPORT",
            "CREATE_APPS",
            "CLOUD_MANAGED_DEVELOPER_ID",
            "CLOUD_MANAGED_APP_DISTRIBUTION",
            "GENERATE_INDIVIDUAL_KEYS",
        ),
        "allAppsVisible": flag(),
        "provisioningAllowed": flag(),
    },
    relationships={
        "visibleApps": many("apps", related=Listing(), linkages=("GET",)),
    },
    listing=Listing(filters=("email", "roles", "visibleApps"), sorts=("email", "lastName"), include=True),
    get=True,
    create=Writing(
        required=("email", "firstName", "lastName", "roles"),
        optional=("allAppsVisible", "provisioningAllowed", "visibleApps"),
    ),
    delete=True,
    family="users",
    check=check_invitation,
    created=complete_invitation,
    unique=("email",),
)
