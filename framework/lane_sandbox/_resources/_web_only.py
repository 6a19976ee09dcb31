"""Types that only the web doors know: identifiers and push certificates of the developer portal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lane_sandbox import _elsewhere
from lane_sandbox._problem import Problem, bad_attribute
from lane_sandbox._resource import Change, Listing, Resource, Writing, date, many, one, text
from lane_sandbox._resources._identifiers import BUNDLE_ID
from lane_sandbox._short import short_id

if TYPE_CHECKING:
    from collections.abc import Callable

    from lane_sandbox._store import Record
    from lane_sandbox._team import Team


def _begins_with(prefix: str) -> Callable[[Team, Record | None, Change], None]:
    def check(_team: Team, _record: Record | None, change: Change) -> None:
        identifier = change.attributes.get("identifier") or ""
        if not identifier.startswith(prefix) or not BUNDLE_ID.fullmatch(identifier.removeprefix(prefix)):
            detail = f"'{identifier}' is not a valid identifier; it must begin with '{prefix}'"
            raise Problem([bad_attribute("identifier", "INVALID", detail)])

    return check


def _identifier(kind: str, prefix: str, *, owns: tuple[str, ...] = ()) -> Resource:
    return Resource(
        kind,
        attributes={"name": text(), "identifier": text()},
        relationships={each: many(each, inverse="websitePushId", hidden=True) for each in owns},
        listing=Listing(filters=("name", "identifier"), sorts=("name", "identifier")),
        get=True,
        create=Writing(required=("name", "identifier")),
        delete=True,
        family="provisioning",
        identify=short_id,
        check=_begins_with(prefix),
        owns=owns,
        unique=("identifier",),
        web_only=True,
    )


APP_GROUPS = _identifier("appGroups", "group.")
CLOUD_CONTAINERS = _identifier("cloudContainers", "iCloud.")
WEBSITE_PUSH_IDS = _identifier("websitePushIds", "web.", owns=("pushCertificates",))

PUSH_CERTIFICATES = Resource(
    "pushCertificates",
    attributes={
        "type": text(),
        "serialNumber": text(),
        "requestedDate": date(),
        "expirationDate": date(),
        "certificateContent": text(),
    },
    relationships={
        "bundleId": one("bundleIds", hidden=True),
        "websitePushId": one("websitePushIds", hidden=True),
    },
    family="provisioning",
    identify=short_id,
    web_only=True,
)

FOREIGN_APPS = Resource(
    _elsewhere.TYPE,
    attributes={"name": text(), "bundleId": text()},
    web_only=True,
)
