"""Faults: each happens as it says, to what it says, as often as it says."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
import requests
from sandbox_client import AURORA, Client, document

from lane_sandbox import FaultError, Sandbox

if TYPE_CHECKING:
    from pathlib import Path


def get(client: Client, path: str = "/v1/apps", **options: Any) -> requests.Response:
    """A request on a connection of its own."""
    headers = {"Authorization": f"Bearer {client.token()}"}
    return requests.get(client.sandbox.url + path, headers=headers, timeout=30, **options)


def faults_noted(client: Client) -> list[object]:
    """The faults of the requests so far."""
    return [each["fault"] for each in client.sandbox.requests()]


def test_a_storm_of_429(client: Client) -> None:
    client.sandbox.arm(
        [
            {"kind": "rate_limit", "path": "/v1/apps*", "count": 2, "retry_after": 7},
            {"kind": "rate_limit", "count": 1, "after": 1},
        ]
    )
    answers = [get(client) for _ in range(5)]
    assert [each.status_code for each in answers] == [429, 429, 200, 429, 200]
    assert [each.headers.get("Retry-After") for each in answers] == ["7", "7", None, None, None]
    assert answers[0].json()["errors"][0]["code"] == "RATE_LIMIT_EXCEEDED"
    assert faults_noted(client)[-5:] == ["rate_limit", "rate_limit", None, "rate_limit", None]


def test_errors_of_the_server(client: Client) -> None:
    client.sandbox.arm([{"kind": "error", "status": 503, "body": "html"}, {"kind": "error", "method": "get"}])
    html, json = get(client), get(client)
    assert (html.status_code, html.headers["Content-Type"]) == (503, "text/html")
    assert "503 Service Temporarily Unavailable" in html.text
    assert (json.status_code, json.json()["errors"][0]["code"]) == (500, "UNEXPECTED_ERROR")


def test_a_good_token_is_refused(client: Client) -> None:
    client.sandbox.arm([{"kind": "unauthorized"}])
    assert get(client).json()["errors"][0]["code"] == "NOT_AUTHORIZED"
    assert get(client).status_code == 200


def test_a_connection_breaks(client: Client) -> None:
    client.sandbox.arm([{"kind": "reset", "path": "/v1/betaGroups"}])
    with pytest.raises(requests.ConnectionError, match="reset"):
        get(client, "/v1/betaGroups")
    assert get(client, "/v1/betaGroups").status_code == 200


def test_an_answer_is_lost_though_the_work_is_done(client: Client) -> None:
    client.sandbox.arm([{"kind": "lost", "method": "POST", "path": "/v1/betaGroups"}])
    body = document("betaGroups", {"name": "Lost"}, {"app": ("apps", AURORA)})
    with pytest.raises(requests.ConnectionError):
        client.send("POST", "/v1/betaGroups", json=body)
    assert len(client.get("/v1/betaGroups", **{"filter[name]": "Lost"}).data) == 1
    assert faults_noted(client)[-2:] == ["lost", None]


def test_half_of_an_answer_comes(client: Client) -> None:
    client.sandbox.arm([{"kind": "truncated"}])
    with pytest.raises(requests.exceptions.ChunkedEncodingError, match="IncompleteRead"):
        get(client)
    assert get(client).json()["data"]


def test_an_answer_comes_slowly(client: Client) -> None:
    client.sandbox.arm([{"kind": "slow", "seconds": 0.2}])
    before = time.monotonic()
    assert get(client).json()["data"]
    assert time.monotonic() - before >= 0.2


def test_uploads_have_faults_too(client: Client) -> None:
    data = b"12345"
    _, file = client.reserve(len(data))
    client.sandbox.arm([{"kind": "error", "status": 502, "method": "PUT", "path": "/uploads/*"}])
    [operation] = file["attributes"]["uploadOperations"]
    assert [client.put(operation, data).status_code for _ in range(2)] == [502, 200]


def test_chance_is_repeatable(client: Client) -> None:
    seen = []
    for _ in range(2):
        with Sandbox(faults=[{"kind": "unauthorized", "count": None, "chance": 0.5}]) as sandbox:
            other = Client(sandbox, sandbox.keys[0])
            seen.append([get(other).status_code for _ in range(12)])
    assert seen[0] == seen[1]
    assert set(seen[0]) == {200, 401}


def test_processing_is_stuck(client: Client, assets: Path) -> None:
    client.sandbox.arm([{"kind": "stuck", "path": "/v1/buildUploads/*"}])
    upload = client.upload(assets / "Aurora.ipa")
    client.sandbox.clock.advance(10**6)
    assert client.outcome(upload)["state"] == "PROCESSING"


def test_processing_is_stuck_for_a_while(client: Client, assets: Path) -> None:
    client.sandbox.arm([{"kind": "stuck", "path": "/v1/builds/*", "seconds": 3600}])
    assert client.outcome(client.upload(assets / "Aurora.ipa"))["state"] == "COMPLETE"
    query = {"filter[version]": "42", "filter[processingState]": "PROCESSING"}
    assert len(client.get("/v1/builds", **query).data) == 1
    client.sandbox.clock.advance(3600)
    assert client.get("/v1/builds", **query).data == []


def test_a_build_is_invalid(client: Client, assets: Path) -> None:
    client.sandbox.arm([{"kind": "invalid"}])
    client.outcome(client.upload(assets / "Aurora.ipa"))
    [build] = client.get("/v1/builds", **{"filter[version]": "42"}).data
    assert build["attributes"]["processingState"] == "INVALID"


def test_faults_over_http(client: Client) -> None:
    url = f"{client.sandbox.url}/_sandbox/faults"
    armed = requests.post(url, json={"faults": [{"kind": "reset", "count": 3}]}, timeout=30).json()["faults"]
    assert [(each["kind"], each["count"]) for each in armed] == [("reset", 3)]
    assert requests.get(url, timeout=30).json()["faults"] == armed
    assert requests.delete(url, timeout=30).json() == {"faults": []}
    for wrong in ({"faults": [{"kind": "reset", "cuont": 3}]}, {"faults": {}}, 5):
        answer = requests.post(url, json=wrong, timeout=30)
        assert answer.status_code == 400
    assert requests.post(url, data=b"{", timeout=30).status_code == 400
    assert "'cuont' is not known" in requests.post(url, json=[{"cuont": 3}], timeout=30).text


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        ("reset", "fault 1: must be an object"),
        ({"kind": "rest"}, "fault 1: kind 'rest' is not known; use rate_limit"),
        ({}, "kind None is not known"),
        ({"kind": "reset", "count": 0}, "count must be a number from 1 or null, not 0"),
        ({"kind": "reset", "count": True}, "count must be"),
        ({"kind": "reset", "chance": 2}, "chance must be from 0 to 1"),
        ({"kind": "error", "status": 200}, "status must be one of 404"),
        ({"kind": "error", "body": "xml"}, "body must be json or html"),
        ({"kind": "slow"}, "a slow answer needs 'seconds'"),
        ({"kind": "reset", "path": ""}, "path must be a text"),
        ({"kind": "rate_limit", "retry_after": -1}, "retry_after must be"),
    ],
)
def test_wrong_faults_are_told(entry: Any, why: str) -> None:
    with pytest.raises(FaultError) as told:
        Sandbox(faults=[entry])
    assert why in str(told.value)


def test_faults_from_a_file(tmp_path: Path, shared: Path) -> None:
    path = tmp_path / "storm.yaml"
    path.write_text("faults:\n  - {kind: rate_limit, path: /v1/apps, count: 1}\n")
    with Sandbox(faults=path) as sandbox:
        client = Client(sandbox, sandbox.keys[0])
        assert [get(client).status_code for _ in range(2)] == [429, 200]
        path.write_text("faults: [\n")
        with pytest.raises(FaultError, match="cannot be read"):
            sandbox.arm(path)
        path.write_text("faults:\n  - {kind: x}\n")
        with pytest.raises(FaultError, match=r"storm.yaml: fault 1: kind 'x'"):
            sandbox.arm(path)


def test_a_reset_disarms(client: Client) -> None:
    client.sandbox.arm([{"kind": "reset", "count": None}])
    client.sandbox.reset()
    assert get(client).status_code == 200
