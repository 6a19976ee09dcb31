"""Users, invitations, and what each role and kind of key may do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sandbox_client import AURORA, Client, document

from lane_sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ROLES = ("ADMIN", "APP_MANAGER", "DEVELOPER", "MARKETING", "CUSTOMER_SUPPORT", "ACCESS_TO_REPORTS")


@pytest.fixture(scope="module")
def clients(tmp_path_factory: pytest.TempPathFactory, shared: Path) -> Iterator[dict[str, Client]]:
    """A client for each role, one with more rights, and an individual one."""
    path = tmp_path_factory.mktemp("seed") / "seed.yaml"
    keys = [f"  - {{name: {role}, role: {role}}}" for role in ROLES]
    keys.append("  - {name: trusted, role: APP_MANAGER, provisioning: true}")
    keys.append("  - {name: individual, role: ADMIN, individual: true}")
    app = f'apps: [{{id: "{AURORA}", name: Aurora, bundleId: com.example.aurora, sku: A, primaryLocale: en-US}}]'
    path.write_text("\n".join(["keys:", *keys, app]))
    with Sandbox(seed=path) as sandbox:
        yield {key.name: Client(sandbox, key) for key in sandbox.keys}


ACTS: dict[str, tuple[str, str, Any, set[str]]] = {
    "read apps": ("GET", "/v1/apps", None, {*ROLES, "trusted", "individual"} - {"ACCESS_TO_REPORTS"}),
    "upload": (
        "POST",
        "/v1/buildUploads",
        {},
        {"ADMIN", "APP_MANAGER", "DEVELOPER", "trusted", "individual"},
    ),
    "make a group": ("POST", "/v1/betaGroups", {}, {"ADMIN", "APP_MANAGER", "trusted", "individual"}),
    "make a version": ("POST", "/v1/appStoreVersions", {}, {"ADMIN", "APP_MANAGER", "trusted", "individual"}),
    "read profiles": ("GET", "/v1/profiles", None, {"ADMIN", "APP_MANAGER", "DEVELOPER", "trusted"}),
    "make a certificate": ("POST", "/v1/certificates", {}, {"ADMIN", "trusted"}),
    "read users": ("GET", "/v1/users", None, {"ADMIN", "individual"}),
    "invite": ("POST", "/v1/userInvitations", {}, {"ADMIN", "individual"}),
    "read the apps of a bundle id": (
        "GET",
        "/v1/bundleIds/x/app",
        None,
        {"ADMIN", "APP_MANAGER", "DEVELOPER", "trusted"},
    ),
}


@pytest.mark.parametrize("act", ACTS)
def test_roles(clients: dict[str, Client], act: str) -> None:
    method, path, body, expected = ACTS[act]
    answers = {name: client.send(method, path, json=body) for name, client in clients.items()}
    assert {name for name, answer in answers.items() if answer.status != 403} == expected
    for answer in answers.values():
        if answer.status == 403:
            assert answer.codes == ["FORBIDDEN_ERROR"]


@pytest.fixture
def ada(client: Client) -> str:
    """A developer who sees one app."""
    return str(client.get("/v1/users", **{"filter[username]": "ada@example.com"}).data[0]["id"])


def test_a_user_is_changed(client: Client, ada: str) -> None:
    path = f"/v1/users/{ada}/relationships/visibleApps"
    other = [{"type": "apps", "id": "6450000202"}]
    client.change("POST", path, {"data": other}, 204)
    assert len(client.get(f"/v1/users/{ada}/visibleApps").data) == 2
    client.change("PATCH", path, {"data": other}, 204)
    assert client.get(path).data == other
    client.change("DELETE", path, {"data": other}, 204)
    changed = client.update("users", ada, {"roles": ["APP_MANAGER", "MARKETING"], "allAppsVisible": True})
    assert changed.data["attributes"]["roles"] == ["APP_MANAGER", "MARKETING"]
    assert client.change("POST", path, {"data": other}, 409).codes == ["STATE_ERROR"]
    assert len(client.get("/v1/users", **{"filter[roles]": "MARKETING"}).data) == 1
    client.change("DELETE", f"/v1/users/{ada}", None, 204)


def test_the_account_holder_stays(client: Client, ada: str) -> None:
    [owner] = client.get("/v1/users", **{"filter[roles]": "ACCOUNT_HOLDER"}).data
    assert client.send("DELETE", f"/v1/users/{owner['id']}").status == 403
    client.update("users", owner["id"], {"roles": ["ADMIN"]}, 409)
    client.update("users", ada, {"roles": ["ACCOUNT_HOLDER"]}, 409)
    client.update("users", ada, {"roles": []}, 409)


def test_an_invitation(client: Client) -> None:
    values = {"email": "neo@example.com", "firstName": "Neo", "lastName": "E", "roles": ["DEVELOPER"]}
    assert client.create("userInvitations", values, status=409).codes == [
        "ENTITY_ERROR.RELATIONSHIP.REQUIRED"
    ]
    made = client.create("userInvitations", values, {"visibleApps": [("apps", AURORA)]}).data
    assert made["attributes"]["expirationDate"] > client.sandbox.clock.date()
    again = client.create("userInvitations", values | {"allAppsVisible": True}, status=409)
    assert again.codes == ["ENTITY_ERROR.ATTRIBUTE.INVALID.DUPLICATE"]
    known = client.create(
        "userInvitations", values | {"email": "ADA@example.com", "allAppsVisible": True}, status=409
    )
    assert known.codes == ["ENTITY_ERROR.ATTRIBUTE.INVALID.DUPLICATE"]
    too_much = values | {"email": "x@example.com", "roles": ["ACCOUNT_HOLDER"], "allAppsVisible": True}
    client.create("userInvitations", too_much, status=409)
    client.change("DELETE", f"/v1/userInvitations/{made['id']}", None, 204)


def test_values_in_a_list_are_checked(client: Client, ada: str) -> None:
    body = document("users", {"roles": ["KING"]}, None, ada)
    assert client.send("PATCH", f"/v1/users/{ada}", json=body).codes == ["ENTITY_ERROR.ATTRIBUTE.INVALID"]
