"""Makes an app record: what no key can do."""

from __future__ import annotations

import re
import secrets
import uuid
from typing import TYPE_CHECKING

from lane_sandbox._document import Documents
from lane_sandbox._elsewhere import is_elsewhere
from lane_sandbox._iris.compound import NewApp, read_app
from lane_sandbox._iris.locales import LOCALES
from lane_sandbox._operations import create
from lane_sandbox._problem import Problem, error, forbidden
from lane_sandbox._query import Query
from lane_sandbox._resource import Change
from lane_sandbox._resources._identifiers import join_app

if TYPE_CHECKING:
    from lane_sandbox._operations import Answer
    from lane_sandbox._operations import Request as Call
    from lane_sandbox._store import Record
    from lane_sandbox._team import Team

MAKERS = frozenset({"ACCOUNT_HOLDER", "ADMIN", "APP_MANAGER", "CREATE_APPS"})
SKU = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,254}")
SHORTEST_NAME, LONGEST_NAME = 2, 30
INVALID = "ENTITY_ERROR.ATTRIBUTE.INVALID"
TAKEN_HERE = f"{INVALID}.DUPLICATE.SAME_ACCOUNT"
TAKEN_ELSEWHERE = f"{INVALID}.DUPLICATE.DIFFERENT_ACCOUNT"
TITLES = {
    INVALID: "An attribute in the provided entity has invalid value",
    TAKEN_HERE: "The provided entity includes an attribute with a value that has already been used",
    TAKEN_ELSEWHERE: "The provided entity includes an attribute with a value that has already been used",
    "ENTITY_ERROR.ATTRIBUTE.REQUIRED": "The provided entity is missing a required attribute",
}


def create_app(team: Team, call: Call) -> Answer:
    """The answer to a request for a new app (private-endpoints.md, 4.2). Raises Problem."""
    if not call.caller.roles & MAKERS:
        raise forbidden("The role of the signed-in user does not allow to create apps")
    with team.store.writing():
        wanted = read_app(call.body)
        _check(team, wanted)
        app = _make(team, wanted)
        documents = Documents(team, call.base, call.path, "", Query())
        return 201, documents.single(app)


def _check(team: Team, wanted: NewApp) -> None:
    """All that is wrong, at once."""
    errors = _check_sku(team, wanted) + _check_bundle_id(team, wanted)
    if wanted.locale not in LOCALES:
        errors.append(_error(INVALID, "primaryLocale", f"'{wanted.locale}' is not a valid locale"))
    elif wanted.locale not in wanted.names:
        detail = f"The app info has no localization in the primary locale '{wanted.locale}'"
        errors.append(_error(INVALID, "primaryLocale", detail))
    for locale, name in wanted.names.items():
        errors += _check_name(team, name, wanted.places[locale])
    if not team.store.all("apps") and not wanted.company:
        detail = "You must provide a value for the attribute 'companyName' with your first app"
        errors.append(_error("ENTITY_ERROR.ATTRIBUTE.REQUIRED", "companyName", detail))
    if errors:
        raise Problem(errors)


def _check_sku(team: Team, wanted: NewApp) -> list[dict[str, object]]:
    if not SKU.fullmatch(wanted.sku):
        detail = (
            "A SKU has letters, digits, hyphens, periods and underscores, and begins with a letter or a digit"
        )
        return [_error(INVALID, "sku", detail)]
    if any(each.attributes["sku"] == wanted.sku for each in team.store.all("apps")):
        return [_error(TAKEN_HERE, "sku", "The SKU you entered is already being used.")]
    return []


def _check_bundle_id(team: Team, wanted: NewApp) -> list[dict[str, object]]:
    if _bundle_of(team, wanted.bundle_id) is None or wanted.bundle_id.endswith("*"):
        detail = (
            f"The bundle ID '{wanted.bundle_id}' is not one of your explicit App IDs; register it on the "
            "developer portal first"
        )
        return [_error(INVALID, "bundleId", detail)]
    if any(each.attributes["bundleId"] == wanted.bundle_id for each in team.store.all("apps")):
        return [_error(TAKEN_HERE, "bundleId", "The bundle ID you entered is already being used.")]
    return []


def _check_name(team: Team, name: str, pointer: str) -> list[dict[str, object]]:
    if not SHORTEST_NAME <= len(name.strip()) <= LONGEST_NAME:
        detail = f"An app's name has {SHORTEST_NAME} to {LONGEST_NAME} characters"
        return [_error(INVALID, "name", detail, pointer)]
    if name.casefold() in _names(team):
        detail = "The app name you entered is already being used for another app in your account."
        return [_error(TAKEN_HERE, "name", detail, pointer)]
    if is_elsewhere(team, "name", name):
        return [_error(TAKEN_ELSEWHERE, "name", "The app name you entered is already being used.", pointer)]
    return []


def _names(team: Team) -> set[str]:
    apps = {str(each.attributes["name"]).casefold() for each in team.store.all("apps")}
    return apps | {str(each.attributes["name"]).casefold() for each in team.store.all("appInfoLocalizations")}


def _bundle_of(team: Team, identifier: str) -> Record | None:
    found = (each for each in team.store.all("bundleIds") if each.attributes["identifier"] == identifier)
    return next(found, None)


def _make(team: Team, wanted: NewApp) -> Record:
    """The app, its info and its versions; a list shows it when Apple's time has passed."""
    values = {
        "name": wanted.names[wanted.locale],
        "bundleId": wanted.bundle_id,
        "sku": wanted.sku,
        "primaryLocale": wanted.locale,
    }
    listed = team.clock.now() + team.listing_seconds
    app = team.store.add("apps", _new_id(team), values, private={"listed": listed})
    _complete(team, app)
    bundle = _bundle_of(team, wanted.bundle_id)
    assert bundle is not None
    join_app(team, bundle)
    info = team.store.add("appInfos", str(uuid.uuid4()), {}, {"app": [app.id]})
    for locale, name in wanted.names.items():
        texts = {"locale": locale, "name": name}
        team.store.add("appInfoLocalizations", str(uuid.uuid4()), texts, {"appInfo": [info.id]})
    _complete(team, info)
    for platform, (number, locales) in wanted.versions.items():
        change = Change({"platform": platform, "versionString": number}, {"app": [app.id]})
        _add_texts(team, create(team, team.types["appStoreVersions"], change), locales)
    return app


def _add_texts(team: Team, version: Record, locales: tuple[str, ...]) -> None:
    """A version has the primary language by itself; the others that were asked for come with it."""
    there = {
        each.attributes["locale"] for each in team.store.related(version, "appStoreVersionLocalizations")
    }
    for locale in dict.fromkeys(locales):
        if locale not in there:
            links = {"appStoreVersion": [version.id]}
            team.store.add("appStoreVersionLocalizations", str(uuid.uuid4()), {"locale": locale}, links)


def _complete(team: Team, record: Record) -> None:
    """What a resource of the seed implies a new one implies too."""
    complete = team.types[record.type].seeded
    assert complete is not None
    complete(team, record)


def _new_id(team: Team) -> str:
    """Ten digits, as the ids of apps have."""
    while team.store.find("apps", found := str(secrets.randbelow(9 * 10**9) + 10**9)):
        pass
    return found


def _error(code: str, name: str, detail: str, pointer: str | None = None) -> dict[str, object]:
    return error(409, code, TITLES[code], detail, pointer=pointer or f"/data/attributes/{name}")
