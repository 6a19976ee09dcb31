"""Buildkite: hand-offs are artifacts of earlier builds, which the builds' meta-data tell of."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

from lane._ci.workflow import DAYS_PENDING, HANDOFF, pending

from .http import ask, needed, saved, session
from .kept import Kept

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

_PAGE = 100


class BuildkiteShelf:
    """The builds of a pipeline. Its token needs read_builds, read_artifacts and write_artifacts."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        token = needed(
            environ,
            "LANE_BUILDKITE_API_TOKEN",
            "Make it a secret: read_builds, read_artifacts, write_artifacts.",
        )
        organization = needed(environ, "BUILDKITE_ORGANIZATION_SLUG", "Buildkite sets it.")
        pipeline = needed(environ, "BUILDKITE_PIPELINE_SLUG", "Buildkite sets it.")
        api = environ.get("BUILDKITE_REST_URL") or "https://api.buildkite.com/v2"
        self._url = f"{api}/organizations/{organization}/pipelines/{pipeline}/builds"
        self._http = session({"Authorization": f"Bearer {token}"})

    def kept(self, lane: str, job: str) -> Iterable[Kept]:
        """What builds of this pipeline left for a job, the oldest first: `key` is a build and what its data tell."""
        begin = f"{pending(lane, job)}."
        since = (datetime.now(UTC) - timedelta(days=DAYS_PENDING)).isoformat(timespec="seconds")
        found = self._pages(self._url, {"state[]": "finished", "finished_from": since})
        for build in sorted(found, key=lambda one: int(one["number"])):
            told = {} if build.get("pull_request") else build.get("meta_data") or {}
            for name in sorted(told):
                if name.startswith(begin) and any(self._files(build["number"], told[name])):
                    yield Kept(f"{build['number']}-{quote(told[name], safe='')}", "")

    def _pages(self, url: str, asked: dict[str, Any]) -> Iterator[dict[str, Any]]:
        page = 1
        while True:
            listed = ask(self._http, "GET", url, params={**asked, "per_page": _PAGE, "page": page}).json()
            yield from listed
            if len(listed) < _PAGE:
                return
            page += 1

    def _files(self, build: str, told: str) -> Iterator[dict[str, Any]]:
        """The artifacts of a build that are below the folder of the job that left them."""
        for one in self._pages(f"{self._url}/{build}/artifacts", {}):
            inside = PurePosixPath(one["path"]).is_relative_to(_folder(told))
            if inside and one["state"] == "finished" and ".." not in PurePosixPath(one["path"]).parts:
                yield one

    def fetch(self, one: Kept, folder: Path) -> None:
        """Download the artifacts."""
        build, told = _parts(one.key)
        for artifact in self._files(build, told):
            path = folder / PurePosixPath(artifact["path"]).relative_to(_folder(told))
            path.parent.mkdir(parents=True, exist_ok=True)
            saved(ask(self._http, "GET", artifact["download_url"], stream=True), path)

    def remove(self, key: str) -> None:
        """Delete the artifacts."""
        build, told = _parts(key)
        for artifact in list(self._files(build, told)):
            url = f"{self._url}/{build}/jobs/{artifact['job_id']}/artifacts/{artifact['id']}"
            ask(self._http, "DELETE", url, missing=True)


def _parts(key: str) -> tuple[str, str]:
    build, _, told = key.partition("-")
    return build, unquote(told)


def _folder(told: str) -> str:
    """Where a job left its hand-off: told is the job of a project at the root, else the folder itself."""
    return told if "/" in told else f"{HANDOFF}/{told}"
