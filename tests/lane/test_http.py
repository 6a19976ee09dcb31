"""HTTP calls that the engine ends, against real servers on loopback."""

from __future__ import annotations

import gc
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import requests
from engine import until

from lane import CancelledError
from lane._run.http import AbortableSession

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.server.seen.append(self.path)  # type: ignore[attr-defined]
        if self.path == "/never":
            self.server.over.wait(60)  # type: ignore[attr-defined]
            return
        self.send_response(200)
        self.send_header("Content-Length", "1000000" if self.path == "/half" else "2")
        self.end_headers()
        self.wfile.write(b"ok")
        self.wfile.flush()
        if self.path == "/half":
            self.server.over.wait(60)  # type: ignore[attr-defined]

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Server(ThreadingHTTPServer):
    """Answers `ok`, answers half, or never."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.seen: list[str] = []
        self.over = threading.Event()

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.server_port}"


@pytest.fixture
def server() -> Iterator[Server]:
    """A server that runs."""
    made = Server()
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    made.over.set()
    made.shutdown()
    thread.join()
    made.server_close()


@pytest.fixture
def session() -> Iterator[AbortableSession]:
    """A session."""
    with AbortableSession() as made:
        yield made


def _open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def _behind(work: Callable[[], object]) -> Callable[[], BaseException | None]:
    errors: list[BaseException | None] = []

    def call() -> None:
        try:
            work()
            errors.append(None)
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=call)
    thread.start()

    def ended() -> BaseException | None:
        thread.join(30)
        assert not thread.is_alive(), "the call still blocks"
        return errors[0]

    return ended


def test_calls_work_as_in_requests(server: Server, session: AbortableSession) -> None:
    assert session.get(f"{server.url}/a").text == "ok"
    assert session.get(f"{server.url}/b").text == "ok"
    assert server.seen == ["/a", "/b"]
    with pytest.raises(requests.ConnectionError):
        session.get("http://127.0.0.1:9/", timeout=5)


def test_a_call_that_is_never_answered_is_ended(server: Server, session: AbortableSession) -> None:
    ended = _behind(lambda: session.get(f"{server.url}/never", timeout=None))
    until(lambda: server.seen)
    session.abort()
    assert isinstance(ended(), CancelledError)
    with pytest.raises(CancelledError):
        session.get(f"{server.url}/a")
    assert server.seen == ["/never"]


def test_an_answer_that_stops_in_the_middle_is_ended(server: Server, session: AbortableSession) -> None:
    ended = _behind(lambda: session.get(f"{server.url}/half", timeout=None))
    until(lambda: server.seen)
    session.abort()
    assert isinstance(ended(), CancelledError)


def test_a_stream_that_is_read_is_ended(server: Server, session: AbortableSession) -> None:
    answer = session.get(f"{server.url}/half", stream=True, timeout=None)
    parts = answer.iter_content(2)
    assert next(parts) == b"ok"
    ended = _behind(lambda: next(parts))
    session.abort()
    assert isinstance(ended(), requests.RequestException), "it is not taken for the end of the answer"
    answer.close()


def test_a_kept_connection_is_ended_too(server: Server, session: AbortableSession) -> None:
    session.get(f"{server.url}/a")
    ended = _behind(lambda: session.get(f"{server.url}/never", timeout=None))
    until(lambda: server.seen == ["/a", "/never"])
    session.abort()
    assert isinstance(ended(), CancelledError)


def test_a_handshake_that_hangs_is_ended(session: AbortableSession) -> None:
    """The server takes the connection, and says nothing: TLS waits."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"https://127.0.0.1:{silent.getsockname()[1]}/"
        ended = _behind(lambda: session.get(url, timeout=None))
        connection, _ = silent.accept()
        with connection:
            assert connection.recv(1) == b"\x16", "the handshake has begun"
            session.abort()
            assert isinstance(ended(), CancelledError)


def test_many_calls_at_once_are_all_ended(server: Server, session: AbortableSession) -> None:
    ended = [_behind(lambda: session.get(f"{server.url}/never", timeout=None)) for _ in range(8)]
    until(lambda: len(server.seen) == 8)
    session.abort()
    assert all(isinstance(one(), CancelledError) for one in ended)


def test_no_socket_is_left(server: Server) -> None:
    gc.collect()
    before = _open_files()
    for _ in range(3):
        with AbortableSession() as session:
            session.get(f"{server.url}/a")
    gc.collect()
    until(lambda: _open_files() <= before + 1)
