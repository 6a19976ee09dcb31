"""The states of App Store versions: who may edit, what moves, and what comes of a release."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import TYPE_CHECKING, Any

from lane_sandbox._problem import bad_attribute, bad_relationship

if TYPE_CHECKING:
    from lane_sandbox._store import Record
    from lane_sandbox._team import Team

EDITABLE = frozenset(
    {
        "PREPARE_FOR_SUBMISSION",
        "READY_FOR_REVIEW",
        "DEVELOPER_REJECTED",
        "REJECTED",
        "METADATA_REJECTED",
        "INVALID_BINARY",
    }
)
UNRELEASED = frozenset({"WAITING_FOR_REVIEW", "IN_REVIEW", "ACCEPTED", "PENDING_DEVELOPER_RELEASE"})
"""Submitted, and not out yet."""
LIVE = "READY_FOR_DISTRIBUTION"
FINAL = frozenset({LIVE, "REPLACED_WITH_NEW_VERSION"})
"""What does not stand in the way of a new version."""
OLDER_WORDS = {
    LIVE: "READY_FOR_SALE",
    "PROCESSING_FOR_DISTRIBUTION": "PROCESSING_FOR_APP_STORE",
    "PENDING_RELEASE": "PENDING_DEVELOPER_RELEASE",
    "REPLACED_WITH_NEW_INFO": "REPLACED_WITH_NEW_VERSION",
}
"""The states of versions and infos in the words of appStoreState, where they differ."""
INFO_WORDS = {
    "PENDING_DEVELOPER_RELEASE": "PENDING_RELEASE",
    "METADATA_REJECTED": "REJECTED",
    "INVALID_BINARY": "REJECTED",
}
"""appVersionState in the words of an appInfo's state, where they differ."""
CLOSED_SUBMISSIONS = frozenset({"COMPLETE", "COMPLETING", "CANCELING"})
NEEDED_TEXTS = ("description", "keywords", "supportUrl")
CATEGORY_ENDS = ("Category", "SubcategoryOne", "SubcategoryTwo")
DAY_SECONDS = 24 * 3600.0
PHASED_DAYS = 7


def versions(team: Team, app: Record, platform: str | None = None) -> list[Record]:
    """The versions of an app, oldest first."""
    found = team.store.related(app, "appStoreVersions")
    wanted = [each for each in found if platform in {None, each.attributes["platform"]}]
    return sorted(wanted, key=lambda each: each.number)


def was_published(team: Team, app: Record, version: Record) -> bool:
    """Whether an earlier version of the platform is, or was, out."""
    others = versions(team, app, version.attributes["platform"])
    return any(each.attributes["appVersionState"] in FINAL for each in others if each is not version)


def submission_of(team: Team, version: Record) -> Record | None:
    """The review submission that a version is in, unless that is over."""
    for item in team.store.all("reviewSubmissionItems"):
        if version.id not in item.links.get("appStoreVersion", ()) or item.attributes["state"] == "REMOVED":
            continue
        submission = team.store.related_one(item, "reviewSubmission")
        if submission is not None and submission.attributes["state"] not in CLOSED_SUBMISSIONS:
            return submission
    return None


def missing(team: Team, version: Record) -> dict[str, list[dict[str, Any]]]:
    """What a version still needs before a review, as errors by path."""
    found: dict[str, list[dict[str, Any]]] = {}
    build = team.store.related_one(version, "build")
    if build is None:
        place = f"/v1/appStoreVersions/{version.id}"
        found[place] = [
            bad_relationship("build", "REQUIRED", "You must provide a value for the relationship 'build'")
        ]
    elif build.attributes["usesNonExemptEncryption"] is None:
        found[f"/v1/builds/{build.id}"] = [_required("usesNonExemptEncryption")]
    app = team.store.related_one(version, "app")
    primary = app.attributes["primaryLocale"] if app else None
    for texts in team.store.related(version, "appStoreVersionLocalizations"):
        empty = [name for name in NEEDED_TEXTS if not texts.attributes[name]]
        if texts.attributes["locale"] == primary and empty:
            found[f"/v1/appStoreVersionLocalizations/{texts.id}"] = [_required(name) for name in empty]
    return found


def _required(name: str) -> dict[str, Any]:
    return bad_attribute(
        name, "REQUIRED", f"You must provide a value for the attribute '{name}' with this request"
    )


