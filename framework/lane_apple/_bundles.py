"""buildBundles, and the dSYMs that Apple keeps for them."""

from __future__ import annotations

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lane import ActionError

from ._download import download
from ._dsym import check_zip, uuids_of
from ._refusal import AppleError
from ._together import Meter, StoppedError, all_done

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from pathlib import Path

    from ._client import AppStoreConnect, Params


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
    try:
        return _download(apple, bundle.bundle_id, bundle.dsym_url, target, expected, progress)
    except AppleError as error:
        if error.refusal.status not in {400, 403, 404, 410}:
            raise
        again = {each.id: each.dsym_url for each in find_build_bundles(apple, build_id)}.get(bundle.id)
        if again is None or again == bundle.dsym_url:
            raise
        return _download(apple, bundle.bundle_id, again, target, expected, progress)


def download_dsyms(
    apple: AppStoreConnect,
    targets: Mapping[BuildBundle, Path],
    *,
    build_id: str,
    expected: Mapping[str, Collection[str]] | None = None,
    threads: int = 4,
    progress: Callable[[int], None] | None = None,
) -> list[DownloadedDsym]:
    """Download the dSYMs of several bundles at once, each as `download_dsym` does it, to the file it maps to.

    `expected` are UUIDs by bundle id, `progress` gets the bytes received so far of all. The first error ends it;
    files that are whole by then stay.
    """
    meter = Meter(progress)
    stop = threading.Event()

    def fetch(bundle: BuildBundle) -> DownloadedDsym:
        received = 0

        def count(so_far: int) -> None:
            nonlocal received
            if stop.is_set():
                raise StoppedError
            meter.add(so_far - received)
            received = so_far

        wanted = (expected or {}).get(bundle.bundle_id)
        return download_dsym(
            apple, bundle, targets[bundle], build_id=build_id, expected=wanted, progress=count
        )

    pool = ThreadPoolExecutor(threads, thread_name_prefix="download")
    try:
        downloads = [pool.submit(fetch, bundle) for bundle in targets]
        all_done(downloads, apple.sleep)
        return [each.result() for each in downloads]
    finally:
        # After a failure nobody waits for a thread that is stuck in a dead connection.
        stop.set()
        pool.shutdown(wait=False, cancel_futures=True)


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
    def check(file: Path) -> frozenset[str]:
        check_zip(file)
        uuids = uuids_of(file)
        if expected is not None and uuids.isdisjoint(expected):
            raise ActionError(
                f"Apple's dSYM for {bundle_id} belongs to another build: {', '.join(sorted(uuids))}.",
                code="dsym_foreign",
                hint=f"The build has {', '.join(sorted(expected)) or 'no UUIDs'}.",
            )
        return uuids

    uuids = download(
        apple.storage, url, target, check=check, sleep=apple.sleep, progress=progress, say=apple.say
    )
    return DownloadedDsym(target, bundle_id, uuids)
