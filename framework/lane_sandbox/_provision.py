"""What a provisioning profile says: a property list, to be signed."""

from __future__ import annotations

import base64
import plistlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from lane_sandbox import _authority

if TYPE_CHECKING:
    from lane_sandbox._store import Record
    from lane_sandbox._team import Team

UNWRITABLE = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML, and so a property list, has no place for."""
DEVELOPMENT = frozenset({"DEVELOPMENT", "IOS_DEVELOPMENT"})
DISTRIBUTION = frozenset({"DISTRIBUTION", "IOS_DISTRIBUTION"})
MAC_DEVELOPMENT = frozenset({"DEVELOPMENT", "MAC_APP_DEVELOPMENT"})
MAC_DISTRIBUTION = frozenset({"DISTRIBUTION", "MAC_APP_DISTRIBUTION"})
DEVELOPER_ID = frozenset({"DEVELOPER_ID_APPLICATION", "DEVELOPER_ID_APPLICATION_G2"})


@dataclass(frozen=True, slots=True)
class Kind:
    """A type of profile: `devices` is whether it lists them, `everywhere` whether it needs no list at all."""

    platform: str
    names: tuple[str, ...]
    certificates: frozenset[str]
    devices: bool = False
    everywhere: bool = False
    debug: bool = False


_IOS, _MAC, _TV = ("iOS", "xrOS", "visionOS"), ("OSX",), ("tvOS",)

KINDS = {
    "IOS_APP_DEVELOPMENT": Kind("IOS", _IOS, DEVELOPMENT, devices=True, debug=True),
    "IOS_APP_STORE": Kind("IOS", _IOS, DISTRIBUTION),
    "IOS_APP_ADHOC": Kind("IOS", _IOS, DISTRIBUTION, devices=True),
    "IOS_APP_INHOUSE": Kind("IOS", _IOS, DISTRIBUTION, everywhere=True),
    "MAC_APP_DEVELOPMENT": Kind("MAC_OS", _MAC, MAC_DEVELOPMENT, devices=True, debug=True),
    "MAC_APP_STORE": Kind("MAC_OS", _MAC, MAC_DISTRIBUTION),
    "MAC_APP_DIRECT": Kind("MAC_OS", _MAC, DEVELOPER_ID, everywhere=True),
    "TVOS_APP_DEVELOPMENT": Kind("IOS", _TV, DEVELOPMENT, devices=True, debug=True),
    "TVOS_APP_STORE": Kind("IOS", _TV, DISTRIBUTION),
    "TVOS_APP_ADHOC": Kind("IOS", _TV, DISTRIBUTION, devices=True),
    "TVOS_APP_INHOUSE": Kind("IOS", _TV, DISTRIBUTION, everywhere=True),
    "MAC_CATALYST_APP_DEVELOPMENT": Kind("MAC_OS", _MAC, MAC_DEVELOPMENT, devices=True, debug=True),
    "MAC_CATALYST_APP_STORE": Kind("MAC_OS", _MAC, MAC_DISTRIBUTION),
    "MAC_CATALYST_APP_DIRECT": Kind("MAC_OS", _MAC, DEVELOPER_ID, everywhere=True),
}


def content(team: Team, profile: Record) -> str:
    """The signed profile, as base64."""
    return base64.b64encode(_authority.sign(team, plistlib.dumps(_plist(team, profile)))).decode()


def _plist(team: Team, profile: Record) -> dict[str, Any]:
    bundle = team.store.related_one(profile, "bundleId")
    assert bundle is not None
    kind = KINDS[profile.attributes["profileType"]]
    created, expires = (_moment(profile, name) for name in ("createdDate", "expirationDate"))
    certificates = team.store.related(profile, "certificates")
    plist: dict[str, Any] = {
        "AppIDName": _writable(bundle.attributes["name"]),
        "ApplicationIdentifierPrefix": [bundle.attributes["seedId"] or team.id],
        "CreationDate": created,
        "DeveloperCertificates": [
            base64.b64decode(each.attributes["certificateContent"]) for each in certificates
        ],
        "Entitlements": _entitlements(team, bundle, kind),
        "ExpirationDate": expires,
        "IsXcodeManaged": False,
        "Name": _writable(profile.attributes["name"]),
        "Platform": list(kind.names),
        "TeamIdentifier": [team.id],
        "TeamName": team.name,
        "TimeToLive": (expires - created).days,
        "UUID": profile.attributes["uuid"],
        "Version": 1,
    }
    if kind.devices:
        devices = team.store.related(profile, "devices")
        plist["ProvisionedDevices"] = [each.attributes["udid"] for each in devices]
    if kind.everywhere:
        plist["ProvisionsAllDevices"] = True
    return plist


def _writable(name: str) -> str:
    return UNWRITABLE.sub("\ufffd", name)


def _moment(profile: Record, name: str) -> datetime:
    """A property list has dates without offsets, in UTC."""
    return datetime.fromisoformat(profile.attributes[name]).astimezone(UTC).replace(tzinfo=None)


def _entitlements(team: Team, bundle: Record, kind: Kind) -> dict[str, Any]:
    prefix = bundle.attributes["seedId"] or team.id
    identifier = f"{prefix}.{bundle.attributes['identifier']}"
    mac = kind.names == _MAC
    found: dict[str, Any] = {
        "com.apple.application-identifier" if mac else "application-identifier": identifier,
        "com.apple.developer.team-identifier": team.id,
        "keychain-access-groups": [f"{prefix}.*"],
    }
    if not mac or kind.debug:
        found["com.apple.security.get-task-allow" if mac else "get-task-allow"] = kind.debug
    if not (mac or kind.debug or kind.devices or kind.everywhere):
        found["beta-reports-active"] = True
    for capability in team.store.related(bundle, "bundleIdCapabilities"):
        found |= _of_capability(
            capability.attributes["capabilityType"], identifier, debug=kind.debug, mac=mac
        )
    return found


def _of_capability(name: str, identifier: str, *, debug: bool, mac: bool) -> dict[str, Any]:
    """What a capability lets an app say, where Apple's page on entitlements has one key for it."""
    environment = "development" if debug else "production"
    known: dict[str, dict[str, Any]] = {
        "PUSH_NOTIFICATIONS": {
            "com.apple.developer.aps-environment" if mac else "aps-environment": environment
        },
        "APP_GROUPS": {"com.apple.security.application-groups": []},
        "ASSOCIATED_DOMAINS": {"com.apple.developer.associated-domains": "*"},
        "APPLE_ID_AUTH": {"com.apple.developer.applesignin": ["Default"]},
        "HEALTHKIT": {"com.apple.developer.healthkit": True},
        "HOMEKIT": {"com.apple.developer.homekit": True},
        "SIRIKIT": {"com.apple.developer.siri": True},
        "WALLET": {"com.apple.developer.pass-type-identifiers": [f"{identifier.partition('.')[0]}.*"]},
        "APPLE_PAY": {"com.apple.developer.in-app-payments": []},
        "GAME_CENTER": {"com.apple.developer.game-center": True},
        "ICLOUD": {
            "com.apple.developer.icloud-services": "*",
            "com.apple.developer.icloud-container-identifiers": [],
        },
    }
    return known.get(name, {})
