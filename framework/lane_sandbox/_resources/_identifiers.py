"""Identifiers: bundle ids and what they can do, merchant ids, pass type ids."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from lane_sandbox._elsewhere import is_elsewhere
from lane_sandbox._problem import Problem, bad_attribute, bad_state
from lane_sandbox._resource import Change, Listing, Resource, Writing, listing, many, one, one_of, text
from lane_sandbox._short import short_id

if TYPE_CHECKING:
    from lane_sandbox._store import Record
    from lane_sandbox._team import Team

BUNDLE_ID = re.compile(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*(\.\*)?|\*")
OPTIONS = {
    "ICLOUD": ("ICLOUD_VERSION", ("XCODE_5", "XCODE_6")),
    "DATA_PROTECTION": (
        "DATA_PROTECTION_PERMISSION_LEVEL",
        ("COMPLETE_PROTECTION", "PROTECTED_UNLESS_OPEN", "PROTECTED_UNTIL_FIRST_USER_AUTH"),
    ),
    "APPLE_ID_AUTH": ("APPLE_ID_AUTH_APP_CONSENT", ("PRIMARY_APP_CONSENT",)),
}
"""The setting of each capability that has one, and the options of the setting."""
SETTING_MEMBERS = {
    "key": str,
    "name": str,
    "description": str,
    "enabledByDefault": bool,
    "visible": bool,
    "allowedInstances": str,
    "minInstances": int,
    "options": list,
}
OPTION_MEMBERS = {
    "key": str,
    "name": str,
    "description": str,
    "enabledByDefault": bool,
    "enabled": bool,
    "supportsWildcard": bool,
}


def check_bundle_id(team: Team, bundle: Record | None, change: Change) -> None:
    """An identifier is a reversed domain name, not another team's; a wildcard stands at its end."""
    if bundle is not None:
        return
    identifier = change.attributes.get("identifier") or ""
    if not BUNDLE_ID.fullmatch(identifier):
        detail = (
            f"'{identifier}' is not a valid identifier; use letters, digits, '-' and '.', as com.example.app"
        )
        raise Problem([bad_attribute("identifier", "INVALID", detail)])
    if is_elsewhere(team, "bundleId", identifier):
        detail = (
            f"An App ID with Identifier '{identifier}' is not available. Please enter a different string."
        )
        raise Problem([bad_attribute("identifier", "INVALID", detail)])


def complete_bundle_id(team: Team, bundle: Record, _change: Change) -> None:
    """A bundle id gets the team's prefix, and the app that has it."""
    team.store.change(bundle, {"seedId": bundle.attributes["seedId"] or team.id})
    join_app(team, bundle)


def join_app(team: Team, bundle: Record) -> None:
    """Tie a bundle id and the app of the same name together."""
    if not bundle.attributes["seedId"]:
        team.store.change(bundle, {"seedId": team.id})
    same = [
        app.id
        for app in team.store.all("apps")
        if app.attributes["bundleId"] == bundle.attributes["identifier"]
    ]
    team.store.link(bundle, "app", same)


def keep_used(team: Team, bundle: Record) -> None:
    """A bundle id that an app has stays."""
    if team.store.related(bundle, "app"):
        identifier = bundle.attributes["identifier"]
        raise bad_state(
            f"The App ID '{identifier}' appears to be in use by the App Store, so it can not be removed at this time."
        )


def spoil_profiles(team: Team, bundle: Record | None) -> None:
    """The profiles of a bundle id whose capabilities have changed are good no more."""
    for profile in team.store.related(bundle, "profiles") if bundle else ():
        team.store.change(profile, {"profileState": "INVALID"})


def capability_id(_team: Team, change: Change) -> str:
    """Apple's ids of capabilities tell the bundle id and the type."""
    return f"{change.link('bundleId')}_{change.attributes['capabilityType']}"


def check_capability(_team: Team, capability: Record | None, change: Change) -> None:
    """A capability keeps its type, and has the settings that there are."""
    kind = change.attributes.get("capabilityType")
    if capability is not None:
        own = capability.attributes["capabilityType"]
        if kind not in {None, own}:
            raise Problem(
                [bad_attribute("capabilityType", "INVALID", f"The capability is '{own}' and remains so")]
            )
        kind = own
    for index, setting in enumerate(change.attributes.get("settings") or ()):
        problem = _problem_of(str(kind), setting)
        if problem:
            pointer = f"settings/{index}"
            raise Problem([bad_attribute(pointer, "INVALID", problem)])


def _problem_of(kind: str, setting: Any) -> str | None:
    if problem := _shape_problem("a setting", setting, SETTING_MEMBERS):
        return problem
    key, options = OPTIONS.get(kind, (None, ()))
    if setting["key"] != key:
        return f"'{setting['key']}' is not a setting of {kind}; it has {key or 'none'}"
    for option in setting.get("options") or ():
        if problem := _shape_problem("an option", option, OPTION_MEMBERS):
            return problem
        if option["key"] not in options:
            return f"'{option['key']}' is not an option of {key}; use {', '.join(options)}"
    return None


def _shape_problem(what: str, value: Any, members: dict[str, type]) -> str | None:
    if not isinstance(value, dict) or not isinstance(value.get("key"), str):
        return f"{what} is an object with a 'key'"
    for name, given in value.items():
        if name not in members:
            return f"'{name}' is not a member of {what}; use {', '.join(members)}"
        if given is not None and not isinstance(given, members[name]):
            return f"'{name}' of {what} has the wrong type"
    return None


def capability_changed(team: Team, capability: Record, _change: Change) -> None:
    """What depends on the capabilities of the bundle id must be made again."""
    if capability.attributes["settings"] is None:
        team.store.change(capability, {"settings": []})
    spoil_profiles(team, team.store.related_one(capability, "bundleId"))


