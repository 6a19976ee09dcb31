"""The pairs of tokens that the developer portal hands out, and wants to see again."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import requests

_NAMES = ("csrf", "csrf_ts")


class Csrf:
    """Keeps the latest pair, and the latest for each kind of thing. Threads may share it.

    A change is made with a pair that came with a list of its kind (private-endpoints.md, 1.3).
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._latest: dict[str, str] = {}
        self._by_kind: dict[str, dict[str, str]] = {}

    def knows(self, kind: str) -> bool:
        """Whether there was an answer about this kind yet."""
        with self._lock:
            return kind in self._by_kind

    def headers(self, kind: str) -> dict[str, str]:
        """The pair to send with a request about this kind; none before the first answer."""
        with self._lock:
            return dict(self._by_kind.get(kind) or self._latest)

    def learn(self, kind: str, response: requests.Response) -> None:
        """Take over the pair of an answer, if it has one."""
        pair = {name: response.headers[name] for name in _NAMES if name in response.headers}
        with self._lock:
            if pair:
                self._latest = pair
            if response.ok:
                self._by_kind[kind] = pair or self._by_kind.get(kind, {})
