"""schemathesis finds no failure of the server, and no answer that Apple's description lacks."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
from apple_contract import APPLE, check_response, description
from hypothesis import HealthCheck, settings
from sandbox_client import FULL, IDS, Client
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, status_code_conformance

from lane_sandbox import Sandbox
from lane_sandbox._resources import TYPES

if TYPE_CHECKING:
    from collections.abc import Iterator

if not APPLE.is_dir():
    pytest.skip("needs ../shared, Apple's description", allow_module_level=True)

EXAMPLES = 3
MOST_READS = 30
"""Of the many queries that differ in one parameter, so many are tried."""
CHECKS = (not_a_server_error, content_type_conformance, status_code_conformance)


def is_served(path: str) -> bool:
    """Whether the sandbox has this path of Apple's description."""
    match path.split("/"):
        case ["", "v1", kind] | ["", "v1", kind, "{id}"]:
            return kind in TYPES
        case ["", "v1", kind, "{id}", name] | ["", "v1", kind, "{id}", "relationships", name]:
            relationship = TYPES[kind].relationships.get(name) if kind in TYPES else None
            return relationship is not None and relationship.target in TYPES
    return False


def surface() -> dict[str, Any]:
    """Apple's description of all that the sandbox serves; ids are those of resources that are there."""
    spec = copy.deepcopy(description(whole=True))
    spec["paths"] = {path: item for path, item in spec["paths"].items() if is_served(path)}
    for path, item in spec["paths"].items():
        for parameter in item.get("parameters", ()):
            if parameter["in"] == "path":
                parameter["schema"] = {
                    "type": "string",
                    "enum": [*IDS.get(path.split("/")[2], []), "nothing"],
                }
    for name, schema in spec["components"]["schemas"].items():
        if name.endswith("Request"):
            name_ids(schema)
    return spec


def name_ids(schema: Any) -> None:
    """Let identifiers in a request be those of resources that are there."""
    if isinstance(schema, list):
        for each in schema:
            name_ids(each)
    if not isinstance(schema, dict):
        return
    properties = schema.get("properties", {})
    if {"type", "id"} <= properties.keys() and "enum" in properties["type"]:
        properties["id"] = {
            "type": "string",
            "enum": [*IDS.get(properties["type"]["enum"][0], []), "nothing"],
        }
    for each in schema.values():
        name_ids(each)


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    """A client of a sandbox with one of everything."""
    with Sandbox(seed=FULL, hourly_limit=10**6) as sandbox:
        yield Client(sandbox, sandbox.keys[0])


SCHEMA = schemathesis.openapi.from_dict(surface())
SCHEMA.config.phases.coverage.unexpected_methods = set()  # other tests have methods that there are not
last: dict[str, Any] = {"operation": "", "token": "", "count": 0}
"""What was tried last: each operation begins with everything in its place."""


@SCHEMA.parametrize()
@settings(
    max_examples=EXAMPLES,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
def test_operation(case: Any, client: Client) -> None:
    if last["operation"] != case.operation.label:
        client.sandbox.reset()
        last.update(operation=case.operation.label, token=client.token(), count=0)
    last["count"] += 1
    if case.method == "GET" and last["count"] > MOST_READS:
        return
    headers = {"Authorization": f"Bearer {last['token']}"}
    response = case.call(base_url=client.sandbox.url, headers=headers, session=client.session)
    case.validate_response(response, checks=CHECKS)
    body = response.json() if response.content else None
    assert check_response(case.method, response.request.url, response.status_code, body) == []
