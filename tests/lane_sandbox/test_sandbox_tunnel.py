"""The portal's newer door: JSON:API through a tunnel, over the resources of the official API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from web_client import OTHER_TEAM, TEAM, Person, sign_in

if TYPE_CHECKING:
    import requests
    from sandbox_client import Client

    from lane_sandbox import Sandbox

HOME = "/services-account/v1"
HEADERS = {"Content-Type": "application/vnd.api+json", "X-Requested-With": "XMLHttpRequest"}


@pytest.fixture
def person(sandbox: Sandbox) -> Person:
    """An admin."""
    return sign_in(sandbox)


def tunnel(
    person: Person, method: str, path: str, query: str | None = "", team: str | None = TEAM
) -> requests.Response:
    """A GET or DELETE, sent as clients send it."""
    body = {"urlEncodedQueryParams": query, "teamId": team}
    headers = {**HEADERS, "X-HTTP-Method-Override": method}
    return person.send("POST", f"{HOME}/{path}", json=body, headers=headers)


def post(person: Person, kind: str, attributes: dict[str, Any], links: Any = None) -> requests.Response:
    """A creation, with the team among the attributes."""
    data: dict[str, Any] = {"type": kind, "attributes": {**attributes, "teamId": TEAM}}
    if links:
        data["relationships"] = links
    return person.send("POST", f"{HOME}/{kind}", json={"data": data}, headers=HEADERS)


def switch(
    person: Person, *capabilities: Any, bundle: str = "BUNDLE0002", **attributes: Any
) -> requests.Response:
    """Change a bundle id as `produce enable_services` does (private-endpoints.md, 4.3)."""
    values = {"permissions": {"edit": True, "delete": True}, "seedId": TEAM, "teamId": TEAM, **attributes}
    data = {"type": "bundleIds", "id": bundle, "attributes": values}
    relationships = {"relationships": {"bundleIdCapabilities": {"data": list(capabilities)}}}
    body = {"data": {**data, **relationships}}
    headers = {"Content-Type": "application/json", "X-Requested-With": "XMLHttpRequest"}
    return person.send("PATCH", f"{HOME}/bundleIds/{bundle}", json=body, headers=headers)


def capability(name: str, *settings: Any, on: bool = True, **more: Any) -> dict[str, Any]:
    """One capability, on or off."""
    links = {"capability": {"data": {"type": "capabilities", "id": name}}, **more}
    attributes = {"enabled": on, "settings": list(settings)}
    return {"type": "bundleIdCapabilities", "attributes": attributes, "relationships": links}


def codes(response: requests.Response) -> list[str]:
    """The codes of a refusal."""
    return [each["code"] for each in response.json()["errors"]]


def test_reads_what_the_official_api_reads(person: Person, client: Client) -> None:
    for kind in ("bundleIds", "certificates", "devices", "profiles"):
        found = tunnel(person, "GET", kind, "limit=200&sort=-id")
        assert found.status_code == 200
        official = client.get(f"/v1/{kind}", limit=200, sort="-id").data
        assert [each["id"] for each in found.json()["data"]] == [each["id"] for each in official]


def test_filters_and_included(person: Person) -> None:
    query = "filter%5Bidentifier%5D=com.example.aurora&include=bundleIdCapabilities"
    body = tunnel(person, "GET", "bundleIds", query).json()
    assert [each["attributes"]["seedId"] for each in body["data"]] == [TEAM]
    assert {each["id"] for each in body["included"]} == {"BUNDLE0001_PUSH_NOTIFICATIONS", "BUNDLE0001_ICLOUD"}


def test_the_next_page(person: Person) -> None:
    first = tunnel(person, "GET", "bundleIds", "limit=1").json()
    following = first["links"]["next"]
    assert following.startswith(f"{person.sandbox.url}{HOME}/bundleIds?")
    path = following.removeprefix(f"{person.sandbox.url}{HOME}/")
    second = tunnel(person, "GET", path, None).json()
    assert [each["id"] for each in (*first["data"], *second["data"])] == ["BUNDLE0001", "BUNDLE0002"]


def test_creates_and_deletes(person: Person, client: Client) -> None:
    values = {"identifier": "com.example.new", "name": "New", "platform": "IOS"}
    made = post(person, "bundleIds", values)
    assert made.status_code == 201
    identifier = made.json()["data"]["id"]
    assert client.get(f"/v1/bundleIds/{identifier}").data["attributes"]["name"] == "New"
    assert tunnel(person, "DELETE", f"bundleIds/{identifier}").status_code == 204
    assert client.send("GET", f"/v1/bundleIds/{identifier}").status == 404
    device = {"name": "N", "platform": "IOS", "udid": "00008130-00123456789ABCDE"}
    assert post(person, "devices", device).status_code == 201
    assert codes(post(person, "devices", device)) == ["ENTITY_ERROR.ATTRIBUTE.INVALID.DUPLICATE"]


def test_capabilities_by_the_bundle_id(person: Person, client: Client) -> None:
    level = {"key": "DATA_PROTECTION_PERMISSION_LEVEL", "options": [{"key": "COMPLETE_PROTECTION"}]}
    answer = switch(person, capability("PUSH_NOTIFICATIONS"), capability("DATA_PROTECTION", level))
    assert answer.status_code == 200, answer.text
    shown = {each["id"] for each in answer.json()["included"]}
    assert shown == {"BUNDLE0002_PUSH_NOTIFICATIONS", "BUNDLE0002_DATA_PROTECTION"}
    official = client.get("/v1/bundleIds/BUNDLE0002/bundleIdCapabilities").data
    settings = {each["attributes"]["capabilityType"]: each["attributes"]["settings"] for each in official}
    assert settings == {"PUSH_NOTIFICATIONS": [], "DATA_PROTECTION": [level]}
    assert switch(person, capability("PUSH_NOTIFICATIONS", on=False)).status_code == 200
    assert switch(person, capability("HOMEKIT", on=False)).status_code == 200
    official = client.get("/v1/bundleIds/BUNDLE0002/bundleIdCapabilities").data
    assert [each["attributes"]["capabilityType"] for each in official] == ["DATA_PROTECTION"]


def test_groups_come_with_their_capability(person: Person) -> None:
    groups: dict[str, Any] = {"appGroups": {"data": [{"type": "appGroups", "id": "APPGROUP01"}]}}
    assert switch(person, capability("APP_GROUPS", **groups)).status_code == 200
    person.ask("listTeams.action")
    detail = person.ask("ios/identifiers/getAppIdDetail.action", appIdId="BUNDLE0002")["appId"]
    assert [each["applicationGroup"] for each in detail["associatedApplicationGroups"]] == ["APPGROUP01"]
    nowhere: dict[str, Any] = {"appGroups": {"data": [{"type": "appGroups", "id": "NONE"}]}}
    assert switch(person, capability("APP_GROUPS", **nowhere)).status_code == 409


@pytest.mark.parametrize(("kind", "prefix"), [("appGroups", "group."), ("cloudContainers", "iCloud.")])
def test_groups_and_containers(person: Person, kind: str, prefix: str) -> None:
    values = {"identifier": f"{prefix}com.example.peers", "name": "Peers"}
    made = post(person, kind, values).json()["data"]["id"]
    found = tunnel(person, "GET", kind, f"filter[identifier]={prefix}com.example.peers").json()["data"]
    assert [each["id"] for each in found] == [made]
    assert codes(post(person, kind, {**values, "identifier": "com.example"})) == [
        "ENTITY_ERROR.ATTRIBUTE.INVALID"
    ]
    assert tunnel(person, "DELETE", f"{kind}/{made}").status_code == 204


def test_a_name_is_changed_too(person: Person, client: Client) -> None:
    assert switch(person, name="Newer", identifier="com.example.borealis").status_code == 200
    assert client.get("/v1/bundleIds/BUNDLE0002").data["attributes"]["name"] == "Newer"
    assert switch(person, identifier="com.example.other").status_code == 409


def test_all_or_nothing(person: Person, client: Client) -> None:
    answer = switch(person, capability("PUSH_NOTIFICATIONS"), capability("NO_SUCH_THING"), name="Newer")
    assert answer.status_code == 409
    assert client.get("/v1/bundleIds/BUNDLE0002/bundleIdCapabilities").data == []
    assert client.get("/v1/bundleIds/BUNDLE0002").data["attributes"]["name"] == "Borealis"


@pytest.mark.parametrize(
    "entry",
    [
        "text",
        {},
        {"type": "bundleIdCapabilities"},
        {"type": "bundleIdCapabilities", "attributes": []},
        capability("PUSH_NOTIFICATIONS") | {"attributes": {"enabled": "yes"}},
        capability("PUSH_NOTIFICATIONS") | {"attributes": {"settings": {}}},
        capability("PUSH_NOTIFICATIONS", {"key": "NONE"}),
        capability("DATA_PROTECTION", "text"),
        capability("APP_GROUPS", appGroups={"data": [7]}),
    ],
)
def test_broken_capabilities(person: Person, entry: Any) -> None:
    assert switch(person, entry).status_code in {409, 422}


def test_a_bundle_id_that_is_none(person: Person) -> None:
    assert switch(person, capability("PUSH_NOTIFICATIONS"), bundle="NONE").status_code == 404


def test_capabilities_are_listed(person: Person) -> None:
    found = tunnel(person, "GET", "capabilities", "filter%5BbundleId%5D=BUNDLE0001").json()["data"]
    by_id = {each["id"]: each["attributes"] for each in found}
    assert by_id["PUSH_NOTIFICATIONS"]["name"] == "Push Notifications"
    assert by_id["ICLOUD"]["settings"][0]["key"] == "ICLOUD_VERSION"


def test_who_is_not_let_in(sandbox: Sandbox, person: Person) -> None:
    nobody = tunnel(Person(sandbox, "nobody"), "GET", "bundleIds")
    assert (nobody.status_code, nobody.json()["resultCode"]) == (401, 1100)
    for team in ("XXXXXXXXXX", None):
        wrong = tunnel(person, "GET", "bundleIds", team=team)
        assert wrong.status_code == 403
        assert "Access Unavailable" in wrong.json()["errors"][0]["detail"]
    low = sign_in(sandbox, "low@example.com", "DEVELOPER")
    assert tunnel(low, "GET", "bundleIds").status_code == 200
    assert tunnel(low, "DELETE", "bundleIds/BUNDLE0002").status_code == 403
    assert switch(low, capability("PUSH_NOTIFICATIONS")).status_code == 403
    person.die("developer_portal")
    assert tunnel(person, "GET", "bundleIds").status_code == 401


def test_another_team_has_nothing(sandbox: Sandbox) -> None:
    person = sign_in(sandbox, "two@example.com", teams=(TEAM, OTHER_TEAM))
    assert tunnel(person, "GET", "bundleIds", team=OTHER_TEAM).json()["data"] == []
    assert tunnel(person, "GET", "bundleIds/BUNDLE0001", team=OTHER_TEAM).status_code == 404
    assert tunnel(person, "DELETE", "bundleIds/BUNDLE0001", team=OTHER_TEAM).status_code == 403


def test_a_change_needs_tokens_or_the_header_of_a_script(person: Person) -> None:
    values = {"identifier": "com.example.new", "name": "New", "platform": "IOS", "teamId": TEAM}
    body = {"data": {"type": "bundleIds", "attributes": values}}
    assert person.send("POST", f"{HOME}/bundleIds", json=body).status_code == 403
    person.ask("listTeams.action")
    assert person.send("POST", f"{HOME}/bundleIds", json=body).status_code == 201


def test_what_is_no_way_in(person: Person) -> None:
    assert person.send("GET", f"{HOME}/bundleIds").status_code == 405
    assert person.send("DELETE", f"{HOME}/bundleIds/BUNDLE0001").status_code == 405
    assert tunnel(person, "PUT", "bundleIds").status_code == 405
    assert tunnel(person, "GET", "nothing").status_code == 404
    odd = {"urlEncodedQueryParams": 7, "teamId": TEAM}
    headers = {**HEADERS, "X-HTTP-Method-Override": "GET"}
    assert person.send("POST", f"{HOME}/bundleIds", json=odd, headers=headers).status_code == 422
    assert person.send("POST", f"{HOME}/bundleIds", data=b"{", headers=headers).status_code == 400
    assert person.send("POST", f"{HOME}/bundleIds", data=b"[]", headers=headers).status_code == 422
    form = {**headers, "Content-Type": "application/x-www-form-urlencoded"}
    assert person.send("POST", f"{HOME}/bundleIds", data=b"a=1", headers=form).status_code == 415
