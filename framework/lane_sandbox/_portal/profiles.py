"""Provisioning profiles of the portal: listed, made, made anew, downloaded, deleted."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING

from lane_sandbox._operations import create
from lane_sandbox._portal.call import Download, Handler, check_rights, page
from lane_sandbox._portal.profile_shapes import METHODS, describe, detail, for_xcode, platform_of
from lane_sandbox._portal.refusal import invalid
from lane_sandbox._resource import Change
from lane_sandbox._resources._profiles import check_profile, seed_profile

if TYPE_CHECKING:
    from lane_sandbox._portal.call import Call, JsonObject
    from lane_sandbox._store import Record

KIND = "provisioning profile"
LONGEST_NAME = 255


def list_profiles(call: Call) -> JsonObject:
    """Those of the platform; what is no good any more is left out if asked so."""
    check_rights(call, "listProvisioningProfiles", writing=False)
    every = call.form.flag("includeInactiveProfiles", default=True)
    found = [describe(call, each) for each in _profiles(call)]
    return page(call, "provisioningProfiles", [each for each in found if every or each["status"] == "Active"])


def get_profile(call: Call) -> JsonObject:
    """One, with its devices and certificates."""
    check_rights(call, "getProvisioningProfile", writing=False)
    return {"provisioningProfile": detail(call, _profile(call))}


def create_profile(call: Call) -> JsonObject:
    """Have one made."""
    check_rights(call, "createProvisioningProfile", writing=True)
    bundle = call.find("bundleIds", "appIdId", "App ID")
    values = {"name": _name(call), "profileType": _type(call)}
    links = {"bundleId": [bundle.id], **_contents(call)}
    made = create(call.team, call.team.types["profiles"], Change(values, links))
    return {"provisioningProfile": detail(call, made)}


def regenerate_profile(call: Call) -> JsonObject:
    """Have one made anew, with other contents, under the same id (`sigh repair`)."""
    check_rights(call, "regenProvisioningProfile", writing=True)
    profile = _profile(call)
    bundle = call.find("bundleIds", "appIdId", "App ID")
    values = {"name": _name(call), "profileType": _type(call)}
    links = {"devices": [], "bundleId": [bundle.id], **_contents(call)}
    check_profile(call.team, profile, Change(values, links))
    call.team.store.change(profile, values)
    for name, targets in links.items():
        call.team.store.replace_links(profile, name, targets)
    seed_profile(call.team, profile)
    return {"provisioningProfile": detail(call, profile)}


def delete_profile(call: Call) -> JsonObject:
    """Remove one."""
    check_rights(call, "deleteProvisioningProfile", writing=True)
    call.team.delete(_profile(call))
    return {}


def download_profile(call: Call) -> Download:
    """The profile itself."""
    check_rights(call, "downloadProfileContent", writing=False)
    profile = _profile(call)
    name = re.sub(r"[^A-Za-z0-9_-]", "_", profile.attributes["name"])
    suffix = "provisionprofile" if platform_of(profile) == "mac" else "mobileprovision"
    content = base64.b64decode(profile.attributes["profileContent"])
    return Download(content, f"{name}.{suffix}", "application/octet-stream")


def list_for_xcode(call: Call) -> JsonObject:
    """All of the platform, with their contents."""
    check_rights(call, "listProvisioningProfiles", writing=False)
    return {"provisioningProfiles": [for_xcode(call, each) for each in _profiles(call)]}


def _profiles(call: Call) -> list[Record]:
    return [each for each in call.team.store.all("profiles") if platform_of(each) == call.platform]


def _profile(call: Call) -> Record:
    return call.find("profiles", "provisioningProfileId", KIND)


def _name(call: Call) -> str:
    name = call.form.text("provisioningProfileName")
    if len(name) > LONGEST_NAME:
        raise invalid("provisioningProfileName", f"A name has at most {LONGEST_NAME} characters.")
    return name


def _type(call: Call) -> str:
    method, below = call.form.text("distributionType"), call.form.optional("subPlatform")
    for kind, (platform, its_method, its_below) in METHODS.items():
        if (platform, its_method, its_below) == (call.platform, method, below):
            return kind
    raise invalid("distributionType", f"'{method}' is not a distribution type here.")


def _contents(call: Call) -> dict[str, list[str]]:
    """The certificates and devices that a call names."""
    certificates = call.find_all("certificates", "certificateIds", "certificate")
    devices = call.find_all("devices", "deviceIds", "device")
    links = {"certificates": [each.id for each in certificates]}
    return links | ({"devices": [each.id for each in devices]} if devices else {})


HANDLERS = {
    "profile/listProvisioningProfiles": Handler(list_profiles, payload="provisioningProfiles"),
    "profile/getProvisioningProfile": Handler(get_profile),
    "profile/createProvisioningProfile": Handler(create_profile, changes=True),
    "profile/regenProvisioningProfile": Handler(regenerate_profile, changes=True),
    "profile/deleteProvisioningProfile": Handler(delete_profile, changes=True),
    "profile/downloadProfileContent": Handler(download_profile),
}
XCODE = Handler(list_for_xcode, payload="provisioningProfiles", plist=True)
"""On a host of its own, which fastlane asks too."""
