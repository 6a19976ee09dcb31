"""Stand-ins on loopback for what CI systems keep from run to run: GitHub's artifacts, GitLab's packages."""

from __future__ import annotations

import io
import itertools
import json
import re
import threading
import zipfile
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from pathlib import Path


def zipped(folder: Path, *names: Path) -> bytes:
    """Files below a folder, as an archive that keeps where they are."""
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w") as archive:
        for name in sorted(names):
            archive.write(name, name.relative_to(folder))
    return into.getvalue()


class StandIn:
    """An HTTP server that hands requests to `answer`; `asked` are those that it had."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.numbers = itertools.count(1)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def answer(
        self, method: str, path: str, query: dict[str, str], headers: dict[str, str], body: bytes
    ) -> tuple[int, Any]:
        """The status, and bytes or what goes as JSON."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def page(rows: list[Any], query: dict[str, str]) -> list[Any]:
    """A page of a listing. Systems may give fewer rows than asked for only where there are no more."""
    size, number = int(query["per_page"]), int(query["page"])
    return rows[(number - 1) * size : number * size]


class GitHub(StandIn):
    """The artifacts of one repository, and the runs that they are of."""

    token = "a-token"
    repository = "you/aurora"

    def __init__(self) -> None:
        super().__init__()
        self.artifacts: dict[int, dict[str, Any]] = {}
        self.contents: dict[int, bytes] = {}
        self.runs: dict[int, dict[str, Any]] = {}

    @property
    def variables(self) -> dict[str, str]:
        """What GitHub sets in a job, and the token."""
        return {"GITHUB_ACTIONS": "true", "GITHUB_API_URL": self.url, "GITHUB_REPOSITORY": self.repository}

    def run(self, path: str, event: str = "push", head: str | None = None) -> int:
        """A run of a workflow; its number."""
        number = next(self.numbers)
        head_repository = {"full_name": self.repository if head is None else head}
        self.runs[number] = {"path": path, "event": event, "head_repository": head_repository}
        return number

    def keep(self, run: int, name: str, content: bytes, *, expired: bool = False) -> int:
        """An artifact of a run; its number."""
        number = next(self.numbers)
        self.contents[number] = content
        self.artifacts[number] = {
            "id": number,
            "name": name,
            "expired": expired,
            "workflow_run": {"id": run},
            "archive_download_url": f"{self.url}/repos/{self.repository}/actions/artifacts/{number}/zip",
        }
        return number

    def answer(
        self, method: str, path: str, query: dict[str, str], headers: dict[str, str], body: bytes
    ) -> tuple[int, Any]:
        """Answer as the REST API does."""
        if headers.get("authorization") != f"Bearer {self.token}":
            return 401, {"message": "Bad credentials"}
        place = path.removeprefix(f"/repos/{self.repository}/actions/")
        found = re.fullmatch(r"(artifacts|runs)(?:/(\d+)(/zip)?)?", place)
        if found is None:
            return 404, {"message": "Not Found"}
        kind, number, content = found[1], int(found[2] or 0), found[3]
        if kind == "runs":
            return 200, self.runs[number]
        if not number:
            rows = sorted(self.artifacts.values(), key=lambda one: -one["id"])
            return 200, {"total_count": len(rows), "artifacts": page(rows, query)}
        if number not in self.artifacts:
            return 404, {"message": "Not Found"}
        if method == "DELETE":
            del self.artifacts[number]
            return 204, b""
        return (200, self.contents[number]) if content else (200, self.artifacts[number])


