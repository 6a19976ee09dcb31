"""A stand-in for Sentry's upload of debug files: it checks every chunk and really assembles the files."""

from __future__ import annotations

import gzip
import hashlib
import json
import struct
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self
from uuid import UUID

if TYPE_CHECKING:
    from types import TracebackType

TOKEN = "sntryu_0123456789abcdef"
ORGANIZATION = "example"
PROJECT = "aurora"
_ASSEMBLE = f"/api/0/projects/{ORGANIZATION}/{PROJECT}/files/difs/assemble/"
_CHUNKS = f"/api/0/organizations/{ORGANIZATION}/chunk-upload/"


class SentryServer:
    """`files` are the debug files that it has, by SHA-1; `received` the chunks of every request.

    `options` is what it tells of itself. `polls` is how often an assembly is asked for before it is done;
    `answers` are statuses that it gives to the next requests instead of doing their work.
    """

    def __init__(self, **options: Any) -> None:
        self.options: dict[str, Any] = {
            "chunkSize": 4096,
            "chunksPerRequest": 3,
            "maxFileSize": 2**31,
            "maxRequestSize": 3 * 4096,
            "concurrency": 8,
            "hashAlgorithm": "sha1",
            "compression": ["gzip"],
            "accept": ["debug_files"],
        } | options
        self.chunks: dict[str, bytes] = {}
        self.files: dict[str, bytes] = {}
        self.received: list[list[str]] = []
        self.problems: list[str] = []
        self.answers: list[tuple[int, dict[str, str]]] = []
        self.refuses: str | None = None
        self.polls = 2
        self._asked: dict[str, int] = {}
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.netloc = f"127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://{self.netloc}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, method: str, path: str, headers: Any, body: bytes) -> tuple[int, Any, dict[str, str]]:
        """Status, answer and headers."""
        with self._lock:
            if headers.get("Authorization") != f"Bearer {TOKEN}":
                return 401, {"detail": "Invalid token"}, {}
            if self.answers:
                status, more = self.answers.pop(0)
                return status, {"detail": "not now"}, more
            if (method, path) == ("GET", _CHUNKS):
                return 200, self.options | {"url": f"{self.url}{_CHUNKS}"}, {}
            if (method, path) == ("POST", _CHUNKS):
                return self._take(headers["Content-Type"], body)
            if (method, path) == ("POST", _ASSEMBLE):
                told = {sha1: self._assemble(sha1, **wanted) for sha1, wanted in json.loads(body).items()}
                return 200, told, {}
            return 404, {"detail": "The requested resource does not exist"}, {}

    def _take(self, content_type: str, body: bytes) -> tuple[int, Any, dict[str, str]]:
        parts = list(_parts(content_type, body))
        sizes = [len(content) for _, content in parts]
        if len(parts) > self.options["chunksPerRequest"]:
            self.problems.append("too many chunks")
        if max(sizes) > self.options["chunkSize"] or sum(sizes) > self.options["maxRequestSize"]:
            self.problems.append("too large")
        for name, content in parts:
            if hashlib.sha1(content).hexdigest() != name:
                self.problems.append(f"{name} is not the chunk's hash")
            self.chunks[name] = content
        self.received.append([name for name, _ in parts])
        return 200, None, {}

    def _assemble(self, sha1: str, name: str, debug_id: str, chunks: list[str]) -> dict[str, Any]:
        if sha1 in self.files:
            return {"state": "ok", "detail": None, "missingChunks": [], "dif": {"objectName": name}}
        missing = [each for each in chunks if each not in self.chunks]
        if missing:
            return {"state": "not_found", "missingChunks": missing}
        if self.refuses is not None:
            return {"state": "error", "detail": self.refuses, "missingChunks": []}
        self._asked[sha1] = self._asked.get(sha1, 0) + 1
        if self._asked[sha1] < self.polls:
            return {"state": "created" if self._asked[sha1] == 1 else "assembling", "missingChunks": []}
        whole = b"".join(self.chunks[each] for each in chunks)
        if hashlib.sha1(whole).hexdigest() != sha1 or str(_uuid(whole)) != debug_id:
            return {"state": "error", "detail": "The file is another one than was announced"}
        self.files[sha1] = whole
        return {"state": "ok", "detail": None, "missingChunks": [], "dif": {"objectName": name}}


def _parts(content_type: str, body: bytes) -> Any:
    """Name and content of the files in a multipart body."""
    boundary = content_type.partition("boundary=")[2].encode()
    for part in body.split(b"--" + boundary)[1:-1]:
        head, _, content = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        content = content.removesuffix(b"\r\n")
        field = head.partition(b'name="')[2].partition(b'"')[0]
        name = head.partition(b'filename="')[2].partition(b'"')[0].decode()
        yield name, gzip.decompress(content) if field == b"file_gzip" else content


def _uuid(macho: bytes) -> UUID:
    """LC_UUID of a thin, 64-bit Mach-O (or a 32-bit one, whose header is 4 bytes shorter)."""
    magic, count = struct.unpack_from("<I12xI", macho)
    offset = 32 if magic == 0xFEEDFACF else 28
    for _command in range(count):
        command, size = struct.unpack_from("<II", macho, offset)
        if command == 0x1B:
            return UUID(bytes=macho[offset + 8 : offset + 24])
        offset += size
    raise ValueError("no LC_UUID")


def _handler(server: SentryServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status, answer, more = server.answer(self.command, self.path, self.headers, body)
            content = b"" if answer is None else json.dumps(answer).encode()
            self.send_response(status)
            for name, value in more.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_POST = do_GET

        def log_message(self, *_: object) -> None:
            return

    return Handler
