"""Small HTTP servers that misbehave: one in front of the sandbox, one that says what it is told."""

from __future__ import annotations

import http.client
import json
import re
import socket
import struct
import sys
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable
    from typing import Self

HOP = {"connection", "transfer-encoding", "content-length", "keep-alive", "server", "date"}


@dataclass
class Reply:
    """What to send; `headers` may replace the Date."""

    status: int = 200
    body: bytes | str | dict[str, Any] = b""
    headers: dict[str, str] = field(default_factory=dict)

    def encoded(self) -> tuple[bytes, dict[str, str]]:
        if isinstance(self.body, dict):
            return json.dumps(self.body).encode(), {"Content-Type": "application/json", **self.headers}
        raw = self.body.encode() if isinstance(self.body, str) else self.body
        return raw, {"Content-Type": "text/html", **self.headers}


class Reset:
    """Close the connection hard, before anything was done."""


class Lost:
    """Do it, then close the connection hard: the answer never arrives."""


class Truncated:
    """Do it, promise the whole answer, and send half of it."""


Fault = Reply | Reset | Lost | Truncated


@dataclass
class Seen:
    """A request that arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class _Quiet(ThreadingHTTPServer):
    """A client that goes away is what these tests are about: no traceback for it."""

    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class Server:
    """A real HTTP server on loopback. `answer` gives what to send; faults that were armed come first."""

    def __init__(self, answer: Callable[[Seen], Fault]) -> None:
        self.seen: list[Seen] = []
        self._answer = answer
        self._faults: list[tuple[str, re.Pattern[str], list[Fault]]] = []
        self._lock = threading.Lock()
        self._server = _Quiet(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def arm(self, method: str, pattern: str, *faults: Fault) -> None:
        """The next requests that match meet these faults, one each."""
        self._faults.append((method, re.compile(pattern), list(faults)))

    def secure(self, context: ssl.SSLContext) -> None:
        """Speak TLS from now on."""
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.url = self.url.replace("http:", "https:")

    def recover(self) -> None:
        """No more faults."""
        self._faults.clear()

    def handle(self, request: Seen) -> Fault:
        with self._lock:
            self.seen.append(request)
            for method, pattern, faults in self._faults:
                if method == request.method and pattern.search(request.path) and faults:
                    fault = faults.pop(0)
                    break
            else:
                fault = None
        if isinstance(fault, Lost | Truncated):
            done = self._answer(request)
            return fault if isinstance(fault, Lost) else _halved(done)
        return fault or self._answer(request)

    def count(self, method: str, pattern: str) -> int:
        """How many requests of this kind arrived."""
        return sum(each.method == method and bool(re.search(pattern, each.path)) for each in self.seen)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def _halved(done: Fault) -> Reply:
    assert isinstance(done, Reply)
    raw, headers = done.encoded()
    return Reply(done.status, raw[: len(raw) // 2], {**headers, "Content-Length": str(len(raw))})


def in_front_of(url: str) -> Server:
    """A server that passes everything on to the one at `url`, and takes its place in the answers."""
    target = urlsplit(url).netloc

    def answer(request: Seen) -> Fault:
        connection = http.client.HTTPConnection(target, timeout=30)
        try:
            headers = {name: value for name, value in request.headers.items() if name.lower() != "host"}
            connection.request(request.method, request.path, request.body, headers)
            response = connection.getresponse()
            body = response.read().replace(url.encode(), server.url.encode())
            kept = {name: value for name, value in response.getheaders() if name.lower() not in HOP}
            return Reply(response.status, body, kept)
        finally:
            connection.close()

    server = Server(answer)
    return server


def _handler(server: Server) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # head and body are two writes: the second would wait for an ACK

        def serve(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            try:
                body = self.rfile.read(length)
            except ConnectionError:
                return
            reply = server.handle(Seen(self.command, self.path, dict(self.headers.items()), body))
            if isinstance(reply, Reply):
                self.send(reply)
            else:
                self.reset()

        do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = serve

        def send(self, reply: Reply) -> None:
            raw, headers = reply.encoded()
            headers.setdefault("Content-Length", str(len(raw)))
            self.send_response_only(reply.status)
            if "Date" not in headers:
                self.send_header("Date", self.date_time_string())
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(raw)
            if int(headers["Content-Length"]) != len(raw):
                self.close_connection = True

        def reset(self) -> None:
            linger = struct.pack("ii", 1, 0)  # a RST in place of a FIN
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.connection.shutdown(socket.SHUT_RD)
            self.close_connection = True
            self.connection.close()

        def finish(self) -> None:
            try:
                super().finish()
            except (OSError, ValueError):  # the connection was reset on purpose
                return

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            return

    return Handler
