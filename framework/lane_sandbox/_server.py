"""Runs a sandbox in this process, on a port of its own."""

from __future__ import annotations

import socket
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from lane_sandbox._faults import Fault, FaultError, Faults, faults_of
from lane_sandbox._folder import SandboxError, default_seed, empty, open_store, places, seed_of
from lane_sandbox._keys import Key, keys_of
from lane_sandbox._team import Team
from lane_sandbox._temporary import TemporaryFolder

if TYPE_CHECKING:
    from types import TracebackType

    from uvicorn import Server

    from lane_sandbox._clock import Clock
    from lane_sandbox._signin.accounts import Account
    from lane_sandbox._web import Web

APPLE = "https://api.appstoreconnect.apple.com"
STOP_SECONDS = 10.0
KEEP_ALIVE_SECONDS = 75


class PortInUseError(SandboxError):
    """The port that was asked for is taken."""


class Sandbox:
    """An offline App Store Connect on loopback; starts at once, stops with `close()` or at the end of `with`.

    With a `folder`, its state, files and keys are kept there, and several sandboxes, also in other processes,
    may use the folder at the same time: they show the same team. A path that ends in .sqlite or .db is the
    state itself, with a folder of the same name beside it for the rest. Without one, all is in memory and in a
    temporary folder, which the next sandbox deletes where this one is killed. `port` 0 is a free one.

    `processing_seconds`, by the sandbox's clock, is the time from a committed upload to a valid build, and
    `review_seconds` from a submission to its outcome, `listing_seconds` from a new app record to the moment when
    lists show it. `hourly_limit` is the number of requests of a key.
    `seed` is a file that says what a new sandbox holds, `faults` a file, or a list, of what goes wrong (see
    `Fault`). With `apple_host`, links lead to Apple's own host, for clients that are redirected.

    Raises PortInUseError if the port is taken, SeedError and FaultError if a file is not right, SandboxError if
    what is in the folder cannot be used.
    """

    def __init__(
        self,
        folder: Path | None = None,
        *,
        port: int = 0,
        host: str = "127.0.0.1",
        processing_seconds: float = 1.0,
        review_seconds: float = 3600.0,
        listing_seconds: float = 0.0,
        hourly_limit: int = 3500,
        seed: Path | None = None,
        faults: Path | list[dict[str, Any]] | None = None,
        apple_host: bool = False,
    ) -> None:
        armed = _faults(faults)
        self._temporary = TemporaryFolder() if folder is None else None
        self._closed = False
        state, files = places(self._temporary.path if self._temporary else folder or Path())
        try:
            files.mkdir(mode=0o700, parents=True, exist_ok=True)
            wanted = seed_of(files, seed)
            self.keys: list[Key] = keys_of(files, wanted.keys if seed and wanted else None)
            listener = _listen(host, port)
        except BaseException:
            self._forget()
            raise
        try:
            self._store = open_store(state if folder else None)
            self._team = Team(self._store, files, processing_seconds, review_seconds, armed, listing_seconds)
            self._seed = wanted
            self._start(listener, hourly_limit, apple_host=apple_host)
        except BaseException:
            listener.close()
            self._forget()
            raise

    def _start(self, listener: socket.socket, hourly_limit: int, *, apple_host: bool) -> None:
        from lane_sandbox._budget import Budget
        from lane_sandbox._events import Events
        from lane_sandbox._token import Tokens
        from lane_sandbox._web import Web

        host, port = listener.getsockname()[:2]
        self._team.issuer_id = next((each.issuer_id for each in self.keys if each.issuer_id), "")
        self._team.url = self.url = f"http://{f'[{host}]' if ':' in host else host}:{port}"
        self.clock: Clock = self._team.clock
        with self._store.writing():
            if self._store.fact("secret") is None:
                (self._seed or default_seed()).fill(self._team)
        self._budget = Budget(self.clock, hourly_limit)
        web = Web(self._team, Tokens(self.keys), self._budget, Events(self._team), self.reset)
        web.links = APPLE if apple_host else None
        self._web = web
        self._server, self._thread = _serve(web, listener)

    def reset(self) -> None:
        """Forget everything but the keys, and begin again with the seed; no fault is armed any more."""
        empty(self._team, self._seed or default_seed())
        self._team.faults.clear()
        self._budget.clear()

    def requests(self) -> list[dict[str, object]]:
        """The requests so far, oldest first: method, path, status, key_id, fault."""
        return list(self._web.requests.copy())

    def accounts(self) -> list[Account]:
        """The Apple IDs that can sign in, with their passwords, in the order of the seed."""
        from lane_sandbox._signin.accounts import accounts_of

        with self._store.reading():
            return accounts_of(self._store)

    def messages(self) -> list[dict[str, Any]]:
        """The codes that were delivered, newest last: account, way, phone, phone_id, devices, code, text, sent."""
        from lane_sandbox._signin.messages import messages

        with self._store.reading():
            return messages(self._store)

    def arm(self, faults: Path | list[dict[str, Any]]) -> None:
        """Let more go wrong, from now on. Raises FaultError."""
        self._team.faults.arm(_described(faults))

    def close(self) -> None:
        """Stop serving; a temporary folder is deleted, any other stays."""
        if self._closed:
            return
        self._closed = True
        self._server.should_exit = True
        self._thread.join(STOP_SECONDS)
        self._store.close()
        self._forget()

    def _forget(self) -> None:
        if self._temporary:
            self._temporary.remove()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _faults(given: Path | list[dict[str, Any]] | None) -> Faults:
    return Faults(_described(given) if given is not None else ())


def _described(given: Path | list[dict[str, Any]]) -> list[Fault]:
    if not isinstance(given, Path):
        return faults_of(given)
    import yaml

    try:
        document = yaml.safe_load(given.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as problem:
        raise FaultError(f"{given}: the faults cannot be read: {problem}") from problem
    try:
        return faults_of(document)
    except FaultError as problem:
        raise FaultError(f"{given}: {problem}") from problem


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


def _serve(web: Web, listener: socket.socket) -> tuple[Server, threading.Thread]:
    import uvicorn

    from lane_sandbox._connections import protocol

    config = uvicorn.Config(
        web.application(),
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="off",
        loop="asyncio",
        http=protocol(web.connections),
        ws="none",
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listener],), name="lane-sandbox", daemon=True)
    thread.start()
    return server, thread