def move(team: Team, version: Record, state: str) -> None:
    """Put a version into a state; the app's info goes with it."""
    team.store.change(version, {"appVersionState": state})
    follow(team, version)


def release_by_type(team: Team, version: Record, moment: float) -> None:
    """An approved version goes out at once, on its day, or waits for its developer."""
    kind, day = version.attributes["releaseType"], version.attributes["earliestReleaseDate"]
    due = datetime.fromisoformat(day).timestamp() if kind == "SCHEDULED" and day else moment
    if kind == "MANUAL":
        team.store.change(version, due=None)
    elif due > moment:
        team.schedule(version, "released", due)
    else:
        publish(team, version, moment)


def publish(team: Team, version: Record, moment: float) -> None:
    """The version is out, in place of the one before; its phased release begins."""
    app = team.store.related_one(version, "app")
    assert app is not None
    for other in versions(team, app, version.attributes["platform"]):
        if other is not version and other.attributes["appVersionState"] == LIVE:
            team.store.change(other, {"appVersionState": "REPLACED_WITH_NEW_VERSION"})
    team.store.change(version, {"downloadable": True}, due=None)
    for info in team.store.related(app, "appInfos"):
        if info.attributes["state"] == LIVE and _edited_info(team, app):
            team.store.change(info, {"state": "REPLACED_WITH_NEW_INFO"})
    move(team, version, LIVE)
    _name(team, app)
    phased = team.store.related_one(version, "appStoreVersionPhasedRelease")
    if phased is not None:
        values = {"phasedReleaseState": "ACTIVE", "startDate": team.clock.date(moment)}
        team.store.change(phased, values, started=moment)
        team.schedule(phased, "over", moment + PHASED_DAYS * DAY_SECONDS)


def _name(team: Team, app: Record) -> None:
    """An app is called what its published info says in its primary language."""
    for info in team.store.related(app, "appInfos"):
        for texts in team.store.related(info, "appInfoLocalizations"):
            same = texts.attributes["locale"] == app.attributes["primaryLocale"]
            if info.attributes["state"] == LIVE and same and texts.attributes["name"]:
                team.store.change(app, {"name": texts.attributes["name"]})


def follow(team: Team, version: Record) -> None:
    """Keep the state of the app's info with that of its version; make the info that a new version needs."""
    app = team.store.related_one(version, "app")
    assert app is not None
    state = version.attributes["appVersionState"]
    info = _edited_info(team, app)
    if (
        info is None
        and state in FINAL | {"REPLACED_WITH_NEW_VERSION"}
        and team.store.related(app, "appInfos")
    ):
        return
    info = info or _new_info(team, app)
    team.store.change(info, {"state": INFO_WORDS.get(state, state)})


def _edited_info(team: Team, app: Record) -> Record | None:
    """The info that is not out yet, if there is one."""
    done = {LIVE, "REPLACED_WITH_NEW_INFO"}
    infos = team.store.related(app, "appInfos")
    return next((each for each in infos if each.attributes["state"] not in done), None)


def _new_info(team: Team, app: Record) -> Record:
    """A copy of the published info, or a first one."""
    before = next(iter(team.store.related(app, "appInfos")), None)
    ratings = {name: value for name, value in before.attributes.items() if "ating" in name} if before else {}
    links: dict[str, list[str]] = {"app": [app.id]}
    if before is not None:
        links |= {name: list(ids) for name, ids in before.links.items() if name.endswith(CATEGORY_ENDS)}
    info = team.store.add("appInfos", str(uuid.uuid4()), ratings, links)
    declared = team.store.related_one(before, "ageRatingDeclaration") if before else None
    values = dict(declared.attributes) if declared else {}
    rating = team.store.add("ageRatingDeclarations", str(uuid.uuid4()), values)
    team.store.link(info, "ageRatingDeclaration", [rating.id])
    texts = team.store.related(before, "appInfoLocalizations") if before else []
    first = {"locale": app.attributes["primaryLocale"] or "en-US", "name": app.attributes["name"]}
    for each in [dict(one.attributes) for one in texts] or [first]:
        team.store.add("appInfoLocalizations", str(uuid.uuid4()), each, {"appInfo": [info.id]})
    return info
