"""Resources in memory, written through to SQLite, so that processes can share them."""

from __future__ import annotations

import json
import sqlite3
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from lane_sandbox._resource import Relationship, Resource

SCHEMA = """
CREATE TABLE IF NOT EXISTS records (
    type TEXT, id TEXT, number INTEGER, body TEXT, PRIMARY KEY (type, id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
"""
BUSY_SECONDS = 10.0
FORMAT = 3
"""Raised whenever older state would not do any more."""


class StoreFormatError(Exception):
    """The database was written by another version."""


@dataclass(slots=True)
class Record:
    """One resource. `links` holds ids by relationship; `private` is what no answer shows."""

    type: str
    id: str
    number: int
    attributes: dict[str, Any]
    links: dict[str, list[str]] = field(default_factory=dict)
    private: dict[str, Any] = field(default_factory=dict)


class Store:
    """All resources of one sandbox. Use within `reading()` or `writing()`; safe for threads and processes.

    A database that another process changed is read again before the next use. `writing()` is one transaction:
    an exception in it leaves nothing behind, in the database or in memory.
    """

    def __init__(self, path: Path | None, types: Mapping[str, Resource]) -> None:
        self.types = types
        self._lock = threading.RLock()
        self._database = sqlite3.connect(
            str(path) if path else ":memory:",
            timeout=BUSY_SECONDS,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            self._prepare()
        except BaseException:
            self._database.close()
            raise
        self._records: dict[str, dict[str, Record]] = {}
        self._holders: dict[tuple[str, str, str], dict[str, None]] = {}
        self._due: dict[tuple[str, str], float] = {}
        self._facts: dict[str, Any] = {}
        self._changed: dict[tuple[str, str], Record | None] = {}
        self._version = -1
        self._load()

    def _prepare(self) -> None:
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("PRAGMA synchronous=NORMAL")
        found = self._database.execute("PRAGMA user_version").fetchone()[0]
        if found > FORMAT:
            raise StoreFormatError(f"it has format {found}, this version reads {FORMAT}")
        if 0 < found < FORMAT:  # what an older version left holds nothing dear: it begins again with the seed
            self._database.executescript("DROP TABLE IF EXISTS records; DROP TABLE IF EXISTS facts;")
        self._database.executescript(SCHEMA)
        self._database.execute(f"PRAGMA user_version = {FORMAT}")

    def close(self) -> None:
        """Close the database. The store is of no use afterwards."""
        with self._lock:
            self._database.close()

    @contextmanager
    def reading(self) -> Iterator[None]:
        """See the latest state, and keep other threads from changing it meanwhile."""
        with self._lock:
            self._refresh()
            yield

    @contextmanager
    def writing(self) -> Iterator[None]:
        """One transaction: all that is changed within is kept, or, on an exception, nothing."""
        with self._lock:
            if self._database.in_transaction:
                yield
                return
            self._database.execute("BEGIN IMMEDIATE")
            try:
                self._refresh()
                yield
                self._flush()
            except BaseException:
                self._database.execute("ROLLBACK")
                self._changed.clear()
                self._load()
                raise
            self._database.execute("COMMIT")

    def find(self, kind: str, identifier: str) -> Record | None:
        """The resource, or None."""
        return self._records.get(kind, {}).get(identifier)

    def all(self, kind: str) -> list[Record]:
        """All resources of a type, oldest first."""
        return list(self._records.get(kind, {}).values())

    def add(
        self,
        kind: str,
        identifier: str,
        attributes: dict[str, Any],
        links: Mapping[str, Iterable[str]] | None = None,
        private: dict[str, Any] | None = None,
    ) -> Record:
        """Create a resource; attributes that are not given get their declared defaults."""
        declared = self.types[kind].attributes
        values = {name: attributes.get(name, attribute.default) for name, attribute in declared.items()}
        number = self._facts.get("number", 0) + 1
        self.put_fact("number", number)
        record = Record(kind, identifier, number, values, {}, private or {})
        self._records.setdefault(kind, {})[identifier] = record
        self._touch(record)
        for name, targets in (links or {}).items():
            self.link(record, name, targets)
        return record

    def change(self, record: Record, attributes: Mapping[str, Any] | None = None, **private: Any) -> None:
        """Set attributes, and private values."""
        record.attributes.update(attributes or {})
        record.private.update(private)
        self._touch(record)

    def due(self) -> list[tuple[float, Record]]:
        """What the clock will change, and when (`private["due"]`), the soonest first."""
        found = ((moment, self._records[kind][name]) for (kind, name), moment in self._due.items())
        return sorted(found, key=lambda each: (each[0], each[1].number))

    def remove(self, record: Record) -> None:
        """Delete a resource, and its place in every relationship."""
        for name in list(record.links):
            self.replace_links(record, name, [])
        for (kind, name, target), holders in list(self._holders.items()):
            if target == record.id and self.types[kind].relationships[name].target == record.type:
                for holder in list(holders):
                    self.unlink(self._records[kind][holder], name, [record.id])
        del self._records[record.type][record.id]
        self._due.pop((record.type, record.id), None)
        self._changed[record.type, record.id] = None

    def related(self, record: Record, name: str) -> list[Record]:
        """The resources at the other end of a relationship."""
        relationship = self.types[record.type].relationships[name]
        if relationship.through:
            return self._follow([record], relationship.through)
        others = self._records.get(relationship.target, {})
        if relationship.inverse:
            ids: Iterable[str] = self._holders.get((relationship.target, relationship.inverse, record.id), ())
        else:
            ids = record.links.get(name, ())
        return [others[each] for each in ids if each in others]

    def related_one(self, record: Record, name: str) -> Record | None:
        """The one resource at the other end, or None."""
        return next(iter(self.related(record, name)), None)

    def link(self, record: Record, name: str, targets: Iterable[str]) -> None:
        """Add targets to a relationship, whichever side holds it; those that are there stay as they are."""
        relationship = self.types[record.type].relationships[name]
        for target in targets:
            holder, held, other = self._held_by(record, name, relationship, target)
            ids = holder.links.setdefault(held, [])
            if other not in ids:
                ids.append(other)
                self._holders.setdefault((holder.type, held, other), {})[holder.id] = None
                self._changed[holder.type, holder.id] = holder

    def unlink(self, record: Record, name: str, targets: Iterable[str]) -> None:
        """Take targets out of a relationship, whichever side holds it."""
        relationship = self.types[record.type].relationships[name]
        for target in targets:
            holder, held, other = self._held_by(record, name, relationship, target)
            if other in holder.links.get(held, ()):
                holder.links[held].remove(other)
                self._holders[holder.type, held, other].pop(holder.id, None)
                self._changed[holder.type, holder.id] = holder

    def replace_links(self, record: Record, name: str, targets: Iterable[str]) -> None:
        """Make a relationship hold exactly these targets."""
        self.unlink(record, name, [each.id for each in self.related(record, name)])
        self.link(record, name, targets)

    def fact(self, name: str, default: Any = None) -> Any:
        """A value that belongs to the sandbox and to no resource."""
        return self._facts.get(name, default)

    def put_fact(self, name: str, value: Any) -> None:
        """Set such a value; within `writing()`."""
        self._facts[name] = value
        statement = "INSERT INTO facts VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value"
        self._database.execute(statement, (name, json.dumps(value)))

    def clear(self) -> None:
        """Forget every resource and every fact; within `writing()`."""
        self._database.execute("DELETE FROM records")
        self._database.execute("DELETE FROM facts")
        self._records.clear()
        self._holders.clear()
        self._due.clear()
        self._facts.clear()
        self._changed.clear()

    def _touch(self, record: Record) -> None:
        self._changed[record.type, record.id] = record
        self._remind(record)

    def _remind(self, record: Record) -> None:
        moment = record.private.get("due")
        if moment is None:
            self._due.pop((record.type, record.id), None)
        else:
            self._due[record.type, record.id] = moment

    def _held_by(
        self, record: Record, name: str, relationship: Relationship, target: str
    ) -> tuple[Record, str, str]:
        if relationship.inverse:
            return self._records[relationship.target][target], relationship.inverse, record.id
        return record, name, target

    def _follow(self, records: list[Record], path: tuple[str, ...]) -> list[Record]:
        for name in path:
            found = {each.id: each for record in records for each in self.related(record, name)}
            records = list(found.values())
        return records

    def _refresh(self) -> None:
        version = self._database.execute("PRAGMA data_version").fetchone()[0]
        if version != self._version:
            self._load()

    def _load(self) -> None:
        self._version = self._database.execute("PRAGMA data_version").fetchone()[0]
        self._records.clear()
        self._holders.clear()
        self._due.clear()
        facts = self._database.execute("SELECT name, value FROM facts")
        self._facts = {name: json.loads(value) for name, value in facts}
        rows = self._database.execute("SELECT type, id, number, body FROM records ORDER BY number")
        for kind, identifier, number, body in rows:
            record = Record(kind, identifier, number, **json.loads(body))
            self._records.setdefault(kind, {})[identifier] = record
            self._remind(record)
            for name, targets in record.links.items():
                for target in targets:
                    self._holders.setdefault((kind, name, target), {})[identifier] = None

    def _flush(self) -> None:
        for (kind, identifier), record in self._changed.items():
            if record is None:
                statement = "DELETE FROM records WHERE type = ? AND id = ?"
                self._database.execute(statement, (kind, identifier))
                continue
            body = {"attributes": record.attributes, "links": record.links, "private": record.private}
            statement = "INSERT OR REPLACE INTO records VALUES (?, ?, ?, ?)"
            self._database.execute(statement, (kind, identifier, record.number, json.dumps(body)))
        self._changed.clear()
