"""Small documents by key, kept in one fact of the store."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lane_sandbox._store import Store

Document = dict[str, Any]


class Shelf:
    """At most `keep` documents, the oldest goes first. Use within the store's `reading()` or `writing()`."""

    def __init__(self, store: Store, name: str, keep: int) -> None:
        self._store = store
        self._name = name
        self._keep = keep

    def get(self, key: str) -> Document | None:
        """A copy of the document, or None."""
        found: Document | None = self._documents().get(key)
        return deepcopy(found)

    def put(self, key: str, document: Document) -> None:
        """Keep a document, as the newest; within `writing()`."""
        documents = {name: each for name, each in self._documents().items() if name != key}
        documents[key] = deepcopy(document)
        for name in list(documents)[: -self._keep]:
            del documents[name]
        self._store.put_fact(self._name, documents)

    def remove(self, key: str) -> None:
        """Forget a document, if it is there; within `writing()`."""
        documents = {name: each for name, each in self._documents().items() if name != key}
        self._store.put_fact(self._name, documents)

    def items(self) -> list[tuple[str, Document]]:
        """Copies of all, the oldest first."""
        return list(deepcopy(self._documents()).items())

    def _documents(self) -> dict[str, Document]:
        documents: dict[str, Document] = self._store.fact(self._name, {})
        return documents
