"""Whatever a client sends to a web door, no answer is a failure of the server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from web_client import PORTAL, TEAM, Person, new_app, request_of, sign_in

from lane_sandbox._portal.certificate_types import TYPES
from lane_sandbox._portal.door import HANDLERS, PLAIN

if TYPE_CHECKING:
    from lane_sandbox import Sandbox

QUIET = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    derandomize=True,
)
FIELDS = (
    "teamId appIdId displayId name identifier type featureType featureValue applicationGroups[] cloudContainers[] "
    "omcIds omcId passTypeId websitePushId applicationGroup types csrContent specialIdentifierDisplayId certificateId "
    "deviceId deviceNumbers deviceNames deviceClasses deviceNumber provisioningProfileId provisioningProfileName "
    "distributionType certificateIds deviceIds subPlatform pageNumber pageSize sort push iCloud dataProtection"
)
VALUES = [
    TEAM,
    *(
        "BUNDLE0001",
        "BUNDLE0002",
        "CERTIFIC01",
        "CERTIFIC02",
        "DEVICE0001",
        "PROFILE001",
        "WEBPUSH001",
        "APPGROUP01",
    ),
    *(
        "explicit",
        "wildcard",
        "true",
        "store",
        "limited",
        "adhoc",
        "tvOS",
        "iphone",
        "com.example.a",
        "com.example.*",
    ),
    *TYPES,
]

word = st.one_of(st.sampled_from(VALUES), st.text(max_size=12))
field = st.one_of(st.sampled_from(FIELDS.split()), st.text(max_size=6))
fields = st.dictionaries(field, st.one_of(st.none(), word, st.lists(word, max_size=2)), max_size=8)
scalar = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), word
)
value = st.recursive(
    scalar,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(word, inner, max_size=3)),
    max_leaves=8,
)


@pytest.fixture
def person(sandbox: Sandbox) -> Person:
    """An admin with tokens."""
    found = sign_in(sandbox)
    found.ask("listTeams.action")
    return found


@pytest.fixture(scope="session")
def csr() -> str:
    """A request that can be signed."""
    from cryptography.hazmat.primitives.asymmetric import rsa

    return request_of(rsa.generate_private_key(65537, 2048))


def paths() -> list[str]:
    """Every call there is."""
    return sorted([f"{each}/{name}" for each in ("ios", "mac") for name in HANDLERS] + list(PLAIN))


@QUIET
@given(path=st.sampled_from(paths()), given_fields=fields, signed=st.booleans())
def test_any_form(person: Person, csr: str, path: str, given_fields: dict[str, Any], signed: bool) -> None:
    if signed:
        given_fields["csrContent"] = csr
    filled = {name: each for name, each in given_fields.items() if each != []}
    response = person.portal(f"{path}.action", **filled) if "download" not in path else None
    if response is not None:
        assert isinstance(response["resultCode"], int)


@QUIET
@given(name=st.text(max_size=20), path=st.sampled_from([each for each in paths() if "create" in each]))
def test_any_name_of_a_profile(person: Person, name: str, path: str) -> None:
    usual = {"appIdId": "BUNDLE0001", "distributionType": "store", "certificateIds": "CERTIFIC01"}
    answer = person.portal(path, provisioningProfileName=name, **usual)
    assert answer["resultCode"] in {0, 35}
    xcode = f"/services/QH65B2/{path[:3]}/listProvisioningProfiles.action?teamId={TEAM}"
    assert person.send("POST", xcode).status_code == 200


def test_names_that_are_no_text(person: Person) -> None:
    values = {"name": "a\ud800\x01<", "identifier": "com.example.odd", "platform": "IOS", "teamId": TEAM}
    data = {"type": "bundleIds", "attributes": values}
    made = person.send("POST", "/services-account/v1/bundleIds", json={"data": data})
    assert made.status_code == 201, made.text
    usual = {"distributionType": "store", "certificateIds": "CERTIFIC01", "provisioningProfileName": "Odd"}
    path = "ios/profile/createProvisioningProfile"
    assert person.portal(path, appIdId=made.json()["data"]["id"], **usual)["resultCode"] == 0
    assert len(person.ask("ios/identifiers/listAppIds.action")["appIds"]) == 3
    xcode = f"/services/QH65B2/ios/listProvisioningProfiles.action?teamId={TEAM}"
    assert person.send("POST", xcode).status_code == 200


@QUIET
@given(
    path=st.sampled_from(paths()),
    search=st.binary(max_size=30),
    body=st.binary(max_size=60),
    kind=st.sampled_from(["application/json", "application/x-www-form-urlencoded", "", "text/plain"]),
)
def test_any_bytes(person: Person, path: str, search: bytes, body: bytes, kind: str) -> None:
    url = f"{PORTAL}/{path}.action?{quote(search, safe='&=+%')}"
    response = person.send("POST", url, data=body, headers={"Content-Type": kind})
    assert response.status_code == 200
    assert person.send("GET", url).status_code in {200, 404}


@QUIET
@given(
    method=st.sampled_from(["GET", "POST", "PATCH", "DELETE", "PUT"]),
    override=st.sampled_from(["", "GET", "DELETE", "PATCH", "TRACE"]),
    parts=st.lists(st.one_of(st.sampled_from(["bundleIds", "profiles", "capabilities"]), word), max_size=3),
    body=value,
)
def test_any_tunnel(person: Person, method: str, override: str, parts: list[str], body: Any) -> None:
    path = "/services-account/v1/" + "/".join(quote(part, safe="") for part in parts)
    headers = {"X-Requested-With": "XMLHttpRequest", "X-HTTP-Method-Override": override}
    bodies = [body, {"teamId": TEAM, "urlEncodedQueryParams": body if isinstance(body, str) else ""}]
    if isinstance(body, dict):
        bodies.append({"data": {**body, "attributes": {"teamId": TEAM}}})
    for each in bodies:
        assert person.send(method, path, json=each, headers=headers).status_code < 500


@QUIET
@given(attributes=value, capabilities=st.lists(value, max_size=2))
def test_any_capabilities(person: Person, attributes: Any, capabilities: list[Any]) -> None:
    named = {**(attributes if isinstance(attributes, dict) else {}), "teamId": TEAM}
    data = {
        "type": "bundleIds",
        "id": "BUNDLE0001",
        "attributes": named,
        "relationships": {"bundleIdCapabilities": {"data": capabilities}},
    }
    response = person.send("PATCH", "/services-account/v1/bundleIds/BUNDLE0001", json={"data": data})
    assert response.status_code < 500


@QUIET
@given(place=st.integers(0, 3), name=word, change=value)
def test_any_app(person: Person, place: int, name: str, change: Any) -> None:
    bodies = []
    for section in ("attributes", "relationships", "id", "type", name):
        body = new_app()
        body["included"][place][section] = change
        bodies.append(body)
    for section in ("attributes", "relationships", name):
        body = new_app()
        body["data"][section] = change
        bodies.append(body)
    bodies += [{"data": change}, {"data": new_app()["data"], "included": change}, change]
    for body in bodies:
        assert 400 <= person.iris("POST", "apps", json=body).status_code < 500


@QUIET
@given(
    method=st.sampled_from(["GET", "POST", "PATCH", "DELETE", "PUT", "OPTIONS"]),
    parts=st.lists(word, max_size=4),
)
def test_any_path_of_iris(person: Person, method: str, parts: list[str]) -> None:
    path = "/".join(quote(part, safe="") for part in parts)
    assert person.iris(method, path).status_code < 500
