"""Capabilities through the tunnel: switched by changing the bundle id, and listed."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from lane_sandbox._document import Documents
from lane_sandbox._operations import create, delete, perform, update
from lane_sandbox._problem import Problem, bad_document, bad_relationship, forbidden, not_found
from lane_sandbox._query import Query
from lane_sandbox._resource import Change
from lane_sandbox._resources._identifiers import OPTIONS
from lane_sandbox._roles import may

if TYPE_CHECKING:
    from lane_sandbox._operations import Answer
    from lane_sandbox._operations import Request as Call
    from lane_sandbox._store import Record
    from lane_sandbox._team import Team

TYPE = "bundleIdCapabilities"
FIXED = ("identifier", "seedId", "platform")
"""What clients send along though it stays as it is."""
ASSOCIATED = ("appGroups", "cloudContainers", "merchantIds")
POINTER = f"/data/relationships/{TYPE}/data"

JsonObject = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Wanted:
    """One capability: on or off, its settings, and what of the team goes with it, as ids by type."""

    name: str
    on: bool
    settings: list[Any] | None
    associated: dict[str, list[str]]


def list_capabilities(team: Team, call: Call) -> Answer:
    """All capabilities that a bundle id can have."""
    if not may(call.caller, "provisioning", writing=False):
        raise forbidden("The role of the signed-in user does not allow this request")
    names = team.types[TYPE].attributes["capabilityType"].values
    place = f"{call.base}/v1/capabilities"
    data = [
        {
            "type": "capabilities",
            "id": name,
            "attributes": {"name": _title(name), "description": None, "settings": _settings(name)},
            "links": {"self": f"{place}/{name}"},
        }
        for name in names
    ]
    paging = {"total": len(data), "limit": len(data)}
    return 200, {"data": data, "links": {"self": place}, "meta": {"paging": paging}}


def _title(name: str) -> str:
    return name.replace("_", " ").title()


def _settings(name: str) -> list[JsonObject]:
    if name not in OPTIONS:
        return []
    key, options = OPTIONS[name]
    return [{"key": key, "options": [{"key": each} for each in options]}]


def change_bundle(team: Team, call: Call, identifier: str, document: JsonObject) -> Answer:
    """Change a bundle id: its name, and its capabilities one by one (private-endpoints.md, 4.3). Raises Problem."""
    data = document.get("data")
    if not isinstance(data, dict):
        raise bad_document("'data' must be an object", pointer="/data")
    wanted = _wanted(data)
    with team.store.writing():
        bundle = team.store.find("bundleIds", identifier)
        if bundle is None:
            raise not_found("bundleIds", identifier)
        _drop_fixed(data, bundle)
        raw = json.dumps({**document, "data": data}).encode()
        perform(team, replace(call, body=raw))
        for index, each in enumerate(wanted):
            _set(team, bundle, each, f"{POINTER}/{index}")
        query = Query(include=(TYPE,))
        return 200, Documents(team, call.base, call.path, "", query).single(bundle)


def _wanted(data: JsonObject) -> list[Wanted]:
    """The capabilities in a body, which are taken out of it."""
    relationships = data.get("relationships")
    if not isinstance(relationships, dict) or TYPE not in relationships:
        return []
    given = relationships.pop(TYPE)
    entries = given.get("data") if isinstance(given, dict) else None
    if not isinstance(entries, list):
        raise Problem(
            [bad_relationship(TYPE, "INVALID", "a list of capabilities is needed", pointer=POINTER)]
        )
    return [_read(each, f"{POINTER}/{index}") for index, each in enumerate(entries)]


def _read(entry: Any, pointer: str) -> Wanted:
    if not isinstance(entry, dict) or entry.get("type") != TYPE:
        raise bad_document(f"an object of the type '{TYPE}' is needed", pointer=pointer)
    attributes, relationships = entry.get("attributes") or {}, entry.get("relationships") or {}
    if not isinstance(attributes, dict) or not isinstance(relationships, dict):
        raise bad_document("'attributes' and 'relationships' must be objects", pointer=pointer)
    on, settings = attributes.get("enabled", True), attributes.get("settings")
    if not isinstance(on, bool) or not isinstance(settings, list | None):
        raise bad_document("'enabled' is true or false, 'settings' a list", pointer=f"{pointer}/attributes")
    capability = _targets(relationships, "capability", pointer)
    if len(capability) != 1:
        raise bad_document("one capability is needed", pointer=f"{pointer}/relationships/capability")
    associated = {
        name: _targets(relationships, name, pointer) for name in ASSOCIATED if name in relationships
    }
    return Wanted(capability[0], on, settings, associated)


def _targets(relationships: JsonObject, name: str, pointer: str) -> list[str]:
    """The ids of a relationship, to one or to many."""
    given = relationships.get(name)
    data = given.get("data") if isinstance(given, dict) else None
    items = data if isinstance(data, list) else [data]
    ids = [each.get("id") for each in items if isinstance(each, dict)]
    if len(ids) != len(items) or not all(isinstance(each, str) for each in ids):
        raise bad_document("identifiers have a 'type' and an 'id'", pointer=f"{pointer}/relationships/{name}")
    return [str(each) for each in ids]


def _drop_fixed(data: JsonObject, bundle: Record) -> None:
    """What is sent along unchanged is no change; `permissions` is what the client may do, and asks for nothing."""
    attributes = data.get("attributes")
    if not isinstance(attributes, dict):
        return
    attributes.pop("permissions", None)
    for name in FIXED:
        if attributes.get(name) == bundle.attributes[name]:
            attributes.pop(name, None)


def _set(team: Team, bundle: Record, wanted: Wanted, pointer: str) -> None:
    resource = team.types[TYPE]
    if wanted.name not in resource.attributes["capabilityType"].values:
        detail = f"'{wanted.name}' is not a capability"
        raise Problem([bad_relationship("capability", "INVALID", detail, pointer=pointer)])
    there = next(
        (
            each
            for each in team.store.related(bundle, TYPE)
            if each.attributes["capabilityType"] == wanted.name
        ),
        None,
    )
    values = {"capabilityType": wanted.name, "settings": wanted.settings or []}
    if not wanted.on:
        if there is not None:
            delete(team, there)
    elif there is None:
        create(team, resource, Change(values, {"bundleId": [bundle.id]}))
    elif there.attributes["settings"] != values["settings"]:
        update(team, resource, there, Change(values, {}))
    for kind, ids in wanted.associated.items():
        _associate(team, bundle, kind, ids, pointer)


def _associate(team: Team, bundle: Record, kind: str, ids: list[str], pointer: str) -> None:
    for identifier in ids:
        if team.store.find(kind, identifier) is None:
            detail = f"'{identifier}' is not a valid ID for this relationship"
            raise Problem([bad_relationship(kind, "INVALID", detail, pointer=pointer)])
    team.store.replace_links(bundle, kind, ids)
