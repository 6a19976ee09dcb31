"""What a bundle id is capable of: switched on, set, switched off."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ._ensured import Change, Ensured
from ._once import once
from ._query import query

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ._client import AppStoreConnect
    from ._document import Resource


@dataclass(frozen=True, slots=True)
class Capability:
    """A capability that is on. `type` is one of Apple's CapabilityType; `settings` map a key to its option."""

    id: str
    type: str
    settings: Mapping[str, str] = field(hash=False)


def find_capabilities(apple: AppStoreConnect, bundle_id: str) -> list[Capability]:
    """What a bundle id (Apple's id of it) is capable of, by type."""
    found = apple.find(f"/v1/bundleIds/{bundle_id}/bundleIdCapabilities", query())
    return sorted(map(_capability, found), key=lambda each: each.type)


def enable_capability(
    apple: AppStoreConnect, bundle_id: str, capability: str, settings: Mapping[str, str] | None = None
) -> Ensured[Capability]:
    """Switch a capability on, with these settings; settings that are left out are left alone.

    An example of a setting: `{"ICLOUD_VERSION": "XCODE_6"}`. Raises AppleError for what Apple does not know.
    """
    found = _find(apple, bundle_id, capability)
    wanted = dict(settings or {})
    if found is None:
        return _switch_on(apple, bundle_id, capability, wanted)
    if wanted.items() <= found.settings.items():
        return Ensured(found)
    attributes = {"capabilityType": capability, "settings": _settings({**found.settings, **wanted})}
    resource = apple.update("bundleIdCapabilities", found.id, attributes, repeatable=True)
    change = Change(f"bundleIdCapabilities/{found.id} {capability}", dict(found.settings), wanted)
    return Ensured(_capability(resource), (change,))


def disable_capability(apple: AppStoreConnect, bundle_id: str, capability: str) -> Ensured[None]:
    """Switch a capability off, if it is on. Profiles that have it become invalid."""
    found = _find(apple, bundle_id, capability)
    if found is None or not apple.delete("bundleIdCapabilities", found.id):
        return Ensured(None)
    change = Change(f"bundleIdCapabilities/{found.id} {capability}", dict(found.settings), None)
    return Ensured(None, (change,))


def _switch_on(
    apple: AppStoreConnect, bundle_id: str, capability: str, settings: dict[str, str]
) -> Ensured[Capability]:
    attributes: dict[str, Any] = {"capabilityType": capability}
    if settings:
        attributes["settings"] = _settings(settings)

    def act() -> Capability:
        links = {"bundleId": ("bundleIds", bundle_id)}
        return _capability(apple.create("bundleIdCapabilities", attributes, links))

    capable = once(apple, act, lambda: _find(apple, bundle_id, capability))
    return Ensured(
        capable, (Change(f"bundleIdCapabilities/{capable.id} {capability}", None, settings or True),)
    )


def _find(apple: AppStoreConnect, bundle_id: str, capability: str) -> Capability | None:
    return next((each for each in find_capabilities(apple, bundle_id) if each.type == capability), None)


def _settings(wanted: Mapping[str, str]) -> list[dict[str, Any]]:
    """As Apple takes them: for each key the option that is on."""
    return [{"key": key, "options": [{"key": option, "enabled": True}]} for key, option in wanted.items()]


def _capability(resource: Resource) -> Capability:
    settings: dict[str, str] = {}
    for setting in resource.attributes.get("settings") or ():
        for option in setting.get("options") or ():
            if option.get("enabled"):
                settings[str(setting.get("key"))] = str(option.get("key"))
    return Capability(resource.id, str(resource.attributes.get("capabilityType") or ""), settings)