def capability_removed(team: Team, capability: Record) -> None:
    """The same for a capability that is switched off."""
    spoil_profiles(team, team.store.related_one(capability, "bundleId"))


def check_merchant_id(_team: Team, merchant: Record | None, change: Change) -> None:
    """A merchant id begins with `merchant.`."""
    _check_prefix("merchant.", merchant, change)


def check_pass_type_id(_team: Team, pass_type: Record | None, change: Change) -> None:
    """A pass type id begins with `pass.`."""
    _check_prefix("pass.", pass_type, change)


def _check_prefix(prefix: str, record: Record | None, change: Change) -> None:
    identifier = change.attributes.get("identifier", "")
    if record is None and not (identifier.startswith(prefix) and BUNDLE_ID.fullmatch(identifier)):
        detail = f"'{identifier}' is not a valid identifier; it must begin with '{prefix}'"
        raise Problem([bad_attribute("identifier", "INVALID", detail)])


BUNDLE_IDS = Resource(
    "bundleIds",
    attributes={
        "name": text(),
        "platform": one_of("IOS", "MAC_OS", "UNIVERSAL"),
        "identifier": text(),
        "seedId": text(),
    },
    relationships={
        "profiles": many("profiles", inverse="bundleId", related=Listing(), linkages=("GET",)),
        "bundleIdCapabilities": many(
            "bundleIdCapabilities", inverse="bundleId", related=Listing(), linkages=("GET",)
        ),
        "app": one("apps", related=Listing(), linkages=("GET",)),
        "appGroups": many("appGroups", hidden=True),
        "cloudContainers": many("cloudContainers", hidden=True),
        "merchantIds": many("merchantIds", hidden=True),
        "pushCertificates": many("pushCertificates", inverse="bundleId", hidden=True),
    },
    listing=Listing(
        filters=("name", "platform", "identifier", "seedId", "id"),
        sorts=("name", "platform", "identifier", "seedId", "id"),
        include=True,
    ),
    get=True,
    create=Writing(required=("name", "platform", "identifier"), optional=("seedId",)),
    update=Writing(optional=("name",)),
    delete=True,
    family="provisioning",
    identify=short_id,
    check=check_bundle_id,
    created=complete_bundle_id,
    seeded=join_app,
    keeping=keep_used,
    owns=("profiles", "bundleIdCapabilities", "pushCertificates"),
    unique=("identifier",),
)


BUNDLE_ID_CAPABILITIES = Resource(
    "bundleIdCapabilities",
    attributes={
        "capabilityType": one_of(
            "ICLOUD",
            "IN_APP_PURCHASE",
            "GAME_CENTER",
            "PUSH_NOTIFICATIONS",
            "WALLET",
            "INTER_APP_AUDIO",
            "MAPS",
            "ASSOCIATED_DOMAINS",
            "PERSONAL_VPN",
            "APP_GROUPS",
            "HEALTHKIT",
            "HOMEKIT",
            "WIRELESS_ACCESSORY_CONFIGURATION",
            "APPLE_PAY",
            "DATA_PROTECTION",
            "SIRIKIT",
            "NETWORK_EXTENSIONS",
            "MULTIPATH",
            "HOT_SPOT",
            "NFC_TAG_READING",
            "CLASSKIT",
            "AUTOFILL_CREDENTIAL_PROVIDER",
            "ACCESS_WIFI_INFORMATION",
            "NETWORK_CUSTOM_PROTOCOL",
            "COREMEDIA_HLS_LOW_LATENCY",
            "SYSTEM_EXTENSION_INSTALL",
            "USER_MANAGEMENT",
            "APPLE_ID_AUTH",
        ),
        "settings": listing(),
    },
    relationships={
        "bundleId": one("bundleIds", data=False),
    },
    create=Writing(required=("capabilityType", "bundleId"), optional=("settings",)),
    update=Writing(optional=("capabilityType", "settings")),
    delete=True,
    family="provisioning",
    identify=capability_id,
    check=check_capability,
    created=capability_changed,
    updated=capability_changed,
    deleting=capability_removed,
    unique=("capabilityType", "bundleId"),
)


MERCHANT_IDS = Resource(
    "merchantIds",
    attributes={
        "name": text(),
        "identifier": text(),
    },
    relationships={
        "certificates": many(
            "certificates",
            inverse="merchantId",
            related=Listing(
                filters=("displayName", "certificateType", "serialNumber", "id"),
                sorts=("displayName", "certificateType", "serialNumber", "id"),
                include=True,
            ),
            linkages=("GET",),
        ),
    },
    listing=Listing(filters=("name", "identifier"), sorts=("name", "identifier"), include=True),
    get=True,
    create=Writing(required=("name", "identifier")),
    update=Writing(optional=("name",)),
    delete=True,
    family="provisioning",
    identify=short_id,
    check=check_merchant_id,
    owns=("certificates",),
    unique=("identifier",),
)


PASS_TYPE_IDS = Resource(
    "passTypeIds",
    attributes={
        "name": text(),
        "identifier": text(),
    },
    relationships={
        "certificates": many(
            "certificates",
            inverse="passTypeId",
            related=Listing(
                filters=("displayName", "certificateType", "serialNumber", "id"),
                sorts=("displayName", "certificateType", "serialNumber", "id"),
                include=True,
            ),
            linkages=("GET",),
        ),
    },
    listing=Listing(filters=("name", "identifier", "id"), sorts=("name", "identifier", "id"), include=True),
    get=True,
    create=Writing(required=("name", "identifier")),
    update=Writing(optional=("name",)),
    delete=True,
    family="provisioning",
    identify=short_id,
    check=check_pass_type_id,
    owns=("certificates",),
    unique=("identifier",),
)
