"""The team whose resources these are: its store, its clock, its files and its signed links."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING, Any

from lane_sandbox._clock import Clock
from lane_sandbox._faults import Faults

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from lane_sandbox._resource import Resource
    from lane_sandbox._store import Record, Store


class Team:
    """What the behaviour of resources needs.

    `processing_seconds`: from a commit to a valid build; `review_seconds`: from a submission to its outcome;
    `listing_seconds`: from a new app record to its first appearance in a list.
    """

    def __init__(
        self,
        store: Store,
        files: Path,
        processing_seconds: float = 0.0,
        review_seconds: float = 0.0,
        faults: Faults | None = None,
        listing_seconds: float = 0.0,
    ) -> None:
        self.store = store
        self.types: Mapping[str, Resource] = store.types
        self.clock = Clock(store)
        self.files = files
        self.processing_seconds = processing_seconds
        self.review_seconds = review_seconds
        self.listing_seconds = listing_seconds
        self.faults = faults or Faults()
        self.issuer_id = ""
        """The issuer of the team's API keys, if there is one."""
        self.url = ""
        """Where this sandbox is reached, without a slash at the end."""

    def attributes(self, record: Record) -> dict[str, Any]:
        """The attributes of a resource as they are now, worked out ones included."""
        present = self.types[record.type].present
        return record.attributes | present(self, record) if present else record.attributes

    def delete(self, record: Record) -> None:
        """Delete a resource, what it owns, and what its type says that goes with it."""
        resource = self.types[record.type]
        if resource.deleting:
            resource.deleting(self, record)
        for name in resource.owns:
            for each in self.store.related(record, name):
                self.delete(each)
        self.store.remove(record)

    @property
    def id(self) -> str:
        """The team's id, as App IDs and certificates have it."""
        return str(self.store.fact("team", {}).get("id", "ABCDE12345"))

    @property
    def name(self) -> str:
        """The team's name."""
        return str(self.store.fact("team", {}).get("name", "Example Team"))

    def schedule(self, record: Record, event: str, moment: float) -> None:
        """Let an event of a resource's type happen to it at a moment; it has one at a time.

        A fault of the kind `stuck` that fits puts it off, or keeps it from ever happening.
        """
        delay = self.faults.stuck(record)
        self.store.change(record, due=None if delay is None else moment + delay, event=event)

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
