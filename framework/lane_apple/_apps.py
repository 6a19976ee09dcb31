"""Finds an app record by its bundle id."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lane import ActionError

if TYPE_CHECKING:
    from ._client import AppStoreConnect, Params


@dataclass(frozen=True, slots=True)
class App:
    """An app record. `id` is Apple's number, as in the store's address; `sku` the team's own word for it."""

    id: str
    bundle_id: str
    name: str
    sku: str = ""


class AppNotFoundError(ActionError):
    """There is no app record with this bundle id, or the key may not see it."""

    code = "app_not_found"


def find_app(apple: AppStoreConnect, bundle_id: str) -> App:
    """The app with this bundle id. Raises AppNotFoundError."""
    found = look_for_app(apple, bundle_id)
    if found is not None:
        return found
    raise AppNotFoundError(
        f"App Store Connect shows this {apple.door.who} no app with the bundle id {bundle_id}.",
        where=f"GET {apple.door.prefix}/v1/apps",
        hint=f"Check the bundle id and which apps the {apple.door.who} may see. No API key can make an app record;"
        " a person with an Apple ID can.",
    )


def look_for_app(apple: AppStoreConnect, bundle_id: str) -> App | None:
    """The app with this bundle id, or None."""
    params: Params = {
        "filter[bundleId]": bundle_id,
        "fields[apps]": ["bundleId", "name", "sku"],
        "limit": 200,
    }
    for each in apple.find("/v1/apps", params):
        # Nothing promises that Apple's filter is exact.
        if each.attributes.get("bundleId") == bundle_id:
            name, sku = each.attributes.get("name"), each.attributes.get("sku")
            return App(each.id, bundle_id, str(name or bundle_id), str(sku or ""))
    return None
