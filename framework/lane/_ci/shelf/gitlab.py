"""GitLab: hand-offs are generic packages of the project, which a job's own token may write, list and delete."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lane._ci.workflow import pending

from .http import ask, needed, saved, session, unpacked
from .kept import Kept

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_FILE = "handoff.zip"
_PAGE = 100


class GitLabShelf:
    """The packages of a project: one for each lane and job, with a version for each job that left something."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        given = {
            name: needed(environ, name, "GitLab sets it.")
            for name in ("CI_API_V4_URL", "CI_PROJECT_ID", "CI_JOB_TOKEN", "CI_JOB_ID")
        }
        self._url = f"{given['CI_API_V4_URL']}/projects/{given['CI_PROJECT_ID']}/packages"
        self._version = f"1.{given['CI_JOB_ID']}"
        self._http = session({"JOB-TOKEN": given["CI_JOB_TOKEN"]})

    def kept(self, lane: str, job: str) -> Iterable[Kept]:
        """The versions of a job's package, the oldest first."""
        name = pending(lane, job)
        for one in sorted(self._packages(name), key=lambda package: int(package["id"])):
            if one["name"] == name:
                yield Kept(str(one["id"]), f"{self._url}/generic/{name}/{one['version']}/{_FILE}")

    def _packages(self, name: str) -> Iterator[dict[str, Any]]:
        page = 1
        while True:
            asked = {"package_type": "generic", "package_name": name, "per_page": _PAGE, "page": page}
            listed = ask(self._http, "GET", self._url, params=asked).json()
            yield from listed
            if len(listed) < _PAGE:
                return
            page += 1

    def fetch(self, one: Kept, folder: Path) -> None:
        """Download a package's file."""
        archive = folder / _FILE
        saved(ask(self._http, "GET", one.place, stream=True), archive)
        unpacked(archive, folder)

    def keep(self, lane: str, job: str, folder: Path) -> None:
        """Publish a folder as a version of the job's package; an empty one is not worth it."""
        if not any(folder.iterdir()):
            return
        from tempfile import TemporaryDirectory

        with TemporaryDirectory() as own:
            archive = Path(shutil.make_archive(str(Path(own, "handoff")), "zip", folder))
            with archive.open("rb") as file:
                ask(
                    self._http,
                    "PUT",
                    f"{self._url}/generic/{pending(lane, job)}/{self._version}/{_FILE}",
                    data=file,
                )

    def remove(self, key: str) -> None:
        """Delete a version; one that is gone is no fault."""
        ask(self._http, "DELETE", f"{self._url}/{key}", missing=True)
