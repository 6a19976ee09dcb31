"""The portal's identifiers: of apps, groups, websites that push, passes, merchants."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lane_apple._ensured import Change, Ensured
from lane_apple._once import once

from .form import portal_name
from .portal import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .form import Value
    from .portal import DeveloperPortal, Slug

APP_IDS = Kind("appIds", "identifiers", "listAppIds.action", "appIds")
WEBSITE_PUSH_IDS = Kind("websitePushIds", "identifiers", "listWebsitePushIds.action", "websitePushIdList")
PASS_TYPE_IDS = Kind("passTypeIds", "identifiers", "listPassTypeIds.action", "passTypeIdList")
MERCHANT_IDS = Kind("merchantIds", "identifiers", "listOMCs.action", "identifierList")
APP_GROUPS = Kind("appGroups", "identifiers", "listApplicationGroups.action", "applicationGroupList")

_ID_FIELDS = {
    APP_IDS: "appIdId",
    WEBSITE_PUSH_IDS: "websitePushId",
    PASS_TYPE_IDS: "passTypeId",
    MERCHANT_IDS: "omcId",
    APP_GROUPS: "applicationGroup",
}
_USUAL_SERVICES = {"gameCenter": "on", "inAppPurchase": "on"}  # every app id has them; Apple's form says so


@dataclass(frozen=True, slots=True)
class PortalIdentifier:
    """An identifier. `id` is Apple's, `identifier` what was registered; `prefix` is the app id's."""

    id: str
    identifier: str
    name: str
    prefix: str | None = None


def find_app_ids(portal: DeveloperPortal, *, slug: Slug = "ios") -> list[PortalIdentifier]:
    """The team's app ids, by name."""
    return find_identifiers(portal, APP_IDS, slug=slug)


def find_website_push_ids(portal: DeveloperPortal) -> list[PortalIdentifier]:
    """The identifiers of websites that push (`web.com.example`), by name."""
    return find_identifiers(portal, WEBSITE_PUSH_IDS)


def find_pass_type_ids(portal: DeveloperPortal) -> list[PortalIdentifier]:
    """The identifiers of passes (`pass.com.example`), by name."""
    return find_identifiers(portal, PASS_TYPE_IDS)


def ensure_app_id(
    portal: DeveloperPortal,
    identifier: str,
    *,
    name: str | None = None,
    services: Mapping[str, str | bool] | None = None,
    slug: Slug = "ios",
) -> Ensured[PortalIdentifier]:
    """Register an app id that is not registered; one that ends with `*` is a wildcard.

    `services` are by Apple's ids, such as `push` (private-endpoints.md, 2). A `name` that is not ASCII is written
    in ASCII. Of an app id that is there nothing is changed. Raises IdentifierTakenError.
    """
    found = _find(portal, identifier, slug)
    if found is not None:
        return Ensured(found)
    wildcard = identifier.endswith("*")
    shown = portal_name(name if name is not None else _named(identifier))
    fields: dict[str, Value] = {
        **({} if wildcard else _USUAL_SERVICES),
        **(services or {}),
        "type": "wildcard" if wildcard else "explicit",
        "identifier": identifier,
        "name": shown,
    }

    def act() -> PortalIdentifier:
        return _identifier(portal.change(APP_IDS, "addAppId.action", "appId", slug=slug, **fields), APP_IDS)

    made = once(portal, act, lambda: _find(portal, identifier, slug))
    after = {"identifier": identifier, "name": shown, **(services or {})}
    return Ensured(made, (Change(f"appIds/{made.id}", None, after),))


def find_identifiers(portal: DeveloperPortal, kind: Kind, *, slug: Slug = "ios") -> list[PortalIdentifier]:
    """The identifiers of a kind, by name."""
    return [_identifier(entry, kind) for entry in portal.find(kind, slug=slug)]


def _find(portal: DeveloperPortal, identifier: str, slug: Slug) -> PortalIdentifier | None:
    found = find_app_ids(portal, slug=slug)
    return next((each for each in found if each.identifier == identifier), None)


def _named(identifier: str) -> str:
    """The portal takes letters, digits and blanks as a name."""
    return "".join(letter if letter.isalnum() else " " for letter in identifier).strip()


def _identifier(entry: Mapping[str, Any], kind: Kind) -> PortalIdentifier:
    return PortalIdentifier(
        id=str(entry.get(_ID_FIELDS[kind]) or ""),
        identifier=str(entry.get("identifier") or ""),
        name=str(entry.get("name") or ""),
        prefix=entry.get("prefix") or None,
    )
