"""The developer portal: who asks, for which team, with which tokens, and its identifiers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import requests
from web_client import OTHER_TEAM, PORTAL, TEAM, Person, sign_in

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox_client import Client

    from lane_sandbox import Sandbox

NEW_ID = "com.example.new"


@pytest.fixture
def person(sandbox: Sandbox) -> Person:
    """An admin with tokens."""
    found = sign_in(sandbox)
    found.ask("listTeams.action")
    return found


def explicit(identifier: str = NEW_ID, **fields: str) -> dict[str, str]:
    """The fields that fastlane sends for an App ID (private-endpoints.md, 4.1)."""
    fixed = {"gameCenter": "on", "inAppPurchase": "on", "name": "New", "type": "explicit"}
    return {**fixed, "identifier": identifier, **fields}


def add(person: Person, identifier: str = NEW_ID, **fields: str) -> dict[str, Any]:
    """A new App ID."""
    found: dict[str, Any] = person.ask("ios/identifiers/addAppId.action", **explicit(identifier, **fields))[
        "appId"
    ]
    return found


def app_ids(person: Person, platform: str = "ios", **fields: Any) -> list[dict[str, Any]]:
    """The App IDs of a platform."""
    found: list[dict[str, Any]] = person.ask(f"{platform}/identifiers/listAppIds.action", **fields)["appIds"]
    return found


def test_the_envelope(person: Person) -> None:
    answer = person.ask("ios/identifiers/listAppIds.action", pageSize=1)
    assert answer["protocolVersion"] == "QH65B2"
    assert answer["requestUrl"].endswith("/services-account/QH65B2/account/ios/identifiers/listAppIds.action")
    assert (answer["isAdmin"], answer["isMember"], answer["isAgent"]) == (True, False, False)
    assert (answer["pageNumber"], answer["pageSize"], answer["totalRecords"]) == (1, 1, 2)


def test_teams(sandbox: Sandbox) -> None:
    person = sign_in(sandbox, "two@example.com", "ACCOUNT_HOLDER", teams=(TEAM, OTHER_TEAM))
    response = person.send("POST", f"{PORTAL}/listTeams.action", headers={"Content-Length": "0"})
    answer = response.json()
    assert [each["teamId"] for each in answer["teams"]] == [TEAM, OTHER_TEAM]
    first = answer["teams"][0]
    assert (first["type"], first["status"]) == ("Company/Organization", "active")
    assert first["currentTeamMember"]["roles"] == ["TEAM_AGENT"]
    assert first["memberships"][0]["availableDeviceSlots"] == 98
    assert answer["isAgent"] is True


def test_nobody_is_signed_in(sandbox: Sandbox) -> None:
    answer = Person(sandbox, "nobody").portal("listTeams.action")
    assert (answer["resultCode"], answer["resultString"]) == (1100, "authentication.failed")
    assert answer["userString"] == "Your session has expired.  Please log in."
    assert "teams" not in answer


def test_a_dead_face(person: Person) -> None:
    person.die("developer_portal")
    assert person.portal("listTeams.action")["resultCode"] == 1100
    assert person.iris("GET", "apps").status_code == 200


def test_the_wrong_team(person: Person) -> None:
    answer = person.portal("ios/identifiers/listAppIds.action", teamId="XXXXXXXXXX")
    assert answer["resultCode"] != 0
    assert "Access Unavailable" in answer["userString"]


def test_no_team(person: Person) -> None:
    response = person.send("POST", f"{PORTAL}/ios/identifiers/listAppIds.action")
    assert response.json()["validationMessages"][0]["validationKey"] == "teamId"


def test_another_team_has_nothing(sandbox: Sandbox) -> None:
    person = sign_in(sandbox, "two@example.com", teams=(TEAM, OTHER_TEAM))
    person.ask("listTeams.action")
    assert app_ids(person, teamId=OTHER_TEAM) == []
    refused = person.portal("ios/identifiers/addAppId.action", **explicit(), teamId=OTHER_TEAM)
    assert refused["resultCode"] == 1200
    assert len(app_ids(person)) == 2


def test_changes_need_tokens_of_the_session(sandbox: Sandbox, person: Person) -> None:
    tokens = dict(person.csrf)
    for wrong in ({}, {"csrf": "made up", "csrf_ts": tokens["csrf_ts"]}, {"csrf": tokens["csrf"]}):
        person.csrf = dict(wrong)
        answer = person.portal("ios/identifiers/addAppId.action", **explicit())
        assert (answer["resultCode"], answer["resultString"]) == (1200, "csrf.token.invalid")
    stranger = sign_in(sandbox, "other@example.com")
    stranger.csrf = dict(tokens)
    assert stranger.portal("ios/identifiers/addAppId.action", **explicit())["resultCode"] == 1200
    assert NEW_ID not in [each["identifier"] for each in app_ids(person)]
    person.csrf = tokens
    assert add(person)["identifier"] == NEW_ID


def test_every_answer_brings_tokens(person: Person) -> None:
    first = dict(person.csrf)
    person.sandbox.clock.advance(1)
    person.portal("ios/identifiers/getAppIdDetail.action", appIdId="nothing")
    assert person.csrf["csrf_ts"] > first["csrf_ts"]
    assert person.csrf["csrf"] != first["csrf"]


@pytest.mark.parametrize("role", ["DEVELOPER", "MARKETING"])
def test_roles(sandbox: Sandbox, role: str) -> None:
    person = sign_in(sandbox, "low@example.com", role)
    person.ask("listTeams.action")
    listed = person.portal("ios/identifiers/listAppIds.action")
    assert (listed["resultCode"] == 0) == (role == "DEVELOPER")
    answer = person.portal("ios/identifiers/addAppId.action", **explicit())
    assert answer["resultCode"] == 1200
    assert "NotAllowed" in answer["resultString"]


def test_an_app_manager_whom_the_team_trusts(sandbox: Sandbox) -> None:
    person = sign_in(sandbox, "ada@example.com", "APP_MANAGER")
    person.ask("listTeams.action")
    assert person.portal("ios/identifiers/addAppId.action", **explicit())["resultCode"] == 1200
    team = sandbox._team
    with team.store.writing():
        for user in team.store.all("users"):
            team.store.change(user, {"provisioningAllowed": True})
    assert person.portal("ios/identifiers/addAppId.action", **explicit())["resultCode"] == 0


def test_an_app_id_is_a_bundle_id(person: Person, client: Client) -> None:
    made = add(person, push="true", dataProtection="complete")
    assert made["features"]["push"] is True
    assert made["features"]["dataProtection"] == "complete"
    assert made["enabledFeatures"] == ["dataProtection", "gameCenter", "inAppPurchase", "push"]
    assert (made["prefix"], made["isWildCard"], made["appIdPlatform"]) == (TEAM, False, "ios")
    found = client.get("/v1/bundleIds", **{"filter[identifier]": NEW_ID, "include": "bundleIdCapabilities"})
    assert [each["id"] for each in found.data] == [made["appIdId"]]
    kinds = {each["attributes"]["capabilityType"] for each in found.included("bundleIdCapabilities")}
    assert kinds == {"PUSH_NOTIFICATIONS", "DATA_PROTECTION", "GAME_CENTER", "IN_APP_PURCHASE"}
    listed = next(each for each in app_ids(person) if each["identifier"] == NEW_ID)
    assert (listed["features"], listed["associatedApplicationGroupsCount"]) == ({}, None)


def test_a_bundle_id_is_an_app_id(person: Person, client: Client) -> None:
    values = {"identifier": "com.example.mac", "name": "Mac", "platform": "MAC_OS"}
    made = client.create("bundleIds", values).data["id"]
    assert made in [each["appIdId"] for each in app_ids(person, "mac")]
    assert made not in [each["appIdId"] for each in app_ids(person)]
    detail = person.ask("mac/identifiers/getAppIdDetail.action", appIdId=made)["appId"]
    assert detail["identifier"] == "com.example.mac"


def test_taken_identifiers(person: Person) -> None:
    for taken in ("com.example.aurora", "com.example.solaris"):
        answer = person.portal("ios/identifiers/addAppId.action", **explicit(taken))
        expected = f"An App ID with Identifier &#x27;{taken}&#x27; is not available. Please enter a different string."
        assert (answer["resultCode"], answer["userString"]) == (9401, expected)
        assert "appId" not in answer


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"identifier": "com.example.<b>"}, "identifier"),
        ({"identifier": "com.example.*"}, "type"),
        ({"identifier": ""}, "identifier"),
        ({"name": ""}, "name"),
        ({"name": "Grüße"}, "name"),
        ({"name": "a&b"}, "name"),
        ({"name": "x" * 300}, "name"),
        ({"type": "odd"}, "type"),
        ({"push": "perhaps"}, "featureValue"),
    ],
)
def test_bad_app_ids(person: Person, fields: dict[str, str], wrong: str) -> None:
    answer = person.portal("ios/identifiers/addAppId.action", **{**explicit(), **fields})
    assert answer["resultCode"] == 35
    assert [each["validationKey"] for each in answer["validationMessages"]] == [wrong]
    assert len(app_ids(person)) == 2


def test_html_in_names_is_escaped(person: Person) -> None:
    add(person, name="<script>alert(1)</script>")
    answer = person.portal("ios/identifiers/addAppId.action", **explicit(name="<img src=x>\"&'"))
    shown = answer["userString"] + answer["validationMessages"][0]["validationUserMessage"]
    assert "&lt;img src=x&gt;&quot;&amp;&#x27;" in shown
    assert "<" not in shown


def test_a_wildcard_has_no_services(person: Person) -> None:
    fields = {"type": "wildcard", "identifier": "com.example.wild.*", "name": "Wild"}
    made = person.ask("ios/identifiers/addAppId.action", **fields)["appId"]
    assert (made["isWildCard"], made["enabledFeatures"]) == (True, [])


def test_services_are_switched(person: Person, client: Client) -> None:
    made = add(person)["appIdId"]

    def switch(kind: str, value: str | None) -> dict[str, Any]:
        fields = {"displayId": made, "featureType": kind, "featureValue": value}
        found: dict[str, Any] = person.ask("ios/identifiers/updateService.action", **fields)["appId"][
            "features"
        ]
        return found

    assert switch("HK421J6T7P", "true")["HK421J6T7P"] is True
    assert switch("HK421J6T7P", "false")["HK421J6T7P"] is False
    assert switch("dataProtection", "unlessopen")["dataProtection"] == "unlessopen"
    assert switch("dataProtection", "complete")["dataProtection"] == "complete"
    assert switch("dataProtection", None)["dataProtection"] == ""
    assert switch("iCloud", "true") | {"iCloud": True, "cloudKitVersion": 1} == switch("iCloud", "true")
    assert switch("cloudKitVersion", "2")["cloudKitVersion"] == 2
    person.ask(
        "ios/identifiers/updatePushService.action", displayId=made, featureType="push", featureValue="true"
    )
    shown = client.get(f"/v1/bundleIds/{made}/bundleIdCapabilities").data
    kinds = {each["attributes"]["capabilityType"] for each in shown}
    assert {"PUSH_NOTIFICATIONS", "ICLOUD"} < kinds
    assert "HEALTHKIT" not in kinds


def test_a_switched_service_spoils_profiles(person: Person, client: Client) -> None:
    fields = {"displayId": "BUNDLE0001", "featureType": "homeKit", "featureValue": "true"}
    person.ask("ios/identifiers/updateService.action", **fields)
    assert client.get("/v1/profiles/PROFILE001").data["attributes"]["profileState"] == "INVALID"


def test_rename_and_delete(person: Person, client: Client) -> None:
    made = add(person)["appIdId"]
    renamed = person.ask("ios/identifiers/updateAppIdName.action", appIdId=made, name="Newer")["appId"]
    assert renamed["name"] == client.get(f"/v1/bundleIds/{made}").data["attributes"]["name"] == "Newer"
    person.ask("ios/identifiers/deleteAppId.action", appIdId=made)
    assert client.send("GET", f"/v1/bundleIds/{made}").status == 404
    assert person.portal("ios/identifiers/deleteAppId.action", appIdId=made)["resultCode"] == 35
    used = person.portal("ios/identifiers/deleteAppId.action", appIdId="BUNDLE0001")
    assert "in use by the App Store" in used["userString"]


def test_pages_and_order(person: Person) -> None:
    for number in range(5):
        add(person, f"com.example.page{number}", name=f"Page {number}")
    pages = [app_ids(person, pageNumber=number, pageSize=3, sort="name=asc") for number in (1, 2, 3)]
    names = [each["name"] for found in pages for each in found]
    assert names == ["Aurora", "Borealis", "Page 0", "Page 1", "Page 2", "Page 3", "Page 4"]
    assert [len(found) for found in pages] == [3, 3, 1]
    assert app_ids(person, sort="name=desc")[0]["name"] == "Page 4"
    assert len(app_ids(person, pageNumber="x", pageSize="-3", sort="odd")) == 7


IDENTIFIERS = [
    (
        "ios/identifiers",
        "ApplicationGroup",
        "group.com.example.x",
        "applicationGroup",
        "applicationGroupList",
    ),
    ("ios/identifiers", "OMC", "merchant.com.example.x", "omcId", "identifierList"),
    ("mac/identifiers", "OMC", "merchant.com.example.x", "omcId", "identifierList"),
    ("ios/identifiers", "PassTypeId", "pass.com.example.x", "passTypeId", "passTypeIdList"),
    ("ios/identifiers", "WebsitePushId", "web.com.example.x", "websitePushId", "websitePushIdList"),
    ("cloudContainer", "CloudContainer", "iCloud.com.example.x", "cloudContainer", "cloudContainerList"),
]


@pytest.mark.parametrize(("place", "title", "identifier", "one", "listed"), IDENTIFIERS)
def test_other_identifiers(
    person: Person, place: str, title: str, identifier: str, one: str, listed: str
) -> None:
    before = person.ask(f"{place}/list{title}s.action")[listed]
    made = person.ask(f"{place}/add{title}.action", name="X", identifier=identifier)[one]
    assert (made["identifier"], made["prefix"], made["status"]) == (identifier, TEAM, "current")
    assert len(person.ask(f"{place}/list{title}s.action")[listed]) == len(before) + 1
    again = person.portal(f"{place}/add{title}.action", name="X", identifier=identifier)
    assert "has already been used" in again["userString"]
    odd = person.portal(f"{place}/add{title}.action", name="X", identifier="odd.com.example")
    assert odd["resultCode"] == 35
    if title != "CloudContainer":
        person.ask(f"{place}/delete{title}.action", **{one: made[one]})
        assert person.ask(f"{place}/list{title}s.action")[listed] == before


def test_merchant_and_pass_type_ids_are_those_of_the_official_api(person: Person, client: Client) -> None:
    person.ask("ios/identifiers/addOMC.action", name="Shop", identifier="merchant.com.example.shop")
    shown = client.get("/v1/merchantIds").data
    assert "merchant.com.example.shop" in [each["attributes"]["identifier"] for each in shown]


def test_groups_containers_and_merchants_are_assigned(person: Person) -> None:
    fields: dict[str, Any] = {"appIdId": "BUNDLE0001", "displayId": "BUNDLE0001"}
    group = person.ask(
        "ios/identifiers/assignApplicationGroupToAppId.action",
        **fields,
        **{"applicationGroups[]": ["APPGROUP01"]},
    )["appId"]
    assert group["associatedApplicationGroups"] == [
        {"name": "Aurora group", "identifier": "group.com.example.aurora", "applicationGroup": "APPGROUP01"}
    ]
    container = {"cloudContainers[]": ["CONTAINER1"]}
    person.ask("ios/identifiers/assignCloudContainerToAppId.action", appIdId="BUNDLE0001", **container)
    person.ask("ios/identifiers/assignOMCToAppId.action", appIdId="BUNDLE0001", omcIds="MERCHANT01")
    shown = person.ask("ios/identifiers/getAppIdDetail.action", appIdId="BUNDLE0001")["appId"]
    counts = [
        shown[f"associated{name}Count"] for name in ("ApplicationGroups", "CloudContainers", "Identifiers")
    ]
    assert counts == [1, 1, 1]
    wrong = person.portal(
        "ios/identifiers/assignApplicationGroupToAppId.action", **fields, **{"applicationGroups[]": ["NONE"]}
    )
    assert wrong["resultCode"] == 35
    person.ask("ios/identifiers/assignApplicationGroupToAppId.action", **fields)
    shown = person.ask("ios/identifiers/getAppIdDetail.action", appIdId="BUNDLE0001")["appId"]
    assert shown["associatedApplicationGroups"] == []


@pytest.mark.usefixtures("shared")
def test_what_only_the_portal_knows_is_not_in_the_official_api(client: Client) -> None:
    for kind in ("appGroups", "cloudContainers", "websitePushIds", "pushCertificates", "foreignApps"):
        assert client.send("GET", f"/v1/{kind}").status == 404
        assert client.send("GET", f"/v1/{kind}/X").status == 404
        assert client.send("POST", f"/v1/{kind}", json={"data": {"type": kind}}).status == 404
        assert client.send("GET", f"/v1/bundleIds/BUNDLE0001/{kind}").status == 404


def test_paths_that_are_none(person: Person) -> None:
    for path in ("ios/identifiers/nothing.action", "android/x.action", "", "nothing"):
        assert person.send("POST", f"{PORTAL}/{path}").status_code == 404
    assert person.send("GET", f"{PORTAL}/ios/identifiers/addAppId.action").status_code == 404
    assert person.send("DELETE", f"{PORTAL}/listTeams.action").status_code == 404


def test_bodies_are_bounded(person: Person) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    large = person.send("POST", f"{PORTAL}/listTeams.action", data=b"a" * 2_000_000, headers=form)
    assert large.status_code == 413
    many = person.send("POST", f"{PORTAL}/listTeams.action", data=b"a=1&" * 6_000, headers=form)
    assert many.json()["resultCode"] == 35


def test_json_bodies_and_queries_are_read_too(person: Person) -> None:
    url = f"{PORTAL}/ios/identifiers/listAppIds.action"
    assert len(person.send("POST", url, json={"teamId": TEAM, "pageSize": 1}).json()["appIds"]) == 1
    assert len(person.send("POST", f"{url}?teamId={TEAM}").json()["appIds"]) == 2
    broken = person.send("POST", url, data=b"{", headers={"Content-Type": "application/json"})
    assert broken.json()["resultCode"] == 35


def test_two_processes_see_one_portal(tmp_path: Path) -> None:
    from lane_sandbox import Sandbox

    with Sandbox(tmp_path) as first, Sandbox(tmp_path) as second:
        person = sign_in(first)
        person.ask("listTeams.action")
        add(person)
        there = Person(second, person.cookie, dict(person.csrf))
        assert NEW_ID in [each["identifier"] for each in app_ids(there)]
        assert add(there, "com.example.there")["identifier"] == "com.example.there"


def test_a_reset_forgets_sessions_and_app_ids(person: Person) -> None:
    add(person)
    person.sandbox.reset()
    assert person.portal("listTeams.action")["resultCode"] == 1100
    again = sign_in(person.sandbox)
    assert NEW_ID not in [each["identifier"] for each in app_ids(again)]


def test_requests_are_noted_and_faults_strike(person: Person) -> None:
    person.sandbox.arm([{"kind": "error", "path": "/services-account/*", "status": 503, "body": "html"}])
    url = person.sandbox.url + f"{PORTAL}/listTeams.action"
    assert requests.post(url, timeout=30).status_code == 503
    person.ask("listTeams.action")
    noted = [(each["path"], each["status"]) for each in person.sandbox.requests()[-2:]]
    assert noted == [(f"{PORTAL}/listTeams.action", 503), (f"{PORTAL}/listTeams.action", 200)]
