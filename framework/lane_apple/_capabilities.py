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
    on = (each for each in found if each.attributes.get("enabled") is not False)
    return sorted(map(_capability, on), key=lambda each: each.type)


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
    changed = _change(apple, bundle_id, found, {**found.settings, **wanted})
    change = Change(f"bundleIdCapabilities/{found.id} {capability}", dict(found.settings), wanted)
    return Ensured(changed, (change,))


def disable_capability(apple: AppStoreConnect, bundle_id: str, capability: str) -> Ensured[None]:
    """Switch a capability off, if it is on. Profiles that have it become invalid."""
    found = _find(apple, bundle_id, capability)
    if found is None:
        return Ensured(None)
    if apple.door.capabilities_of_bundle_id:
        _patch(apple, bundle_id, capability, enabled=False)
    elif not apple.delete("bundleIdCapabilities", found.id):
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
        if apple.door.capabilities_of_bundle_id:
            return _patch(apple, bundle_id, capability, settings=settings)
        links = {"bundleId": ("bundleIds", bundle_id)}
        return _capability(apple.create("bundleIdCapabilities", attributes, links))

    capable = once(apple, act, lambda: _find(apple, bundle_id, capability))
    return Ensured(
        capable, (Change(f"bundleIdCapabilities/{capable.id} {capability}", None, settings or True),)
    )


def _change(
    apple: AppStoreConnect, bundle_id: str, found: Capability, settings: dict[str, str]
) -> Capability:
    if apple.door.capabilities_of_bundle_id:
        return _patch(apple, bundle_id, found.type, settings=settings)
    attributes = {"capabilityType": found.type, "settings": _settings(settings)}
    return _capability(apple.update("bundleIdCapabilities", found.id, attributes, repeatable=True))


def _patch(
    apple: AppStoreConnect,
    bundle_id: str,
    capability: str,
    *,
    enabled: bool = True,
    settings: Mapping[str, str] | None = None,
) -> Capability:
    """Change a capability as a part of its bundle id, as the developer portal does it (private-endpoints.md, 4.3)."""
    seed_id = apple.get(f"/v1/bundleIds/{bundle_id}").one.attributes.get("seedId")
    attributes = {"permissions": {"edit": True, "delete": True}, "seedId": seed_id}
    chosen = [{"key": key, "options": [{"key": option}]} for key, option in (settings or {}).items()]
    part = {
        "type": "bundleIdCapabilities",
        "attributes": {"enabled": enabled, "settings": chosen},
        "relationships": {"capability": {"data": {"type": "capabilities", "id": capability}}},
    }
    links = {"bundleIdCapabilities": {"data": [part]}}
    apple.update("bundleIds", bundle_id, attributes, relationships=links, repeatable=True)
    return _find(apple, bundle_id, capability) or Capability(capability, capability, {**(settings or {})})


def _find(apple: AppStoreConnect, bundle_id: str, capability: str) -> Capability | None:
    return next((each for each in find_capabilities(apple, bundle_id) if each.type == capability), None)


def _settings(wanted: Mapping[str, str]) -> list[dict[str, Any]]:
    """As Apple takes them: for each key the option that is on."""
    return [{"key": key, "options": [{"key": option, "enabled": True}]} for key, option in wanted.items()]


def _capability(resource: Resource) -> Capability:
    settings: dict[str, str] = {}
    for setting in resource.attributes.get("settings") or ():
        for option in setting.get("options") or ():
            # The portal's door names the one that is chosen, and no more.
            if option.get("enabled") is not False:
                settings[str(setting.get("key"))] = str(option.get("key"))
    # The portal leaves the type to the id, `P7GJR49W72_<TYPE>` (private-endpoints.md, 4.3).
    kind = resource.attributes.get("capabilityType") or resource.id.partition("_")[2]
    return Capability(resource.id, str(kind), settings)
