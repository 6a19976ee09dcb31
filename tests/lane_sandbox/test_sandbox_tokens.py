"""Tokens and roles: what App Store Connect takes, and how it refuses the rest."""

from __future__ import annotations

import time
from email.utils import parsedate_to_datetime
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from sandbox_client import AURORA, Client, document

from lane_sandbox import Sandbox


def now() -> int:
    """Seconds since the epoch, by the real clock, as clients know it."""
    return int(time.time())


def timed(claims: dict[str, Any]) -> dict[str, Any]:
    """Claims whose times are seconds from now."""
    return {name: now() + value if isinstance(value, int) else value for name, value in claims.items()}


@pytest.mark.parametrize(
    "claims",
    [
        {"iat": None},
        {"iat": -3600},
        {"iat": 30},
        {"exp": 20 * 60},
        {"exp": -30},
        {"scope": ["GET /v1/apps"]},
        {"scope": ["POST /v1/apps", "GET /v1/apps?limit=5"]},
        {"exp": 180 * 24 * 3600, "scope": ["GET /v1/apps"]},
    ],
)
def test_takes(client: Client, claims: dict[str, Any]) -> None:
    assert client.send("GET", "/v1/apps?limit=5", token=client.token(**timed(claims))).status == 200


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": -3600},
        {"exp": 3600},
        {"exp": None},
        {"exp": "soon"},
        {"iat": 3600},
        {"aud": "appstoreconnect-v2"},
        {"aud": None},
        {"iss": "00000000-0000-0000-0000-000000000000"},
        {"iss": None},
        {"iss": None, "sub": "user"},
        {"scope": ["GET /v1/builds"]},
        {"scope": ["GET /v1/apps?limit=6"]},
        {"scope": "GET /v1/apps"},
        {"scope": []},
        {"exp": 3600, "scope": ["POST /v1/apps", "GET /v1/apps"]},
        {"exp": 200 * 24 * 3600, "scope": ["GET /v1/apps"]},
    ],
)
def test_refuses_as_apple_does(client: Client, claims: dict[str, Any]) -> None:
    answer = client.send("GET", "/v1/apps?limit=5", token=client.token(**timed(claims)))
    assert answer.status == 401
    [error] = answer.body["errors"]
    assert error["code"] == "NOT_AUTHORIZED"
    assert error["title"] == "Authentication credentials are missing or invalid."
    assert "id" not in error


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "e30.e30.e30", "ÿ.ÿ.ÿ"])
def test_refuses_what_is_no_token(client: Client, token: str) -> None:
    header = {"Authorization": f"Bearer {token}".encode()}
    assert client.send("GET", "/v1/apps", headers=header).status == 401


def test_refuses_a_request_without_token(client: Client) -> None:
    assert client.send("GET", "/v1/apps", headers={"Authorization": None}).status == 401
    assert client.send("GET", "/v1/apps", headers={"Authorization": "Basic eA=="}).status == 401


def test_refuses_an_unknown_key_id_and_a_foreign_signature(client: Client) -> None:
    assert client.send("GET", "/v1/apps", token=client.token(headers={"kid": "XXXXXXXXXX"})).status == 401
    claims = {"iss": client.key.issuer_id, "exp": now() + 500, "aud": "appstoreconnect-v1"}
    foreign = ec.generate_private_key(ec.SECP256R1())
    forged = jwt.encode(claims, foreign, algorithm="ES256", headers={"kid": client.key.key_id})
    assert client.send("GET", "/v1/apps", token=forged).status == 401
    symmetric = jwt.encode(claims, "x" * 32, algorithm="HS256", headers={"kid": client.key.key_id})
    assert client.send("GET", "/v1/apps", token=symmetric).status == 401


def test_a_clock_that_is_off_shows_by_the_date_header(client: Client) -> None:
    answer = client.send("GET", "/v1/apps", token=client.token(iat=now() + 7200, exp=now() + 7700))
    assert answer.status == 401
    assert abs(parsedate_to_datetime(answer.headers["Date"]).timestamp() - time.time()) < 5


def test_moving_the_sandboxs_clock_keeps_tokens_good(client: Client) -> None:
    client.sandbox.clock.advance(30 * 24 * 3600)
    assert client.get("/v1/apps").data


def test_an_individual_key_has_no_issuer(sandbox: Sandbox, client: Client) -> None:
    individual = Client(sandbox, sandbox.keys[2])
    assert individual.key.issuer_id is None
    assert individual.get("/v1/apps").status == 200
    issued = individual.token(sub=None, iss=client.key.issuer_id)
    assert individual.send("GET", "/v1/apps", token=issued).status == 401


def test_a_weak_key_reads_and_does_not_write(sandbox: Sandbox, client: Client) -> None:
    weak = Client(sandbox, sandbox.keys[1])
    assert weak.key.role == "CUSTOMER_SUPPORT"
    assert weak.get("/v1/builds").data
    values = {"cfBundleShortVersionString": "1.2.0", "cfBundleVersion": "42", "platform": "IOS"}
    answer = weak.create("buildUploads", values, {"app": ("apps", AURORA)}, status=403)
    assert answer.codes == ["FORBIDDEN_ERROR"]
    group = client.get("/v1/betaGroups").data[0]["id"]
    body = document("betaGroups", {"name": "Other"}, None, group)
    assert weak.send("PATCH", f"/v1/betaGroups/{group}", json=body).status == 403
    assert weak.send("DELETE", f"/v1/betaGroups/{group}").status == 403
    path = f"/v1/betaGroups/{group}/relationships/builds"
    assert weak.send("POST", path, json={"data": []}).status == 403
    assert client.get(f"/v1/betaGroups/{group}").data["attributes"]["name"] == "Team"


def test_the_budget_is_counted_per_key_and_told_in_every_answer(client: Client) -> None:
    limit = [client.get("/v1/apps").headers["X-Rate-Limit"] for _ in range(2)]
    assert limit == ["user-hour-lim:3500;user-hour-rem:3499;", "user-hour-lim:3500;user-hour-rem:3498;"]
    other = Client(client.sandbox, client.sandbox.keys[2])
    assert other.get("/v1/apps").headers["X-Rate-Limit"] == "user-hour-lim:3500;user-hour-rem:3499;"
    client.sandbox.clock.advance(3601)
    assert client.get("/v1/apps").headers["X-Rate-Limit"] == "user-hour-lim:3500;user-hour-rem:3499;"


@pytest.mark.usefixtures("shared")
def test_a_spent_budget_is_refused_until_the_hour_is_over() -> None:
    with Sandbox(hourly_limit=2) as sandbox:
        client = Client(sandbox, sandbox.keys[0])
        assert [client.send("GET", "/v1/apps").status for _ in range(3)] == [200, 200, 429]
        answer = client.send("GET", "/v1/apps")
        assert answer.codes == ["RATE_LIMIT_EXCEEDED"]
        assert answer.headers["X-Rate-Limit"] == "user-hour-lim:2;user-hour-rem:0;"
        sandbox.clock.advance(3601)
        assert client.send("GET", "/v1/apps").status == 200
