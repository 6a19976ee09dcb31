"""Devices in the portal's shape: listed, registered, switched off and on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lane_sandbox._operations import create, update
from lane_sandbox._portal.call import Handler, check_rights, page
from lane_sandbox._portal.envelope import messages
from lane_sandbox._portal.refusal import Refusal, invalid, not_found, refusal_of
from lane_sandbox._problem import Problem
from lane_sandbox._resource import Change

if TYPE_CHECKING:
    from lane_sandbox._portal.call import Call, JsonObject
    from lane_sandbox._store import Record

CLASSES = {
    "iphone": "IPHONE",
    "ipad": "IPAD",
    "ipod": "IPOD",
    "watch": "APPLE_WATCH",
    "tvOS": "APPLE_TV",
    "visionOS": "APPLE_VISION_PRO",
    "mac": "MAC",
}
WORDS = {word: name for name, word in CLASSES.items()}
MOST_AT_ONCE = 100


def list_devices(call: Call) -> JsonObject:
    """Those of the platform; switched off ones only if asked for."""
    check_rights(call, "listDevices", writing=False)
    classes = {CLASSES.get(each, each) for each in call.form.many("deviceClasses")}
    removed = call.form.flag("includeRemovedDevices")
    found = [
        describe(each)
        for each in call.team.store.all("devices")
        if _platform(each) == call.platform
        and (not classes or each.attributes["deviceClass"] in classes)
        and (removed or each.attributes["status"] == "ENABLED")
    ]
    return page(call, "devices", found)


def add_devices(call: Call) -> JsonObject:
    """Register devices; one that is refused is named in the answer, which is a success all the same."""
    check_rights(call, "addDevices", writing=True)
    numbers, names = call.form.repeated("deviceNumbers"), call.form.repeated("deviceNames")
    classes = call.form.repeated("deviceClasses")
    if not numbers or len(numbers) != len(names) or len(numbers) > MOST_AT_ONCE:
        raise invalid("deviceNumbers", "Give each device a number and a name.")
    made: list[JsonObject] = []
    failed: list[str] = []
    wrong: list[JsonObject] = []
    for index, (number, name) in enumerate(zip(numbers, names, strict=True)):
        kind = classes[min(index, len(classes) - 1)] if classes else _usual(call)
        try:
            made.append(describe(_add(call, number, name, kind)))
        except Refusal as refusal:
            failed.append(name)
            wrong += messages(refusal)
    answer: JsonObject = {"devices": made, "nextDeviceResetDate": None}
    return answer | ({"failedDevices": failed, "validationMessages": wrong} if failed else {})


def disable_device(call: Call) -> JsonObject:
    """Switch one off; profiles that name it are no good any more."""
    check_rights(call, "deleteDevice", writing=True)
    _switch(call, call.find("devices", "deviceId", "device"), "DISABLED")
    return {"nextDeviceResetDate": None}


def enable_device(call: Call) -> JsonObject:
    """Switch one on again, named by its id or its number."""
    check_rights(call, "enableDevice", writing=True)
    form = call.form
    wanted = form.optional("displayId") or form.text("deviceNumber")
    for device in call.team.store.all("devices"):
        if wanted in {device.id, device.attributes["udid"]}:
            _switch(call, device, "ENABLED")
            return {"device": describe(device), "nextDeviceResetDate": None}
    raise not_found("displayId", "device", wanted)


def _add(call: Call, number: str, name: str, kind: str) -> Record:
    if CLASSES.get(kind) is None or (kind == "mac") != (call.platform == "mac"):
        raise invalid("deviceClass", f"'{kind}' is not a class of devices here.")
    values = {"name": name, "udid": number, "platform": "MAC_OS" if kind == "mac" else "IOS"}
    try:
        device = create(call.team, call.team.types["devices"], Change(values, {}))
    except Problem as problem:
        raise _numbered(refusal_of(problem)) from problem
    call.team.store.change(device, {"deviceClass": CLASSES[kind]})
    return device


def _numbered(refusal: Refusal) -> Refusal:
    """The portal calls a UDID a device number."""
    fields = tuple(
        ("deviceNumber" if field == "udid" else field, text.replace("'udid'", "'deviceNumber'"))
        for field, text in refusal.fields
    )
    return Refusal(refusal.code, refusal.key, refusal.text, fields)


def _switch(call: Call, device: Record, status: str) -> None:
    if device.attributes["status"] != status:
        update(call.team, call.team.types["devices"], device, Change({"status": status}, {}))


def _usual(call: Call) -> str:
    return "mac" if call.platform == "mac" else "iphone"


def _platform(device: Record) -> str:
    return "mac" if device.attributes["platform"] == "MAC_OS" else "ios"


def describe(device: Record) -> JsonObject:
    """A device, as lists show it."""
    return {
        "deviceId": device.id,
        "name": device.attributes["name"],
        "deviceNumber": device.attributes["udid"],
        "devicePlatform": _platform(device),
        "status": "c" if device.attributes["status"] == "ENABLED" else "r",
        "model": device.attributes["model"],
        "deviceClass": WORDS.get(device.attributes["deviceClass"], "iphone"),
    }


HANDLERS = {
    "device/listDevices": Handler(list_devices, payload="devices"),
    "device/addDevices": Handler(add_devices, changes=True),
    "device/deleteDevice": Handler(disable_device, changes=True),
    "device/enableDevice": Handler(enable_device, changes=True),
}
