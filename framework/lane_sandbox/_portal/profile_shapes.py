"""How the portal shows a provisioning profile, and Xcode's own door the list of them."""

from __future__ import annotations

import plistlib
from typing import TYPE_CHECKING, Any

from lane_sandbox._portal import app_ids, devices, envelope
from lane_sandbox._portal.certificate_shapes import nested, type_of
from lane_sandbox._provision import UNWRITABLE

if TYPE_CHECKING:
    from lane_sandbox._portal.call import Call, JsonObject
    from lane_sandbox._store import Record

METHODS: dict[str, tuple[str, str, str | None]] = {
    "IOS_APP_DEVELOPMENT": ("ios", "limited", None),
    "IOS_APP_STORE": ("ios", "store", None),
    "IOS_APP_ADHOC": ("ios", "adhoc", None),
    "IOS_APP_INHOUSE": ("ios", "inhouse", None),
    "TVOS_APP_DEVELOPMENT": ("ios", "limited", "tvOS"),
    "TVOS_APP_STORE": ("ios", "store", "tvOS"),
    "TVOS_APP_ADHOC": ("ios", "adhoc", "tvOS"),
    "TVOS_APP_INHOUSE": ("ios", "inhouse", "tvOS"),
    "MAC_APP_DEVELOPMENT": ("mac", "limited", None),
    "MAC_APP_STORE": ("mac", "store", None),
    "MAC_APP_DIRECT": ("mac", "direct", None),
    "MAC_CATALYST_APP_DEVELOPMENT": ("mac", "limited", "catalyst"),
    "MAC_CATALYST_APP_STORE": ("mac", "store", "catalyst"),
    "MAC_CATALYST_APP_DIRECT": ("mac", "direct", "catalyst"),
}
"""Types of the official API: platform, distribution method, sub-platform."""
TITLES = {"ios": "iOS", "mac": "Mac", "tvOS": "tvOS", "catalyst": "Mac Catalyst"}


def platform_of(profile: Record) -> str:
    """`ios` or `mac`."""
    return METHODS[profile.attributes["profileType"]][0]


def describe(call: Call, profile: Record) -> JsonObject:
    """An entry of a list."""
    platform, method, below = METHODS[profile.attributes["profileType"]]
    bundle = call.team.store.related_one(profile, "bundleId")
    expires = envelope.moment_of(profile.attributes["expirationDate"])
    stage = "Development" if method == "limited" else "Distribution"
    return {
        "provisioningProfileId": profile.id,
        "name": profile.attributes["name"],
        "status": _status(call, profile),
        "type": f"{TITLES[below or platform]} {stage}",
        "distributionMethod": method,
        "proProPlatform": platform,
        "proProSubPlatform": below,
        "version": "2",
        "dateExpire": expires and expires.date().isoformat(),
        "managingApp": None,
        "appId": app_ids.describe(call.team, bundle) if bundle else None,
        "appIdId": bundle.id if bundle else None,
        "deviceCount": len(call.team.store.related(profile, "devices")),
        "certificateCount": len(call.team.store.related(profile, "certificates")),
        "UUID": profile.attributes["uuid"],
    }


def detail(call: Call, profile: Record) -> JsonObject:
    """The same with devices and certificates."""
    held = call.team.store.related(profile, "devices")
    certificates = call.team.store.related(profile, "certificates")
    return {
        **describe(call, profile),
        "devices": [devices.describe(each) for each in held],
        "deviceIds": [each.id for each in held],
        "certificates": [nested(call, each, kind) for each in certificates if (kind := type_of(each))],
        "certificateIds": [each.id for each in certificates],
    }


def for_xcode(call: Call, profile: Record) -> JsonObject:
    """The same for a property list, in which moments are dates."""
    expires = envelope.moment_of(profile.attributes["expirationDate"])
    return detail(call, profile) | {"dateExpire": expires and expires.replace(tzinfo=None)}


def property_list(document: JsonObject) -> bytes:
    """A document as XML; what is null has no place in it."""
    return plistlib.dumps(_writable(document))


def _status(call: Call, profile: Record) -> str:
    expires = envelope.moment_of(profile.attributes["expirationDate"])
    if expires and expires.timestamp() <= call.team.clock.now():
        return "Expired"
    return "Active" if call.team.attributes(profile)["profileState"] == "ACTIVE" else "Invalid"


def _writable(value: Any) -> Any:
    """What a property list has a place for."""
    if isinstance(value, dict):
        return {name: _writable(each) for name, each in value.items() if each is not None}
    if isinstance(value, list):
        return [_writable(each) for each in value if each is not None]
    return UNWRITABLE.sub("\ufffd", value) if isinstance(value, str) else value
