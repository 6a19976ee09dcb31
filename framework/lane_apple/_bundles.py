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
from ._query import query
from ._refusal import AppleError
from ._together import Meter, StoppedError, all_done

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from pathlib import Path

    from ._client import AppStoreConnect
    from ._document import Document, Resource


_FIELDS = {
    "builds": ["version", "buildBundles"],
    "buildBundles": ["bundleId", "bundleType", "includesSymbols", "dSYMUrl"],
}
_AT_ONCE = 50  # builds in a question: their ids have to fit into an address


@dataclass(frozen=True, slots=True)
class BuildBundle:
    """A bundle of a build. `kind` is APP, APP_CLIP or WATCH_APP; `dsym_url` is short-lived, or None."""

    id: str
    build_id: str
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


def find_build_bundles(apple: AppStoreConnect, *build_ids: str) -> list[BuildBundle]:
    """The bundles of builds, in the order of the builds and of bundle ids; Apple gives them only with a build.

    Of several builds fifty are asked for at once. Raises AppleError (NOT_FOUND) for a single one that is not there.
    """
    found: dict[str, list[BuildBundle]] = {}
    for document in _documents(apple, build_ids):
        for build in document.data:
            bundles = [_bundle(each, build.id) for each in document.related(build, "buildBundles")]
            found[build.id] = sorted(bundles, key=lambda bundle: (bundle.bundle_id, bundle.id))
    return [bundle for build_id in build_ids for bundle in found.get(build_id, ())]


def _documents(apple: AppStoreConnect, build_ids: Sequence[str]) -> Iterator[Document]:
    include, limits = ["buildBundles"], {"buildBundles": 50}
    if len(build_ids) == 1:
        asked = query(fields=_FIELDS, include=include, limits=limits, limit=None)
        yield apple.get(f"/v1/builds/{build_ids[0]}", asked)
        return
    for at in range(0, len(build_ids), _AT_ONCE):
        some = build_ids[at : at + _AT_ONCE]
        yield from apple.pages(
            "/v1/builds", query({"id": some}, fields=_FIELDS, include=include, limits=limits)
        )


def _bundle(resource: Resource, build_id: str) -> BuildBundle:
    attributes = resource.attributes
    return BuildBundle(
        id=resource.id,
        build_id=build_id,
        bundle_id=str(attributes.get("bundleId") or ""),
        kind=attributes.get("bundleType"),
        includes_symbols=bool(attributes.get("includesSymbols")),
        dsym_url=attributes.get("dSYMUrl") or None,
    )


def download_dsym(
    apple: AppStoreConnect,
    bundle: BuildBundle,
    target: Path,
    *,
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
        bundles = find_build_bundles(apple, bundle.build_id)
        again = {each.id: each.dsym_url for each in bundles}.get(bundle.id)
        if again is None or again == bundle.dsym_url:
            raise
        return _download(apple, bundle.bundle_id, again, target, expected, progress)


def download_dsyms(
    apple: AppStoreConnect,
    targets: Mapping[BuildBundle, Path],
    *,
    expected: Mapping[BuildBundle, Collection[str]] | None = None,
    threads: int = 4,
    progress: Callable[[int], None] | None = None,
) -> list[DownloadedDsym]:
    """Download the dSYMs of several bundles at once, each as `download_dsym` does it, to the file it maps to.

    They may be of several builds. `expected` are UUIDs by bundle, `progress` gets the bytes received so far of all.
    The first error ends it; files that are whole by then stay.
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

        wanted = (expected or {}).get(bundle)
        return download_dsym(apple, bundle, targets[bundle], expected=wanted, progress=count)

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
