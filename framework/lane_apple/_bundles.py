"""buildBundles, and the dSYMs that Apple keeps for them."""

from __future__ import annotations

import os
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING
from urllib.parse import urlsplit

import requests

from lane import ActionError

from ._dsym import check_zip, uuids_of
from ._network import TIMEOUT, Anonymous, broken, may_repeat_read, retry_after, retrying
from ._refusal import AppleBusyError, AppleError, Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from ._client import AppStoreConnect, Params

_BLOCK = 1024 * 1024  # bytes


@dataclass(frozen=True, slots=True)
class BuildBundle:
    """A bundle of a build. `kind` is APP, APP_CLIP or WATCH_APP; `dsym_url` is short-lived, or None."""

    id: str
    bundle_id: str
    kind: str | None
    includes_symbols: bool
    dsym_url: str | None


@dataclass(frozen=True, slots=True)
class DownloadedDsym:
    """A zip of dSYMs on the disk, of which the UUIDs were read."""

    path: Path
    bundle_id: str
    uuids: frozenset[str]


def find_build_bundles(apple: AppStoreConnect, build_id: str) -> list[BuildBundle]:
    """The bundles of a build, by bundle id; Apple gives them only together with the build."""
    params: Params = {
        "include": ["buildBundles"],
        "fields[builds]": ["version", "buildBundles"],
        "fields[buildBundles]": ["bundleId", "bundleType", "includesSymbols", "dSYMUrl"],
        "limit[buildBundles]": 50,
    }
    included = apple.get(f"/v1/builds/{build_id}", params).included.values()
    bundles = [
        BuildBundle(
            id=each.id,
            bundle_id=str(each.attributes.get("bundleId") or ""),
            kind=each.attributes.get("bundleType"),
            includes_symbols=bool(each.attributes.get("includesSymbols")),
            dsym_url=each.attributes.get("dSYMUrl") or None,
        )
        for each in included
        if each.type == "buildBundles"
    ]
    return sorted(bundles, key=lambda bundle: (bundle.bundle_id, bundle.id))


def download_dsym(
    apple: AppStoreConnect,
    bundle: BuildBundle,
    target: Path,
    *,
    build_id: str,
    expected: Collection[str] | None = None,
    progress: Callable[[int], None] | None = None,
) -> DownloadedDsym:
    """Download a bundle's dSYMs to the file `target`, which appears only when it is whole and checked.

    `expected` are UUIDs of the build's executables, at least one of which must be in it. An address whose
    time is up is asked for again, once. `progress` gets the bytes received so far. Raises ActionError,
    AppleError and lane.TransientError.
    """
    if bundle.dsym_url is None:
        raise ActionError(
            f"Apple has no dSYM for {bundle.bundle_id} of this build.",
            code="dsym_missing",
            hint="Apple keeps only what was uploaded with the build; take the dSYM from the build's archive.",
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        return _download(apple, bundle.bundle_id, bundle.dsym_url, target, expected, progress)
    except AppleError as error:
        if error.refusal.status not in {400, 403, 404, 410}:
            raise
        again = {each.id: each.dsym_url for each in find_build_bundles(apple, build_id)}.get(bundle.id)
        if again is None or again == bundle.dsym_url:
            raise
        return _download(apple, bundle.bundle_id, again, target, expected, progress)


def dsym_file_name(bundle_id: str, version: str, number: str) -> str:
    """The name that fastlane gives the file, without anything that could leave the folder."""
    safe = [re.sub(r"[^\w.-]", "_", text) for text in (bundle_id, version, number)]
    return "-".join(safe).lstrip(".") + ".dSYM.zip"


def _download(
    apple: AppStoreConnect,
    bundle_id: str,
    url: str,
    target: Path,
    expected: Collection[str] | None,
    progress: Callable[[int], None] | None,
) -> DownloadedDsym:
    """Into a file beside the target, so that moving it into place is one step."""
    descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".part")
    part = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            retrying(apple.sleep, may_repeat_read)(_fetch, apple, url, file, progress)
        check_zip(part)
        uuids = uuids_of(part)
        if expected is not None and uuids.isdisjoint(expected):
            raise ActionError(
                f"Apple's dSYM for {bundle_id} belongs to another build: {', '.join(sorted(uuids))}.",
                code="dsym_foreign",
                hint=f"The build has {', '.join(sorted(expected)) or 'no UUIDs'}.",
            )
        part.chmod(0o644)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return DownloadedDsym(target, bundle_id, uuids)


def _fetch(apple: AppStoreConnect, url: str, file: IO[bytes], progress: Callable[[int], None] | None) -> None:
    file.seek(0)
    file.truncate()
    try:
        with apple.session.get(url, stream=True, auth=Anonymous(), timeout=TIMEOUT) as response:
            if response.status_code != 200:
                raise _refused(url, response)
            for block in response.iter_content(_BLOCK):
                file.write(block)
                if progress is not None:
                    progress(file.tell())
    except requests.RequestException as error:
        raise broken(error, "GET", url) from None


def _refused(url: str, response: requests.Response) -> Exception:
    parts = urlsplit(url)
    refusal = Refusal("GET", f"{parts.netloc}{parts.path}", response.status_code)
    if response.status_code in {408, 429} or response.status_code >= 500:
        return AppleBusyError(refusal, retry_after=retry_after(response))
    return AppleError(
        refusal, f"Apple's storage refused the dSYM: {refusal.status}.", hint="Its address may be over."
    )
