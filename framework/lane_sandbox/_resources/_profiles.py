"""Provisioning profiles: checked, written and signed; invalid once what they hold has changed."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import TYPE_CHECKING, Any

from lane_sandbox import _provision
from lane_sandbox._problem import Problem, bad_attribute, bad_relationship
from lane_sandbox._resource import Change, Listing, Resource, Writing, date, many, one, one_of, text
from lane_sandbox._short import short_id

if TYPE_CHECKING:
    from lane_sandbox._store import Record
    from lane_sandbox._team import Team

YEAR_SECONDS = 365 * 24 * 3600.0


def check_profile(team: Team, profile: Record | None, change: Change) -> None:
    """A profile has a name of its own, certificates of its kind, and devices where its kind has them."""
    name, kind = change.attributes["name"], change.attributes["profileType"]
    others = [each for each in team.store.all("profiles") if each is not profile]
    if any(each.attributes["name"] == name for each in others):
        detail = f"Multiple profiles found with the name '{name}'. Please remove the duplicate profiles and try again."
        raise Problem([bad_attribute("name", "INVALID.DUPLICATE", detail)])
    _check_certificates(team, kind, change.links["certificates"])
    _check_devices(team, kind, change.links.get("devices", []))


def _check_certificates(team: Team, kind: str, certificates: list[str]) -> None:
    wanted = _provision.KINDS[kind].certificates
    if not certificates:
        raise Problem(
            [bad_relationship("certificates", "REQUIRED", "A profile needs at least one certificate")]
        )
    for identifier in certificates:
        certificate = team.store.find("certificates", identifier)
        assert certificate is not None
        found = certificate.attributes["certificateType"]
        if found not in wanted:
            detail = (
                f"A certificate of type {found} is not valid for {kind}; use {' or '.join(sorted(wanted))}"
            )
            raise Problem([bad_relationship("certificates", "INVALID", detail)])
        if certificate.private["expires"] <= team.clock.now():
            raise Problem(
                [bad_relationship("certificates", "INVALID", f"The certificate '{identifier}' has expired")]
            )


def _check_devices(team: Team, kind: str, devices: list[str]) -> None:
    if not _provision.KINDS[kind].devices:
        if devices:
            raise Problem(
                [bad_relationship("devices", "INVALID", f"A profile of type {kind} has no devices")]
            )
        return
    if not devices:
        raise Problem([bad_relationship("devices", "REQUIRED", f"A profile of type {kind} needs devices")])
    for identifier in devices:
        device = team.store.find("devices", identifier)
        assert device is not None
        if device.attributes["status"] != "ENABLED":
            raise Problem([bad_relationship("devices", "INVALID", f"The device '{identifier}' is disabled")])


def write_profile(team: Team, profile: Record, _change: Change) -> None:
    """Write and sign it; it is good for a year, or as long as the first of its certificates."""
    seed_profile(team, profile)


def seed_profile(team: Team, profile: Record) -> None:
    """The same for one of the seed file."""
    now = team.clock.now()
    certificates = team.store.related(profile, "certificates")
    expires = min([now + YEAR_SECONDS, *(each.private["expires"] for each in certificates)])
    values = {
        "platform": _provision.KINDS[profile.attributes["profileType"]].platform,
        "profileState": "ACTIVE",
        "uuid": str(uuid.uuid4()),
        "createdDate": team.clock.date(now),
        "expirationDate": team.clock.date(expires),
    }
    team.store.change(profile, values)
    team.store.change(profile, {"profileContent": _provision.content(team, profile)})


def present_profile(team: Team, profile: Record) -> dict[str, Any]:
    """A profile that has expired is invalid."""
    over = datetime.fromisoformat(profile.attributes["expirationDate"]).timestamp() <= team.clock.now()
    return {"profileState": "INVALID"} if over else {}


PROFILES = Resource(
    "profiles",
    attributes={
        "name": text(),
        "platform": one_of("IOS", "MAC_OS", "UNIVERSAL"),
        "profileType": one_of(
            "IOS_APP_DEVELOPMENT",
            "IOS_APP_STORE",
            "IOS_APP_ADHOC",
            "IOS_APP_INHOUSE",
            "MAC_APP_DEVELOPMENT",
            "MAC_APP_STORE",
            "MAC_APP_DIRECT",
            "TVOS_APP_DEVELOPMENT",
            "TVOS_APP_STORE",
            "TVOS_APP_ADHOC",
            "TVOS_APP_INHOUSE",
            "MAC_CATALYST_APP_DEVELOPMENT",
            "MAC_CATALYST_APP_STORE",
            "MAC_CATALYST_APP_DIRECT",
        ),
        "profileState": one_of("ACTIVE", "INVALID"),
        "profileContent": text(),
        "uuid": text(),
        "createdDate": date(),
        "expirationDate": date(),
    },
    relationships={
        "bundleId": one("bundleIds", related=Listing(), linkages=("GET",)),
        "devices": many("devices", related=Listing(), linkages=("GET",)),
        "certificates": many("certificates", related=Listing(), linkages=("GET",)),
    },
    listing=Listing(
        filters=("name", "profileType", "profileState", "id"),
        sorts=("name", "profileType", "profileState", "id"),
        include=True,
    ),
    get=True,
    create=Writing(
        required=("name", "profileType", "bundleId", "certificates"),
        optional=("devices",),
        ignored=("templateName",),  # fastlane always sends it, mostly null
    ),
    delete=True,
    family="provisioning",
    identify=short_id,
    check=check_profile,
    created=write_profile,
    seeded=seed_profile,
    present=present_profile,
)
