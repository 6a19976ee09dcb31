"""Sentry's upload of debug files: in chunks, of which only those that it lacks are sent."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from base64 import b64decode
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urljoin

import requests
import tenacity

from lane import ActionError, CredentialError, Secret, TransientError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from lane_apple import SymbolFile

_TIMEOUT = (10, 300)  # seconds to connect, and between two bytes
_PENDING = frozenset({"created", "assembling"})
_POLL = 1.0  # seconds; sentry-cli's
_MOST_THREADS = 4


class SentryBusyError(TransientError):
    """Sentry cannot answer now; `retry_after` is in seconds, where it says so."""

    code = "sentry_busy"

    def __init__(self, message: str, *, where: str, hint: str | None = None, retry_after: float = 0) -> None:
        super().__init__(message, where=where, hint=hint)
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class SentryProject:
    """A project, and the token that may write to it."""

    url: str
    organization: str
    project: str
    token: Secret


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """How the server wants its chunks: sizes are in bytes, before compression."""

    url: str
    chunk_size: int
    chunks_per_request: int
    request_size: int
    file_size: int
    threads: int
    gzip: bool


@dataclass(frozen=True, slots=True)
class Chunk:
    """A part of a file."""

    sha1: str
    path: Path
    offset: int
    size: int

    def read(self) -> bytes:
        """Its bytes."""
        with self.path.open("rb") as file:
            file.seek(self.offset)
            return file.read(self.size)


@dataclass(frozen=True, slots=True)
class ChunkedFile:
    """A debug file, and what it is made of."""

    symbols: SymbolFile
    sha1: str
    chunks: tuple[Chunk, ...]

    @property
    def wanted(self) -> dict[str, Any]:
        """What the server is asked to assemble."""
        return {
            "name": self.symbols.name,
            "debug_id": self.symbols.uuid.lower(),
            "chunks": [each.sha1 for each in self.chunks],
        }


def chunked(symbols: SymbolFile, size: int) -> ChunkedFile:
    """Cut a file into chunks of `size` bytes, and hash them and the whole in one pass."""
    whole = hashlib.sha1(usedforsecurity=False)
    chunks: list[Chunk] = []
    offset = 0
    with symbols.path.open("rb") as file:
        while block := file.read(size):
            whole.update(block)
            sha1 = hashlib.sha1(block, usedforsecurity=False).hexdigest()
            chunks.append(Chunk(sha1, symbols.path, offset, len(block)))
            offset += len(block)
    return ChunkedFile(symbols, whole.hexdigest(), tuple(chunks))


def batches(chunks: list[Chunk], options: ServerOptions) -> Iterator[list[Chunk]]:
    """The chunks in requests: as many and as large as the server takes, at least one in each."""
    batch: list[Chunk] = []
    size = 0
    for chunk in chunks:
        full = len(batch) >= options.chunks_per_request or size + chunk.size > options.request_size
        if batch and full:
            yield batch
            batch, size = [], 0
        batch.append(chunk)
        size += chunk.size
    if batch:
        yield batch


def told_by(token: Secret) -> dict[str, str]:
    """What an organization's token (sntrys_…) says of itself: `org`, `url`, `region_url`; else nothing."""
    found = re.fullmatch(r"sntrys_([A-Za-z0-9+/=]+)_[A-Za-z0-9+/=_-]+", token.reveal())
    try:
        payload = json.loads(b64decode(found[1])) if found else {}
    except ValueError:
        return {}
    return {key: value for key, value in payload.items() if isinstance(value, str)}