class GitLab(StandIn):
    """The generic packages of one project."""

    token = "a-job-token"

    def __init__(self) -> None:
        super().__init__()
        self.packages: dict[int, dict[str, Any]] = {}
        self.contents: dict[int, bytes] = {}

    @property
    def variables(self) -> dict[str, str]:
        """What GitLab sets in a job."""
        return {
            "GITLAB_CI": "true",
            "CI_API_V4_URL": self.url,
            "CI_PROJECT_ID": "7",
            "CI_JOB_TOKEN": self.token,
            "CI_JOB_ID": str(next(self.numbers)),
        }

    def answer(
        self, method: str, path: str, query: dict[str, str], headers: dict[str, str], body: bytes
    ) -> tuple[int, Any]:
        """Answer as the REST API does; the listing's filter by name is a vague one, as GitLab's is."""
        if headers.get("job-token") != self.token:
            return 401, {"message": "401 Unauthorized"}
        place = path.removeprefix("/projects/7/packages")
        if found := re.fullmatch(r"/generic/([^/]+)/([^/]+)/handoff\.zip", place):
            return self._file(method, found[1], found[2], body)
        if found := re.fullmatch(r"/(\d+)", place):
            return (
                (204, b"") if self.packages.pop(int(found[1]), None) else (404, {"message": "404 Not found"})
            )
        rows = [one for one in self.packages.values() if query["package_name"] in one["name"]]
        return 200, page(rows, query)

    def _file(self, method: str, name: str, version: str, body: bytes) -> tuple[int, Any]:
        if method == "PUT":
            number = next(self.numbers)
            self.packages[number] = {"id": number, "name": name, "version": version}
            self.contents[number] = body
            return 201, {"message": "201 Created"}
        for number, one in self.packages.items():
            if (one["name"], one["version"]) == (name, version):
                return 200, self.contents[number]
        return 404, {"message": "404 Not found"}


class Buildkite(StandIn):
    """The builds of one pipeline, with their meta-data and artifacts."""

    token = "an-api-token"

    def __init__(self) -> None:
        super().__init__()
        self.builds: list[dict[str, Any]] = []
        self.artifacts: dict[str, list[dict[str, Any]]] = {}
        self.contents: dict[str, bytes] = {}

    @property
    def variables(self) -> dict[str, str]:
        """What the agent sets in a job, and the token."""
        return {
            "BUILDKITE": "true",
            "BUILDKITE_ORGANIZATION_SLUG": "you",
            "BUILDKITE_PIPELINE_SLUG": "aurora",
            "LANE_BUILDKITE_API_TOKEN": self.token,
            "BUILDKITE_REST_URL": self.url,
        }

    def build(
        self,
        meta_data: dict[str, str],
        files: dict[str, bytes],
        *,
        pull_request: bool = False,
        days_ago: int = 0,
    ) -> str:
        """A build that has finished; its number."""
        number = str(next(self.numbers))
        asked = {"id": "1"} if pull_request else None
        finished = (datetime.now(UTC) - timedelta(days=days_ago)).isoformat()
        build = {
            "number": int(number),
            "meta_data": meta_data,
            "pull_request": asked,
            "finished_at": finished,
        }
        self.builds.append(build)
        self.artifacts[number] = []
        for path, content in files.items():
            one = f"{number}-{len(self.artifacts[number])}"
            self.contents[one] = content
            url = f"{self.url}/download/{one}"
            row = {"id": one, "job_id": "j", "path": path, "state": "finished", "download_url": url}
            self.artifacts[number].append(row)
        return number

    def answer(
        self, method: str, path: str, query: dict[str, str], headers: dict[str, str], body: bytes
    ) -> tuple[int, Any]:
        """Answer as the REST API does."""
        if headers.get("authorization") != f"Bearer {self.token}":
            return 401, {"message": "Authentication required"}
        if found := re.fullmatch(r"/download/(.+)", path):
            return 200, self.contents[found[1]]
        place = path.removeprefix("/organizations/you/pipelines/aurora/builds")
        if not place:
            assert query["state[]"] == "finished"
            begin = datetime.fromisoformat(query["finished_from"])
            late = [one for one in self.builds if datetime.fromisoformat(one["finished_at"]) >= begin]
            return 200, page(late, query)
        if found := re.fullmatch(r"/(\d+)/artifacts", place):
            return 200, page(self.artifacts[found[1]], query)
        found = re.fullmatch(r"/(\d+)/jobs/j/artifacts/(.+)", place)
        assert found is not None
        assert method == "DELETE"
        self.artifacts[found[1]] = [one for one in self.artifacts[found[1]] if one["id"] != found[2]]
        return 204, b""


def _handler(stand_in: StandIn) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            parts = urlsplit(self.path)
            query = {key: values[0] for key, values in parse_qs(parts.query).items()}
            headers = {key.lower(): value for key, value in self.headers.items()}
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            stand_in.asked.append(f"{self.command} {parts.path}")
            status, found = stand_in.answer(self.command, parts.path, query, headers, body)
            content = found if isinstance(found, bytes) else json.dumps(found).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_PUT = do_DELETE = _answer

        def log_message(self, *_: object) -> None:
            return

    return Handler
