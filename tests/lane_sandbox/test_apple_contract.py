"""The checker itself: it finds what is wrong, and lets pass what is right."""

from __future__ import annotations

from typing import Any

import pytest
from apple_contract import check_request, check_response

pytestmark = pytest.mark.usefixtures("shared")

LINKS = {"self": "https://api.appstoreconnect.apple.com/v1/apps"}
UPLOAD = {
    "data": {
        "type": "buildUploads",
        "attributes": {"cfBundleShortVersionString": "1", "cfBundleVersion": "1", "platform": "IOS"},
        "relationships": {"app": {"data": {"type": "apps", "id": "1"}}},
    }
}


@pytest.mark.parametrize(
    ("method", "path", "query", "body"),
    [
        ("GET", "/v1/apps", None, None),
        ("GET", "/v1/apps", "filter[name]=a,b&limit=200&include=builds&fields[builds]=version", None),
        ("GET", "/v1/apps?filter%5Bname%5D=a+b", {"sort": "-name"}, None),
        ("GET", "https://api.appstoreconnect.apple.com/v1/apps/1/builds?cursor=x", None, None),
        ("POST", "/v1/buildUploads", None, UPLOAD),
        ("GET", "/v1/gameCenterDetails/1", None, None),
    ],
)
def test_good_requests_pass(method: str, path: str, query: Any, body: Any) -> None:
    assert check_request(method, path, query, body) == []


@pytest.mark.parametrize(
    ("method", "path", "query", "body", "expected"),
    [
        ("GET", "/v1/fruits", None, None, "no such operation"),
        ("POST", "/v1/apps", None, None, "no such operation"),
        ("GET", "/v1/apps", {"filter[nam]": "x"}, None, "unknown parameter 'filter[nam]'"),
        ("GET", "/v1/apps", {"limit": "201"}, None, "greater than the maximum"),
        ("GET", "/v1/apps", {"limit": "many"}, None, "not of type 'integer'"),
        ("GET", "/v1/apps", {"include": "builds,fruits"}, None, "'fruits' is not one of"),
        ("GET", "/v1/betaAppReviewDetails", None, None, "'filter[app]' is required"),
        ("GET", "/v1/apps", None, {}, "takes none"),
        ("POST", "/v1/buildUploads", None, None, "missing"),
        ("POST", "/v1/buildUploads", None, {"data": {**UPLOAD["data"], "id": "1"}}, "'id' was unexpected"),
        ("POST", "/v1/buildUploads", None, {"data": {"type": "buildUploads"}}, "required property"),
    ],
)
def test_bad_requests_are_found(method: str, path: str, query: Any, body: Any, expected: str) -> None:
    found = check_request(method, path, query, body)
    assert any(expected in each for each in found), found


def test_good_answers_pass() -> None:
    app = {"type": "apps", "id": "1", "attributes": {"name": "Aurora", "subscriptionStatusUrl": None}}
    build = {"type": "builds", "id": "2", "relationships": {"app": {"data": None}}}
    body = {"data": [app], "included": [build], "links": LINKS, "meta": {"paging": {"limit": 50}}}
    assert check_response("GET", "/v1/apps", 200, body) == []
    assert (
        check_response("GET", "/v1/builds/1/betaAppReviewSubmission", 200, {"data": None, "links": LINKS})
        == []
    )
    assert check_response("DELETE", "/v1/betaGroups/1", 204) == []
    refusal = {"errors": [{"status": "404", "code": "PATH_ERROR", "title": "x", "detail": "y"}]}
    assert check_response("GET", "/v1/fruits", 404, refusal) == []


@pytest.mark.parametrize(
    ("path", "status", "body", "expected"),
    [
        ("/v1/apps", 200, None, "missing"),
        ("/v1/apps", 204, None, "does not document"),
        ("/v1/apps", 409, {"errors": []}, "does not document"),
        ("/v1/apps", 200, {"data": [], "links": LINKS, "jsonapi": {}}, "'jsonapi' was unexpected"),
        ("/v1/apps", 200, {"data": [{"type": "apps"}], "links": LINKS}, "'id' is a required property"),
        ("/v1/apps", 200, {"data": None, "links": LINKS}, "null where there must be a list"),
        (
            "/v1/apps",
            200,
            {"data": [{"type": "apps", "id": "1", "attributes": {"nam": 1}}], "links": LINKS},
            "'nam' was unexpected",
        ),
        (
            "/v1/apps",
            200,
            {"data": [], "links": LINKS, "included": [{"type": "devices", "id": "1"}]},
            "'devices' cannot be included",
        ),
        (
            "/v1/builds/1",
            200,
            {"data": {"type": "builds", "id": "1", "attributes": {"uploadedDate": "today"}}, "links": LINKS},
            "is not a 'date-time'",
        ),
        ("/v1/builds/1", 404, {"errors": [{"status": 404}]}, "is not of type 'string'"),
    ],
)
def test_bad_answers_are_found(path: str, status: int, body: Any, expected: str) -> None:
    found = check_response("GET", path, status, body)
    assert any(expected in each for each in found), found
