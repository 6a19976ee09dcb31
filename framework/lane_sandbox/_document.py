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
        data = None if record is None else self._resource(record, self._heads)
        document: JsonObject = {"data": data, "links": {"self": self._self}}
        if self.query.include:
            document["included"] = self._included([record] if record else [])
        return document

    def collection(self, records: list[Record]) -> JsonObject:
        """A document of one page of resources."""
        shown, following = page(records, self.query)
        document: JsonObject = {"data": [self._resource(each, self._heads) for each in shown]}
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
    def _heads(self) -> tuple[str, ...]:
        return tuple(path.partition(".")[0] for path in self.query.include)

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
        if any(relationships.values()):  # one without links is left out: asconnect wants links in each
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
        """What the included relationships lead to, each once.

        It carries relationship data only for the next part of a dotted path.
        """
        found: dict[tuple[str, str], tuple[Record, dict[str, None]]] = {}
        for record in records:
            for path in self.query.include:
                self._follow(record, path, found)
        return [self._resource(record, tuple(names)) for record, names in found.values()]

    def _follow(
        self, record: Record, path: str, found: dict[tuple[str, str], tuple[Record, dict[str, None]]]
    ) -> None:
        name, _, rest = path.partition(".")
        targets = self.team.store.related(record, name)
        if self.team.types[record.type].relationships[name].many:
            targets = targets[: self.query.limits.get(name, INCLUDED_LIMIT)]
        for target in targets:
            _, names = found.setdefault((target.type, target.id), (target, {}))
            if rest:
                names[rest.partition(".")[0]] = None
                self._follow(target, rest, found)


def _identifier(record: Record) -> JsonObject:
    return {"type": record.type, "id": record.id}
