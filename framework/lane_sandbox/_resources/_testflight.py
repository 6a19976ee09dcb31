"""TestFlight: groups, testers, what to test, and the beta state of builds."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from lane_sandbox._problem import Problem, bad_attribute, bad_relationship, bad_state
from lane_sandbox._resource import (
    Change,
    Listing,
    Resource,
    Writing,
    date,
    email,
    flag,
    integer,
    listing,
    many,
    one,
    one_of,
    text,
)

if TYPE_CHECKING:
    from lane_sandbox._store import Record
    from lane_sandbox._team import Team

REVIEWS = {
    "WAITING_FOR_REVIEW": "WAITING_FOR_BETA_REVIEW",
    "IN_REVIEW": "IN_BETA_REVIEW",
    "REJECTED": "BETA_REJECTED",
    "APPROVED": "BETA_APPROVED",
}
"""The external state of a build, by that of its review."""
PUBLIC_LINK = "https://testflight.apple.com/join/"


def present_states(team: Team, detail: Record) -> dict[str, Any]:
    """The beta states of a build follow from the build and from its groups."""
    build = team.store.related_one(detail, "build")
    assert build is not None
    values = team.attributes(build)
    if values["expired"]:
        return {"internalBuildState": "EXPIRED", "externalBuildState": "EXPIRED"}
    if values["processingState"] == "PROCESSING":
        return {"internalBuildState": "PROCESSING", "externalBuildState": "PROCESSING"}
    if values["processingState"] != "VALID":
        return {"internalBuildState": "PROCESSING_EXCEPTION", "externalBuildState": "PROCESSING_EXCEPTION"}
    if values["usesNonExemptEncryption"] is None:
        missing = "MISSING_EXPORT_COMPLIANCE"
        return {"internalBuildState": missing, "externalBuildState": missing}
    inside = {bool(group.attributes["isInternalGroup"]) for group in team.store.related(build, "betaGroups")}
    internal = "IN_BETA_TESTING" if True in inside else "READY_FOR_BETA_TESTING"
    submission = team.store.related_one(build, "betaAppReviewSubmission")
    review = submission.attributes["betaReviewState"] if submission else None
    external = REVIEWS.get(str(review), "READY_FOR_BETA_SUBMISSION")
    if external == "BETA_APPROVED" and False in inside:
        external = "IN_BETA_TESTING"
    return {"internalBuildState": internal, "externalBuildState": external}


def check_notification(team: Team, _record: Record | None, change: Change) -> None:
    """Testers are told of builds that they can test."""
    build = team.store.find("builds", change.links["build"][0])
    assert build is not None
    values = team.attributes(build)
    if values["processingState"] != "VALID" or values["expired"]:
        raise bad_state("The build is not in a state that testers can be notified of.")


def check_group(team: Team, group: Record | None, change: Change) -> None:
    """Internal groups have no public link; a group takes builds of its own app only."""
    internal = group.attributes["isInternalGroup"] if group else change.attributes.get("isInternalGroup")
    if internal and change.attributes.get("publicLinkEnabled"):
        detail = "An internal group can not have a public link"
        raise Problem([bad_attribute("publicLinkEnabled", "INVALID", detail)])
    for identifier in change.links.get("builds", ()):
        build = team.store.find("builds", identifier)
        if build and build.links["app"] != change.links.get("app", group.links["app"] if group else None):
            raise Problem(
                [bad_relationship("builds", "INVALID", f"'{identifier}' is a build of another app")]
            )


def check_group_links(team: Team, group: Record, name: str, targets: list[str]) -> None:
    """The same where the builds of a group are changed by themselves."""
    if name == "builds":
        check_group(team, group, Change({}, {"builds": targets}))


def complete_group(team: Team, group: Record, change: Change) -> None:
    """Give a new group its date; one with access to all builds gets them."""
    team.store.change(group, {"createdDate": team.clock.date()})
    if group.attributes["isInternalGroup"] and group.attributes["hasAccessToAllBuilds"]:
        app = team.store.related_one(group, "app")
        assert app is not None
        team.store.link(group, "builds", [build.id for build in team.store.related(app, "builds")])
    set_public_link(team, group, change)


def set_public_link(team: Team, group: Record, _change: Change) -> None:
    """A public link is made when it is first enabled, and kept."""
    if group.attributes["publicLinkEnabled"] and not group.attributes["publicLinkId"]:
        name = secrets.token_urlsafe(6)
        team.store.change(group, {"publicLinkId": name, "publicLink": PUBLIC_LINK + name})


def leave_apps(team: Team, tester: Record, _name: str, apps: list[str]) -> None:
    """Take a tester out of all groups of some apps."""
    for group in team.store.related(tester, "betaGroups"):
        if set(group.links["app"]) & set(apps):
            team.store.unlink(group, "betaTesters", [tester.id])


def check_invitation(team: Team, _record: Record | None, change: Change) -> None:
    """Only a tester of the app can be invited to it."""
    for identifier in change.links.get("betaTester", ()):
        tester = team.store.find("betaTesters", identifier)
        apps = [app.id for app in team.store.related(tester, "apps")] if tester else []
        if change.links["app"][0] not in apps:
            raise bad_state("The tester is in no group of this app.")


def invite(team: Team, invitation: Record, _change: Change) -> None:
    """A tester who was not invited yet now is."""
    tester = team.store.related_one(invitation, "betaTester")
    if tester is not None and tester.attributes["state"] == "NOT_INVITED":
        team.store.change(tester, {"state": "INVITED"})


BUILD_BETA_DETAILS = Resource(
    "buildBetaDetails",
    family="testflight",
    attributes={
        "autoNotifyEnabled": flag(),
        "internalBuildState": one_of(
            "PROCESSING",
            "PROCESSING_EXCEPTION",
            "MISSING_EXPORT_COMPLIANCE",
            "READY_FOR_BETA_TESTING",
            "IN_BETA_TESTING",
            "EXPIRED",
            "IN_EXPORT_COMPLIANCE_REVIEW",
        ),
        "externalBuildState": one_of(
            "PROCESSING",
            "PROCESSING_EXCEPTION",
            "MISSING_EXPORT_COMPLIANCE",
            "READY_FOR_BETA_TESTING",
            "IN_BETA_TESTING",
            "EXPIRED",
            "READY_FOR_BETA_SUBMISSION",
            "IN_EXPORT_COMPLIANCE_REVIEW",
            "WAITING_FOR_BETA_REVIEW",
            "IN_BETA_REVIEW",
            "BETA_REJECTED",
            "BETA_APPROVED",
            "NOT_APPLICABLE",
        ),
    },
    relationships={
        "build": one("builds", related=Listing(include=True), linkages=("GET",)),
    },
    listing=Listing(filters=("build", "id"), include=True),
    get=True,
    present=present_states,
    update=Writing(optional=("autoNotifyEnabled",)),
)


BUILD_BETA_NOTIFICATIONS = Resource(
    "buildBetaNotifications",
    family="testflight",
    relationships={"build": one("builds", hidden=True)},
    check=check_notification,
    create=Writing(required=("build",)),
)


BETA_BUILD_LOCALIZATIONS = Resource(
    "betaBuildLocalizations",
    family="testflight",
    attributes={
        "whatsNew": text(longest=4000),
        "locale": text(),
    },
    relationships={
        "build": one("builds", related=Listing(), linkages=("GET",)),
    },
    listing=Listing(filters=("locale", "build"), include=True),
    get=True,
    unique=("locale", "build"),
    create=Writing(required=("locale", "build"), optional=("whatsNew",)),
    update=Writing(optional=("whatsNew",)),
    delete=True,
)


BETA_GROUPS = Resource(
    "betaGroups",
    family="testflight",
    attributes={
        "name": text(),
        "createdDate": date(),
        "isInternalGroup": flag(),
        "hasAccessToAllBuilds": flag(),
        "publicLinkEnabled": flag(),
        "publicLinkId": text(),
        "publicLinkLimitEnabled": flag(),
        "publicLinkLimit": integer(),
        "publicLink": text(),
        "feedbackEnabled": flag(True),
        "iosBuildsAvailableForAppleSiliconMac": flag(True),
        "iosBuildsAvailableForAppleVision": flag(True),
    },
    relationships={
        "app": one("apps", related=Listing(), linkages=("GET",)),
        "builds": many("builds", related=Listing(), linkages=("GET", "POST", "DELETE"), most=1000),
        "betaTesters": many("betaTesters", related=Listing(), linkages=("GET", "POST", "DELETE")),
        "betaRecruitmentCriteria": one("betaRecruitmentCriteria"),
        "betaRecruitmentCriterionCompatibleBuildCheck": one(
            "betaRecruitmentCriterionCompatibleBuildCheck", data=False
        ),
    },
    listing=Listing(
        filters=(
            "name",
            "isInternalGroup",
            "publicLinkEnabled",
            "publicLinkLimitEnabled",
            "publicLink",
            "app",
            "builds",
            "id",
        ),
        sorts=("name", "createdDate", "publicLinkEnabled", "publicLinkLimit"),
        include=True,
    ),
    get=True,
    check=check_group,
    linking=check_group_links,
    created=complete_group,
    create=Writing(
        required=("name", "app"),
        optional=(
            "isInternalGroup",
            "hasAccessToAllBuilds",
            "publicLinkEnabled",
            "publicLinkLimitEnabled",
            "publicLinkLimit",
            "feedbackEnabled",
            "builds",
            "betaTesters",
        ),
    ),
    updated=set_public_link,
    unique=("name", "app"),
    update=Writing(
        optional=(
            "name",
            "publicLinkEnabled",
            "publicLinkLimitEnabled",
            "publicLinkLimit",
            "feedbackEnabled",
            "iosBuildsAvailableForAppleSiliconMac",
            "iosBuildsAvailableForAppleVision",
        )
    ),
    delete=True,
)


BETA_TESTERS = Resource(
    "betaTesters",
    family="testflight",
    attributes={
        "firstName": text(),
        "lastName": text(),
        "email": email(),
        "inviteType": one_of("EMAIL", "PUBLIC_LINK", default="EMAIL"),
        "state": one_of("NOT_INVITED", "INVITED", "ACCEPTED", "INSTALLED", "REVOKED", default="NOT_INVITED"),
        "appDevices": listing(),
    },
    relationships={
        "apps": many("apps", through=("betaGroups", "app"), related=Listing(), linkages=("GET", "DELETE")),
        "betaGroups": many(
            "betaGroups", inverse="betaTesters", related=Listing(), linkages=("GET", "POST", "DELETE")
        ),
        "builds": many(
            "builds", inverse="individualTesters", related=Listing(), linkages=("GET", "POST", "DELETE")
        ),
    },
    listing=Listing(
        filters=("firstName", "lastName", "email", "inviteType", "apps", "betaGroups", "builds", "id"),
        sorts=("firstName", "lastName", "email", "inviteType", "state"),
        include=True,
    ),
    get=True,
    unique=("email",),
    unlinking=leave_apps,
    create=Writing(required=("email",), optional=("firstName", "lastName", "betaGroups", "builds")),
    delete=True,
)


BETA_TESTER_INVITATIONS = Resource(
    "betaTesterInvitations",
    family="testflight",
    relationships={
        "app": one("apps", hidden=True),
        "betaTester": one("betaTesters", hidden=True),
    },
    check=check_invitation,
    created=invite,
    create=Writing(required=("app",), optional=("betaTester",)),
)
