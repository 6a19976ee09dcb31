"""`register_devices`: devices that may run what is not from the App Store."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from lane import ActionError, Context, Model, action
from lane_apple import api_key_for, ensure_device

from ._door import app_store_connect
from ._ensured import recorded

# Of devices until 2018, of those since, and of Macs before Apple silicon.
_UDID = re.compile(
    r"[0-9a-f]{40}|[0-9a-f]{8}-[0-9a-f]{16}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE
)


class Device(Model):
    """A registered device. `device_class` is Apple's (IPHONE, IPAD, MAC, …), empty where Apple does not tell."""

    id: str
    name: str
    udid: str
    platform: str
    device_class: str


@action(auth=[api_key_for("devices")])
def register_devices(
    ctx: Context,
    *,
    devices: Annotated[dict[str, str], 'Name by UDID: {"00008110-000A1C2E3F40801E": "Ada\'s iPhone"}'],
    platform: Annotated[
        Literal["IOS", "MAC_OS"], "What new ones are; IOS is for watches and TVs, too"
    ] = "IOS",
) -> list[Device]:
    """Register devices, enable those that are disabled, and give them their names; others stay as they are.

    A team has 100 devices of each class a year, and one that is registered counts until the year is over.
    Profiles do not have a new device by themselves: let profiles follow.
    """
    _check(devices)
    apple = app_store_connect(ctx)
    found = [
        recorded(ctx, ensure_device(apple, udid=udid, name=name, platform=platform))
        for udid, name in devices.items()
    ]
    ctx.log.info(f"Registered: {', '.join(each.name for each in found) or 'none'}.")
    return [
        Device(
            id=each.id,
            name=each.name,
            udid=each.udid,
            platform=each.platform,
            device_class=each.device_class or "",
        )
        for each in found
    ]


def _check(devices: dict[str, str]) -> None:
    """All of them before the first is registered: there is no way back."""
    if wrong := [udid for udid in devices if not _UDID.fullmatch(udid)]:
        raise ActionError(
            f"{', '.join(map(repr, wrong))} is no UDID.",
            hint="A UDID is 8 and 16 hexadecimal digits with a hyphen between, or 40 of them; a Mac's may be a UUID."
            " Finder shows it under a connected device's name.",
            code="udid",
        )
    if nameless := [udid for udid, name in devices.items() if not name.strip()]:
        raise ActionError(
            f"The device {', '.join(nameless)} has no name.", hint="Say whose it is.", code="device_name"
        )
