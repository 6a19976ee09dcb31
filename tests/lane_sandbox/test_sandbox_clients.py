"""What clients that others wrote rely on (what-clients-rely-on.md, "Official API"), one by one."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sandbox_client import AURORA, FULL, IDS, Client, document

from lane_sandbox import Sandbox
from lane_sandbox._resources import TYPES

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = Path(__file__).resolve().parents[3] / "shared" / "reference" / "what-clients-rely-on.md"
ROW = re.compile(r"^(\w+) \| attrs: (.*) \| rels: (.*)$", re.MULTILINE)
GONE = {"AppStoreVersionSubmission"}
"""No operation makes these any more, so no client meets one."""
TABLE = [row for row in ROW.findall(PAGE.read_text()) if row[0] not in GONE] if PAGE.is_file() else []
ODD = {"SigningCertificate": "certificates", "BundleIdCapability": "bundleIdCapabilities"}
PLACES = {
    "appStoreVersionPhasedReleases": "/v1/appStoreVersions/version/appStoreVersionPhasedRelease",
    "bundleIdCapabilities": "/v1/bundleIds/BUNDLE/bundleIdCapabilities",
    "reviewSubmissionItems": "/v1/reviewSubmissions/submission/items",
}
"""Where resources are found that have no address of their own."""


@pytest.fixture(scope="module")
def full(shared: Path) -> Iterator[Client]:
    """A client of a sandbox with at least one resource of every type."""
    with Sandbox(seed=FULL) as sandbox:
        yield Client(sandbox, sandbox.keys[0])


def sample(full: Client, kind: str) -> Any:
    """One resource of a type, as a client gets it without asking for more."""
    found = full.get(PLACES.get(kind, f"/v1/{kind}/{IDS[kind][0]}")).data
    return found[0] if isinstance(found, list) else found


def required(names: str) -> set[str]:
    """The names in a cell of the table that are not marked as optional."""
    return {name for name in names.split(",") if name and not name.endswith("?")}


@pytest.mark.parametrize(
    ("name", "attributes", "relationships"), TABLE, ids=lambda value: value.split(",")[0]
)
def test_codemagic_finds_all_that_it_insists_on(
    full: Client, name: str, attributes: str, relationships: str
) -> None:
    kind = ODD.get(name, f"{name[0].lower()}{name[1:]}s")
    found = sample(full, kind)
    assert required(attributes) <= set(found.get("attributes", {}))
    assert required(relationships) <= set(found.get("relationships", {}))


def test_booleans_are_never_null(full: Client) -> None:
    unanswered = {("builds", "usesNonExemptEncryption")}
    for kind, resource in TYPES.items():
        flags = {name for name, each in resource.attributes.items() if each.kind == "flag"}
        if not flags or not (resource.get or kind in PLACES):
            continue
        values = sample(full, kind)["attributes"]
        nulls = {(kind, name) for name in flags if values[name] is None}
        assert nulls <= unanswered


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("appScreenshots", "assetToken"),
        ("appScreenshots", "assetType"),
        ("betaAppLocalizations", "description"),
        ("betaAppLocalizations", "feedbackEmail"),
        ("appStoreReviewDetails", "demoAccountName"),
        ("appStoreReviewDetails", "contactEmail"),
        ("appStoreVersions", "copyright"),
        ("appInfos", "appStoreAgeRating"),
        ("appInfos", "appStoreState"),
    ],
)
def test_asconnect_wants_texts(full: Client, kind: str, name: str) -> None:
    assert isinstance(sample(full, kind)["attributes"][name], str)


def test_a_new_group_has_its_date(client: Client) -> None:
    made = client.create("betaGroups", {"name": "New"}, {"app": ("apps", AURORA)}).data["attributes"]
    assert isinstance(made["createdDate"], str)


def test_asconnect_follows_related_links(client: Client) -> None:
    build = client.get("/v1/builds").data[0]
    detail = client.send("GET", build["relationships"]["buildBetaDetail"]["links"]["related"]).data
    assert client.send("GET", detail["relationships"]["build"]["links"]["related"]).data["id"] == build["id"]


def test_pilot_changes_the_review_detail_by_the_apps_id(client: Client) -> None:
    client.update("betaAppReviewDetails", AURORA, {"notes": "Press the button."})
    assert (
        client.get(f"/v1/apps/{AURORA}/betaAppReviewDetail").data["attributes"]["notes"]
        == "Press the button."
    )


def test_match_asks_with_a_plus_for_a_space(client: Client) -> None:
    found = client.send("GET", "/v1/profiles?filter[name]=Aurora+App%20Store").data
    assert [each["id"] for each in found] == ["PROFILE001"]


@pytest.mark.parametrize("template", [None, "CarPlay"])
def test_fastlane_names_a_template_with_each_profile(client: Client, template: str | None) -> None:
    values = {"name": "New", "profileType": "IOS_APP_STORE", "templateName": template}
    links = {"bundleId": ("bundleIds", "BUNDLE0001"), "certificates": [("certificates", "CERTIFIC01")]}
    made = client.send("POST", "/v1/profiles", json=document("profiles", values, links))
    assert made.status == 201
    assert "templateName" not in made.data["attributes"]


def test_review_submissions_come_with_and_without_platform(client: Client) -> None:
    link = {"app": ("apps", AURORA)}
    assert (
        client.create("reviewSubmissions", {"platform": "IOS"}, link).data["attributes"]["platform"] == "IOS"
    )
    assert client.create("reviewSubmissions", None, link).data["attributes"]["platform"] == "IOS"


def test_an_app_info_may_be_changed_without_attributes(client: Client) -> None:
    [info] = client.get("/v1/apps/6450000202/appInfos").data
    client.change("PATCH", f"/v1/appInfos/{info['id']}", document("appInfos", None, None, info["id"]), 200)


def test_a_version_of_an_app_without_history_has_a_review_detail(client: Client) -> None:
    [version] = client.get("/v1/apps/6450000202/appStoreVersions").data
    assert client.get(f"/v1/appStoreVersions/{version['id']}/appStoreReviewDetail").data["type"] == (
        "appStoreReviewDetails"
    )


def test_what_is_included_carries_no_data_of_the_way_back(client: Client) -> None:
    answer = client.get(f"/v1/apps/{AURORA}", include="builds")
    for build in answer.included("builds"):
        assert all("data" not in each for each in build["relationships"].values())


def test_links_with_apples_host(shared: Path) -> None:
    with Sandbox(apple_host=True) as sandbox:
        client = Client(sandbox, sandbox.keys[0])
        answer = client.get("/v1/apps", limit=1)
        host = "https://api.appstoreconnect.apple.com/v1/apps"
        assert answer.body["links"]["next"].startswith(f"{host}?cursor=")
        assert answer.data[0]["links"]["self"] == f"{host}/{AURORA}"
        _, file = client.reserve(10)
        assert file["attributes"]["uploadOperations"][0]["url"].startswith(sandbox.url)