class Sentry:
    """A client of the three calls that it takes. Tries again what may pass; all of it may be repeated."""

    def __init__(
        self, project: SentryProject, session: requests.Session, sleep: Callable[[float], None]
    ) -> None:
        self._project = project
        self._session = session
        self._sleep = sleep
        self._retrying = tenacity.Retrying(
            sleep=sleep,
            wait=_pause,
            stop=tenacity.stop_after_attempt(5),
            retry=tenacity.retry_if_exception_type(SentryBusyError),
            reraise=True,
        )

    def options(self) -> ServerOptions:
        """How the server wants its chunks."""
        path = f"/api/0/organizations/{quote(self._project.organization, safe='')}/chunk-upload/"
        told = self._call("GET", path)
        return ServerOptions(
            url=urljoin(self._project.url, told["url"]),
            chunk_size=int(told["chunkSize"]),
            chunks_per_request=int(told["chunksPerRequest"]),
            request_size=int(told["maxRequestSize"]),
            file_size=int(told.get("maxFileSize") or 0),
            threads=max(1, min(int(told.get("concurrency") or 1), _MOST_THREADS)),
            gzip="gzip" in (told.get("compression") or ()),
        )

    def assemble(self, files: list[ChunkedFile]) -> dict[str, dict[str, Any]]:
        """Ask for the files; the state of each by its SHA-1: ok, not_found, created, assembling, error."""
        project = self._project
        organization, name = quote(project.organization, safe=""), quote(project.project, safe="")
        path = f"/api/0/projects/{organization}/{name}/files/difs/assemble/"
        told: dict[str, dict[str, Any]] = self._call(
            "POST", path, json={each.sha1: each.wanted for each in files}
        )
        return told

    def wait(self, files: list[ChunkedFile], seconds: float) -> dict[str, dict[str, Any]]:
        """Ask until nothing is under way. Raises ActionError when the time is up."""
        states = self.assemble(files)
        waited = 0.0
        while any(each["state"] in _PENDING for each in states.values()):
            if waited >= seconds:
                raise ActionError(
                    f"Sentry was still at work after {seconds:g} seconds.",
                    hint="All is sent: run this again later, or allow more time with wait=.",
                    code="waited_too_long",
                )
            self._sleep(_POLL)
            waited += _POLL
            states = self.assemble(files)
        return states

    def send(self, chunks: list[Chunk], options: ServerOptions, sent: Callable[[int], None]) -> None:
        """Send chunks, several requests at a time; `sent` gets the bytes of each request that was taken."""

        def send_batch(batch: list[Chunk]) -> None:
            self._call("POST", options.url, files=[_part(each, compress=options.gzip) for each in batch])
            sent(sum(each.size for each in batch))

        with ThreadPoolExecutor(options.threads) as threads:
            try:
                for done in [threads.submit(send_batch, batch) for batch in batches(chunks, options)]:
                    done.result()
            except BaseException:
                threads.shutdown(cancel_futures=True)
                raise

    def _call(self, method: str, path: str, **content: Any) -> Any:
        return self._retrying.copy()(self._try, method, urljoin(self._project.url, path), content)

    def _try(self, method: str, url: str, content: dict[str, Any]) -> Any:
        headers = {"Authorization": f"Bearer {self._project.token.reveal()}"}
        try:
            response = self._session.request(
                method, url, headers=headers, timeout=_TIMEOUT, allow_redirects=False, **content
            )
        except requests.RequestException as error:
            raise SentryBusyError(
                f"Sentry cannot be reached: {type(error).__name__}.",
                where=f"{method} {url}",
                hint="Is the address right (SENTRY_URL), and does a proxy let it through?",
            ) from None
        if response.status_code != 200:
            raise _refusal(self._project, f"{method} {url}", response)
        return response.json() if response.content else None


def _pause(state: tenacity.RetryCallState) -> float:
    """Seconds until the next try: 1, 2, 4, …, or as long as the server says."""
    error = state.outcome.exception() if state.outcome is not None else None
    return max(2.0 ** (state.attempt_number - 1), getattr(error, "retry_after", 0))


def _part(chunk: Chunk, *, compress: bool) -> tuple[str, tuple[str, bytes, str]]:
    """The server knows a chunk by the name of its file, and that it is compressed by the field's."""
    content = chunk.read()
    if compress:
        return "file_gzip", (chunk.sha1, gzip.compress(content, 6), "application/octet-stream")
    return "file", (chunk.sha1, content, "application/octet-stream")


def _refusal(project: SentryProject, where: str, response: requests.Response) -> Exception:
    status = response.status_code
    why = _detail(response)
    if status == 401:
        return CredentialError(
            f"Sentry refused the token: {why}",
            where=where,
            hint="Make one in Sentry, Settings, Auth Tokens, and set SENTRY_AUTH_TOKEN to it.",
            code="sentry_token",
        )
    if status == 403:
        return CredentialError(
            f"The token may not upload debug files: {why}",
            where=where,
            hint="It needs project:releases (or org:ci, which an organization's token has).",
            code="sentry_token",
        )
    if status == 404:
        return ActionError(
            f"Sentry has no project {project.project} in {project.organization}, or the token may not see it.",
            where=where,
            hint="Both are slugs, as in the address of the project's page: SENTRY_ORG, SENTRY_PROJECT.",
            code="sentry_project",
        )
    if status in {408, 429} or status >= 500:
        after = response.headers.get("Retry-After", "")
        pause = float(after) if after.isdecimal() else 0
        return SentryBusyError(f"Sentry answered {status}: {why}", where=where, retry_after=pause)
    return ActionError(f"Sentry answered {status}: {why}", where=where, code="sentry")


def _detail(response: requests.Response) -> str:
    try:
        told = response.json()
        return str(told.get("detail") or told.get("error") or told)
    except (ValueError, AttributeError):
        return response.reason or "no reason given"
