"""Reads and checks the query of a request: fields, include, filter, exists, sort, limit, cursor."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from lane_sandbox._problem import Problem, illegal_parameter, invalid_parameter, required_parameter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lane_sandbox._resource import Listing, Resource

DEFAULT_LIMIT = 50
HIGHEST_LIMIT = 200
INDEXED = re.compile(r"(fields|filter|exists|limit)\[([^\[\]]+)\]")

Errors = list[dict[str, Any]]


@dataclass(slots=True)
class Query:
    """A query that was checked. `filters` and `exists` keep the names of the parameters' brackets."""

    fields: dict[str, frozenset[str]] = field(default_factory=dict)
    include: tuple[str, ...] = ()
    filters: dict[str, list[str]] = field(default_factory=dict)
    exists: dict[str, bool] = field(default_factory=dict)
    sort: list[tuple[str, bool]] = field(default_factory=list)
    limit: int = DEFAULT_LIMIT
    limits: dict[str, int] = field(default_factory=dict)
    start: tuple[int, str] = (0, "")
    """Where the page begins: the position, and the id of the resource before it."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """What the query of one operation may hold."""

    resource: Resource
    types: Mapping[str, Resource]
    listing: Listing | None = None
    include: bool = False
    fields: bool = True

    @property
    def field_types(self) -> set[str]:
        """The types that `fields[…]` may name: the operation's own and those that can be included."""
        if not self.fields:
            return set()
        own = {self.resource.type}
        if self.include:
            own |= {self.resource.relationships[name].target for name in self.resource.includable}
        return own

    def target(self, path: str) -> str | None:
        """The type at the end of a path of relationships such as `builds.app`, each one includable."""
        kind = self.resource.type
        for name in path.split("."):
            resource = self.types.get(kind)
            if resource is None or name not in resource.includable:
                return None
            kind = resource.relationships[name].target
        return kind


def parse(text: str, allowed: Allowed) -> Query:
    """The query that `text` asks for. Raises one Problem that lists all that is wrong with it."""
    values: dict[str, str] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        values[name] = f"{values[name]},{value}" if name in values else value
    query, errors = Query(), []
    for name, value in values.items():
        errors += _read(query, name, value, allowed)
    for name in allowed.listing.required if allowed.listing else ():
        if name not in query.filters:
            errors.append(required_parameter(f"filter[{name}]"))
    if errors:
        raise Problem(errors)
    return query


def cursor(position: int, last_id: str) -> str:
    """The opaque text that stands for a place in a list."""
    return base64.urlsafe_b64encode(f"{position}:{last_id}".encode()).decode().rstrip("=")


def _read(query: Query, name: str, value: str, allowed: Allowed) -> Errors:
    parts = [part.strip() for part in value.split(",")]
    if match := INDEXED.fullmatch(name):
        kind, inner = match.groups()
        reader = {"fields": _fields, "filter": _filter, "exists": _exists, "limit": _inner_limit}[kind]
        return reader(query, name, inner, parts, allowed)
    if name == "include" and allowed.include and allowed.resource.includable:
        return _include(query, parts, allowed)
    if allowed.listing is not None:
        if name == "limit":
            return _limit(query, value)
        if name == "cursor":
            return _cursor(query, value)
        if name == "sort" and allowed.listing.sorts:
            return _sort(query, parts, allowed.listing)
    return [illegal_parameter(name)]


def _fields(query: Query, name: str, kind: str, parts: list[str], allowed: Allowed) -> Errors:
    if kind not in allowed.field_types:
        return [illegal_parameter(name)]
    query.fields[kind] = frozenset(parts)
    declared = allowed.types.get(kind)
    if declared is None:
        return []
    visible = {each for each, relationship in declared.relationships.items() if not relationship.hidden}
    unknown = [part for part in parts if part and part not in declared.attributes.keys() | visible]
    return [invalid_parameter(name, f"'{part}' is not a valid field name") for part in unknown]


def _filter(query: Query, name: str, inner: str, parts: list[str], allowed: Allowed) -> Errors:
    if allowed.listing is None or inner not in allowed.listing.filters:
        return [illegal_parameter(name)]
    query.filters[inner] = parts
    values = _values_of(inner, allowed)
    wrong = [part for part in parts if values and part not in values]
    return [
        invalid_parameter(name, f"'{part}' is not a valid filter value; use {', '.join(values)}")
        for part in wrong
    ]


def _values_of(path: str, allowed: Allowed) -> tuple[str, ...]:
    """The values that the attribute at the end of a path may have; empty where any will do."""
    resource: Resource | None = allowed.resource
    *steps, last = path.split(".")
    for step in steps:
        assert resource is not None
        resource = allowed.types.get(resource.relationships[step].target)
    if resource is None or last not in resource.attributes:
        return ()
    attribute = resource.attributes[last]
    return ("true", "false") if attribute.kind == "flag" else attribute.values


def _exists(query: Query, name: str, inner: str, parts: list[str], allowed: Allowed) -> Errors:
    if allowed.listing is None or inner not in allowed.listing.exists:
        return [illegal_parameter(name)]
    if parts not in (["true"], ["false"]):
        return [invalid_parameter(name, "must be true or false")]
    query.exists[inner] = parts == ["true"]
    return []


def _inner_limit(query: Query, name: str, inner: str, parts: list[str], allowed: Allowed) -> Errors:
    relationship = allowed.resource.relationships.get(inner)
    offered = allowed.include and relationship and relationship.many and inner in allowed.resource.includable
    if not offered or relationship is None:
        return [illegal_parameter(name)]
    number = _number(",".join(parts), relationship.most)
    if number is None:
        return [invalid_parameter(name, f"must be a whole number from 1 to {relationship.most}")]
    query.limits[inner] = number
    return []


def _include(query: Query, parts: list[str], allowed: Allowed) -> Errors:
    query.include = tuple(dict.fromkeys(part for part in parts if part))
    unknown = [part for part in query.include if allowed.target(part) is None]
    return [invalid_parameter("include", f"'{part}' is not a valid relationship name") for part in unknown]


def _limit(query: Query, value: str) -> Errors:
    number = _number(value, HIGHEST_LIMIT)
    if number is None:
        return [invalid_parameter("limit", f"must be a whole number from 1 to {HIGHEST_LIMIT}")]
    query.limit = number
    return []


def _number(value: str, highest: int) -> int | None:
    if not re.fullmatch(r"[0-9]{1,6}", value):
        return None
    number = int(value)
    return number if 1 <= number <= highest else None


def _cursor(query: Query, value: str) -> Errors:
    try:
        decoded = base64.b64decode(value + "=" * (-len(value) % 4), altchars=b"-_", validate=True).decode()
        position, _, last_id = decoded.partition(":")
        query.start = (int(position), last_id)
    except (binascii.Error, ValueError):
        return [invalid_parameter("cursor", "is not a cursor of this service")]
    return [] if query.start[0] >= 0 else [invalid_parameter("cursor", "is not a cursor of this service")]


def _sort(query: Query, parts: list[str], listing: Listing) -> Errors:
    query.sort = [(part.removeprefix("-"), part.startswith("-")) for part in parts]
    unknown = [part for part in parts if part.removeprefix("-") not in listing.sorts]
    return [invalid_parameter("sort", f"'{part}' is not a valid sort") for part in unknown]
