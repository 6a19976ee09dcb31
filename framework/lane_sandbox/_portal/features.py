"""The services of an App ID: the portal's ids for the capabilities of the official API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lane_sandbox._operations import create, update
from lane_sandbox._portal.form import FALSE, TRUE
from lane_sandbox._portal.refusal import invalid
from lane_sandbox._resource import Change

if TYPE_CHECKING:
    from lane_sandbox._store import Record
    from lane_sandbox._team import Team

CAPABILITIES = {
    "push": "PUSH_NOTIFICATIONS",
    "inAppPurchase": "IN_APP_PURCHASE",
    "gameCenter": "GAME_CENTER",
    "passbook": "WALLET",
    "dataProtection": "DATA_PROTECTION",
    "homeKit": "HOMEKIT",
    "iCloud": "ICLOUD",
    "AWEQ28MY3E": "ACCESS_WIFI_INFORMATION",
    "APG3427HIY": "APP_GROUPS",
    "OM633U5T5G": "APPLE_PAY",
    "SKC3T5S89Y": "ASSOCIATED_DOMAINS",
    "PKTJAN2017": "CLASSKIT",
    "CPEQ28MX4E": "AUTOFILL_CREDENTIAL_PROVIDER",
    "HK421J6T7P": "HEALTHKIT",
    "HSC639VEI8": "HOT_SPOT",
    "IAD53UNK2F": "INTER_APP_AUDIO",
    "MP49FN762P": "MULTIPATH",
    "NWEXT04537": "NETWORK_EXTENSIONS",
    "NFCTRMAY17": "NFC_TAG_READING",
    "V66P55NK2I": "PERSONAL_VPN",
    "SI015DKUHP": "SIRIKIT",
    "WC421J6T7P": "WIRELESS_ACCESSORY_CONFIGURATION",
}
"""private-endpoints.md, 2."""
CLOUD_KIT = "cloudKitVersion"
CLOUD_VERSIONS = {"1": "XCODE_5", "2": "XCODE_6"}
PROTECTIONS = {
    "complete": "COMPLETE_PROTECTION",
    "unlessopen": "PROTECTED_UNLESS_OPEN",
    "untilfirstauth": "PROTECTED_UNTIL_FIRST_USER_AUTH",
}
SETTINGS = {"DATA_PROTECTION": "DATA_PROTECTION_PERMISSION_LEVEL", "ICLOUD": "ICLOUD_VERSION"}
SERVICES = frozenset({*CAPABILITIES, CLOUD_KIT})
ALWAYS = frozenset({"inAppPurchase", "gameCenter"})
"""What an explicit App ID has whether asked for or not."""


def features(team: Team, bundle: Record) -> dict[str, Any]:
    """The services of an App ID and their values."""
    on = {
        each.attributes["capabilityType"]: each for each in team.store.related(bundle, "bundleIdCapabilities")
    }
    found: dict[str, Any] = {name: capability in on for name, capability in CAPABILITIES.items()}
    levels = {level: word for word, level in PROTECTIONS.items()}
    found["dataProtection"] = levels.get(_option(on.get("DATA_PROTECTION")) or "", "")
    found[CLOUD_KIT] = 2 if _option(on.get("ICLOUD")) == CLOUD_VERSIONS["2"] else 1
    return found


def enabled(found: dict[str, Any]) -> list[str]:
    """The names of the services that are on."""
    return sorted(name for name, value in found.items() if value and name != CLOUD_KIT)


def set_feature(team: Team, bundle: Record, name: str, value: str) -> None:
    """Switch a service on or off, or give it its value. Raises Refusal."""
    if name == CLOUD_KIT:
        if value not in CLOUD_VERSIONS:
            raise invalid("featureValue", f"'{value}' is not a version of iCloud; use 1 or 2.")
        _switch(team, bundle, "ICLOUD", CLOUD_VERSIONS[value])
    elif name == "dataProtection":
        if value and value not in PROTECTIONS:
            wanted = ", ".join(PROTECTIONS)
            raise invalid("featureValue", f"'{value}' is not a level of protection; use {wanted}.")
        _switch(team, bundle, "DATA_PROTECTION", PROTECTIONS.get(value))
    elif name in CAPABILITIES:
        if value.lower() not in TRUE | FALSE:
            raise invalid("featureValue", f"'{value}' must be true or false.")
        _switch(team, bundle, CAPABILITIES[name], on=value.lower() in TRUE)
    else:
        raise invalid("featureType", f"'{name}' is not a service of App IDs.")


def _switch(
    team: Team, bundle: Record, capability: str, option: str | None = None, *, on: bool = False
) -> None:
    there = next(
        (
            each
            for each in team.store.related(bundle, "bundleIdCapabilities")
            if each.attributes["capabilityType"] == capability
        ),
        None,
    )
    if not on and option is None:
        if there is not None:
            team.delete(there)
        return
    resource = team.types["bundleIdCapabilities"]
    attributes: dict[str, Any] = {"capabilityType": capability}
    if option is not None:
        attributes["settings"] = [
            {"key": SETTINGS[capability], "options": [{"key": option, "enabled": True}]}
        ]
    if there is None:
        create(team, resource, Change(attributes, {"bundleId": [bundle.id]}))
    elif option is not None and _option(there) != option:
        update(team, resource, there, Change(attributes, {}))


def _option(capability: Record | None) -> str | None:
    """The option that a capability's setting has."""
    for setting in (capability.attributes["settings"] or []) if capability else []:
        for option in setting.get("options") or []:
            if option.get("enabled", True):
                return str(option["key"])
    return None
