"""Runs a sandbox in this process, on a port of its own."""

from __future__ import annotations

import shutil
import socket
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Self

from lane_sandbox._keys import Key, keys_of

if TYPE_CHECKING:
    from types import TracebackType

    from uvicorn import Server

    from lane_sandbox._clock import Clock
    from lane_sandbox._store import Store
    from lane_sandbox._team import Team

STATE = "state.sqlite"
STOP_SECONDS = 10.0
KEEP_ALIVE_SECONDS = 75


class SandboxError(Exception):
    """The sandbox cannot start; the message says why and what to do."""


class PortInUseError(SandboxError):
    """The port that was asked for is taken."""


class Sandbox:
    """An offline App Store Connect on loopback; starts at once, stops with `close()` or at the end of `with`.

    With a `folder`, its state, files and keys are kept there, and several sandboxes, also in other processes,
    may use the folder at the same time: they show the same team. Without one, all is in memory and in a
    temporary folder. `port` 0 is a free one. `processing_seconds` (of the sandbox's clock) is the time from
    a committed upload to a valid build. `hourly_limit` is the number of requests of a key.

    Raises PortInUseError if the port is taken, SandboxError if what is in the folder cannot be used.
    """

    def __init__(
        self,
        folder: Path | None = None,
        *,
        port: int = 0,
        host: str = "127.0.0.1",
        processing_seconds: float = 1.0,
        hourly_limit: int = 3500,
    ) -> None:
        self._temporary = Path(tempfile.mkdtemp(prefix="lane-sandbox-")) if folder is None else None
        self._closed = False
        files = folder or self._temporary
        assert files is not None
        files.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.keys: list[Key] = keys_of(files)
        listener = _listen(host, port)
        try:
            self._store = _open_store(files / STATE if folder else None)
            self._start(listener, files, processing_seconds, hourly_limit)
        except BaseException:
            listener.close()
            raise

    def _start(
        self, listener: socket.socket, files: Path, processing_seconds: float, hourly_limit: int
    ) -> None:
        from lane_sandbox._budget import Budget
        from lane_sandbox._processing import Processing
        from lane_sandbox._seed import seed
        from lane_sandbox._team import Team
        from lane_sandbox._token import Tokens
        from lane_sandbox._web import Web

        self._team = Team(self._store, files, processing_seconds)
        host, port = listener.getsockname()[:2]
        self._team.url = self.url = f"http://{f'[{host}]' if ':' in host else host}:{port}"
        self.clock: Clock = self._team.clock
        with self._store.writing():
            if self._store.fact("secret") is None:
                seed(self._team)
        self._budget = Budget(self.clock, hourly_limit)
        self._web = Web(self._team, Tokens(self.keys), self._budget, Processing(self._team), self.reset)
        self._server, self._thread = _serve(self._web, listener)

    def reset(self) -> None:
        """Forget everything but the keys, and begin again with the seed."""
        _empty(self._team)
        self._budget.clear()

    def requests(self) -> list[dict[str, object]]:
        """The requests so far, oldest first: method, path, status, key_id."""
        return list(self._web.requests.copy())

    def close(self) -> None:
        """Stop serving; a temporary folder is deleted, any other stays."""
        if self._closed:
            return
        self._closed = True
        self._server.should_exit = True
        self._thread.join(STOP_SECONDS)
        self._store.close()
        if self._temporary:
            shutil.rmtree(self._temporary, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def reset(folder: Path) -> None:
    """Empty the sandbox in this folder, also while a server uses it: what is left is the seed and the keys.

    Raises SandboxError if the folder cannot be used.
    """
    from lane_sandbox._team import Team

    path = folder / STATE
    if not path.exists():
        return
    try:
        store = _open_store(path)
    except SandboxError:
        for each in folder.glob(f"{STATE}*"):
            each.unlink()
        store = _open_store(path)
    try:
        _empty(Team(store, folder, 0.0))
    finally:
        store.close()


def _empty(team: Team) -> None:
    from lane_sandbox._seed import seed

    with team.store.writing():
        team.store.clear()
        seed(team)
    for name in ("uploads", "symbols"):
        shutil.rmtree(team.files / name, ignore_errors=True)


def _open_store(path: Path | None) -> Store:
    import sqlite3

    from lane_sandbox._resources import TYPES
    from lane_sandbox._store import Store, StoreFormatError

    try:
        return Store(path, TYPES)
    except (sqlite3.DatabaseError, StoreFormatError) as error:
        message = (
            f"the sandbox's state in {path} cannot be used ({error}); empty it with `lane sandbox reset`"
        )
        raise SandboxError(message) from error


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio turns Nagle's delay off only for sockets that say that they are TCP
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        message = f"cannot listen on {host}:{port}: {error.strerror}; choose another port with --port"
        raise PortInUseError(message) from error
    return listener


def _serve(web: object, listener: socket.socket) -> tuple[Server, threading.Thread]:
    import uvicorn

    from lane_sandbox._web import Web

    assert isinstance(web, Web)
    config = uvicorn.Config(
        web.application(),
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="off",
        loop="asyncio",
        http="h11",
        ws="none",
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listener],), name="lane-sandbox", daemon=True)
    thread.start()
    return server, thread
