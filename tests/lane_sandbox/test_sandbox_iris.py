"""iris: the official resources for people who are signed in, and app records."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest
from sandbox_client import AURORA, Client
from web_client import NEW_ID, OTHER_TEAM, TEAM, Person, new_app, sign_in

if TYPE_CHECKING:
    from lane_sandbox import Sandbox


@pytest.fixture
def person(sandbox: Sandbox) -> Person:
    """An admin."""
    return sign_in(sandbox)


def register(person: Person, identifier: str = NEW_ID) -> None:
    """An App ID, made on the portal."""
    person.portal("listTeams.action")
    fields = {"type": "explicit", "identifier": identifier, "name": "New"}
    person.ask("ios/identifiers/addAppId.action", **fields)


def codes(response: Any) -> list[str]:
    """The codes of a refusal."""
    return [each["code"] for each in response.json()["errors"]]


def test_reads_what_the_official_api_reads(person: Person, client: Client) -> None:
    for path in ("apps", f"apps/{AURORA}", "builds?include=buildBundles,preReleaseVersion", "users"):
        mine, official = person.iris("GET", path), client.send("GET", f"/v1/{path}")
        assert mine.status_code == 200
        assert strip(mine.json()) == strip(official.body)


def strip(value: Any) -> Any:
    """A document without its links."""
    if isinstance(value, dict):
        return {name: strip(each) for name, each in value.items() if name != "links"}
    return [strip(each) for each in value] if isinstance(value, list) else value


def test_links_stay_at_iris(person: Person) -> None:
    answer = person.iris("GET", "apps?limit=1").json()
    following = answer["links"]["next"]
    assert following.startswith(f"{person.sandbox.url}/iris/v1/apps?")
    assert answer["data"][0]["links"]["self"] == f"{person.sandbox.url}/iris/v1/apps/{AURORA}"
    assert person.send("GET", following).json()["data"][0]["id"] != AURORA


def test_without_a_session(sandbox: Sandbox) -> None:
    stranger = Person(sandbox, "nobody")
    text = stranger.iris("GET", "apps")
    assert (text.status_code, text.headers["content-type"]) == (401, "text/plain; charset=utf-8")
    assert text.text.startswith("Unauthenticated\n\nRequest ID: ")
    as_json = stranger.iris("GET", "apps", headers={"Accept": "application/vnd.api+json"})
    assert (as_json.status_code, codes(as_json)) == (401, ["NOT_AUTHORIZED"])


def test_a_session_that_is_dead_here(person: Person) -> None:
    person.die("developer_portal")
    assert person.iris("GET", "apps").status_code == 200
    person.die("app_store_connect")
    assert person.iris("GET", "apps").status_code == 401


def test_a_session_ends_by_the_clock(person: Person) -> None:
    person.sandbox.clock.advance(40 * 24 * 3600)
    assert person.iris("GET", "apps").status_code == 401


def test_a_change_needs_its_header(person: Person) -> None:
    body = {"data": {"type": "apps", "id": AURORA, "attributes": {"primaryLocale": "de-DE"}}}
    refused = person.send("PATCH", f"/iris/v1/apps/{AURORA}", json=body)
    assert (refused.status_code, codes(refused)) == (403, ["FORBIDDEN_ERROR"])
    changed = person.iris("PATCH", f"apps/{AURORA}", json=body)
    assert changed.json()["data"]["attributes"]["primaryLocale"] == "de-DE"


@pytest.mark.parametrize("role", ["DEVELOPER", "MARKETING", "FINANCE"])
def test_roles_of_the_account_count(sandbox: Sandbox, role: str) -> None:
    person = sign_in(sandbox, "low@example.com", role)
    assert person.iris("GET", "apps").status_code == 200
    assert person.iris("GET", "users").status_code == 403
    body = {"data": {"type": "apps", "id": AURORA, "attributes": {"primaryLocale": "de-DE"}}}
    assert person.iris("PATCH", f"apps/{AURORA}", json=body).status_code == 403
    assert person.iris("POST", "apps", json=new_app()).status_code == 403


def test_another_team_has_nothing_here(sandbox: Sandbox) -> None:
    person = sign_in(sandbox, "two@example.com", teams=(OTHER_TEAM, TEAM))
    assert person.iris("GET", "apps").json()["data"] == []
    assert person.iris("GET", f"apps/{AURORA}").status_code == 404
    assert person.iris("POST", "apps", json=new_app()).status_code == 403


def test_an_app_is_made_whole(person: Person, client: Client) -> None:
    register(person)
    made = person.iris("POST", "apps", json=new_app("IOS", "MAC_OS"))
    assert made.status_code == 201, made.text
    app = made.json()["data"]
    assert app["attributes"] | {"name": "Meridian", "sku": "NEW-1", "bundleId": NEW_ID} == app["attributes"]
    found = client.get("/v1/apps", **{"filter[bundleId]": NEW_ID}).data
    assert [each["id"] for each in found] == [app["id"]]
    assert person.iris("GET", f"apps?filter[bundleId]={NEW_ID}").json()["data"][0]["id"] == app["id"]
    versions = client.get(f"/v1/apps/{app['id']}/appStoreVersions").data
    shown = {each["attributes"]["platform"]: each["attributes"]["versionString"] for each in versions}
    assert shown == {"IOS": "1.0", "MAC_OS": "1.0"}
    for version in versions:
        texts = client.get(f"/v1/appStoreVersions/{version['id']}/appStoreVersionLocalizations").data
        assert [each["attributes"]["locale"] for each in texts] == ["en-US"]
        assert client.get(f"/v1/appStoreVersions/{version['id']}/appStoreReviewDetail").data
    infos = client.get(f"/v1/apps/{app['id']}/appInfos").data
    assert [each["attributes"]["state"] for each in infos] == ["PREPARE_FOR_SUBMISSION"]
    texts = client.get(f"/v1/appInfos/{infos[0]['id']}/appInfoLocalizations").data
    assert [each["attributes"]["name"] for each in texts] == ["Meridian"]
    assert client.get(f"/v1/apps/{app['id']}/betaAppReviewDetail").data["id"] == app["id"]


def test_a_new_app_takes_an_upload(person: Person, client: Client) -> None:
    register(person)
    app = person.iris("POST", "apps", json=new_app()).json()["data"]["id"]
    upload, file = client.reserve(10, app)
    assert upload
    assert file["attributes"]["fileSize"] == 10


def test_several_languages(person: Person, client: Client) -> None:
    register(person)
    body = new_app()
    body["included"] += [
        {
            "type": "appInfoLocalizations",
            "id": "${de}",
            "attributes": {"locale": "de-DE", "name": "Meridian D"},
        },
        {"type": "appStoreVersionLocalizations", "id": "${vde}", "attributes": {"locale": "de-DE"}},
    ]
    body["included"][0]["relationships"]["appInfoLocalizations"]["data"].append(
        {"type": "appInfoLocalizations", "id": "${de}"}
    )
    body["included"][2]["relationships"]["appStoreVersionLocalizations"]["data"].append(
        {"type": "appStoreVersionLocalizations", "id": "${vde}"}
    )
    app = person.iris("POST", "apps", json=body).json()["data"]["id"]
    version = client.get(f"/v1/apps/{app}/appStoreVersions").data[0]["id"]
    texts = client.get(f"/v1/appStoreVersions/{version}/appStoreVersionLocalizations").data
    assert {each["attributes"]["locale"] for each in texts} == {"en-US", "de-DE"}
    info = client.get(f"/v1/apps/{app}/appInfos").data[0]["id"]
    texts = client.get(f"/v1/appInfos/{info}/appInfoLocalizations").data
    assert {each["attributes"]["name"] for each in texts} == {"Meridian", "Meridian D"}


def test_apple_takes_its_time_to_list_an_app() -> None:
    from lane_sandbox import Sandbox

    with Sandbox(listing_seconds=30) as sandbox:
        person = sign_in(sandbox)
        register(person)
        app = person.iris("POST", "apps", json=new_app()).json()["data"]["id"]
        path = f"apps?filter[bundleId]={NEW_ID}"
        assert person.iris("GET", path).json()["data"] == []
        sandbox.clock.advance(31)
        assert [each["id"] for each in person.iris("GET", path).json()["data"]] == [app]


SAME = "ENTITY_ERROR.ATTRIBUTE.INVALID.DUPLICATE.SAME_ACCOUNT"
OTHER = "ENTITY_ERROR.ATTRIBUTE.INVALID.DUPLICATE.DIFFERENT_ACCOUNT"
INVALID = "ENTITY_ERROR.ATTRIBUTE.INVALID"
REQUIRED = "ENTITY_ERROR.ATTRIBUTE.REQUIRED"


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({"name": "aurora"}, [SAME]),
        ({"name": "Solaris"}, [OTHER]),
        ({"name": "M"}, [INVALID]),
        ({"name": "M" * 31}, [INVALID]),
        ({"sku": "AURORA-IOS"}, [SAME]),
        ({"sku": "no blanks"}, [INVALID]),
        ({"sku": None}, [REQUIRED]),
        ({"bundleId": "com.example.unknown"}, [INVALID]),
        ({"bundleId": "com.example.aurora"}, [SAME]),
        ({"primaryLocale": "xx-YY"}, [INVALID]),
        ({"sku": 7}, ["ENTITY_ERROR.ATTRIBUTE.TYPE"]),
        ({"colour": "red"}, ["ENTITY_ERROR.ATTRIBUTE.UNKNOWN"]),
        ({"sku": "no blanks", "bundleId": "com.example.aurora"}, [INVALID, SAME]),
    ],
)
def test_refused_apps(person: Person, attributes: dict[str, Any], expected: list[str]) -> None:
    register(person)
    before = len(person.iris("GET", "apps").json()["data"])
    refused = person.iris("POST", "apps", json=new_app(**attributes))
    assert (refused.status_code, codes(refused)) == (409, expected)
    assert len(person.iris("GET", "apps").json()["data"]) == before


def test_a_wildcard_is_no_app(person: Person) -> None:
    person.portal("listTeams.action")
    person.ask("ios/identifiers/addAppId.action", type="wildcard", identifier="com.example.*", name="All")
    assert codes(person.iris("POST", "apps", json=new_app(bundleId="com.example.*"))) == [INVALID]


def test_broken_bodies(person: Person) -> None:
    register(person)
    good = new_app()

    def without(change: Any) -> dict[str, Any]:
        body = copy.deepcopy(good)
        change(body)
        return body

    bodies = [
        without(lambda body: body.pop("included")),
        without(lambda body: body["included"].pop(0)),
        without(lambda body: body["included"].pop(1)),
        without(lambda body: body["included"][0].update(id="plain")),
        without(lambda body: body["included"][2]["attributes"].update(platform="WATCH_OS")),
        without(lambda body: body["included"][2]["attributes"].update(versionString="one")),
        without(lambda body: body["included"][3]["attributes"].update(locale="xx")),
        without(lambda body: body["data"].pop("relationships")),
        without(lambda body: body["data"].update(type="app")),
        without(lambda body: body.update(included="none")),
        without(lambda body: body.update(included=[3])),
        {"data": []},
        {},
    ]
    for body in bodies:
        refused = person.iris("POST", "apps", json=body)
        assert 400 <= refused.status_code < 500, (refused.status_code, body)
        assert codes(refused)
    assert (
        person.iris("POST", "apps", data=b"{", headers={"Content-Type": "application/json"}).status_code
        == 400
    )
    assert person.iris("POST", "apps", json=good).status_code == 201


def test_the_first_app_needs_the_companys_name(person: Person) -> None:
    register(person)
    team = person.sandbox._team
    with team.store.writing():
        for app in team.store.all("apps"):
            team.store.remove(app)
    assert codes(person.iris("POST", "apps", json=new_app())) == [REQUIRED]
    assert person.iris("POST", "apps", json=new_app(companyName="Example GmbH")).status_code == 201


def test_a_user_gets_to_see_an_app(person: Person) -> None:
    register(person)
    app = person.iris("POST", "apps", json=new_app()).json()["data"]["id"]
    users = person.iris("GET", "users").json()["data"]
    ada = next(each["id"] for each in users if each["attributes"]["username"] == "ada@example.com")
    body = {"data": [{"type": "apps", "id": app}]}
    assert person.iris("POST", f"users/{ada}/relationships/visibleApps", json=body).status_code == 204
    seen = person.iris("GET", f"users/{ada}/visibleApps").json()["data"]
    assert {each["id"] for each in seen} == {AURORA, app}
