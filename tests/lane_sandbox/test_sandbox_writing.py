"""Writing: what is kept, what is refused, and what follows from it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sandbox_client import AURORA, BOREALIS, Client, document


@pytest.fixture
def build(client: Client) -> str:
    """The older build of Aurora."""
    return str(client.get("/v1/builds").data[0]["id"])


@pytest.fixture
def group(client: Client) -> str:
    """The external group of Aurora."""
    query = {"filter[name]": "Beta testers", "filter[app]": AURORA}
    return str(client.get("/v1/betaGroups", **query).data[0]["id"])


def ids(answer: Any) -> set[str]:
    """The ids of what was found."""
    return {each["id"] for each in answer.data}


def test_a_resource_is_created_changed_and_deleted(client: Client, build: str) -> None:
    made = client.create("betaBuildLocalizations", {"locale": "de-DE"}, {"build": ("builds", build)}).data
    assert made["attributes"] == {"locale": "de-DE", "whatsNew": None}
    changed = client.update("betaBuildLocalizations", made["id"], {"whatsNew": "Neu: ☃"}).data
    assert changed["attributes"] == {"locale": "de-DE", "whatsNew": "Neu: ☃"}
    assert client.get(f"/v1/betaBuildLocalizations/{made['id']}").data == changed
    assert made["id"] in ids(client.get(f"/v1/builds/{build}/betaBuildLocalizations"))
    client.change("DELETE", f"/v1/betaBuildLocalizations/{made['id']}", None, 204)
    assert client.send("GET", f"/v1/betaBuildLocalizations/{made['id']}").status == 404
    assert made["id"] not in ids(client.get(f"/v1/builds/{build}/betaBuildLocalizations"))


def test_null_clears_an_attribute(client: Client) -> None:
    [made] = client.get("/v1/betaAppLocalizations", **{"filter[app]": AURORA}).data
    assert made["attributes"]["feedbackEmail"] == "feedback@example.com"
    changed = client.update("betaAppLocalizations", made["id"], {"feedbackEmail": None}).data
    assert changed["attributes"]["feedbackEmail"] is None


def test_what_must_be_unique_is_refused_twice(client: Client, build: str) -> None:
    links = {"build": ("builds", build)}
    answer = client.create("betaBuildLocalizations", {"locale": "en-US"}, links, status=409)
    assert answer.codes == ["ENTITY_ERROR.ATTRIBUTE.INVALID.DUPLICATE"]
    assert answer.body["errors"][0]["source"] == {"pointer": "/data/attributes/locale"}
    client.create("betaBuildLocalizations", {"locale": "fr-FR"}, links)
    client.create("betaGroups", {"name": "Beta testers"}, {"app": ("apps", BOREALIS)}, status=409)


def test_a_group_may_keep_its_name(client: Client, group: str) -> None:
    client.update("betaGroups", group, {"name": "Beta testers", "feedbackEnabled": False})
    assert client.update("betaGroups", group, {"name": "Team"}, status=409).status == 409


def test_what_to_test_is_limited(client: Client, build: str) -> None:
    [notes] = client.get("/v1/betaBuildLocalizations", **{"filter[build]": build}).data
    client.update("betaBuildLocalizations", notes["id"], {"whatsNew": "x" * 4000})
    answer = client.update("betaBuildLocalizations", notes["id"], {"whatsNew": "x" * 4001}, status=409)
    assert answer.codes == ["ENTITY_ERROR.ATTRIBUTE.INVALID.TOO_LONG"]


def test_the_review_detail_has_the_id_of_the_app(client: Client) -> None:
    changed = client.update("betaAppReviewDetails", AURORA, {"contactEmail": "ada@example.com"}).data
    assert changed["attributes"]["contactEmail"] == "ada@example.com"
    assert changed["attributes"]["demoAccountRequired"] is False
    assert client.get(f"/v1/apps/{AURORA}/betaAppReviewDetail").data["id"] == AURORA


def test_pairs_are_seen_from_both_sides(client: Client, build: str, group: str) -> None:
    assert build not in ids(client.get(f"/v1/betaGroups/{group}/builds"))
    path = f"/v1/builds/{build}/relationships/betaGroups"
    body = {"data": [{"type": "betaGroups", "id": group}]}
    client.change("POST", path, body, 204)
    client.change("POST", path, body, 204)
    assert ids(client.get(f"/v1/betaGroups/{group}/builds")) == {build}
    assert ids(client.get(f"/v1/betaGroups/{group}/relationships/builds")) == {build}
    assert ids(client.get("/v1/builds", **{"filter[betaGroups]": group})) == {build}
    client.change(
        "DELETE",
        f"/v1/betaGroups/{group}/relationships/builds",
        {"data": [{"type": "builds", "id": build}]},
        204,
    )
    assert ids(client.get(f"/v1/betaGroups/{group}/builds")) == set()


def test_testers_join_and_leave(client: Client, group: str, build: str) -> None:
    links = {"betaGroups": [("betaGroups", group)], "builds": [("builds", build)]}
    values = {"email": "new@example.com", "firstName": "New"}
    tester = client.create("betaTesters", values, links).data
    assert tester["attributes"]["state"] == "NOT_INVITED"
    assert ids(client.get(f"/v1/betaTesters/{tester['id']}/apps")) == {AURORA}
    assert tester["id"] in ids(client.get(f"/v1/builds/{build}/individualTesters"))
    invitation = {"app": ("apps", AURORA), "betaTester": ("betaTesters", tester["id"])}
    client.create("betaTesterInvitations", None, invitation)
    assert client.get(f"/v1/betaTesters/{tester['id']}").data["attributes"]["state"] == "INVITED"
    other = {"app": ("apps", BOREALIS), "betaTester": ("betaTesters", tester["id"])}
    assert client.create("betaTesterInvitations", None, other, status=409).codes == ["STATE_ERROR"]
    path = f"/v1/betaTesters/{tester['id']}/relationships/apps"
    client.change("DELETE", path, {"data": [{"type": "apps", "id": AURORA}]}, 204)
    assert ids(client.get(f"/v1/betaTesters/{tester['id']}/betaGroups")) == set()
    client.change("DELETE", f"/v1/betaTesters/{tester['id']}", None, 204)
    assert tester["id"] not in ids(client.get(f"/v1/builds/{build}/individualTesters"))


def test_an_app_removes_testers_from_all_its_groups(client: Client, group: str) -> None:
    [tester, *_] = client.get(f"/v1/betaGroups/{group}/betaTesters").data
    path = f"/v1/apps/{AURORA}/relationships/betaTesters"
    client.change("DELETE", path, {"data": [{"type": "betaTesters", "id": tester["id"]}]}, 204)
    assert tester["id"] not in ids(client.get(f"/v1/betaGroups/{group}/betaTesters"))


def test_a_deleted_group_leaves_its_builds(client: Client, build: str, group: str) -> None:
    body = {"data": [{"type": "builds", "id": build}]}
    client.change("POST", f"/v1/betaGroups/{group}/relationships/builds", body, 204)
    client.change("DELETE", f"/v1/betaGroups/{group}", None, 204)
    included = client.get(f"/v1/builds/{build}", include="betaGroups").included("betaGroups")
    assert [each["attributes"]["name"] for each in included] == ["Team"]


def test_a_new_internal_group_with_access_gets_all_builds(client: Client, build: str) -> None:
    values = {"name": "Everyone", "isInternalGroup": True, "hasAccessToAllBuilds": True}
    made = client.create("betaGroups", values, {"app": ("apps", AURORA)}).data
    assert ids(client.get(f"/v1/betaGroups/{made['id']}/builds")) == {build}
    assert made["attributes"]["createdDate"]


def test_a_public_link_is_made_when_enabled_and_never_for_internal_groups(client: Client, group: str) -> None:
    changed = client.update("betaGroups", group, {"publicLinkEnabled": True}).data["attributes"]
    assert changed["publicLink"].endswith(changed["publicLinkId"])
    again = client.update("betaGroups", group, {"publicLinkEnabled": False}).data["attributes"]
    assert again["publicLink"] == changed["publicLink"]
    [internal] = client.get("/v1/betaGroups", **{"filter[name]": "Team", "filter[app]": AURORA}).data
    client.update("betaGroups", internal["id"], {"publicLinkEnabled": True}, status=409)


def test_a_group_takes_builds_of_its_own_app_only(client: Client, build: str) -> None:
    links = {"app": ("apps", BOREALIS), "builds": [("builds", build)]}
    answer = client.create("betaGroups", {"name": "Mixed"}, links, status=409)
    assert answer.codes == ["ENTITY_ERROR.RELATIONSHIP.INVALID"]
    assert "Mixed" not in [each["attributes"]["name"] for each in client.get("/v1/betaGroups").data]


def test_an_expired_build_stays_expired(client: Client, build: str) -> None:
    detail = client.get(f"/v1/builds/{build}/buildBetaDetail").data["attributes"]
    assert detail["internalBuildState"] == "IN_BETA_TESTING"
    client.update("builds", build, {"expired": True})
    detail = client.get(f"/v1/builds/{build}/buildBetaDetail").data["attributes"]
    assert (detail["internalBuildState"], detail["externalBuildState"]) == ("EXPIRED", "EXPIRED")
    client.update("builds", build, {"expired": False}, status=409)
    answer = client.create("buildBetaNotifications", None, {"build": ("builds", build)}, status=409)
    assert answer.codes == ["STATE_ERROR"]


def test_a_build_expires_after_ninety_days(client: Client, build: str) -> None:
    client.create("buildBetaNotifications", None, {"build": ("builds", build)})
    client.sandbox.clock.advance(61 * 24 * 3600)
    assert client.get(f"/v1/builds/{build}").data["attributes"]["expired"] is True
    assert client.get("/v1/builds", **{"filter[expired]": "false"}).data == []


def test_export_compliance_is_answered_later(client: Client, build: str) -> None:
    client.update("builds", build, {"usesNonExemptEncryption": None})
    detail = client.get(f"/v1/builds/{build}/buildBetaDetail").data["attributes"]
    assert detail["externalBuildState"] == "MISSING_EXPORT_COMPLIANCE"
    assert client.get("/v1/builds", **{"exists[usesNonExemptEncryption]": "false"}).data


BAD_BODIES = [
    ({"attributes": {}}, "ENTITY_ERROR.ATTRIBUTE.REQUIRED", "/data/attributes/name"),
    ({"attributes": {"name": None}}, "ENTITY_ERROR.ATTRIBUTE.REQUIRED", "/data/attributes/name"),
    ({"attributes": {"name": 5}}, "ENTITY_ERROR.ATTRIBUTE.TYPE", "/data/attributes/name"),
    ({"attributes": {"name": "x", "nam": "y"}}, "ENTITY_ERROR.ATTRIBUTE.UNKNOWN", "/data/attributes/nam"),
    (
        {"attributes": {"name": "x", "createdDate": "y"}},
        "ENTITY_ERROR.ATTRIBUTE.UNKNOWN",
        "/data/attributes/createdDate",
    ),
    (
        {"attributes": {"name": "x", "isInternalGroup": "yes"}},
        "ENTITY_ERROR.ATTRIBUTE.TYPE",
        "/data/attributes/isInternalGroup",
    ),
    (
        {"attributes": {"name": "x", "publicLinkLimit": True}},
        "ENTITY_ERROR.ATTRIBUTE.TYPE",
        "/data/attributes/publicLinkLimit",
    ),
    ({"relationships": {}}, "ENTITY_ERROR.RELATIONSHIP.REQUIRED", "/data/relationships/app"),
    ({"relationships": {"app": {}}}, "ENTITY_ERROR.RELATIONSHIP.INVALID", "/data/relationships/app/data"),
    (
        {"relationships": {"app": {"data": {"type": "apps", "id": "1"}}}},
        "ENTITY_ERROR.RELATIONSHIP.INVALID",
        "/data/relationships/app/data",
    ),
    (
        {"relationships": {"app": {"data": {"type": "builds", "id": AURORA}}}},
        "ENTITY_ERROR.RELATIONSHIP.INVALID",
        "/data/relationships/app/data",
    ),
    (
        {"relationships": {"app": {"data": [{"type": "apps", "id": AURORA}]}}},
        "ENTITY_ERROR.RELATIONSHIP.INVALID",
        "/data/relationships/app/data",
    ),
    (
        {"relationships": {"app": {"data": {"type": "apps", "id": AURORA}}, "apps": {"data": None}}},
        "ENTITY_ERROR.RELATIONSHIP.UNKNOWN",
        "/data/relationships/apps",
    ),
    ({"type": "builds"}, "ENTITY_ERROR", "/data/type"),
    ({"id": "1"}, "ENTITY_ERROR", "/data/id"),
    ({"meta": {}}, "ENTITY_ERROR", "/data/meta"),
]


@pytest.mark.parametrize(("changes", "code", "pointer"), BAD_BODIES)
def test_bad_documents_are_refused(client: Client, changes: Any, code: str, pointer: str) -> None:
    body = document("betaGroups", {"name": "x"}, {"app": ("apps", AURORA)})
    body["data"].update(changes)
    answer = client.send("POST", "/v1/betaGroups", json=body)
    assert (answer.status, answer.codes) == (409, [code])
    assert answer.body["errors"][0]["source"] == {"pointer": pointer}
    assert len(client.get("/v1/betaGroups").data) == 4


def test_all_faults_of_a_body_are_told_at_once(client: Client) -> None:
    body = {"data": {"type": "betaGroups", "attributes": {"x": 1, "feedbackEnabled": 2}}}
    assert sorted(client.send("POST", "/v1/betaGroups", json=body).codes) == [
        "ENTITY_ERROR.ATTRIBUTE.REQUIRED",
        "ENTITY_ERROR.ATTRIBUTE.TYPE",
        "ENTITY_ERROR.ATTRIBUTE.UNKNOWN",
        "ENTITY_ERROR.RELATIONSHIP.REQUIRED",
    ]


def test_an_unknown_enum_value_and_a_bad_address_are_refused(client: Client) -> None:
    body = document(
        "apps", {"contentRightsDeclaration": "MAYBE", "accessibilityUrl": "no address"}, None, AURORA
    )
    codes = client.send("PATCH", f"/v1/apps/{AURORA}", json=body).codes
    assert codes == ["ENTITY_ERROR.ATTRIBUTE.INVALID", "ENTITY_ERROR.ATTRIBUTE.TYPE"]
    answer = client.send("POST", "/v1/betaTesters", json=document("betaTesters", {"email": "nobody"}))
    assert answer.codes == ["ENTITY_ERROR.ATTRIBUTE.INVALID"]


@pytest.mark.parametrize(
    ("raw", "status", "code"),
    [
        (b"", 400, "ENTITY_INVALID"),
        (b"{", 400, "ENTITY_INVALID"),
        (b"\xff\xfe\xff", 400, "ENTITY_INVALID"),
        (b'{"data": NaN}', 400, "ENTITY_INVALID"),
        (b"[" * 100_000, 400, "ENTITY_INVALID"),
        (b"1" * 5000, 400, "ENTITY_INVALID"),
        (b"[]", 422, "ENTITY_UNPROCESSABLE"),
        (b"{}", 422, "ENTITY_UNPROCESSABLE"),
        (b'{"data": []}', 422, "ENTITY_UNPROCESSABLE"),
        (b'{"data": {"type": "betaGroups", "attributes": 5}}', 422, "ENTITY_UNPROCESSABLE"),
        (b'{"data": {}, "included": []}', 422, "ENTITY_UNPROCESSABLE"),
    ],
)
def test_what_is_no_document_is_refused(client: Client, raw: bytes, status: int, code: str) -> None:
    headers = {"Content-Type": "application/json"}
    answer = client.send("POST", "/v1/betaGroups", data=raw, headers=headers)
    assert (answer.status, answer.codes) == (status, [code])


def test_a_body_may_come_in_chunks_and_as_jsonapi(client: Client) -> None:
    raw = json.dumps(document("betaGroups", {"name": "x"}, {"app": ("apps", AURORA)})).encode()
    headers = {"Content-Type": "application/vnd.api+json; charset=utf-8"}
    answer = client.send("POST", "/v1/betaGroups", data=iter([raw[:20], raw[20:]]), headers=headers)
    assert answer.status == 201


def test_other_content_types_and_huge_bodies_are_refused(client: Client) -> None:
    answer = client.send("POST", "/v1/betaGroups", data=b"<a/>", headers={"Content-Type": "text/xml"})
    assert (answer.status, answer.codes) == (415, ["UNSUPPORTED_MEDIA_TYPE"])
    headers = {"Content-Type": "application/json"}
    answer = client.send("POST", "/v1/betaGroups", data=b" " * (9 * 1024 * 1024), headers=headers)
    assert answer.status == 413


def test_a_refused_write_leaves_nothing_behind(client: Client, group: str) -> None:
    body = {"data": [{"type": "builds", "id": "nothing"}]}
    answer = client.send("POST", f"/v1/betaGroups/{group}/relationships/builds", json=body)
    assert answer.codes == ["ENTITY_ERROR.RELATIONSHIP.INVALID"]
    assert answer.body["errors"][0]["source"] == {"pointer": "/data/0"}
    assert client.get(f"/v1/betaGroups/{group}/builds").data == []


def test_a_write_takes_no_query(client: Client) -> None:
    body = document("betaGroups", {"name": "x"}, {"app": ("apps", AURORA)})
    assert client.send("POST", "/v1/betaGroups?include=app", json=body).codes == ["PARAMETER_ERROR.ILLEGAL"]
