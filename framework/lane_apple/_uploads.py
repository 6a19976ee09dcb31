"""buildUploads and buildUploadFiles: Apple's record of an upload and of the file in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lane import ActionError

from ._once import once
from ._refusal import AppleProblem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ._checksum import Algorithm
    from ._client import AppStoreConnect
    from ._document import Resource

_FIELDS = {
    "fields[buildUploads]": [
        "cfBundleShortVersionString",
        "cfBundleVersion",
        "platform",
        "state",
        "uploadedDate",
        "build",
    ],
    "include": ["build"],
    "fields[builds]": ["version"],
}


@dataclass(frozen=True, slots=True)
class BuildUpload:
    """A buildUpload. `state` is AWAITING_UPLOAD, PROCESSING, FAILED or COMPLETE; `build_id` comes late."""

    id: str
    version: str
    number: str
    platform: str
    state: str
    problems: tuple[AppleProblem, ...]
    build_id: str | None


@dataclass(frozen=True, slots=True)
class PartRequest:
    """One of Apple's uploadOperations: send these bytes of the file there, with exactly these headers."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class BuildUploadFile:
    """A buildUploadFile: what Apple expects, and the parts in which it wants it while it is `awaited`."""

    id: str
    name: str
    size: int
    awaited: bool
    parts: tuple[PartRequest, ...]


def find_build_uploads(
    apple: AppStoreConnect,
    app_id: str,
    *,
    version: str | None = None,
    number: str | None = None,
    platform: str | None = None,
    states: Sequence[str] = (),
) -> Iterator[BuildUpload]:
    """The app's uploads, the newest first."""
    wanted: dict[str, Any] = {
        "filter[cfBundleShortVersionString]": version,
        "filter[cfBundleVersion]": number,
        "filter[platform]": platform,
        "filter[state]": list(states) or None,
    }
    params = {name: value for name, value in wanted.items() if value is not None}
    params |= _FIELDS | {"sort": "-uploadedDate", "limit": 200}
    return map(_upload, apple.find(f"/v1/apps/{app_id}/buildUploads", params))


def get_build_upload(apple: AppStoreConnect, upload_id: str) -> BuildUpload:
    """One upload by its id, with the id of its build as soon as there is one."""
    return _upload(apple.get(f"/v1/buildUploads/{upload_id}", _FIELDS).one)


def create_build_upload(
    apple: AppStoreConnect, app_id: str, *, version: str, number: str, platform: str
) -> BuildUpload:
    """Announce a build to Apple. Raises AppleError (`is_duplicate`) for a number that was used.

    When the answer is lost it looks for an upload of this build that has no file yet, and takes that.
    """
    attributes = {"cfBundleShortVersionString": version, "cfBundleVersion": number, "platform": platform}

    def act() -> BuildUpload:
        return _upload(apple.create("buildUploads", attributes, {"app": ("apps", app_id)}))

    def look() -> BuildUpload | None:
        states = ["AWAITING_UPLOAD"]
        found = find_build_uploads(
            apple, app_id, version=version, number=number, platform=platform, states=states
        )
        return next((upload for upload in found if not _files(apple, upload.id)), None)

    return once(apple, act, look)


def create_build_upload_file(
    apple: AppStoreConnect, upload_id: str, *, name: str, size: int, uti: str
) -> BuildUploadFile:
    """Announce the file of an upload, and learn in which parts Apple wants it."""
    attributes = {"assetType": "ASSET", "fileName": name, "fileSize": size, "uti": uti}

    def act() -> Resource:
        return apple.create("buildUploadFiles", attributes, {"buildUpload": ("buildUploads", upload_id)})

    def look() -> Resource | None:
        files = _files(apple, upload_id)
        same = (each for each in files if each.attributes.get("fileName") == name)
        return next((each for each in same if each.attributes.get("fileSize") == size), None)

    return _file(once(apple, act, look))


def get_build_upload_file(apple: AppStoreConnect, file_id: str) -> BuildUploadFile:
    """The file of an upload, with addresses of its parts that are good now."""
    return _file(apple.get(f"/v1/buildUploadFiles/{file_id}").one)


def commit_build_upload_file(
    apple: AppStoreConnect, file_id: str, *, algorithm: Algorithm | None, digest: str | None
) -> None:
    """Tell Apple that all parts are there. `digest` is hexadecimal, or None: Apple does not insist on it."""
    attributes: dict[str, Any] = {"uploaded": True}
    if digest is not None:
        attributes["sourceFileChecksums"] = {"file": {"hash": digest, "algorithm": algorithm}}

    def act() -> Resource:
        return apple.update("buildUploadFiles", file_id, attributes)

    def look() -> Resource | None:
        file = apple.get(f"/v1/buildUploadFiles/{file_id}").one
        return None if _is_awaited(file) else file

    once(apple, act, look)


def _files(apple: AppStoreConnect, upload_id: str) -> list[Resource]:
    return list(apple.find(f"/v1/buildUploads/{upload_id}/buildUploadFiles", {"limit": 200}))


def _upload(resource: Resource) -> BuildUpload:
    attributes = resource.attributes
    # The state is an object with a state in it (asc-official-limits.md, 6.2).
    state = attributes.get("state") or {}
    return BuildUpload(
        id=resource.id,
        version=str(attributes.get("cfBundleShortVersionString") or ""),
        number=str(attributes.get("cfBundleVersion") or ""),
        platform=str(attributes.get("platform") or ""),
        state=str(state.get("state") or "AWAITING_UPLOAD"),
        problems=tuple(
            AppleProblem(str(each.get("code") or "UNKNOWN"), str(each.get("description") or "no description"))
            for each in state.get("errors") or ()
        ),
        build_id=resource.related("build"),
    )


def _file(resource: Resource) -> BuildUploadFile:
    attributes = resource.attributes
    size = int(attributes.get("fileSize") or 0)
    parts = tuple(map(_part, attributes.get("uploadOperations") or ()))
    awaited = _is_awaited(resource)
    if awaited:
        _check_cover(resource, size, parts)
    return BuildUploadFile(resource.id, str(attributes.get("fileName") or ""), size, awaited, parts)


def _is_awaited(file: Resource) -> bool:
    state = (file.attributes.get("assetDeliveryState") or {}).get("state")
    return state in {None, "AWAITING_UPLOAD"}


def _check_cover(resource: Resource, size: int, parts: Sequence[PartRequest]) -> None:
    covered = 0
    for part in sorted(parts, key=lambda each: each.offset):
        if part.offset != covered:
            break
        covered += part.length
    if covered != size:
        raise ActionError(
            f"Apple's parts of {resource.attributes.get('fileName')} cover {covered} of {size} bytes.",
            where=f"buildUploadFiles {resource.id}",
            code="unexpected_answer",
            hint="Please report it.",
        )


def _part(operation: Mapping[str, Any]) -> PartRequest:
    headers = operation.get("requestHeaders") or ()
    return PartRequest(
        method=str(operation.get("method") or "PUT"),
        url=str(operation["url"]),
        headers=tuple((str(each["name"]), str(each["value"])) for each in headers),
        offset=int(operation["offset"]),
        length=int(operation["length"]),
    )
