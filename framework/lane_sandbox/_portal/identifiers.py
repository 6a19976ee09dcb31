"""Application groups, cloud containers, merchant ids, pass type ids, website push ids."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from lane_sandbox._operations import create, delete
from lane_sandbox._portal.app_ids import name_of
from lane_sandbox._portal.call import Handler, check_rights, page
from lane_sandbox._resource import Change

if TYPE_CHECKING:
    from lane_sandbox._portal.call import Call, JsonObject
    from lane_sandbox._store import Record


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind: its type in the store, and what the portal calls its list, one of it and its id."""

    type: str
    title: str
    listed: str
    one: str
    id: str


GROUP = Kind("appGroups", "ApplicationGroup", "applicationGroupList", "applicationGroup", "applicationGroup")
CONTAINER = Kind(
    "cloudContainers", "CloudContainer", "cloudContainerList", "cloudContainer", "cloudContainer"
)
MERCHANT = Kind("merchantIds", "OMC", "identifierList", "omcId", "omcId")
PASS_TYPE = Kind("passTypeIds", "PassTypeId", "passTypeIdList", "passTypeId", "passTypeId")
WEBSITE = Kind("websitePushIds", "WebsitePushId", "websitePushIdList", "websitePushId", "websitePushId")


def _list(kind: Kind, call: Call) -> JsonObject:
    check_rights(call, f"list{kind.title}s", writing=False)
    return page(call, kind.listed, [_describe(kind, call, each) for each in call.team.store.all(kind.type)])


def _add(kind: Kind, call: Call) -> JsonObject:
    check_rights(call, f"add{kind.title}", writing=True)
    values = {"name": name_of(call), "identifier": call.form.text("identifier")}
    made = create(call.team, call.team.types[kind.type], Change(values, {}))
    return {kind.one: _describe(kind, call, made)}


def _delete(kind: Kind, call: Call) -> JsonObject:
    check_rights(call, f"delete{kind.title}", writing=True)
    delete(call.team, call.find(kind.type, kind.id, kind.title))
    return {}


def _describe(kind: Kind, call: Call, record: Record) -> JsonObject:
    return {
        "name": record.attributes["name"],
        "prefix": call.team.id,
        "identifier": record.attributes["identifier"],
        "status": "current",
        "canEdit": True,
        "canDelete": kind is not CONTAINER,
        kind.id: record.id,
    }


def _handlers(kind: Kind, place: str) -> dict[str, Handler]:
    found = {
        f"{place}/list{kind.title}s": Handler(partial(_list, kind), payload=kind.listed),
        f"{place}/add{kind.title}": Handler(partial(_add, kind), changes=True),
    }
    if kind is not CONTAINER:  # what is in iCloud stays
        found[f"{place}/delete{kind.title}"] = Handler(partial(_delete, kind), changes=True)
    return found


HANDLERS = {
    **_handlers(GROUP, "identifiers"),
    **_handlers(MERCHANT, "identifiers"),
    **_handlers(PASS_TYPE, "identifiers"),
    **_handlers(WEBSITE, "identifiers"),
}
CONTAINERS = _handlers(CONTAINER, "cloudContainer")
"""These have no platform in their path."""
