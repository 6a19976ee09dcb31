"""Reads and checks the body of a request against a declaration."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

from lane_sandbox._problem import Problem, bad_attribute, bad_document, bad_json, bad_relationship, error
from lane_sandbox._resource import Attribute, Change

if TYPE_CHECKING:
    from lane_sandbox._resource import Resource, Writing
    from lane_sandbox._team import Team

EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+")
SHAPES: dict[str, type] = {"flag": bool, "integer": int, "document": dict, "listing": list}

Errors = list[dict[str, Any]]


def read_change(
    team: Team, resource: Resource, writing: Writing, raw: bytes, identifier: str | None, key_id: str
) -> Change:
    """What a create (no identifier) or an update asks for. Raises one Problem with all that is wrong."""
    data = _data(raw)
    if not isinstance(data, dict):
        raise bad_document("'data' must be an object", pointer="/data")
    errors = _check_frame(data, resource.type, identifier)
    attributes = _section(data, "attributes")
    relationships = _section(data, "relationships")
    change = Change({}, {}, key_id)
    errors += _unknown(resource, writing, attributes, relationships)
    errors += _missing(resource, writing, attributes, relationships)
    for name, value in attributes.items():
        declared = resource.inputs.get(name) or resource.attributes.get(name)
        if declared and name in writing.names:
            errors += _take_attribute(change, name, declared, value, required=name in writing.required)
    for name, value in relationships.items():
        if name in writing.names and name in resource.relationships:
            errors += _take_relationship(team, change, resource, name, value)
    if errors:
        raise Problem(errors)
    return change


def read_linkage(team: Team, resource: Resource, name: str, raw: bytes) -> list[str]:
    """The ids in the body of a `relationships/…` request."""
    change = Change({}, {})
    errors = _take_relationship(team, change, resource, name, {"data": _data(raw)}, root="")
    if errors:
        raise Problem(errors)
    return change.links[name]


def _data(raw: bytes) -> Any:
    try:
        body = json.loads(raw, parse_constant=_no_constant)
    except (ValueError, RecursionError) as problem:
        raise bad_json(f"The request body is not JSON: {str(problem)[:200]}") from problem
    if not isinstance(body, dict) or "data" not in body:
        raise bad_document("The request body must be an object with the member 'data'", pointer="/data")
    unknown = sorted(body.keys() - {"data"})
    if unknown:
        raise bad_document(f"'{unknown[0]}' is not expected here", pointer=f"/{unknown[0]}")
    return body["data"]


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _section(data: dict[str, Any], name: str) -> dict[str, Any]:
    section = data.get(name)
    if section is None:
        return {}
    if not isinstance(section, dict):
        raise bad_document(f"'{name}' must be an object", pointer=f"/data/{name}")
    return section


def is_date(value: str) -> bool:
    """Whether a text is a moment, with its offset."""
    try:
        return datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False


def _check_frame(data: dict[str, Any], kind: str, identifier: str | None) -> Errors:
    title = "The provided entity does not fit the request"
    errors = []
    if data.get("type") != kind:
        errors.append(error(409, "ENTITY_ERROR", title, f"'type' must be '{kind}'", pointer="/data/type"))
    if identifier is not None and data.get("id") != identifier:
        detail = f"'id' must be the one of the path, '{identifier}'"
        errors.append(error(409, "ENTITY_ERROR", title, detail, pointer="/data/id"))
    if identifier is None and "id" in data:
        errors.append(error(409, "ENTITY_ERROR", title, "'id' is not given by clients", pointer="/data/id"))
    unknown = sorted(data.keys() - {"type", "id", "attributes", "relationships"})
    errors += [
        error(409, "ENTITY_ERROR", title, f"'{name}' is not expected here", pointer=f"/data/{name}")
        for name in unknown
    ]
    return errors


def _unknown(resource: Resource, writing: Writing, attributes: Any, relationships: Any) -> Errors:
    errors = []
    for name in attributes:
        if name in writing.ignored:
            continue
        if name not in writing.names or name in resource.relationships:
            detail = f"'{name}' is not an attribute on the resource '{resource.type}'"
            if name in resource.attributes:
                detail = f"The attribute '{name}' can not be included in this request"
            errors.append(bad_attribute(name, "UNKNOWN", detail))
    for name in relationships:
        if name not in writing.names or name not in resource.relationships:
            detail = f"'{name}' is not a relationship on the resource '{resource.type}'"
            errors.append(bad_relationship(name, "UNKNOWN", detail))
    return errors


def _missing(resource: Resource, writing: Writing, attributes: Any, relationships: Any) -> Errors:
    """What is required, and is not there, or null."""
    errors = []
    for name in writing.required:
        if name in resource.relationships:
            given = relationships.get(name)
            if given is None or (isinstance(given, dict) and given.get("data", ...) is None):
                detail = f"You must provide a value for the relationship '{name}' with this request"
                errors.append(bad_relationship(name, "REQUIRED", detail))
        elif attributes.get(name) is None:
            detail = f"You must provide a value for the attribute '{name}' with this request"
            errors.append(bad_attribute(name, "REQUIRED", detail))
    return errors


def _take_attribute(change: Change, name: str, declared: Attribute, value: Any, *, required: bool) -> Errors:
    if value is None:
        if not required:
            change.attributes[name] = declared.default if declared.kind == "flag" else None
        return []
    shape = SHAPES.get(declared.kind, str)
    if not isinstance(value, shape) or (declared.kind == "integer" and isinstance(value, bool)):
        return [bad_attribute(name, "TYPE", f"'{name}' has the wrong type")]
    errors = check_value(name, declared, value)
    if not errors:
        change.attributes[name] = value
    return errors


def check_value(name: str, declared: Attribute, value: Any) -> Errors:
    """What is wrong with a value of the right type."""
    if isinstance(value, list) and declared.values:
        wrong = [each for each in value if each not in declared.values]
        allowed = ", ".join(declared.values)
        return [
            bad_attribute(name, "INVALID", f"{each!r} is not valid in '{name}'; use {allowed}")
            for each in wrong
        ]
    return _check_text(name, declared, value) if isinstance(value, str) else []


def _check_text(name: str, declared: Attribute, value: str) -> Errors:
    if declared.values and value not in declared.values:
        detail = f"'{value}' is not a valid value for '{name}'; use {', '.join(declared.values)}"
        return [bad_attribute(name, "INVALID", detail)]
    if declared.longest is not None and len(value) > declared.longest:
        detail = f"'{name}' has {len(value)} characters; {declared.longest} are allowed"
        return [bad_attribute(name, "INVALID.TOO_LONG", detail)]
    if declared.kind == "date" and not is_date(value):
        return [bad_attribute(name, "TYPE", f"'{value}' is not a date as RFC 3339 writes it")]
    if declared.kind == "uri" and not URI.fullmatch(value):
        return [bad_attribute(name, "TYPE", "does not match the uri pattern must be a valid RFC 3986 URI")]
    if declared.kind == "email" and not EMAIL.fullmatch(value):
        return [bad_attribute(name, "INVALID", f"'{value}' is not an e-mail address")]
    return []


def _take_relationship(
    team: Team, change: Change, resource: Resource, name: str, value: Any, root: str | None = None
) -> Errors:
    pointer = f"/data/relationships/{name}/data" if root is None else "/data"
    declared = resource.relationships[name]
    if not isinstance(value, dict) or "data" not in value:
        return [bad_relationship(name, "INVALID", "a relationship has the member 'data'", pointer=pointer)]
    given = value["data"]
    if not declared.many and given is None:
        change.links[name] = []
        return []
    if isinstance(given, list) != declared.many:
        shape = "a list of identifiers" if declared.many else "one identifier"
        return [bad_relationship(name, "INVALID", f"'{name}' needs {shape}", pointer=pointer)]
    items = given if declared.many else [given]
    errors = [
        bad_relationship(name, "INVALID", problem, pointer=f"{pointer}/{index}" if declared.many else pointer)
        for index, item in enumerate(items)
        if (problem := _identifier_problem(team, declared.target, item))
    ]
    if not errors:
        change.links[name] = list(dict.fromkeys(item["id"] for item in items))
    return errors


def _identifier_problem(team: Team, target: str, item: Any) -> str | None:
    if (
        not isinstance(item, dict)
        or not isinstance(item.get("id"), str)
        or not isinstance(item.get("type"), str)
    ):
        return "an identifier has the members 'type' and 'id', both texts"
    if item["type"] != target:
        return f"'{item['type']}' is not the type of this relationship; it is '{target}'"
    if team.store.find(target, item["id"]) is None:
        return f"'{item['id']}' is not a valid ID for this relationship"
    return None
