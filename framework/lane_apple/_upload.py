"""Uploads a build by API key alone, from any operating system."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from lane import ActionError

from ._parts import changed, send_parts
from ._uploads import commit_build_upload_file, create_build_upload, create_build_upload_file

if TYPE_CHECKING:
    from collections.abc import Callable
    from os import PathLike

    from ._client import AppStoreConnect
    from ._uploads import BuildUpload

_UTIS = {".ipa": "com.apple.ipa", ".pkg": "com.apple.pkg", ".zip": "com.pkware.zip-archive"}
_ALGORITHM = "SHA_256"  # Apple takes MD5 too; where the processor helps, SHA-256 is the quicker one


def upload_build(
    apple: AppStoreConnect,
    path: str | PathLike[str],
    *,
    app_id: str,
    version: str,
    number: str,
    platform: str,
    threads: int = 4,
    begun: Callable[[BuildUpload], None] | None = None,
    progress: Callable[[int], None] | None = None,
) -> BuildUpload:
    """Send an .ipa or .pkg to Apple and commit it; its processing has then begun.

    `version`, `number` and `platform` must be the package's own: `read_package` gives them. `begun` gets the
    buildUpload as soon as Apple has it, `progress` the bytes sent so far. Raises AppleError (`is_duplicate`
    for a number that was used), lane.TransientError, and ActionError for a file that is missing, empty or
    changed meanwhile.
    """
    file = Path(path)
    before = _state(file)
    uti = _UTIS.get(file.suffix.lower())
    if uti is None:
        raise ActionError(
            f"Apple takes no {file.suffix or 'such'} file as a build: {file}.",
            code="upload_kind",
            hint=f"It takes {', '.join(_UTIS)}.",
        )
    upload = create_build_upload(apple, app_id, version=version, number=number, platform=platform)
    if begun is not None:
        begun(upload)
    expected = create_build_upload_file(apple, upload.id, name=file.name, size=before[0], uti=uti)
    digest = send_parts(
        apple.session,
        file,
        expected.parts,
        algorithm=_ALGORITHM,
        threads=threads,
        sleep=apple.sleep,
        progress=progress,
    )
    if _state(file) != before:
        raise changed(file)
    commit_build_upload_file(apple, expected.id, algorithm=_ALGORITHM, digest=digest)
    return upload


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
