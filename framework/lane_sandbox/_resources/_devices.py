"""Devices that development and ad hoc profiles name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lane_sandbox._problem import Problem, bad_attribute
from lane_sandbox._resource import Change, Listing, Resource, Writing, date, one_of, text
from lane_sandbox._short import short_id

if TYPE_CHECKING:
    from lane_sandbox._store import Record
    from lane_sandbox._team import Team

UDID = re.compile(
    r"[0-9A-Fa-f]{40}|[0-9A-Fa-f]{8}-[0-9A-Fa-f]{16}|[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"
)
"""Of older devices, of newer ones, and of Macs."""


def check_device(team: Team, device: Record | None, change: Change) -> None:
    """A device has a UDID that is one, and that nobody has registered, in whatever case."""
    if device is not None:
        return
    udid = change.attributes["udid"]
    if not UDID.fullmatch(udid):
        detail = f"An invalid value '{udid}' was provided for the parameter 'udid'."
        raise Problem([bad_attribute("udid", "INVALID", detail)])
    if any(each.attributes["udid"].lower() == udid.lower() for each in team.store.all("devices")):
        detail = f"A device with number '{udid}' already exists on this team."
        raise Problem([bad_attribute("udid", "INVALID.DUPLICATE", detail)])


def complete_device(team: Team, device: Record, _change: Change) -> None:
    """What Apple finds out about a device."""
    mac = device.attributes["platform"] == "MAC_OS"
    values = {"status": "ENABLED", "addedDate": team.clock.date(), "deviceClass": "MAC" if mac else "IPHONE"}
    team.store.change(device, values)


def seed_device(team: Team, device: Record) -> None:
    """The same for one of the seed file, as far as that is silent."""
    mac = device.attributes["platform"] == "MAC_OS"
    values = {"status": "ENABLED", "addedDate": team.clock.date(), "deviceClass": "MAC" if mac else "IPHONE"}
    given = {name: value for name, value in device.attributes.items() if value is not None}
    team.store.change(device, values | given)


def update_profiles(team: Team, device: Record, change: Change) -> None:
    """A device that is switched on or off makes the profiles that name it invalid."""
    if "status" not in change.attributes:
        return
    for profile in team.store.all("profiles"):
        if device.id in profile.links.get("devices", ()):
            team.store.change(profile, {"profileState": "INVALID"})


DEVICES = Resource(
    "devices",
    attributes={
        "name": text(),
        "platform": one_of("IOS", "MAC_OS", "UNIVERSAL"),
        "udid": text(),
        "deviceClass": one_of("APPLE_VISION_PRO", "APPLE_WATCH", "IPAD", "IPHONE", "IPOD", "APPLE_TV", "MAC"),
        "status": one_of("ENABLED", "DISABLED"),
        "model": text(),
        "addedDate": date(),
    },
    listing=Listing(
        filters=("name", "platform", "udid", "status", "id"),
        sorts=("name", "platform", "udid", "status", "id"),
    ),
    get=True,
    create=Writing(required=("name", "platform", "udid")),
    update=Writing(optional=("name", "status")),
    family="provisioning",
    identify=short_id,
    check=check_device,
    created=complete_device,
    updated=update_profiles,
    seeded=seed_device,
)
