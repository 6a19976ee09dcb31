"""GitHub: hand-offs are artifacts of the runs of the lane's own workflow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lane._ci.workflow import pending
from lane._ci.writing.github import FOLDER

from .http import ask, needed, saved, session, unpacked
from .kept import Kept

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

_TOKEN = "GITHUB_TOKEN"  # noqa: S105 - a variable's name
_OWN = frozenset({"push", "workflow_dispatch", "schedule"})
_PAGE = 100


class GitHubShelf:
    """The artifacts of a repository. Only those count that a run of an exported workflow, of this repository, left:

    anybody who may send a pull request can let some workflow keep an artifact of any name.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        token = needed(environ, _TOKEN, "The exported file gives it to the step that fetches hand-offs.")
        self._repository = needed(environ, "GITHUB_REPOSITORY", "GitHub Actions sets it.")
        api = environ.get("GITHUB_API_URL") or "https://api.github.com"
        self._url = f"{api}/repos/{self._repository}/actions"
        self._http = session(
            {
                "Authorization": f"Bearer {token}",
                "Accept": "application/vnd.github+json",
                "X-GitHub-Api-Version": "2022-11-28",
            }
        )

    def kept(self, lane: str, job: str) -> Iterable[Kept]:
        """The artifacts that are left for a job, the oldest first."""
        begin = f"{pending(lane, job)}."
        found = [one for one in self._artifacts() if one["name"].startswith(begin) and not one["expired"]]
        known: dict[int, bool] = {}
        for one in sorted(found, key=lambda artifact: int(artifact["id"])):
            run = one["workflow_run"]["id"]
            if run not in known:
                known[run] = self._is_own(run, lane)
            if known[run]:
                yield Kept(str(one["id"]), one["archive_download_url"])

    def _artifacts(self) -> Iterator[dict[str, Any]]:
        page = 1
        while True:
            asked = {"per_page": _PAGE, "page": page}
            listed = ask(self._http, "GET", f"{self._url}/artifacts", params=asked).json()["artifacts"]
            yield from listed
            if len(listed) < _PAGE:
                return
            page += 1

    def _is_own(self, run: int, lane: str) -> bool:
        """Whether a run is one of the lane's own workflows, of this repository's own code, and not a pull request's."""
        found = ask(self._http, "GET", f"{self._url}/runs/{run}").json()
        path = str(found["path"]).partition("@")[0]
        mine = path == f"{FOLDER}/{lane}.yml" or path.startswith(f"{FOLDER}/{lane}-")
        head = (found.get("head_repository") or {}).get("full_name")
        return mine and found["event"] in _OWN and head == self._repository

    def fetch(self, one: Kept, folder: Path) -> None:
        """Download an artifact."""
        archive = folder / "artifact.zip"
        saved(ask(self._http, "GET", one.place, stream=True), archive)
        unpacked(archive, folder)

    def remove(self, key: str) -> None:
        """Delete an artifact; one that is gone is no fault."""
        ask(self._http, "DELETE", f"{self._url}/artifacts/{key}", missing=True)
