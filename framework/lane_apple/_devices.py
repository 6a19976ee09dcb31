"""Devices: found, registered, named, enabled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ._ensured import Ensured, adjust, made
from ._once import once
from ._query import query

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ._client import AppStoreConnect
    from ._document import Resource


@dataclass(frozen=True, slots=True)
class Device:
    """A registered device. `device_class` is IPHONE, IPAD, APPLE_WATCH, MAC, …; `platform` IOS or MAC_OS."""

    id: str
    name: str
    udid: str
    platform: str
    device_class: str | None
    enabled: bool


def find_devices(
    apple: AppStoreConnect, *, platform: str | None = None, enabled: bool | None = None
) -> Iterator[Device]:
    """The team's devices, by name."""
    status = None if enabled is None else "ENABLED" if enabled else "DISABLED"
    filters = {"platform": platform, "status": status}
    return map(_device, apple.find("/v1/devices", query(filters, sort=["name"])))


def ensure_device(
    apple: AppStoreConnect, *, udid: str, name: str | None = None, platform: str = "IOS"
) -> Ensured[Device]:
    """Register a device that is not registered, enable one that is disabled, give it its name.

    A name that is left out is left alone, and the UDID where there is none yet. A team has 100 devices of each
    class a year: one that is registered cannot be taken back before the year is over.
    """
    found = _find(apple, udid)
    if found is not None:
        resource, changes = adjust(apple, found, {"name": name, "status": "ENABLED"})
        return Ensured(_device(resource), changes)
    attributes = {"name": name or udid, "udid": udid, "platform": platform}

    def act() -> Resource:
        return apple.create("devices", attributes, {})

    resource = once(apple, act, lambda: _find(apple, udid))
    return Ensured(_device(resource), made(resource, attributes))


def _find(apple: AppStoreConnect, udid: str) -> Resource | None:
    # Apple keeps a UDID as it was written, and takes no other spelling of it.
    spellings = list(dict.fromkeys((udid, udid.upper(), udid.lower())))
    found = apple.find("/v1/devices", query({"udid": spellings}))
    return next((each for each in found if str(each.attributes.get("udid")).lower() == udid.lower()), None)


def _device(resource: Resource) -> Device:
    attributes = resource.attributes
    return Device(
        id=resource.id,
        name=str(attributes.get("name") or ""),
        udid=str(attributes.get("udid") or ""),
        platform=str(attributes.get("platform") or ""),
        device_class=attributes.get("deviceClass"),
        enabled=attributes.get("status") == "ENABLED",
    )
