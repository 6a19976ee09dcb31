"""Uploads a build by API key alone, from any operating system; goes on where an earlier try ended."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from lane import ActionError

from ._part import changed
from ._parts import send_parts
from ._refusal import AppleError
from ._resume import Target, record
from ._together import Meter
from ._uploads import (
    commit_build_upload_file,
    create_build_upload,
    create_build_upload_file,
    get_build_upload,
    get_build_upload_file,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from os import PathLike

    from ._checksum import Algorithm
    from ._client import AppStoreConnect
    from ._resume import Record
    from ._uploads import BuildUpload, BuildUploadFile

_UTIS = {".ipa": "com.apple.ipa", ".pkg": "com.apple.pkg", ".zip": "com.pkware.zip-archive"}


def upload_build(
    apple: AppStoreConnect,
    path: str | PathLike[str],
    *,
    app_id: str,
    version: str,
    number: str,
    platform: str,
    threads: int = 4,
    algorithm: Algorithm | None = "SHA_256",
    resume_in: str | PathLike[str] | None = None,
    begun: Callable[[BuildUpload], None] | None = None,
    progress: Callable[[int], None] | None = None,
) -> BuildUpload:
    """Send an .ipa or .pkg to Apple and commit it; its processing has then begun.

    `version`, `number` and `platform` must be the package's own: `read_package` gives them. `algorithm` is that
    of the file's checksum; without one Apple cannot tell a file that was damaged on the way. `begun` gets the
    buildUpload as soon as Apple has it, `progress` the bytes that Apple has so far.

    A small file in the folder `resume_in` (left out: that of the package) remembers which parts Apple has until
    all is committed: the same call sends only the rest after a crash. Where that file cannot be written, the
    whole is sent again.

    Raises AppleError (`is_duplicate` for a number that was used), lane.TransientError, and ActionError for a file
    that is missing, empty or changed meanwhile.
    """
    file = Path(path)
    uti = _uti(file)
    size, changed_at = before = _state(file)
    target = Target(file.name, size, changed_at, apple.door.base_url, app_id, version, number, platform)
    folder = file.parent if resume_in is None else Path(resume_in)
    with record(folder / f".{file.name}.upload", target) as kept:
        upload, expected = _resumed(apple, kept, begun) or _begin(apple, target, uti, kept, begun)
        if expected.awaited:
            digest = _send(apple, file, expected, kept, algorithm, threads, progress)
            if _state(file) != before:
                raise changed(file)
            _commit(apple, expected, kept, algorithm, digest)
        if kept is not None:
            kept.remove()
    return upload


def _resumed(
    apple: AppStoreConnect, kept: Record | None, begun: Callable[[BuildUpload], None] | None
) -> tuple[BuildUpload, BuildUploadFile] | None:
    """What an earlier try has begun, if Apple still has it and did not refuse it."""
    if kept is None or kept.upload_id is None or kept.file_id is None:
        return None
    try:
        upload = get_build_upload(apple, kept.upload_id)
        expected = get_build_upload_file(apple, kept.file_id)
    except AppleError as error:
        if error.refusal.status != 404:
            raise
        return None
    if upload.state == "FAILED":
        return None
    if begun is not None:
        begun(upload)
    return upload, expected


def _begin(
    apple: AppStoreConnect,
    target: Target,
    uti: str,
    kept: Record | None,
    begun: Callable[[BuildUpload], None] | None,
) -> tuple[BuildUpload, BuildUploadFile]:
    upload = create_build_upload(
        apple, target.app_id, version=target.version, number=target.number, platform=target.platform
    )
    if begun is not None:
        begun(upload)
    expected = create_build_upload_file(apple, upload.id, name=target.name, size=target.size, uti=uti)
    if kept is not None:
        kept.begin(upload.id, expected.id)
    return upload, expected


def _send(
    apple: AppStoreConnect,
    file: Path,
    expected: BuildUploadFile,
    kept: Record | None,
    algorithm: Algorithm | None,
    threads: int,
    progress: Callable[[int], None] | None,
) -> str | None:
    """Send the parts that Apple has not; the checksum of the whole file."""
    missing = [part for part in expected.parts if kept is None or not kept.has(part)]
    return send_parts(
        apple.storage,
        file,
        missing,
        algorithm=algorithm,
        threads=threads,
        sleep=apple.sleep,
        meter=Meter(progress, expected.size - sum(part.length for part in missing)),
        arrived=None if kept is None else kept.arrived,
        say=apple.say,
    )


def _commit(
    apple: AppStoreConnect,
    expected: BuildUploadFile,
    kept: Record | None,
    algorithm: Algorithm | None,
    digest: str | None,
) -> None:
    try:
        commit_build_upload_file(apple, expected.id, algorithm=algorithm, digest=digest)
    except AppleError:
        if kept is not None:
            kept.remove()  # whatever is wrong with it: the next try begins anew
        raise


def _uti(file: Path) -> str:
    uti = _UTIS.get(file.suffix.lower())
    if uti is None:
        raise ActionError(
            f"Apple takes no {file.suffix or 'such'} file as a build: {file}.",
            code="upload_kind",
            hint=f"It takes {', '.join(_UTIS)}.",
        )
    return uti


def _state(file: Path) -> tuple[int, int]:
    """Size and time of change, which tell whether a file is still the same."""
    try:
        status = file.stat()
    except FileNotFoundError:
        raise ActionError(
            f"There is no file {file}.", code="package_missing", hint="Check the path."
        ) from None
    if not file.is_file() or status.st_size == 0:
        raise ActionError(f"{file} is empty or no file.", code="package_missing", hint="Check the path.")
    return status.st_size, status.st_mtime_ns
