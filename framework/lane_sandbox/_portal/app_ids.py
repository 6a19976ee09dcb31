"""App IDs: the bundle ids of the official API, in the portal's shape."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lane_sandbox._elsewhere import is_elsewhere
from lane_sandbox._operations import create, delete, update
from lane_sandbox._portal.call import Handler, check_rights, page
from lane_sandbox._portal.certificate_types import DEVELOPMENT_PUSH, PRODUCTION_PUSH
from lane_sandbox._portal.features import ALWAYS, SERVICES, enabled, features, set_feature
from lane_sandbox._portal.refusal import TAKEN, Refusal, invalid
from lane_sandbox._resource import Change

if TYPE_CHECKING:
    from lane_sandbox._portal.call import Call, JsonObject
    from lane_sandbox._store import Record
    from lane_sandbox._team import Team

PLATFORMS = {"ios": "IOS", "mac": "MAC_OS"}
SLUGS = {"IOS": "ios", "MAC_OS": "mac", "UNIVERSAL": "ios"}
LONGEST_NAME = 255
NAME = re.compile(r"[ !#$%'()+,/0-9:;<=>?A-Z\[\\\]^_`a-z{|}~-]+")
"""ASCII without `. @ & * "`: what clients leave in a name (private-endpoints.md, 2)."""


def list_app_ids(call: Call) -> JsonObject:
    """Those of the platform, without their details."""
    check_rights(call, "listAppIds", writing=False)
    shown = (PLATFORMS[call.platform], "UNIVERSAL")
    found = [each for each in call.team.store.all("bundleIds") if each.attributes["platform"] in shown]
    return page(call, "appIds", [_brief(call.team, each) for each in found])


def get_app_id(call: Call) -> JsonObject:
    """One, with its services and what is associated with it."""
    check_rights(call, "getAppIdDetail", writing=False)
    return {"appId": describe(call.team, _bundle(call))}


def add_app_id(call: Call) -> JsonObject:
    """Register one."""
    check_rights(call, "addAppId", writing=True)
    identifier, kind = call.form.text("identifier"), call.form.text("type")
    wild = identifier.endswith("*")
    if kind not in {"explicit", "wildcard"} or (kind == "wildcard") != wild:
        raise invalid("type", f"'{kind}' is not the type of the App ID '{identifier}'.")
    name = name_of(call)
    taken = any(each.attributes["identifier"] == identifier for each in call.team.store.all("bundleIds"))
    if taken or is_elsewhere(call.team, "bundleId", identifier):
        text = f"An App ID with Identifier '{identifier}' is not available. Please enter a different string."
        raise Refusal(TAKEN, "appid.identifier.notAvailable", text)
    values = {"identifier": identifier, "name": name, "platform": PLATFORMS[call.platform]}
    bundle = create(call.team, call.team.types["bundleIds"], Change(values, {}))
    wanted = {each: call.form.optional(each) or "" for each in call.form.names() if each in SERVICES}
    for service, value in ({} if wild else dict.fromkeys(ALWAYS, "on") | wanted).items():
        set_feature(call.team, bundle, service, value)
    return {"appId": describe(call.team, bundle)}


def rename_app_id(call: Call) -> JsonObject:
    """Another name for one."""
    check_rights(call, "updateAppIdName", writing=True)
    bundle = _bundle(call)
    update(call.team, call.team.types["bundleIds"], bundle, Change({"name": name_of(call)}, {}))
    return {"appId": describe(call.team, bundle)}


def delete_app_id(call: Call) -> JsonObject:
    """Remove one that no app has."""
    check_rights(call, "deleteAppId", writing=True)
    delete(call.team, _bundle(call))
    return {}


def update_service(call: Call) -> JsonObject:
    """Switch a service of one."""
    check_rights(call, "updateService", writing=True)
    bundle = call.find("bundleIds", "displayId", "App ID")
    set_feature(call.team, bundle, call.form.text("featureType"), call.form.optional("featureValue") or "")
    return {"appId": describe(call.team, bundle)}


def assign_groups(call: Call) -> JsonObject:
    """The application groups of one."""
    return _assign(call, "appGroups", "applicationGroups", "application group")


def assign_containers(call: Call) -> JsonObject:
    """The cloud containers of one."""
    return _assign(call, "cloudContainers", "cloudContainers", "cloud container")


def assign_merchants(call: Call) -> JsonObject:
    """The merchant ids of one."""
    return _assign(call, "merchantIds", "omcIds", "merchant id")


def _assign(call: Call, kind: str, field: str, what: str) -> JsonObject:
    check_rights(call, "assignToAppId", writing=True)
    bundle = _bundle(call)
    found = call.find_all(kind, field, what)
    call.team.store.replace_links(bundle, kind, [each.id for each in found])
    return {"appId": describe(call.team, bundle)}


def describe(team: Team, bundle: Record) -> JsonObject:
    """An App ID with its details."""
    groups = team.store.related(bundle, "appGroups")
    found = features(team, bundle)
    now = team.clock.now()
    current = {
        each.attributes["type"]
        for each in team.store.related(bundle, "pushCertificates")
        if each.private["expires"] > now
    }
    return {
        **_brief(team, bundle),
        "features": found,
        "enabledFeatures": enabled(found),
        "isDevPushEnabled": bool(current & DEVELOPMENT_PUSH),
        "isProdPushEnabled": bool(current & PRODUCTION_PUSH),
        "associatedApplicationGroupsCount": len(groups),
        "associatedCloudContainersCount": len(team.store.related(bundle, "cloudContainers")),
        "associatedIdentifiersCount": len(team.store.related(bundle, "merchantIds")),
        "associatedApplicationGroups": [
            {
                "name": each.attributes["name"],
                "identifier": each.attributes["identifier"],
                "applicationGroup": each.id,
            }
            for each in groups
        ],
    }


def _brief(team: Team, bundle: Record) -> JsonObject:
    identifier = bundle.attributes["identifier"]
    return {
        "appIdId": bundle.id,
        "name": bundle.attributes["name"],
        "appIdPlatform": SLUGS[bundle.attributes["platform"]],
        "prefix": bundle.attributes["seedId"] or team.id,
        "identifier": identifier,
        "isWildCard": identifier.endswith("*"),
        "isDuplicate": False,
        "features": {},
        "enabledFeatures": [],
        "isDevPushEnabled": None,
        "isProdPushEnabled": None,
        "associatedApplicationGroupsCount": None,
        "associatedCloudContainersCount": None,
        "associatedIdentifiersCount": None,
    }


def _bundle(call: Call) -> Record:
    return call.find("bundleIds", "appIdId", "App ID")


def name_of(call: Call) -> str:
    """The name in a call. Raises Refusal for one with characters that the portal does not take."""
    name = call.form.text("name")
    if len(name) > LONGEST_NAME or not NAME.fullmatch(name):
        text = f"'{name}' is not a valid name; it may not have special characters such as @, &, *, \" or a period."
        raise invalid("name", text)
    return name


HANDLERS = {
    "identifiers/listAppIds": Handler(list_app_ids, payload="appIds"),
    "identifiers/getAppIdDetail": Handler(get_app_id),
    "identifiers/addAppId": Handler(add_app_id, changes=True),
    "identifiers/updateAppIdName": Handler(rename_app_id, changes=True),
    "identifiers/deleteAppId": Handler(delete_app_id, changes=True),
    "identifiers/updateService": Handler(update_service, changes=True),
    "identifiers/updatePushService": Handler(update_service, changes=True),
    "identifiers/assignApplicationGroupToAppId": Handler(assign_groups, changes=True),
    "identifiers/assignCloudContainerToAppId": Handler(assign_containers, changes=True),
    "identifiers/assignOMCToAppId": Handler(assign_merchants, changes=True),
}
