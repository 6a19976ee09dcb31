"""Holds requests and answers against Apple's OpenAPI description, strictly."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from openapi_schema_validator import OAS30Validator, oas30_format_checker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4

APPLE = Path(__file__).resolve().parent.parent.parent / "shared" / "apple"

JsonObject = dict[str, Any]
Query = str | Mapping[str, str] | Iterable[tuple[str, str]] | None

UNKNOWN_MEMBERS = {
    ("BundleIdCapability", "bundleId"): "the service sends this relationship and clients insist on it",
    ("Certificate", "csrContent"): "the service sends this attribute and clients insist on it",
}
"""Members that Apple's service has though its description lacks them, with the reason."""

UNDOCUMENTED_STATUSES = {
    403: "the service refuses an operation that a resource does not have with 403, as a path of no operation",
    404: "a path that does not exist has no operation that could document its answer",
    405: "a method that no path has; HTTP's own answer",
    413: "a body beyond all measure; HTTP's own answer",
    415: "a body that is not JSON; HTTP's own answer, seen though rare (asc-official-limits.md, 3)",
}
"""Statuses that may come though the operation does not list them, with the reason."""


def check_request(method: str, path: str, query: Query = None, body: Any = None) -> list[str]:
    """What is wrong with a request, as messages; an empty list where all is well.

    `path` is the path alone or a whole address; a query in it counts too. `query` is its text, a mapping
    or pairs. `body` is the parsed JSON, None where there is none.
    """
    address = urlsplit(path)
    found = _operation(method, address.path)
    if found is None:
        return [f"{method} {address.path}: Apple's description has no such operation"]
    operation, shared = found
    parameters = [*shared, *operation.get("parameters", [])]
    problems = _check_query(parameters, [*_pairs(address.query), *_pairs(query)])
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if content is None and body is not None:
        problems.append("body: this operation takes none")
    elif content is not None and body is None:
        problems.append("body: missing")
    elif content is not None:
        problems += _violations(content["schema"], body)
    return [f"{method} {address.path}: {problem}" for problem in problems]


def check_response(method: str, path: str, status: int, body: Any = None) -> list[str]:
    """What is wrong with an answer, as messages; an empty list where all is well. Null counts as absent."""
    address = urlsplit(path)
    where = f"{method} {address.path} -> {status}"
    found = _operation(method, address.path)
    answers = found[0]["responses"] if found else {}
    if str(status) in answers:
        content = answers[str(status)].get("content", {}).get("application/json")
        schema = content["schema"] if content else None
    elif status in UNDOCUMENTED_STATUSES or (found is None and status in {401, 429}):
        schema = {"$ref": "#/components/schemas/ErrorResponse"}
    else:
        return [f"{where}: the operation does not document this status"]
    if schema is None:
        return [f"{where}: body: this answer has none"] if body is not None else []
    if body is None:
        return [f"{where}: body: missing"]
    if status == 200 and isinstance(body, dict) and body.get("data", 0) is None:
        return [f"{where}: {problem}" for problem in _check_empty_to_one(schema, body)]
    return [f"{where}: {problem}" for problem in _violations(schema, _without_nulls(body))]


@lru_cache
def description(whole: bool = False) -> JsonObject:
    """Apple's description, made strict: the part that a release tool uses, or the whole of it."""
    if whole:
        text = gzip.decompress((APPLE / "app-store-connect-openapi.json.gz").read_bytes()).decode()
    else:
        text = (APPLE / "app-store-connect-openapi.core.json").read_text()
    spec: JsonObject = json.loads(text)
    schemas = spec["components"]["schemas"]
    for name, member in UNKNOWN_MEMBERS:
        if name in schemas:
            _allow(schemas[name], member)
    _forbid_unknown_members(schemas)
    return spec


def _allow(schema: JsonObject, member: str) -> None:
    section = "relationships" if member == "bundleId" else "attributes"
    place = schema.get("properties", {}).setdefault(section, {"type": "object", "properties": {}})
    place["properties"].setdefault(member, {})


def _forbid_unknown_members(node: Any) -> None:
    if isinstance(node, dict):
        if node.get("type") == "object" and "properties" in node:
            node.setdefault("additionalProperties", False)
        for value in node.values():
            _forbid_unknown_members(value)
    elif isinstance(node, list):
        for value in node:
            _forbid_unknown_members(value)


@lru_cache
def _routes(whole: bool) -> list[tuple[re.Pattern[str], JsonObject]]:
    def pattern(template: str) -> re.Pattern[str]:
        return re.compile(re.sub(r"\\\{[^}]*\\\}", "[^/]+", re.escape(template)))

    paths: dict[str, JsonObject] = description(whole)["paths"]
    return [(pattern(template), item) for template, item in paths.items()]


@lru_cache(maxsize=4096)
def _found(method: str, path: str) -> tuple[JsonObject, tuple[JsonObject, ...]] | None:
    for whole in (False, True):
        for pattern, item in _routes(whole):
            if pattern.fullmatch(path) and method.lower() in item:
                return item[method.lower()], tuple(item.get("parameters", ()))
    return None


