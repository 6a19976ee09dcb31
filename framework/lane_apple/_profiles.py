"""Provisioning profiles: found, made, made anew when they no longer fit."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from lane import LaneError

from ._certificates import decoded, moment
from ._ensured import Change, Ensured
from ._once import once
from ._query import query

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from ._client import AppStoreConnect
    from ._document import Resource


@dataclass(frozen=True, slots=True)
class Profile:
    """A profile. `type` is one of Apple's ProfileType, `content` a signed property list (CMS, DER).

    `active` is false once a certificate, a device or a capability of it is gone.
    """

    id: str
    name: str
    type: str
    uuid: str
    active: bool
    expires: datetime | None
    bundle_id: str | None
    content: bytes = field(repr=False)


def find_profiles(
    apple: AppStoreConnect, *, name: str | None = None, profile_type: str | None = None
) -> list[Profile]:
    """The team's profiles, with Apple's id of their bundle id; the one that expires last first."""
    asked = query({"name": name, "profileType": profile_type}, include=["bundleId"])
    found = [_profile(each) for each in apple.find("/v1/profiles", asked)]
    if name is not None:
        found = [each for each in found if each.name == name]
    return sorted(found, key=lambda each: each.expires.timestamp() if each.expires else 0.0, reverse=True)


def ensure_profile(
    apple: AppStoreConnect,
    *,
    name: str,
    profile_type: str,
    bundle_id: str,
    certificates: Collection[str],
    devices: Collection[str] = (),
    now: datetime | None = None,
    changed: Callable[[Change], None] | None = None,
) -> Ensured[Profile]:
    """A profile of this name for a bundle id, certificates and devices (Apple's ids), that is good.

    One that is invalid, over, or of something else is deleted and made anew: Apple has no way to change one, and
    takes no second one of a name. `changed` is told of each change at once, so that a deletion is known even
    where Apple then refuses to make the new one. Profiles for the App Store and for Developer ID take no devices.
    """
    changes: list[Change] = []
    tell = changed or (lambda _: None)
    for found in find_profiles(apple, name=name):
        if _is_good(found, profile_type, bundle_id, now or datetime.now(UTC)) and _holds(
            apple, found, certificates, devices
        ):
            return Ensured(found, tuple(changes))
        for change in delete_profile(apple, found).changes:
            changes.append(change)
            tell(change)
    try:
        profile = _create(apple, name, profile_type, bundle_id, certificates, devices)
    except LaneError as error:
        if changes:
            gone = f"The old profile {name} is deleted already: run this again, and it is made anew."
            error.hint = f"{error.hint} {gone}" if error.hint else gone
        raise
    made = Change(f"profiles/{profile.id}", None, _described(name, profile_type, certificates, devices))
    tell(made)
    return Ensured(profile, (*changes, made))


def delete_profile(apple: AppStoreConnect, profile: Profile) -> Ensured[None]:
    """Delete a profile, if it is still there."""
    if not apple.delete("profiles", profile.id):
        return Ensured(None)
    before = {"name": profile.name, "profileType": profile.type, "uuid": profile.uuid}
    return Ensured(None, (Change(f"profiles/{profile.id}", before, None),))


def _described(
    name: str, profile_type: str, certificates: Collection[str], devices: Collection[str]
) -> dict[str, str | int]:
    return {
        "name": name,
        "profileType": profile_type,
        "certificates": len(certificates),
        "devices": len(devices),
    }


def _is_good(profile: Profile, profile_type: str, bundle_id: str, now: datetime) -> bool:
    same = profile.type == profile_type and profile.bundle_id == bundle_id
    return same and profile.active and (profile.expires is None or profile.expires > now)


def _holds(
    apple: AppStoreConnect, profile: Profile, certificates: Collection[str], devices: Collection[str]
) -> bool:
    """Whether a profile has exactly these; included with it Apple gives at most fifty."""
    for kind, wanted in (("certificates", certificates), ("devices", devices)):
        fields = {kind: ["name"]}
        found = apple.find(f"/v1/profiles/{profile.id}/{kind}", query(fields=fields))
        if {each.id for each in found} != set(wanted):
            return False
    return True


def _create(
    apple: AppStoreConnect,
    name: str,
    profile_type: str,
    bundle_id: str,
    certificates: Collection[str],
    devices: Collection[str],
) -> Profile:
    attributes = {"name": name, "profileType": profile_type}
    links: dict[str, tuple[str, str] | list[tuple[str, str]]] = {
        "bundleId": ("bundleIds", bundle_id),
        "certificates": [("certificates", each) for each in certificates],
    }
    if devices:
        links["devices"] = [("devices", each) for each in devices]

    def act() -> Profile:
        return _profile(apple.create("profiles", attributes, links), bundle_id)

    def look() -> Profile | None:
        return next(iter(find_profiles(apple, name=name, profile_type=profile_type)), None)

    return once(apple, act, look)


def _profile(resource: Resource, bundle_id: str | None = None) -> Profile:
    attributes = resource.attributes
    return Profile(
        id=resource.id,
        name=str(attributes.get("name") or ""),
        type=str(attributes.get("profileType") or ""),
        uuid=str(attributes.get("uuid") or ""),
        active=attributes.get("profileState") == "ACTIVE",
        expires=moment(attributes.get("expirationDate")),
        bundle_id=resource.related("bundleId") or bundle_id,
        content=decoded(resource, "profileContent"),
    )
