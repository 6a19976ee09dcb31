"""Whether the file of an earlier upload is the one that is at hand now."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from os import PathLike

    from ._client import AppStoreConnect
    from ._document import Resource

_ALGORITHMS = {"MD5": "md5", "SHA_256": "sha256"}


def is_sent_file(apple: AppStoreConnect, upload_id: str, path: str | PathLike[str]) -> bool | None:
    """Whether the file at `path` is, byte by byte, what was uploaded; None where Apple does not say.

    Apple keeps the size, and the checksums that the sender gave.
    """
    sent = apple.find(f"/v1/buildUploads/{upload_id}/buildUploadFiles", {"limit": 200})
    asset = next((each for each in sent if each.attributes.get("assetType") == "ASSET"), None)
    return None if asset is None else _is(asset, Path(path))


def _is(asset: Resource, file: Path) -> bool | None:
    if asset.attributes.get("fileSize") != file.stat().st_size:
        return False
    checksums: dict[str, Any] = asset.attributes.get("sourceFileChecksums") or {}
    given = checksums.get("file") or {}
    algorithm = _ALGORITHMS.get(given.get("algorithm", ""))
    if algorithm is None:
        return None
    with file.open("rb") as stream:
        found = hashlib.file_digest(stream, algorithm).hexdigest()
    return found == str(given.get("hash")).lower()
