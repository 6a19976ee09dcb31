"""Review submissions, and the items in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lane_sandbox import _release
from lane_sandbox._problem import Problem, bad_attribute, bad_relationship, bad_state, error
from lane_sandbox._resource import (
    Change,
    Event,
    Listing,
    Resource,
    Writing,
    date,
    flag,
    many,
    one,
    one_of,
    text,
)

if TYPE_CHECKING:
    from lane_sandbox._store import Record
    from lane_sandbox._team import Team

DRAFTS = frozenset({"READY_FOR_REVIEW", "UNRESOLVED_ISSUES"})
UNDER_WAY = frozenset({"WAITING_FOR_REVIEW", "IN_REVIEW"})


def begin(team: Team, submission: Record, change: Change) -> None:
    """A submission is a draft at first."""
    platform = submission.attributes["platform"] or "IOS"
    team.store.change(submission, {"state": "READY_FOR_REVIEW", "platform": platform})
    _sign(team, submission, change, "lastUpdatedByActor")


def check_submission(team: Team, submission: Record | None, change: Change) -> None:
    """A draft with items can be submitted, one that is under way can be cancelled."""
    if submission is None:
        return
    state = submission.attributes["state"]
    if change.attributes.get("submitted"):
        if state not in DRAFTS:
            raise bad_state(f"The review submission can not be submitted in the state {state}.")
        _check_items(team, submission)
    if change.attributes.get("canceled") and state not in DRAFTS | UNDER_WAY:
        raise bad_state(f"The review submission can not be canceled in the state {state}.")
    platform = change.attributes.get("platform")
    if platform not in {None, submission.attributes["platform"]} and team.store.related(submission, "items"):
        raise Problem([bad_attribute("platform", "INVALID", "A submission with items keeps its platform")])


def _check_items(team: Team, submission: Record) -> None:
    items = [
        each for each in team.store.related(submission, "items") if each.attributes["state"] != "REMOVED"
    ]
    if not items:
        raise bad_state("The review submission has no items.")
    if any(each.attributes["state"] == "REJECTED" for each in items):
        raise bad_state("The review submission has items with issues that are not resolved.")
    for other in team.store.all("reviewSubmissions"):
        same = other.links["app"] == submission.links["app"] and other is not submission
        same = same and other.attributes["platform"] == submission.attributes["platform"]
        if same and other.attributes["state"] in UNDER_WAY:
            raise bad_state(f"There is another reviewSubmissions with id {other.id} still in progress.")


def act(team: Team, submission: Record, change: Change) -> None:
    """What was asked for happens."""
    _sign(team, submission, change, "lastUpdatedByActor")
    now = team.clock.now()
    if change.attributes.get("submitted"):
        _sign(team, submission, change, "submittedByActor")
        values = {"state": "WAITING_FOR_REVIEW", "submittedDate": team.clock.date(now)}
        team.store.change(submission, values)
        _set_items(team, submission, "READY_FOR_REVIEW", "WAITING_FOR_REVIEW")
        team.schedule(submission, "taken up", now + team.review_seconds / 2)
    elif change.attributes.get("canceled"):
        team.store.change(submission, {"state": "CANCELING"})
        _set_items(team, submission, "REMOVED", "DEVELOPER_REJECTED")
        team.schedule(submission, "canceled", now + team.processing_seconds)


def _sign(team: Team, submission: Record, change: Change, name: str) -> None:
    """Note whose key it was."""
    if not change.key_id:
        return
    if team.store.find("actors", change.key_id) is None:
        team.store.add("actors", change.key_id, {"actorType": "API_KEY", "apiKeyId": change.key_id})
    team.store.replace_links(submission, name, [change.key_id])


def _set_items(team: Team, submission: Record, state: str, version_state: str) -> None:
    for item in team.store.related(submission, "items"):
        if item.attributes["state"] == "REMOVED":
            continue
        team.store.change(item, {"state": state})
        version = team.store.related_one(item, "appStoreVersion")
        if version is not None:
            _release.move(team, version, version_state)


def take_up(team: Team, submission: Record, _found: None) -> None:
    """The review has begun."""
    team.store.change(submission, {"state": "IN_REVIEW"})
    _set_items(team, submission, "READY_FOR_REVIEW", "IN_REVIEW")
    team.schedule(submission, "decided", submission.private["since"] + team.review_seconds / 2)


def decide(team: Team, submission: Record, _found: None) -> None:
    """The review ends well, unless a fault was ordered; versions go out by their release type."""
    if team.faults.strikes("rejected", submission):
        team.store.change(submission, {"state": "UNRESOLVED_ISSUES"})
        _set_items(team, submission, "REJECTED", "REJECTED")
        return
    team.store.change(submission, {"state": "COMPLETE"})
    _set_items(team, submission, "APPROVED", "PENDING_DEVELOPER_RELEASE")
    for item in team.store.related(submission, "items"):
        version = team.store.related_one(item, "appStoreVersion")
        if version is not None and item.attributes["state"] == "APPROVED":
            _release.release_by_type(team, version, submission.private["since"])


def close(team: Team, submission: Record, _found: None) -> None:
    """The cancellation is through."""
    team.store.change(submission, {"state": "COMPLETE"})


def check_item(team: Team, item: Record | None, change: Change) -> None:
    """A version goes into a draft of its own app when it has all that a review needs."""
    if item is not None:
        _check_item_change(team, item, change)
        return
    submission = team.store.find("reviewSubmissions", str(change.link("reviewSubmission")))
    assert submission is not None
    if submission.attributes["state"] not in DRAFTS:
        raise bad_state("Items can not be added to the review submission in its current state.")
    version = team.store.find("appStoreVersions", change.link("appStoreVersion") or "")
    if version is None:
        raise Problem([bad_relationship("appStoreVersion", "REQUIRED", "An item is for an appStoreVersion")])
    if version.links["app"] != submission.links["app"]:
        raise Problem([bad_relationship("appStoreVersion", "INVALID", "The version is one of another app")])
    if version.attributes["platform"] != submission.attributes["platform"]:
        raise Problem([bad_relationship("appStoreVersion", "INVALID", "The version is for another platform")])
    other = _release.submission_of(team, version)
    if other is not None:
        raise _taken(version, other)
    _check_ready(team, version)


def _taken(version: Record, submission: Record) -> Problem:
    detail = (
        f"appStoreVersions with id '{version.id}' was already added to another reviewSubmission "
        f"with id '{submission.id}'"
    )
    return bad_state(detail, code="STATE_ERROR.ITEM_PART_OF_ANOTHER_SUBMISSION")


def _check_item_change(team: Team, item: Record, change: Change) -> None:
    submission = team.store.related_one(item, "reviewSubmission")
    state = submission.attributes["state"] if submission else None
    for name in ("resolved", "removed"):
        if change.attributes.get(name) and state != "UNRESOLVED_ISSUES":
            raise Problem(
                [bad_attribute(name, "INVALID", f"'{name}' is for a submission with unresolved issues")]
            )


def _check_ready(team: Team, version: Record) -> None:
    """What Apple lists in `associatedErrors` where a version can not be reviewed yet."""
    associated = _release.missing(team, version)
    if version.attributes["appVersionState"] not in _release.EDITABLE or associated:
        title = f"appStoreVersions with id '{version.id}' is not in valid state."
        detail = "This resource cannot be reviewed, please check associated errors to see why."
        meta = {"associatedErrors": associated} if associated else None
        raise Problem([error(409, "STATE_ERROR.ENTITY_STATE_INVALID", title, detail, meta=meta)])


def add_item(team: Team, item: Record, _change: Change) -> None:
    """The version is ready for review."""
    team.store.change(item, {"state": "READY_FOR_REVIEW"})
    version, submission = (
        team.store.related_one(item, name) for name in ("appStoreVersion", "reviewSubmission")
    )
    if version is not None and submission is not None:
        _release.move(team, version, "READY_FOR_REVIEW")
        team.store.replace_links(submission, "appStoreVersionForReview", [version.id])


def change_item(team: Team, item: Record, change: Change) -> None:
    """Issues that are resolved leave the item as it was; a removed one is out."""
    version = team.store.related_one(item, "appStoreVersion")
    if change.attributes.get("removed"):
        team.store.change(item, {"state": "REMOVED"})
        if version is not None:
            _release.move(team, version, "DEVELOPER_REJECTED")
    elif change.attributes.get("resolved"):
        team.store.change(item, {"state": "READY_FOR_REVIEW"})
        if version is not None:
            _release.move(team, version, "READY_FOR_REVIEW")


def keep_submitted(team: Team, item: Record) -> None:
    """Items leave drafts only."""
    submission = team.store.related_one(item, "reviewSubmission")
    if submission is not None and submission.attributes["state"] not in DRAFTS:
        raise bad_state("Items can not be removed from the review submission in its current state.")


def take_out(team: Team, item: Record) -> None:
    """The version of an item that is gone is worked on again."""
    submission = team.store.related_one(item, "reviewSubmission")
    version = team.store.related_one(item, "appStoreVersion")
    if submission is not None:
        team.store.replace_links(submission, "appStoreVersionForReview", [])
    if version is not None and item.attributes["state"] != "REMOVED":
        _release.move(team, version, "PREPARE_FOR_SUBMISSION")


REVIEW_SUBMISSIONS = Resource(
    "reviewSubmissions",
    attributes={
        "platform": one_of("IOS", "MAC_OS", "TV_OS", "VISION_OS"),
        "submittedDate": date(),
        "state": one_of(
            "READY_FOR_REVIEW",
            "WAITING_FOR_REVIEW",
            "IN_REVIEW",
            "UNRESOLVED_ISSUES",
            "CANCELING",
            "COMPLETING",
            "COMPLETE",
        ),
    },
    relationships={
        "app": one("apps", links=False),
        "items": many(
            "reviewSubmissionItems",
            inverse="reviewSubmission",
            related=Listing(include=True),
            linkages=("GET",),
        ),
        "appStoreVersionForReview": one("appStoreVersions", links=False),
        "submittedByActor": one("actors", links=False),
        "lastUpdatedByActor": one("actors", links=False),
    },
    inputs={
        "submitted": flag(),
        "canceled": flag(),
    },
    listing=Listing(filters=("platform", "state", "app"), required=("app",), include=True),
    get=True,
    create=Writing(required=("app",), optional=("platform",)),
    update=Writing(optional=("platform", "submitted", "canceled")),
    check=check_submission,
    created=begin,
    updated=act,
    events={"taken up": Event(take_up), "decided": Event(decide), "canceled": Event(close)},
)


REVIEW_SUBMISSION_ITEMS = Resource(
    "reviewSubmissionItems",
    attributes={
        "state": one_of("READY_FOR_REVIEW", "ACCEPTED", "APPROVED", "REJECTED", "REMOVED"),
    },
    relationships={
        "appStoreVersion": one("appStoreVersions", links=False),
        "appCustomProductPageVersion": one("appCustomProductPageVersions", links=False),
        "appStoreVersionExperiment": one("appStoreVersionExperiments", links=False),
        "appStoreVersionExperimentV2": one("appStoreVersionExperiments", links=False),
        "appEvent": one("appEvents", links=False),
        "backgroundAssetVersion": one("backgroundAssetVersions", links=False),
        "gameCenterAchievementVersion": one("gameCenterAchievementVersions", links=False),
        "gameCenterActivityVersion": one("gameCenterActivityVersions", links=False),
        "gameCenterChallengeVersion": one("gameCenterChallengeVersions", links=False),
        "gameCenterLeaderboardSetVersion": one("gameCenterLeaderboardSetVersions", links=False),
        "gameCenterLeaderboardVersion": one("gameCenterLeaderboardVersions", links=False),
        "inAppPurchaseVersion": one("inAppPurchaseVersions", links=False),
        "subscriptionVersion": one("subscriptionVersions", links=False),
        "subscriptionGroupVersion": one("subscriptionGroupVersions", links=False),
        "reviewSubmission": one("reviewSubmissions", hidden=True),
    },
    inputs={
        "resolved": flag(),
        "removed": flag(),
    },
    create=Writing(
        required=("reviewSubmission",),
        optional=(
            "appStoreVersion",
            "appCustomProductPageVersion",
            "appStoreVersionExperiment",
            "appStoreVersionExperimentV2",
            "appEvent",
            "backgroundAssetVersion",
            "gameCenterAchievementVersion",
            "gameCenterActivityVersion",
            "gameCenterChallengeVersion",
            "gameCenterLeaderboardSetVersion",
            "gameCenterLeaderboardVersion",
            "inAppPurchaseVersion",
            "subscriptionVersion",
            "subscriptionGroupVersion",
        ),
    ),
    update=Writing(optional=("resolved", "removed")),
    delete=True,
    check=check_item,
    created=add_item,
    updated=change_item,
    keeping=keep_submitted,
    deleting=take_out,
)


ACTORS = Resource(
    "actors",
    attributes={
        "actorType": one_of("USER", "API_KEY", "XCODE_CLOUD", "APPLE"),
        "userFirstName": text(),
        "userLastName": text(),
        "userEmail": text(),
        "apiKeyId": text(),
    },
    listing=Listing(filters=("id",), required=("id",)),
    get=True,
)
