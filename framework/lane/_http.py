"""An HTTP session that the engine can abort: sockets are shut down, so that a blocked call returns."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from ._errors import CancelledError


class AbortableSession(requests.Session):
    """A requests session; after `abort()` every call in it fails with CancelledError."""

    def __init__(self) -> None:
        super().__init__()
        self._sockets: set[socket.socket] = set()
        self._lock = threading.Lock()
        self.aborted = False
        for scheme in ("http://", "https://"):
            self.mount(scheme, _Adapter(self))

    def abort(self) -> None:
        """Shut down every open connection and refuse new ones."""
        with self._lock:
            self.aborted = True
            sockets = list(self._sockets)
        for one in sockets:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def opened(self, connection: socket.socket | None) -> None:
        """Remember a connection; one that was opened while the session was aborted is shut down at once."""
        if connection is None:
            return
        with self._lock:
            self._sockets.add(connection)
            aborted = self.aborted
        if aborted:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def closed(self, connection: socket.socket | None) -> None:
        """Forget a connection."""
        with self._lock:
            self._sockets.discard(connection)  # type: ignore[arg-type]  # None is never in it

    def request(self, *args: Any, **kwargs: Any) -> requests.Response:
        """As in requests. Raises CancelledError once the session was aborted."""
        if self.aborted:
            raise CancelledError("The step was cancelled.")
        try:
            return super().request(*args, **kwargs)
        except (requests.RequestException, OSError):
            if self.aborted:
                raise CancelledError("The step was cancelled during an HTTP call.") from None
            raise


class _Adapter(HTTPAdapter):
    def __init__(self, owner: AbortableSession) -> None:
        self._owner = owner
        super().__init__(pool_connections=16, pool_maxsize=16)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        owner = self._owner
        self.poolmanager.pool_classes_by_scheme = {
            "http": type("Pool", (HTTPConnectionPool,), {"ConnectionCls": _tracked(HTTPConnection, owner)}),
            "https": type("SecurePool", (HTTPSConnectionPool,), {"ConnectionCls": _tracked(HTTPSConnection, owner)}),
        }


def _tracked(base: type[HTTPConnection], owner: AbortableSession) -> type[HTTPConnection]:
    """A connection class that tells its session when its socket opens and closes."""

    class Tracked(base):  # type: ignore[valid-type, misc]  # the base is one of two classes
        def connect(self) -> None:
            super().connect()
            owner.opened(self.sock)

        def close(self) -> None:
            owner.closed(self.sock)
            super().close()

    return Tracked
