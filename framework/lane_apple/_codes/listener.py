"""Serves an application on an address while a code is waited for."""

from __future__ import annotations

import logging
import socket
import threading
from typing import TYPE_CHECKING, Any, Self

from .question import SourceError

if TYPE_CHECKING:
    import asyncio
    from types import TracebackType

    from starlette.types import ASGIApp
    from uvicorn import Server

_STOP_SECONDS = 5.0
_MOST_CONNECTIONS = 64  # those above are told 503: nobody fills the process's descriptors


class Listener:
    """An HTTP server on a thread, from its making to `close()`. `port` 0 is a free one.

    Raises SourceError where the address cannot be listened on; `variable` is where it was configured.
    """

    def __init__(self, application: ASGIApp, host: str, port: int, *, variable: str) -> None:
        self._socket = _bound(host, port, variable)
        self._server = _server(application)
        self._thread = threading.Thread(
            target=self._server.run, args=([self._socket],), name="lane-codes", daemon=True
        )
        self._thread.start()

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return int(self._socket.getsockname()[1])

    def close(self) -> None:
        """Answer the requests that are under way, then free the address."""
        self._server.should_exit = True
        self._thread.join(_STOP_SECONDS)
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _bound(host: str, port: int, variable: str) -> socket.socket:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise _unfit(host, port, variable, error) from None
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
        listener.listen(_MOST_CONNECTIONS)
    except OSError as error:
        listener.close()
        raise _unfit(host, port, variable, error) from None
    return listener


def _unfit(host: str, port: int, variable: str, error: OSError) -> SourceError:
    return SourceError(
        f"{host}:{port} cannot be listened on: {error.strerror}.",
        hint=f"Give {variable} another port, or end what uses this one.",
        where=variable,
    )


def _server(application: ASGIApp) -> Server:
    import uvicorn

    return uvicorn.Server(
        uvicorn.Config(
            application,
            log_config=None,
            access_log=False,
            server_header=False,
            lifespan="off",
            loop="asyncio",
            http=_silent_protocol(),
            ws="none",
            proxy_headers=False,
            limit_concurrency=_MOST_CONNECTIONS,
            timeout_keep_alive=5,
            timeout_graceful_shutdown=2,
        )
    )


def _silent_protocol() -> type[asyncio.Protocol]:
    """uvicorn's protocol, which logs nothing: what strangers send is no news, and addresses hold a token."""
    from uvicorn.protocols.http.h11_impl import H11Protocol

    silent = logging.getLogger("lane.codes.listener")
    silent.disabled = True

    class Silent(H11Protocol):
        def connection_made(self, transport: Any) -> None:
            self.logger = silent
            super().connection_made(transport)

    return Silent
