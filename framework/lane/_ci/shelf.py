"""Where a CI system keeps hand-offs from one run to a later one: fetched, kept, and removed when they are done."""

from __future__ import annotations

import json
import os
import shutil
import zipfile
from typing import TYPE_CHECKING, NamedTuple, Protocol, runtime_checkable

from lane._errors import CredentialError, LaneError, UsageError
from lane._run.handoff import SUFFIX, HandOff, read
from lane._run.handoff_claim import SUFFIX as CLAIM
from lane._run.portable import HandOffError

from .subfolder import lane_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    import requests

_MARK = "kept-"  # begins the names of the folders that were fetched
_PATIENCE = (10, 120)  # seconds: to connect, and between two parts of an answer
_TRIES = 4


class Kept(NamedTuple):
    """A hand-off that an earlier run left. `key` is what its system finds it by, fit for a folder's name."""

    key: str
    place: str


class Shelf(Protocol):
    """A CI system's own place for hand-offs. Every method raises LaneError where the system refuses."""

    def kept(self, lane: str, job: str) -> Iterable[Kept]:
        """What earlier runs of a lane left for a job."""
        ...

    def fetch(self, one: Kept, folder: Path) -> None:
        """Put what was kept into a folder."""
        ...

    def remove(self, key: str) -> None:
        """Keep it no longer."""
        ...


def shelf(environ: Mapping[str, str] = os.environ) -> Shelf | None:
    """That of the CI system that this is; None where there is none."""
    from lane._report.ci import detect

    system = detect(environ)
    name = None if system is None else system.name
    if name == "GitHub Actions":
        from .shelf_github import GitHubShelf

        return GitHubShelf(environ)
    if name == "GitLab CI":
        from .shelf_gitlab import GitLabShelf

        return GitLabShelf(environ)
    if name == "Buildkite":
        from .shelf_buildkite import BuildkiteShelf

        return BuildkiteShelf(environ)
    if name == "CircleCI":
        from .shelf_circleci import CircleShelf

        return CircleShelf(environ)
    return None


def fetch(place: Shelf, lane: str, job: str, folder: Path) -> int:
    """Put all that earlier runs left for a job into folders of their own; how many there are."""
    folder.mkdir(parents=True, exist_ok=True)
    count = 0
    for one in place.kept(lane, job):
        own = folder / f"{_MARK}{one.key}"
        if not own.exists():
            draft = folder / f".{own.name}"
            shutil.rmtree(draft, ignore_errors=True)
            draft.mkdir()
            place.fetch(one, draft)
            draft.rename(own)
        count += 1
    return count


def settle(place: Shelf | None, lane: str, job: str, folder: Path) -> list[str]:
    """Remove the hand-offs for a job that are done, here and from where they were kept; the folders' names."""
    handed = {own: list(_handoffs(own, lane, job)) for own in sorted(folder.iterdir()) if own.is_dir()}
    done = {one.origin for own, found in handed.items() for one in found if _is_done(own, one)}
    removed = []
    for own, found in handed.items():
        taken = bool(found) or own.name.startswith(_MARK)  # what the job itself leaves is there too
        if taken and all(one.origin in done for one in found):
            if place is not None and own.name.startswith(_MARK):
                place.remove(own.name.removeprefix(_MARK))
            shutil.rmtree(own)
            removed.append(own.name)
    return removed


def _handoffs(folder: Path, lane: str, job: str) -> Iterator[HandOff]:
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        found = read(path.read_bytes(), str(path))
        if (found.lane, found.job) == (lane_of(lane), job):
            yield found


def _is_done(folder: Path, one: HandOff) -> bool:
    """Whether the file that claims it says so."""
    try:
        said = json.loads((folder / f"{one.origin}.{one.job}{CLAIM}").read_bytes())
    except (OSError, ValueError):
        return False
    return isinstance(said, dict) and said.get("state") == "done"


# What the systems' own modules share


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


@runtime_checkable
class Keeper(Protocol):
    """A place that a job has to put its hand-off to; others take it from the job's artifacts."""

    def keep(self, lane: str, job: str, folder: Path) -> None:
        """Keep a folder's hand-offs for a job of a later run."""
        ...


def no_shelf() -> UsageError:
    """What to tell where there is no such place, or where nothing of ours has to use it."""
    return UsageError(
        "This is no job of a CI system that keeps hand-offs so.",
        hint="`lane run LANE --job NAME --handoff DIR` takes what lies in a folder.",
        code="no_shelf",
    )
