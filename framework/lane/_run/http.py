"""An HTTP session that the engine can abort: sockets are shut down, so that a blocked call returns."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import Any
from weakref import WeakSet

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from lane._errors import CancelledError


class AbortableSession(requests.Session):
    """A requests session; after `abort()` every call in it fails with CancelledError."""

    def __init__(self) -> None:
        super().__init__()
        self._sockets: WeakSet[socket.socket] = WeakSet()
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
            _shut_down(one)

    def opened(self, connection: socket.socket) -> None:
        """Remember a connection; one that was opened while the session was aborted is shut down at once."""
        with self._lock:
            self._sockets.add(connection)
            aborted = self.aborted
        if aborted:
            _shut_down(connection)

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


def _shut_down(connection: socket.socket) -> None:
    """End a connection under whoever reads from it; TLS's own method would tear down what is in use."""
    with contextlib.suppress(OSError):
        socket.socket.shutdown(connection, socket.SHUT_RDWR)


class _Adapter(HTTPAdapter):
    def __init__(self, owner: AbortableSession) -> None:
        self._owner = owner
        super().__init__(pool_connections=16, pool_maxsize=16)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        owner = self._owner
        self.poolmanager.pool_classes_by_scheme = {
            "http": type("Pool", (HTTPConnectionPool,), {"ConnectionCls": _tracked(HTTPConnection, owner)}),
            "https": type(
                "SecurePool", (HTTPSConnectionPool,), {"ConnectionCls": _tracked(HTTPSConnection, owner)}
            ),
        }


def _tracked(base: type[HTTPConnection], owner: AbortableSession) -> type[HTTPConnection]:
    """A connection class that tells its session of its sockets."""

    class Tracked(base):  # type: ignore[valid-type, misc]  # the base is one of two classes
        _connecting: socket.socket | None = None

        def _new_conn(self) -> socket.socket:
            made: socket.socket = super()._new_conn()
            self._connecting = made.dup()  # TLS takes the socket itself away while it shakes hands
            owner.opened(self._connecting)
            return made

        def connect(self) -> None:
            try:
                super().connect()
                owner.opened(self.sock)
            finally:
                if self._connecting is not None:
                    self._connecting.close()

    return Tracked
