"""Bundle ids: found, registered, renamed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ._ensured import Ensured, adjust, made
from ._once import once
from ._query import query

if TYPE_CHECKING:
    from ._client import AppStoreConnect
    from ._document import Resource


@dataclass(frozen=True, slots=True)
class BundleId:
    """A registered bundle id. `identifier` is the bundle id itself, `id` Apple's; `seed_id` the app id's prefix."""

    id: str
    identifier: str
    name: str
    platform: str
    seed_id: str | None


def find_bundle_id(apple: AppStoreConnect, identifier: str) -> BundleId | None:
    """The registered bundle id, or None."""
    found = _find(apple, identifier)
    return None if found is None else _bundle_id(found)


def ensure_bundle_id(
    apple: AppStoreConnect, identifier: str, *, name: str | None = None, platform: str = "IOS"
) -> Ensured[BundleId]:
    """Register a bundle id that is not registered; give it the name that it is to have.

    `platform` is IOS, MAC_OS or UNIVERSAL: Apple makes it UNIVERSAL in any case, so it is not compared. A name
    that is left out is left alone, and made of the bundle id where there is none yet.
    """
    found = _find(apple, identifier)
    if found is not None:
        resource, changes = adjust(apple, found, {"name": name})
        return Ensured(_bundle_id(resource), changes)
    attributes = {"identifier": identifier, "name": name or _named(identifier), "platform": platform}

    def act() -> Resource:
        return apple.create("bundleIds", attributes, {})

    resource = once(apple, act, lambda: _find(apple, identifier))
    return Ensured(_bundle_id(resource), made(resource, attributes))


def _find(apple: AppStoreConnect, identifier: str) -> Resource | None:
    # Apple's filter finds identifiers that begin so, too.
    found = apple.find("/v1/bundleIds", query({"identifier": identifier}))
    return next((each for each in found if each.attributes.get("identifier") == identifier), None)


def _named(identifier: str) -> str:
    """Apple takes letters, digits and spaces as a name."""
    return "".join(letter if letter.isalnum() else " " for letter in identifier)


def _bundle_id(resource: Resource) -> BundleId:
    attributes = resource.attributes
    return BundleId(
        id=resource.id,
        identifier=str(attributes.get("identifier") or ""),
        name=str(attributes.get("name") or ""),
        platform=str(attributes.get("platform") or ""),
        seed_id=attributes.get("seedId"),
    )
