"""The team whose resources these are: its store, its clock, its files and its signed links."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING, Any

from lane_sandbox._clock import Clock

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from lane_sandbox._resource import Resource
    from lane_sandbox._store import Record, Store


class Team:
    """What the behaviour of resources needs. `processing_seconds`: from a commit to a valid build."""

    def __init__(self, store: Store, files: Path, processing_seconds: float) -> None:
        self.store = store
        self.types: Mapping[str, Resource] = store.types
        self.clock = Clock(store)
        self.files = files
        self.processing_seconds = processing_seconds
        self.url = ""
        """Where this sandbox is reached, without a slash at the end."""

    def attributes(self, record: Record) -> dict[str, Any]:
        """The attributes of a resource as they are now, worked out ones included."""
        present = self.types[record.type].present
        return record.attributes | present(self, record) if present else record.attributes

    def signed(self, path: str, seconds: float) -> str:
        """An address that needs no token and is good for a while, by the sandbox's clock."""
        expires = int(self.clock.now() + seconds)
        return f"{self.url}{path}?expires={expires}&signature={self._signature(path, expires)}"

    def is_signed(self, path: str, expires: str, signature: str) -> bool:
        """Whether an address was signed here and is still good."""
        if not expires.isascii() or not expires.isdigit() or len(expires) > 12:
            return False
        right = self._signature(path, int(expires))
        return hmac.compare_digest(right.encode(), signature.encode()) and int(expires) > self.clock.now()

    def _signature(self, path: str, expires: int) -> str:
        secret: str = self.store.fact("secret")
        return hmac.new(secret.encode(), f"{path}?{expires}".encode(), hashlib.sha256).hexdigest()
