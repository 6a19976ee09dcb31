"""The declarations say what Apple's description says, name for name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from apple_contract import description, description_of

from lane_sandbox._resources import ALL_TYPES, TYPES

if TYPE_CHECKING:
    from lane_sandbox._resource import Listing, Resource

pytestmark = pytest.mark.usefixtures("shared")
KINDS = {"string": "text", "boolean": "flag", "integer": "integer", "array": "listing", "object": "document"}
BEYOND_ATTRIBUTES = {("certificates", "csrContent")}
BEYOND_RELATIONSHIPS = {("bundleIdCapabilities", "bundleId")}
"""What the service has though the description lacks it (apple_contract.UNKNOWN_MEMBERS)."""
FIELDLESS = {"appKeywords"}
"""A type without members: Apple's list of its fields is empty."""
FORMATS = {"date-time": "date", "uri": "uri", "email": "email"}


def schema_of(kind: str) -> Any:
    """The schema of a type of resource, found by what its `type` must be."""
    for schema in description(whole=True)["components"]["schemas"].values():
        properties = schema.get("properties", {})
        if properties.get("type", {}).get("enum") == [kind] and "id" in properties:
            return properties
    raise AssertionError(f"Apple's description has no {kind}")


def operation(path: str, method: str) -> Any:
    """The operation, or None."""
    return description(whole=True)["paths"].get(path, {}).get(method)


def resolved(schema: Any) -> Any:
    """What a reference leads to."""
    return description_of(schema["$ref"]) if "$ref" in schema else schema


def names(found: Any, prefix: str) -> set[str]:
    """What stands in the brackets of the query parameters that begin so."""
    parameters = [each["name"] for each in found.get("parameters", [])]
    return {name[len(prefix) + 1 : -1] for name in parameters if name.startswith(f"{prefix}[")}


def values(found: Any, name: str) -> set[str]:
    """The values that a query parameter may have."""
    for each in found.get("parameters", []):
        if each["name"] == name:
            return set(each["schema"]["items"]["enum"])
    return set()


def check_listing(found: Any, listing: Listing, resource: Resource) -> None:
    """A list's parameters are those declared."""
    assert names(found, "filter") == set(listing.filters)
    assert names(found, "exists") == set(listing.exists)
    assert values(found, "sort") == {sign + name for name in listing.sorts for sign in ("", "-")}
    check_included(found, resource, include=listing.include)


def check_included(found: Any, resource: Resource, *, include: bool) -> None:
    """What may be included, its fields and its limits."""
    includable = set(resource.includable) if include else set()
    assert values(found, "include") == includable
    targets = {resource.relationships[name].target for name in includable}
    assert names(found, "fields") - FIELDLESS == ({resource.type} | targets) - FIELDLESS
    many = {name for name in includable if resource.relationships[name].many}
    assert names(found, "limit") == many


@pytest.mark.parametrize("kind", sorted(TYPES))
def test_attributes_are_apples(kind: str) -> None:
    apples = schema_of(kind).get("attributes", {}).get("properties", {})
    declared = TYPES[kind].attributes
    assert set(declared) == set(apples) | {name for of, name in BEYOND_ATTRIBUTES if of == kind}
    for name in set(apples) - {name for _, name in BEYOND_ATTRIBUTES}:
        schema = resolved(apples[name])
        expected = FORMATS.get(schema.get("format", ""), KINDS[schema["type"]])
        assert (name, declared[name].kind) == (name, expected)
        of = resolved(schema.get("items", {})) if schema["type"] == "array" else schema
        assert declared[name].values == tuple(of.get("enum", ()))


@pytest.mark.parametrize("kind", sorted(TYPES))
def test_relationships_are_apples(kind: str) -> None:
    apples = schema_of(kind).get("relationships", {}).get("properties", {})
    declared = {name: each for name, each in TYPES[kind].relationships.items() if not each.hidden}
    assert set(declared) == set(apples) | {name for of, name in BEYOND_RELATIONSHIPS if of == kind}
    for name, schema in apples.items():
        if (kind, name) in BEYOND_RELATIONSHIPS:
            continue
        members = schema["properties"]
        assert (name, declared[name].data) == (name, "data" in members)
        assert (name, declared[name].links) == (name, "links" in members)
        if "data" in members:
            many = members["data"]["type"] == "array"
            target = members["data"]["items"] if many else members["data"]
            assert declared[name].many == many
            assert [declared[name].target] == target["properties"]["type"]["enum"]


@pytest.mark.parametrize("kind", sorted(ALL_TYPES))
def test_pairs_of_relationships_name_each_other(kind: str) -> None:
    for name, each in ALL_TYPES[kind].relationships.items():
        if each.inverse:
            held = ALL_TYPES[each.target].relationships[each.inverse]
            assert (name, held.target, held.inverse) == (name, kind, None)


@pytest.mark.parametrize("kind", sorted(TYPES))
def test_operations_are_apples(kind: str) -> None:
    resource = TYPES[kind]
    listed, made = operation(f"/v1/{kind}", "get"), operation(f"/v1/{kind}", "post")
    got, changed, deleted = (operation(f"/v1/{kind}/{{id}}", each) for each in ("get", "patch", "delete"))
    apples = [bool(each) for each in (listed, made, got, changed, deleted)]
    ours = (resource.listing, resource.create, resource.get, resource.update, resource.delete)
    assert apples == [bool(each) for each in ours]
    if resource.listing:
        check_listing(listed, resource.listing, resource)
        required = {each["name"][7:-1] for each in listed["parameters"] if each.get("required")}
        assert required == set(resource.listing.required)
    if resource.get:
        check_included(got, resource, include=bool(resource.includable))


@pytest.mark.parametrize("kind", sorted(TYPES))
def test_bodies_are_apples(kind: str) -> None:
    resource = TYPES[kind]
    pairs = [(f"/v1/{kind}", "post", resource.create), (f"/v1/{kind}/{{id}}", "patch", resource.update)]
    for path, method, writing in pairs:
        if writing is None:
            continue
        schema = resolved(operation(path, method)["requestBody"]["content"]["application/json"]["schema"])
        data = schema["properties"]["data"]
        needed, known = set(), set()
        for section in ("attributes", "relationships"):
            part = data["properties"].get(section, {})
            known |= set(part.get("properties", {}))
            needed |= set(part.get("required", ())) if section in data["required"] else set()
        assert set(writing.required) == needed
        assert set(writing.names) == known


@pytest.mark.parametrize("kind", sorted(TYPES))
def test_related_paths_are_apples(kind: str) -> None:
    resource = TYPES[kind]
    for name, each in resource.relationships.items():
        if each.hidden or each.target not in TYPES:
            continue
        linkage = description(whole=True)["paths"].get(f"/v1/{kind}/{{id}}/relationships/{name}", {})
        assert {method.lower() for method in each.linkages} == set(linkage) - {"parameters"}
        found = operation(f"/v1/{kind}/{{id}}/{name}", "get")
        assert (name, each.related is not None) == (name, found is not None)
        if each.related:
            check_listing(found, each.related, TYPES[each.target])
