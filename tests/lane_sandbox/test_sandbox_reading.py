"""Reading: fields, includes, filters, order, pages, related resources, and refusals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sandbox_client import AURORA, BOREALIS, FULL, IDS, Client

from lane_sandbox import Sandbox
from lane_sandbox._resources import TYPES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NEEDED = {
    "actors": {"id": "actor"},
    "betaAppReviewDetails": {"app": "1"},
    "betaAppReviewSubmissions": {"build": "build"},
    "reviewSubmissions": {"app": "1"},
}
"""Values for the filters that a list requires."""


def names(answer: Any) -> list[str]:
    """The names of what was found."""
    return [each["attributes"]["name"] for each in answer.data]


@pytest.fixture
def groups(client: Client) -> list[str]:
    """Five more groups of Aurora, by name."""
    made = [f"Group {index}" for index in range(5)]
    for name in made:
        client.create("betaGroups", {"name": name}, {"app": ("apps", AURORA)})
    return made


@pytest.fixture(scope="module")
def full(shared: Path) -> Iterator[Client]:
    """A client of a sandbox with at least one resource of every type that can be read."""
    with Sandbox(seed=FULL) as sandbox:
        yield Client(sandbox, sandbox.keys[0])


def test_every_list_can_be_read_with_all_that_it_includes(full: Client) -> None:
    for kind, resource in TYPES.items():
        if resource.listing is None:
            continue
        query = {f"filter[{name}]": NEEDED[kind][name] for name in resource.listing.required}
        if resource.includable and resource.listing.include:
            query["include"] = ",".join(resource.includable)
        assert full.get(f"/v1/{kind}", **query).data, kind


def test_every_resource_can_be_read_with_all_that_it_includes(full: Client) -> None:
    for kind, resource in TYPES.items():
        if not resource.get:
            continue
        query = {"include": ",".join(resource.includable)} if resource.includable else {}
        data = full.get(f"/v1/{kind}/{IDS[kind][0]}", **query).data
        assert set(data["attributes"]) == set(resource.attributes)


def test_every_related_path_can_be_read(full: Client) -> None:
    empty = set()
    for kind, resource in TYPES.items():
        for name, each in resource.relationships.items():
            if each.hidden or each.target not in TYPES:
                continue
            place = f"/v1/{kind}/{IDS[kind][0]}"
            found = full.get(f"{place}/{name}").data if each.related else True
            linked = full.get(f"{place}/relationships/{name}").data if "GET" in each.linkages else found
            assert bool(found) == bool(linked)
            if not found:
                empty.add((kind, name))
    assert empty == {("appCategories", "parent"), ("certificates", "passTypeId")}


def test_all_attributes_are_there_and_booleans_are_never_null(client: Client) -> None:
    app = client.get(f"/v1/apps/{AURORA}").data["attributes"]
    assert set(app) == set(TYPES["apps"].attributes)
    assert app["isOrEverWasMadeForKids"] is False
    assert app["subscriptionStatusUrl"] is None


def test_relationships_carry_data_only_when_included(client: Client) -> None:
    plain = client.get("/v1/builds").data[0]["relationships"]
    assert all(each.keys() <= {"links"} for each in plain.values())
    answer = client.get("/v1/builds", include="app,betaGroups")
    build = answer.data[0]
    assert build["relationships"]["app"]["data"] == {"type": "apps", "id": AURORA}
    assert build["relationships"]["betaGroups"]["meta"]["paging"] == {"total": 1, "limit": 10}
    assert "data" not in build["relationships"]["preReleaseVersion"]
    [app] = answer.included("apps")
    assert all(each.keys() <= {"links"} for each in app["relationships"].values())


def test_links_lead_where_they_say(client: Client) -> None:
    build = client.get("/v1/builds").data[0]
    related = build["relationships"]["app"]["links"]["related"]
    assert client.send("GET", related).data["id"] == AURORA
    assert client.send("GET", build["links"]["self"]).data["id"] == build["id"]
    linkage = build["relationships"]["app"]["links"]["self"]
    assert client.send("GET", linkage).data == {"type": "apps", "id": AURORA}


def test_sparse_fields_apply_to_data_and_to_included(client: Client) -> None:
    query = {"fields[builds]": "version,app", "fields[apps]": "name", "include": "app"}
    answer = client.get("/v1/builds", **query)
    assert answer.data[0]["attributes"] == {"version": "41"}
    assert set(answer.data[0]["relationships"]) == {"app"}
    [app] = answer.included("apps")
    assert app["attributes"] == {"name": "Aurora"}
    assert "relationships" not in app


@pytest.mark.parametrize(
    ("path", "query", "count"),
    [
        ("/v1/apps", {"filter[bundleId]": "com.example.aurora"}, 1),
        ("/v1/apps", {"filter[bundleId]": "com.example.aurora,com.example.borealis"}, 2),
        ("/v1/apps", {"filter[bundleId]": "com.example"}, 0),
        ("/v1/apps", {"filter[name]": "Aurora", "filter[sku]": "BOREALIS-IOS"}, 0),
        ("/v1/apps", {"filter[id]": BOREALIS}, 1),
        ("/v1/apps", {"exists[gameCenterEnabledVersions]": "false"}, 2),
        ("/v1/apps", {"exists[gameCenterEnabledVersions]": "true"}, 0),
        ("/v1/builds", {"filter[app]": AURORA, "filter[version]": "41"}, 1),
        ("/v1/builds", {"filter[app]": BOREALIS}, 0),
        ("/v1/builds", {"filter[preReleaseVersion.version]": "1.1.0"}, 1),
        ("/v1/builds", {"filter[preReleaseVersion.version]": "1.1"}, 0),
        ("/v1/builds", {"filter[preReleaseVersion.platform]": "MAC_OS"}, 0),
        ("/v1/builds", {"filter[expired]": "false", "filter[processingState]": "VALID"}, 1),
        ("/v1/builds", {"filter[usesNonExemptEncryption]": "true"}, 0),
        ("/v1/builds", {"exists[usesNonExemptEncryption]": "true"}, 1),
        ("/v1/builds", {"filter[appStoreVersion]": "x"}, 0),
        ("/v1/preReleaseVersions", {"filter[builds.version]": "41"}, 1),
        ("/v1/betaGroups", {"filter[isInternalGroup]": "true", "filter[app]": AURORA}, 1),
        ("/v1/betaTesters", {"filter[apps]": AURORA}, 3),
        ("/v1/betaTesters", {"filter[email]": "ada@example.com"}, 1),
    ],
)
def test_filters(client: Client, path: str, query: dict[str, str], count: int) -> None:
    assert len(client.get(path, **query).data) == count


def test_a_plus_in_a_query_is_a_space(client: Client) -> None:
    answer = client.send("GET", "/v1/betaGroups?filter[name]=Beta+testers&filter%5Bapp%5D=" + AURORA)
    assert names(answer) == ["Beta testers"]


def test_repeated_parameters_are_joined(client: Client) -> None:
    answer = client.send("GET", "/v1/apps?filter[name]=Aurora&filter[name]=Borealis")
    assert names(answer) == ["Aurora", "Borealis"]


def test_sorting(client: Client, groups: list[str]) -> None:
    descending = names(client.get("/v1/betaGroups", sort="-name", **{"filter[app]": AURORA}))
    assert descending == sorted([*groups, "Team", "Beta testers"], reverse=True)
    two = names(client.get("/v1/betaGroups", sort="publicLinkEnabled,name", **{"filter[app]": AURORA}))
    assert two == descending[::-1]


def test_pages_hold_everything_once(client: Client, groups: list[str]) -> None:
    answer = client.get("/v1/betaGroups", limit=3, sort="name", **{"filter[app]": AURORA})
    assert answer.body["meta"]["paging"]["total"] == 7
    assert answer.body["meta"]["paging"]["limit"] == 3
    assert "first" not in answer.body["links"]
    found = names(answer)
    while following := answer.body["links"].get("next"):
        assert answer.body["meta"]["paging"]["nextCursor"] in following
        answer = client.send("GET", following)
        assert "first" in answer.body["links"]
        found += names(answer)
    assert found == sorted([*groups, "Team", "Beta testers"])


def test_a_page_neither_repeats_nor_skips_when_others_go(client: Client, groups: list[str]) -> None:
    answer = client.get("/v1/betaGroups", limit=3, sort="name", **{"filter[app]": AURORA})
    assert names(answer) == ["Beta testers", "Group 0", "Group 1"]
    client.change("DELETE", f"/v1/betaGroups/{answer.data[0]['id']}", None, 204)
    assert names(client.send("GET", answer.body["links"]["next"])) == ["Group 2", "Group 3", "Group 4"]


def test_related_lists_and_linkages_have_pages_too(client: Client, groups: list[str]) -> None:
    related = client.get(f"/v1/apps/{AURORA}/betaGroups", limit=4)
    assert len(related.data) == 4
    assert len(client.send("GET", related.body["links"]["next"]).data) == 3
    linkage = client.get(f"/v1/apps/{AURORA}/relationships/betaGroups", limit=4)
    assert len(client.send("GET", linkage.body["links"]["next"]).data) == 3


def test_included_lists_are_cut_at_ten_or_as_asked(client: Client) -> None:
    for index in range(12):
        client.create("betaGroups", {"name": f"Group {index}"}, {"app": ("apps", AURORA)})
    for query, count in (({}, 10), ({"limit[betaGroups]": 50}, 14), ({"limit[betaGroups]": 2}, 2)):
        answer = client.get(f"/v1/apps/{AURORA}", include="betaGroups", **query)
        relationship = answer.data["relationships"]["betaGroups"]
        assert len(relationship["data"]) == count
        assert relationship["meta"]["paging"]["total"] == 14
        assert len(answer.included("betaGroups")) == count


def test_an_empty_to_one_is_null(client: Client) -> None:
    detail = client.get("/v1/builds/build-41", include="appEncryptionDeclaration,individualTesters")
    assert detail.data["relationships"]["appEncryptionDeclaration"]["data"] is None
    assert detail.data["relationships"]["individualTesters"]["data"] == []
    assert detail.body["included"] == []


def test_what_nobody_can_make_every_app_has(client: Client) -> None:
    for app in (AURORA, BOREALIS):
        detail = client.get(f"/v1/apps/{app}", include="betaLicenseAgreement,betaAppReviewDetail")
        assert {(each["type"], each["id"]) for each in detail.body["included"]} == {
            ("betaLicenseAgreements", app),
            ("betaAppReviewDetails", app),
        }


@pytest.mark.parametrize(
    ("path", "code", "parameter"),
    [
        ("/v1/apps?filter[foo]=x", "PARAMETER_ERROR.ILLEGAL", "filter[foo]"),
        ("/v1/apps?foo=x", "PARAMETER_ERROR.ILLEGAL", "foo"),
        ("/v1/apps?fields[devices]=name", "PARAMETER_ERROR.ILLEGAL", "fields[devices]"),
        ("/v1/apps?fields[apps]=name,foo", "PARAMETER_ERROR.INVALID", "fields[apps]"),
        ("/v1/apps?include=foo", "PARAMETER_ERROR.INVALID", "include"),
        ("/v1/apps?include=builds.fruits", "PARAMETER_ERROR.INVALID", "include"),
        ("/v1/apps?sort=foo", "PARAMETER_ERROR.INVALID", "sort"),
        ("/v1/apps?limit=0", "PARAMETER_ERROR.INVALID", "limit"),
        ("/v1/apps?limit=201", "PARAMETER_ERROR.INVALID", "limit"),
        ("/v1/apps?limit=ten", "PARAMETER_ERROR.INVALID", "limit"),
        ("/v1/apps?limit[builds]=51", "PARAMETER_ERROR.INVALID", "limit[builds]"),
        ("/v1/apps?limit[foo]=5", "PARAMETER_ERROR.ILLEGAL", "limit[foo]"),
        ("/v1/apps?cursor=!", "PARAMETER_ERROR.INVALID", "cursor"),
        ("/v1/apps?exists[gameCenterEnabledVersions]=x", "PARAMETER_ERROR.INVALID", None),
        ("/v1/builds?filter[processingState]=READY", "PARAMETER_ERROR.INVALID", "filter[processingState]"),
        ("/v1/builds?filter[preReleaseVersion.platform]=PALM", "PARAMETER_ERROR.INVALID", None),
        ("/v1/betaAppReviewDetails", "PARAMETER_ERROR.REQUIRED", "filter[app]"),
        (f"/v1/apps/{AURORA}?limit=1", "PARAMETER_ERROR.ILLEGAL", "limit"),
        (f"/v1/apps/{AURORA}/builds?include=app", "PARAMETER_ERROR.ILLEGAL", "include"),
        (f"/v1/apps/{AURORA}/builds?filter[version]=1", "PARAMETER_ERROR.ILLEGAL", "filter[version]"),
        (f"/v1/apps/{AURORA}/relationships/builds?fields[builds]=version", "PARAMETER_ERROR.ILLEGAL", None),
    ],
)
def test_bad_queries_are_refused(client: Client, path: str, code: str, parameter: str | None) -> None:
    answer = client.send("GET", path)
    assert (answer.status, answer.codes) == (400, [code])
    if parameter:
        assert answer.body["errors"][0]["source"] == {"parameter": parameter}


def test_all_faults_of_a_query_are_told_at_once(client: Client) -> None:
    answer = client.send("GET", "/v1/apps?foo=1&include=bar&limit=0")
    assert len(answer.codes) == 3


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/v1/apps/1", 404, "NOT_FOUND"),
        ("GET", "/v1/apps/1/builds", 404, "NOT_FOUND"),
        ("GET", "/v1/apps/1/relationships/builds", 404, "NOT_FOUND"),
        ("GET", "/v1/apps/", 404, "PATH_ERROR"),
        ("GET", "/v1/fruits", 404, "PATH_ERROR"),
        ("GET", "/v2/apps", 404, "PATH_ERROR"),
        ("GET", "/", 404, "PATH_ERROR"),
        ("GET", f"/v1/apps/{AURORA}/fruits", 404, "PATH_ERROR"),
        ("GET", f"/v1/builds/{AURORA}/buildBundles", 404, "PATH_ERROR"),
        ("GET", "/v1/buildBundles/x", 404, "PATH_ERROR"),
        ("PUT", "/v1/apps", 405, "METHOD_NOT_ALLOWED"),
        ("POST", f"/v1/apps/{AURORA}/builds", 405, "METHOD_NOT_ALLOWED"),
        ("POST", "/v1/apps", 403, "FORBIDDEN_ERROR"),
        ("DELETE", f"/v1/apps/{AURORA}", 403, "FORBIDDEN_ERROR"),
        ("GET", "/v1/buildUploads", 403, "FORBIDDEN_ERROR"),
        ("PATCH", f"/v1/apps/{AURORA}/relationships/builds", 403, "FORBIDDEN_ERROR"),
    ],
)
def test_wrong_paths_and_methods(client: Client, method: str, path: str, status: int, code: str) -> None:
    answer = client.send(method, path)
    assert (answer.status, answer.codes) == (status, [code])


def test_what_a_resource_does_not_allow_says_what_it_does(client: Client) -> None:
    [error] = client.send("POST", "/v1/apps", json={}).body["errors"]
    assert error["detail"] == (
        "The resource 'apps' does not allow 'CREATE'. "
        "Allowed operations are: GET_COLLECTION, GET_INSTANCE, UPDATE"
    )
