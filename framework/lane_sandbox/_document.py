"""Writes JSON:API documents as App Store Connect does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, urlencode

from lane_sandbox._query import Query, cursor
from lane_sandbox._selection import page

if TYPE_CHECKING:
    from lane_sandbox._resource import Relationship
    from lane_sandbox._store import Record
    from lane_sandbox._team import Team

INCLUDED_LIMIT = 10
"""How many of a to-many relationship come along unless `limit[…]` says otherwise."""

JsonObject = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Documents:
    """Writes the answers to one request: `base` is where links lead, `path` and `search` what was asked."""

    team: Team
    base: str
    path: str
    search: str
    query: Query

    def single(self, record: Record | None) -> JsonObject:
        """A document of one resource, or of none: an empty to-one."""
        data = None if record is None else self._resource(record, self.query.include)
        document: JsonObject = {"data": data, "links": {"self": self._self}}
        if self.query.include:
            document["included"] = self._included([record] if record else [])
        return document

    def collection(self, records: list[Record]) -> JsonObject:
        """A document of one page of resources."""
        shown, following = page(records, self.query)
        document: JsonObject = {"data": [self._resource(each, self.query.include) for each in shown]}
        if self.query.include:
            document["included"] = self._included(shown)
        return document | self._paging(shown, following, len(records))

    def linkage(self, record: Record | None) -> JsonObject:
        """A to-one relationship: the identifier of its target."""
        return {"data": _identifier(record) if record else None, "links": {"self": self._self}}

    def linkages(self, records: list[Record]) -> JsonObject:
        """One page of a to-many relationship: the identifiers of its targets."""
        shown, following = page(records, self.query)
        return {"data": [_identifier(each) for each in shown]} | self._paging(shown, following, len(records))

    @property
    def _self(self) -> str:
        return f"{self.base}{quote(self.path)}" + (f"?{self.search}" if self.search else "")

    def _paging(self, shown: list[Record], following: int | None, total: int) -> JsonObject:
        links = {"self": self._self}
        paging: JsonObject = {"total": total, "limit": self.query.limit}
        pairs = [(name, value) for name, value in parse_qsl(self.search) if name != "cursor"]
        if self.query.start != (0, ""):
            links["first"] = self._at(pairs)
        if following is not None:
            paging["nextCursor"] = cursor(following, shown[-1].id)
            links["next"] = self._at([("cursor", paging["nextCursor"]), *pairs])
        return {"links": links, "meta": {"paging": paging}}

    def _at(self, pairs: list[tuple[str, str]]) -> str:
        return f"{self.base}{quote(self.path)}" + (f"?{urlencode(pairs)}" if pairs else "")

    def _resource(self, record: Record, include: tuple[str, ...]) -> JsonObject:
        declared = self.team.types[record.type]
        wanted = self.query.fields.get(record.type)
        place = f"{self.base}/v1/{record.type}/{quote(record.id)}"
        resource: JsonObject = {"type": record.type, "id": record.id}
        if declared.attributes:
            values = self.team.attributes(record)
            resource["attributes"] = {
                name: values[name] for name in declared.attributes if wanted is None or name in wanted
            }
        relationships = {
            name: self._relationship(record, name, each, place, name in include)
            for name, each in declared.relationships.items()
            if not each.hidden and (wanted is None or name in wanted)
        }
        if any(relationships.values()):
            resource["relationships"] = {name: each for name, each in relationships.items() if each}
        resource["links"] = {"self": place}
        return resource

    def _relationship(
        self, record: Record, name: str, declared: Relationship, place: str, included: bool
    ) -> JsonObject:
        body: JsonObject = {}
        if included:
            targets = self.team.store.related(record, name)
            if declared.many:
                limit = self.query.limits.get(name, INCLUDED_LIMIT)
                body["meta"] = {"paging": {"total": len(targets), "limit": limit}}
                body["data"] = [_identifier(each) for each in targets[:limit]]
            else:
                body["data"] = _identifier(targets[0]) if targets else None
        if declared.links:
            body["links"] = {"self": f"{place}/relationships/{name}", "related": f"{place}/{name}"}
        return body

    def _included(self, records: list[Record]) -> list[JsonObject]:
        """The targets of the included relationships, each once; they carry no relationship data."""
        found: dict[tuple[str, str], Record] = {}
        for record in records:
            for name in self.query.include:
                targets = self.team.store.related(record, name)
                if self.team.types[record.type].relationships[name].many:
                    targets = targets[: self.query.limits.get(name, INCLUDED_LIMIT)]
                found.update({(each.type, each.id): each for each in targets})
        return [self._resource(each, ()) for each in found.values()]


def _identifier(record: Record) -> JsonObject:
    return {"type": record.type, "id": record.id}