def _operation(method: str, path: str) -> tuple[JsonObject, tuple[JsonObject, ...]] | None:
    return _found(method.upper(), path)


def _pairs(query: Query) -> list[tuple[str, str]]:
    if query is None:
        return []
    if isinstance(query, str):
        return parse_qsl(query.lstrip("?"), keep_blank_values=True)
    items = query.items() if isinstance(query, Mapping) else query
    return [(unquote(str(name)), str(value)) for name, value in items]


def _check_query(parameters: list[JsonObject], pairs: list[tuple[str, str]]) -> list[str]:
    known = {each["name"]: each["schema"] for each in parameters if each["in"] == "query"}
    problems = [
        f"query: unknown parameter {name!r}" for name, _ in pairs if name not in known and name != "cursor"
    ]
    given = {name for name, _ in pairs}
    required = {each["name"] for each in parameters if each["in"] == "query" and each.get("required")}
    problems += [f"query: {name!r} is required" for name in sorted(required - given)]
    for name, text in pairs:
        if name in known:
            problems += [
                f"query: {name}={text}: {problem}" for problem in _check_parameter(known[name], text)
            ]
    return problems


def _check_parameter(schema: JsonObject, text: str) -> list[str]:
    many = schema.get("type") == "array"
    item = schema["items"] if many else schema
    problems = []
    for part in text.split(",") if many else [text]:
        value: Any = part
        if item.get("type") == "integer" and re.fullmatch(r"-?\d+", part):
            value = int(part)
        elif item.get("type") == "boolean" and part in {"true", "false"}:
            value = part == "true"
        problems += _violations(item, value)
    return problems


def _check_empty_to_one(schema: JsonObject, body: JsonObject) -> list[str]:
    """An empty to-one is `"data": null` (what-clients-rely-on.md), though the description wants an object."""
    properties = description_of(schema["$ref"])["properties"] if "$ref" in schema else {}
    if properties.get("data", {}).get("type") == "array":
        return ["$.data: null where there must be a list"]
    rest = {name: value for name, value in body.items() if name != "data"}
    allowed = {
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
        "required": ["links"],
    }
    return _violations(allowed, _without_nulls(rest))


def _without_nulls(node: Any) -> Any:
    if isinstance(node, dict):
        return {name: _without_nulls(value) for name, value in node.items() if value is not None}
    if isinstance(node, list):
        return [_without_nulls(value) for value in node]
    return node


def _violations(schema: JsonObject, body: Any) -> list[str]:
    """Each violation with its place; what is in `included` is held against the schema of its own type."""
    included: list[Any] = []
    mapping = _mapping_of_included(schema)
    if mapping and isinstance(body, dict) and isinstance(body.get("included"), list):
        included = body["included"]
        body = {name: value for name, value in body.items() if name != "included"}
    problems = [_message("$", error) for error in _validator(schema).iter_errors(body)]
    for index, resource in enumerate(included):
        kind = resource.get("type") if isinstance(resource, dict) else None
        if kind not in mapping:
            problems.append(f"$.included[{index}]: {kind!r} cannot be included here")
            continue
        validator = _validator({"$ref": mapping[kind]})
        problems += [_message(f"$.included[{index}]", error) for error in validator.iter_errors(resource)]
    return problems


def _message(root: str, error: Any) -> str:
    return f"{root}{str(error.json_path)[1:]}: {error.message[:300]}"


def _mapping_of_included(schema: JsonObject) -> dict[str, str]:
    target = schema
    if "$ref" in schema:
        target = description_of(schema["$ref"])
    items = target.get("properties", {}).get("included", {}).get("items", {})
    if "discriminator" in items:
        return dict(items["discriminator"]["mapping"])
    if "$ref" in items:
        kind = description_of(items["$ref"])["properties"]["type"]["enum"][0]
        return {kind: items["$ref"]}
    return {}


def description_of(reference: str) -> JsonObject:
    """The schema that a `$ref` names, from the part of the description where it is."""
    name = reference.rsplit("/", 1)[1]
    schemas = description()["components"]["schemas"]
    if name not in schemas:
        schemas = description(whole=True)["components"]["schemas"]
    found: JsonObject = schemas[name]
    return found


@lru_cache
def _registry(whole: bool) -> Registry[Any]:
    document: Resource[Any] = DRAFT4.create_resource(description(whole))
    registry: Registry[Any] = Registry()
    registered: Registry[Any] = registry.with_resource("urn:apple", document)
    return registered


def _validator(schema: JsonObject) -> Any:
    return _cached_validator(json.dumps(schema, sort_keys=True))


@lru_cache
def _cached_validator(schema: str) -> Any:
    """A validator of a piece of the description; its references are resolved where they stand."""
    names = set(re.findall(r'"#/components/schemas/(\w+)"', schema))
    whole = not names <= description()["components"]["schemas"].keys()
    anchored = json.loads(schema.replace('"#/', '"urn:apple#/'))
    return OAS30Validator(anchored, registry=_registry(whole), format_checker=oas30_format_checker)
