"""schemathesis finds no failure of the server, and no answer that Apple's description lacks."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
from apple_contract import APPLE, check_response, description
from hypothesis import HealthCheck, Phase, given, seed, settings
from sandbox_client import FULL, IDS, Client
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, status_code_conformance

from lane_sandbox import Sandbox
from lane_sandbox._resources import TYPES

if TYPE_CHECKING:
    from collections.abc import Iterator

EXAMPLES = 8
SEED = 20260715
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


OPERATIONS = (
    [each.ok() for each in schemathesis.openapi.from_dict(surface()).get_all_operations()]
    if APPLE.is_dir()
    else []
)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.label)
def test_operation(client: Client, operation: Any) -> None:
    client.sandbox.reset()
    token = client.token()

    @seed(SEED)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def run(case: Any) -> None:
        response = case.call(base_url=client.sandbox.url, headers={"Authorization": f"Bearer {token}"})
        case.validate_response(response, checks=CHECKS)
        body = response.json() if response.content else None
        assert check_response(case.method, response.request.url, response.status_code, body) == []

    run()
