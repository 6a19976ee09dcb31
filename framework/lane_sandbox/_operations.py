"""Carries out one request on the API: finds the operation by its path and interprets the declaration."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lane_sandbox._body import read_change, read_linkage
from lane_sandbox._document import Documents
from lane_sandbox._problem import (
    Problem,
    bad_attribute,
    forbidden,
    illegal_parameter,
    method_not_allowed,
    no_path,
    not_found,
)
from lane_sandbox._query import Allowed, Query, parse
from lane_sandbox._resource import Listing
from lane_sandbox._roles import may
from lane_sandbox._selection import select

if TYPE_CHECKING:
    from lane_sandbox._resource import Change, Relationship, Resource
    from lane_sandbox._roles import Caller
    from lane_sandbox._store import Record
    from lane_sandbox._team import Team

Answer = tuple[int, dict[str, Any] | None]
WORDS = {"POST": "CREATE", "PATCH": "UPDATE", "DELETE": "DELETE"}
LINKAGE_WORDS = {"GET": "GET_RELATIONSHIP", "POST": "ADD", "PATCH": "REPLACE", "DELETE": "REMOVE"}


@dataclass(frozen=True, slots=True)
class Request:
    """What a client asks: `path` decoded, `search` as it came, `base` where links lead.

    `web`: through a web door, which has types that the official API lacks.
    """

    method: str
    path: str
    search: str
    body: bytes
    base: str
    caller: Caller
    web: bool = False


def perform(team: Team, request: Request) -> Answer:
    """Status and document of the answer. Raises Problem for a refusal."""
    if request.method == "GET":
        with team.store.reading():
            return _route(team, request)
    with team.store.writing():
        return _route(team, request)


def _route(team: Team, request: Request) -> Answer:
    match request.path.split("/"):
        case ["", "v1", kind] if _offers(team, request, kind):
            return _on_collection(team, request, team.types[kind])
        case ["", "v1", kind, identifier] if _offers(team, request, kind) and identifier:
            return _on_instance(team, request, team.types[kind], identifier)
        case ["", "v1", kind, identifier, "relationships", name] if _declares(team, request, kind, name):
            return _on_relationship(team, request, team.types[kind], identifier, name)
        case ["", "v1", kind, identifier, name] if _declares(team, request, kind, name):
            return _on_related(team, request, team.types[kind], identifier, name)
    raise no_path(request.path)


def _offers(team: Team, request: Request, kind: str) -> bool:
    return kind in team.types and (request.web or not team.types[kind].web_only)


def _declares(team: Team, request: Request, kind: str, name: str) -> bool:
    declared = team.types[kind].relationships.get(name) if _offers(team, request, kind) else None
    return declared is not None and not declared.hidden and declared.target in team.types


def _on_collection(team: Team, request: Request, resource: Resource) -> Answer:
    if request.method == "GET" and resource.listing:
        _allow(request, resource, writing=False)
        allowed = Allowed(resource, team.types, resource.listing, include=resource.listing.include)
        query = parse(request.search, allowed)
        records = select(team, _listed(team, resource), query)
        return 200, _documents(team, request, query).collection(records)
    if request.method == "POST" and resource.create:
        _allow(request, resource)
        _no_query(request, resource, team)
        change = read_change(team, resource, resource.create, request.body, None, request.caller.key_id)
        return 201, _documents(team, request, Query()).single(create(team, resource, change))
    raise _refusal(request, resource, {"GET": "GET_COLLECTION", "POST": "CREATE"})


def _listed(team: Team, resource: Resource) -> list[Record]:
    """Those that a list shows; Apple takes its time with some (private-endpoints.md, 4.2)."""
    now = team.clock.now()
    return [each for each in team.store.all(resource.type) if each.private.get("listed", 0.0) <= now]


def _on_instance(team: Team, request: Request, resource: Resource, identifier: str) -> Answer:
    words = {"GET": "GET_INSTANCE", "PATCH": "UPDATE", "DELETE": "DELETE"}
    if words.get(request.method) not in resource.operations:
        raise _refusal(request, resource, words)
    if request.method == "GET":
        _allow(request, resource, writing=False)
        query = parse(request.search, Allowed(resource, team.types, include=bool(resource.includable)))
        return 200, _documents(team, request, query).single(_existing(team, resource, identifier))
    _allow(request, resource)
    _no_query(request, resource, team)
    record = _existing(team, resource, identifier)
    if request.method == "DELETE":
        delete(team, record)
        return 204, None
    assert resource.update is not None
    change = read_change(team, resource, resource.update, request.body, identifier, request.caller.key_id)
    update(team, resource, record, change)
    return 200, _documents(team, request, Query()).single(record)


def _on_related(team: Team, request: Request, resource: Resource, identifier: str, name: str) -> Answer:
    relationship = resource.relationships[name]
    if relationship.related is None:
        raise no_path(request.path)
    if request.method != "GET":
        raise method_not_allowed(request.method, request.path)
    target = team.types[relationship.target]
    _allow(request, resource, writing=False)
    _allow(request, target, writing=False)
    listing = relationship.related if relationship.many else None
    query = parse(request.search, Allowed(target, team.types, listing, include=relationship.related.include))
    found = team.store.related(_existing(team, resource, identifier), name)
    documents = _documents(team, request, query)
    if relationship.many:
        return 200, documents.collection(select(team, found, query))
    return 200, documents.single(next(iter(found), None))


def _on_relationship(team: Team, request: Request, resource: Resource, identifier: str, name: str) -> Answer:
    relationship = resource.relationships[name]
    if not relationship.linkages:
        raise no_path(request.path)
    if request.method not in relationship.linkages:
        if request.method not in LINKAGE_WORDS:
            raise method_not_allowed(request.method, request.path)
        raise forbidden(
            f"The relationship '{name}' does not allow '{LINKAGE_WORDS[request.method]}'. "
            f"Allowed operations are: {', '.join(LINKAGE_WORDS[each] for each in relationship.linkages)}"
        )
    if request.method == "GET":
        _allow(request, resource, writing=False)
        return _linkages(team, request, resource, relationship, identifier, name)
    _allow(request, resource)
    _no_query(request, resource, team)
    record = _existing(team, resource, identifier)
    _change_links(
        team, request.method, resource, record, name, read_linkage(team, resource, name, request.body)
    )
    return 204, None


def _linkages(
    team: Team, request: Request, resource: Resource, relationship: Relationship, identifier: str, name: str
) -> Answer:
    target = team.types[relationship.target]
    listing = Listing() if relationship.many else None
    query = parse(request.search, Allowed(target, team.types, listing, fields=False))
    found = team.store.related(_existing(team, resource, identifier), name)
    documents = _documents(team, request, query)
    if relationship.many:
        return 200, documents.linkages(found)
    return 200, documents.linkage(next(iter(found), None))


def _change_links(
    team: Team, method: str, resource: Resource, record: Record, name: str, targets: list[str]
) -> None:
    if resource.linking and method != "DELETE":
        resource.linking(team, record, name, targets)
    if resource.relationships[name].through:
        assert resource.unlinking is not None
        resource.unlinking(team, record, name, targets)
    elif method == "POST":
        team.store.link(record, name, targets)
    elif method == "DELETE":
        team.store.unlink(record, name, targets)
    else:
        team.store.replace_links(record, name, targets)


def create(team: Team, resource: Resource, change: Change) -> Record:
    """Create what a checked change asks for; within `writing()`. Raises Problem."""
    if resource.check:
        resource.check(team, None, change)
    _check_unique(team, resource, change, None)
    values = {name: value for name, value in change.attributes.items() if name in resource.attributes}
    identifier = resource.identify(team, change) if resource.identify else str(uuid.uuid4())
    record = team.store.add(resource.type, identifier, values, change.links)
    if resource.created:
        resource.created(team, record, change)
    return record


def update(team: Team, resource: Resource, record: Record, change: Change) -> None:
    """Change a resource as a checked change asks for; within `writing()`. Raises Problem."""
    if resource.check:
        resource.check(team, record, change)
    _check_unique(team, resource, change, record)
    values = {name: value for name, value in change.attributes.items() if name in resource.attributes}
    team.store.change(record, values)
    for name, targets in change.links.items():
        team.store.replace_links(record, name, targets)
    if resource.updated:
        resource.updated(team, record, change)


def delete(team: Team, record: Record) -> None:
    """Delete a resource; within `writing()`. Raises Problem.

    Apple's description knows no 409 for the deletion of a resource, so what has to stay is forbidden.
    """
    keeping = team.types[record.type].keeping
    try:
        if keeping:
            keeping(team, record)
    except Problem as problem:
        raise forbidden(problem.errors[0]["detail"]) from problem
    team.delete(record)


def _check_unique(team: Team, resource: Resource, change: Change, record: Record | None) -> None:
    if not resource.unique:
        return

    def value(name: str, of: Record | None, asked: Change | None) -> Any:
        if asked and (name in asked.attributes or name in asked.links):
            return asked.links.get(name) or asked.attributes.get(name)
        return of and (of.links.get(name) or of.attributes.get(name))

    wanted = [value(name, record, change) for name in resource.unique]
    for other in team.store.all(resource.type):
        if other is not record and [value(name, other, None) for name in resource.unique] == wanted:
            name = next(each for each in resource.unique if each in resource.attributes)
            detail = f"The value '{wanted[resource.unique.index(name)]}' of '{name}' has already been used"
            raise Problem([bad_attribute(name, "INVALID.DUPLICATE", detail)])


def _existing(team: Team, resource: Resource, identifier: str) -> Record:
    record = team.store.find(resource.type, identifier)
    if record is None:
        raise not_found(resource.type, identifier)
    return record


def _allow(request: Request, resource: Resource, *, writing: bool = True) -> None:
    if not may(request.caller, resource.family, writing=writing):
        raise forbidden(_forbidding(request))


def _forbidding(request: Request) -> str:
    asking = "API key in use" if request.caller.key_id else "role of the signed-in user"
    return f"The {asking} does not allow this request"


def _no_query(request: Request, resource: Resource, team: Team) -> None:
    query = request.search.partition("=")[0]
    if query:
        parse(request.search, Allowed(resource, team.types, fields=False))
        raise Problem([illegal_parameter(query)])


def _refusal(request: Request, resource: Resource, words: dict[str, str]) -> Problem:
    """Apple says 403 and what is allowed, not 405 (rorkai/App-Store-Connect-CLI#806)."""
    if request.method not in words:
        return method_not_allowed(request.method, request.path)
    if not resource.operations:
        return no_path(request.path)
    return forbidden(
        f"The resource '{resource.type}' does not allow '{words[request.method]}'. "
        f"Allowed operations are: {', '.join(resource.operations)}"
    )


def _documents(team: Team, request: Request, query: Query) -> Documents:
    return Documents(team, request.base, request.path, request.search, query)
