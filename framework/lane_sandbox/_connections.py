"""The open connections of a server, so that a fault can break one."""

from __future__ import annotations

import socket
import struct
from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    import asyncio

Address = tuple[str, int]


class Connections:
    """Transports by the address of the client."""

    def __init__(self) -> None:
        self._open: dict[Address, asyncio.Transport] = {}

    def add(self, transport: asyncio.Transport) -> None:
        """A client has come."""
        self._open[_address(transport)] = transport

    def remove(self, transport: asyncio.Transport) -> None:
        """A client has gone."""
        self._open.pop(_address(transport), None)

    def close(self, client: Address, *, rudely: bool = False) -> None:
        """End a connection after what was sent, or at once and with a reset."""
        transport = self._open.get(client)
        if transport is None:
            return
        if not rudely:
            transport.close()
            return
        raw = transport.get_extra_info("socket")
        if raw is not None:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()


def _address(transport: asyncio.Transport) -> Address:
    peer = transport.get_extra_info("peername") or ("", 0)
    return str(peer[0]), int(peer[1])


def protocol(connections: Connections) -> type[H11Protocol]:
    """uvicorn's protocol, which tells these connections of itself."""

    class Known(H11Protocol):
        def connection_made(self, transport: Any) -> None:
            connections.add(transport)
            super().connection_made(transport)

        def connection_lost(self, exc: Exception | None) -> None:
            connections.remove(self.transport)
            super().connection_lost(exc)

    return Known
