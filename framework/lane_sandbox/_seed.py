"""What a new sandbox holds: two apps, groups, testers, and an older build."""

from __future__ import annotations

import secrets
import uuid
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lane_sandbox._store import Record
    from lane_sandbox._team import Team

APPS = {
    "6450000101": ("Aurora", "com.example.aurora", "AURORA-IOS"),
    "6450000202": ("Borealis", "com.example.borealis", "BOREALIS-IOS"),
}
TESTERS = (
    ("Ada", "Example", "ada@example.com"),
    ("Grace", "Example", "grace@example.com"),
    ("Linus", "Example", "linus@example.com"),
)
OLD_SECONDS = 30 * 24 * 3600.0
EXPIRY_SECONDS = 90 * 24 * 3600.0


def seed(team: Team) -> None:
    """Fill an empty store; within `writing()`."""
    team.store.put_fact("secret", secrets.token_hex(32))
    testers = [_tester(team, *person) for person in TESTERS]
    for identifier, (name, bundle_id, sku) in APPS.items():
        values = {"name": name, "bundleId": bundle_id, "sku": sku, "primaryLocale": "en-US"}
        app = team.store.add("apps", identifier, values)
        # pilot changes the review detail of an app by the app's id, without asking first
        team.store.add("betaAppReviewDetails", identifier, {}, {"app": [identifier]})
        locale = {
            "locale": "en-US",
            "feedbackEmail": "feedback@example.com",
            "description": f"{name}, for testers.",
        }
        team.store.add("betaAppLocalizations", _id(), locale, {"app": [identifier]})
        team_group = _group(team, app, "Team", internal=True)
        _group(team, app, "Beta testers", internal=False)
        team.store.link(team_group, "betaTesters", [testers[0].id])
    aurora = team.store.find("apps", "6450000101")
    assert aurora is not None
    external = next(
        each for each in team.store.related(aurora, "betaGroups") if not each.attributes["isInternalGroup"]
    )
    team.store.link(external, "betaTesters", [tester.id for tester in testers[1:]])
    _older_build(team, aurora)


def _tester(team: Team, first: str, last: str, email: str) -> Record:
    values = {"firstName": first, "lastName": last, "email": email, "state": "ACCEPTED"}
    return team.store.add("betaTesters", _id(), values)


def _group(team: Team, app: Record, name: str, *, internal: bool) -> Record:
    values: dict[str, Any] = {
        "name": name,
        "isInternalGroup": internal,
        "hasAccessToAllBuilds": internal,
        "createdDate": team.clock.date(team.clock.now() - OLD_SECONDS),
    }
    return team.store.add("betaGroups", _id(), values, {"app": [app.id]})


def _older_build(team: Team, app: Record) -> None:
    uploaded = team.clock.now() - OLD_SECONDS
    version = team.store.add(
        "preReleaseVersions", _id(), {"version": "1.1.0", "platform": "IOS"}, {"app": [app.id]}
    )
    values = {
        "version": "41",
        "uploadedDate": team.clock.date(uploaded),
        "expirationDate": team.clock.date(uploaded + EXPIRY_SECONDS),
        "minOsVersion": "16.0",
        "processingState": "VALID",
        "usesNonExemptEncryption": False,
    }
    links = {"app": [app.id], "preReleaseVersion": [version.id]}
    build = team.store.add("builds", _id(), values, links, {"expires": uploaded + EXPIRY_SECONDS})
    team.store.add("buildBetaDetails", build.id, {}, {"build": [build.id]})
    notes = {"locale": "en-US", "whatsNew": "The first version for testers."}
    team.store.add("betaBuildLocalizations", _id(), notes, {"build": [build.id]})
    bundle = {
        "bundleId": app.attributes["bundleId"],
        "bundleType": "APP",
        "includesSymbols": False,
        "fileName": "Aurora.ipa",
    }
    team.store.add("buildBundles", _id(), bundle, {"build": [build.id]})
    for group in team.store.related(app, "betaGroups"):
        if group.attributes["isInternalGroup"]:
            team.store.link(group, "builds", [build.id])


def _id() -> str:
    return str(uuid.uuid4())
