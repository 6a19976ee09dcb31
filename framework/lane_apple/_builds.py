"""Builds: finding them, and the numbers that are taken."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lane import ActionError

from ._uploads import find_build_uploads

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ._client import AppStoreConnect
    from ._document import Document, Resource

_FIELDS = {
    "fields[builds]": [
        "version",
        "processingState",
        "uploadedDate",
        "expired",
        "usesNonExemptEncryption",
        "preReleaseVersion",
    ],
    "fields[preReleaseVersions]": ["version", "platform"],
    "include": ["preReleaseVersion"],
}
_TAKEN = (
    "PROCESSING",
    "FAILED",
    "COMPLETE",
)  # states of a buildUpload that use a number up (fastlane #29879)


@dataclass(frozen=True, slots=True)
class Build:
    """A build. `state` is Apple's processingState: PROCESSING, FAILED, INVALID, VALID.

    `number` is what Apple calls the build's version, `version` that of its preReleaseVersion.
    """

    id: str
    number: str
    version: str | None
    platform: str | None
    state: str
    uploaded: str | None
    expired: bool
    uses_non_exempt_encryption: bool | None


def find_builds(
    apple: AppStoreConnect,
    app_id: str,
    *,
    version: str | None = None,
    number: str | None = None,
    platform: str | None = None,
    state: str | None = None,
) -> Iterator[Build]:
    """The app's builds, the newest upload first, page by page as they are asked for."""
    wanted = {
        "filter[app]": app_id,
        "filter[preReleaseVersion.version]": version,
        "filter[version]": number,
        "filter[preReleaseVersion.platform]": platform,
        "filter[processingState]": state,
    }
    params: dict[str, Any] = {name: value for name, value in wanted.items() if value is not None}
    for page in apple.pages("/v1/builds", params | _FIELDS | {"sort": "-uploadedDate", "limit": 200}):
        for each in page.data:
            yield _build(each, page)


def find_build(
    apple: AppStoreConnect, app_id: str, *, version: str, number: str, platform: str
) -> Build | None:
    """The build with this version, number and platform, or None."""
    found = find_builds(apple, app_id, version=version, number=number, platform=platform)
    return next((build for build in found if build.number == number and _same(build.version, version)), None)


def get_build(apple: AppStoreConnect, build_id: str) -> Build:
    """One build by its id. Raises AppleError (NOT_FOUND)."""
    page = apple.get(f"/v1/builds/{build_id}", _FIELDS)
    return _build(page.one, page)


def latest_build_number(
    apple: AppStoreConnect, app_id: str, *, version: str | None = None, platform: str | None = None
) -> str | None:
    """The highest number in use, among builds and uploads that are not builds yet; None without any.

    Numbers compare part by part, as Apple compares them: 1.10 is more than 1.9.
    """
    numbers = [build.number for build in find_builds(apple, app_id, version=version, platform=platform)]
    uploads = find_build_uploads(apple, app_id, version=version, platform=platform, states=_TAKEN)
    numbers += [upload.number for upload in uploads]
    return max(numbers, key=_order, default=None)


def next_build_number(
    apple: AppStoreConnect, app_id: str, *, version: str | None = None, platform: str | None = None
) -> str:
    """The number after the highest in use, or 1. Raises ActionError if that does not end in a number."""
    latest = latest_build_number(apple, app_id, version=version, platform=platform)
    if latest is None:
        return "1"
    head, _, last = latest.rpartition(".")
    if not last.isdecimal():
        raise ActionError(
            f"The latest build number is {latest}, which cannot be counted up.",
            hint="Give the build number yourself.",
            code="build_number",
        )
    return f"{head}.{int(last) + 1}" if head else str(int(last) + 1)


def _same(one: str | None, other: str) -> bool:
    return one == other or (one is not None and _order(one) == _order(other))


def _order(number: str) -> tuple[int, ...]:
    parts = [int(part) for part in re.findall(r"\d+", number)]
    while parts and parts[-1] == 0:  # 1.0 is 1
        parts.pop()
    return tuple(parts)


def _build(resource: Resource, page: Document) -> Build:
    train = page.included.get(("preReleaseVersions", resource.related("preReleaseVersion") or ""))
    attributes = resource.attributes
    return Build(
        id=resource.id,
        number=str(attributes.get("version") or ""),
        version=train.attributes.get("version") if train else None,
        platform=train.attributes.get("platform") if train else None,
        state=str(attributes.get("processingState") or "PROCESSING"),
        uploaded=attributes.get("uploadedDate"),
        expired=bool(attributes.get("expired")),
        uses_non_exempt_encryption=attributes.get("usesNonExemptEncryption"),
    )
