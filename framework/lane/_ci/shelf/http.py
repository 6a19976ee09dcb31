"""What the systems' shelves share: variables, requests, answers into files, archives."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

from lane._errors import CredentialError, LaneError
from lane._run.portable import HandOffError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import requests

_PATIENCE = (10, 120)  # seconds: to connect, and between two parts of an answer
_TRIES = 4


def session(headers: Mapping[str, str]) -> requests.Session:
    """An HTTP session that tries again what can be tried again."""
    import requests
    from requests.adapters import HTTPAdapter
    from urllib3.util import Retry

    made = requests.Session()
    made.headers.update(headers)
    again = Retry(_TRIES, backoff_factor=1, status_forcelist=(429, 500, 502, 503, 504), raise_on_status=False)
    made.mount("http://", HTTPAdapter(max_retries=again))
    made.mount("https://", HTTPAdapter(max_retries=again))
    return made


def ask(
    http: requests.Session, method: str, url: str, *, missing: bool = False, **options: object
) -> requests.Response:
    """One request. Raises LaneError for any answer but a success; `missing` lets 404 pass, too."""
    import requests

    try:
        answer = http.request(method, url, timeout=_PATIENCE, **options)  # type: ignore[arg-type]  # its own options
    except requests.RequestException as error:
        raise LaneError(
            f"{method} {url} failed: {error}", hint="Run the job again.", code="ci_unreachable"
        ) from None
    if answer.ok or (missing and answer.status_code == 404):
        return answer
    raise LaneError(
        f"{method} {url} was refused with {answer.status_code}: {answer.text[:200].strip()}",
        hint="Look whether the job's token may do that: docs/ci.md says what it needs.",
        code="ci_refused",
    )


def needed(environ: Mapping[str, str], name: str, why: str) -> str:
    """A variable that the CI system, or the exported file, has to give. Raises CredentialError."""
    value = environ.get(name, "")
    if not value:
        raise CredentialError(f"{name} is not set.", hint=why, code="ci_variable_missing")
    return value


def saved(answer: requests.Response, path: Path) -> None:
    """Write an answer into a file, part by part."""
    with path.open("wb") as file:
        for part in answer.iter_content(1 << 20):
            file.write(part)


def unpacked(archive: Path, folder: Path) -> None:
    """Put what an archive holds into a folder, and remove the archive. Raises HandOffError for one that is damaged."""
    try:
        with zipfile.ZipFile(archive) as opened:
            opened.extractall(folder)
    except (zipfile.BadZipFile, OSError) as error:
        raise HandOffError(
            f"{archive.name} cannot be unpacked: {error}.", hint="Run the job again."
        ) from None
    archive.unlink()
