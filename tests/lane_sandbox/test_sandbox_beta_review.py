"""The beta review, export compliance, and what they do to the states of a build."""

from __future__ import annotations

from typing import Any

import pytest
from sandbox_client import AURORA, Client

HALF = 1800.0
"""Half of the time of a review, in seconds."""


@pytest.fixture
def build(client: Client) -> str:
    """The older build of Aurora."""
    return str(client.get("/v1/builds").data[0]["id"])


def external(client: Client, build: str) -> str:
    """The external beta state of a build."""
    found = client.get(f"/v1/builds/{build}/buildBetaDetail").data["attributes"]
    return str(found["externalBuildState"])


def submit(client: Client, build: str, status: int = 201) -> Any:
    """Submit a build for beta review."""
    return client.create("betaAppReviewSubmissions", None, {"build": ("builds", build)}, status)


def test_a_beta_review_takes_its_time(client: Client, build: str) -> None:
    assert external(client, build) == "READY_FOR_BETA_SUBMISSION"
    made = submit(client, build).data
    assert made["attributes"]["betaReviewState"] == "WAITING_FOR_REVIEW"
    assert external(client, build) == "WAITING_FOR_BETA_REVIEW"
    client.sandbox.clock.advance(HALF)
    assert external(client, build) == "IN_BETA_REVIEW"
    client.sandbox.clock.advance(HALF)
    assert external(client, build) == "BETA_APPROVED"
    query = {"filter[betaAppReviewSubmission.betaReviewState]": "APPROVED"}
    assert [each["id"] for each in client.get("/v1/builds", **query).data] == [build]
    group = client.get("/v1/betaGroups", **{"filter[name]": "Beta testers", "filter[app]": AURORA}).data[0][
        "id"
    ]
    body = {"data": [{"type": "betaGroups", "id": group}]}
    client.change("POST", f"/v1/builds/{build}/relationships/betaGroups", body, 204)
    assert external(client, build) == "IN_BETA_TESTING"
    client.update("builds", build, {"expired": True})
    assert external(client, build) == "EXPIRED"


def test_a_long_time_passes_both_steps_at_once(client: Client, build: str) -> None:
    submit(client, build)
    client.sandbox.clock.advance(10 * HALF)
    assert external(client, build) == "BETA_APPROVED"


def test_a_rejected_build(client: Client, build: str) -> None:
    client.sandbox.arm([{"kind": "rejected", "path": "/v1/betaAppReviewSubmissions/*"}])
    submit(client, build)
    client.sandbox.clock.advance(2 * HALF)
    assert external(client, build) == "BETA_REJECTED"


def test_a_build_is_submitted_once_and_when_it_is_ready(client: Client, build: str) -> None:
    submit(client, build)
    assert submit(client, build, 422).codes == ["ENTITY_UNPROCESSABLE"]
    client.sandbox.reset()
    build = client.get("/v1/builds").data[0]["id"]
    client.update("builds", build, {"expired": True})
    [error] = submit(client, build, 422).body["errors"]
    assert error["title"] == "The build is not in a valid processing state for this operation."


def test_a_submission_needs_an_answer_about_encryption(client: Client, assets: Any) -> None:
    client.sandbox.clock.advance(1)
    client.outcome(client.upload(assets / "Aurora.ipa"))
    [made] = client.get("/v1/builds", **{"filter[version]": "42"}).data
    client.update("builds", made["id"], {"usesNonExemptEncryption": None})
    [error] = submit(client, made["id"], 409).body["errors"]
    [missing] = error["meta"]["associatedErrors"][f"/v1/builds/{made['id']}"]
    assert missing["code"] == "ENTITY_ERROR.ATTRIBUTE.REQUIRED"
    client.update("builds", made["id"], {"usesNonExemptEncryption": False})
    submit(client, made["id"])


def declaration(client: Client, **values: bool) -> Any:
    """A new encryption declaration of Aurora."""
    attributes = {
        "appDescription": "Secrets",
        "containsProprietaryCryptography": False,
        "containsThirdPartyCryptography": True,
        "availableOnFrenchStore": False,
        **values,
    }
    return client.create("appEncryptionDeclarations", attributes, {"app": ("apps", AURORA)}).data


def test_a_declaration_that_needs_no_document_is_approved(client: Client, build: str) -> None:
    made = declaration(client)
    assert made["attributes"]["appEncryptionDeclarationState"] == "APPROVED"
    body = {"data": {"type": "appEncryptionDeclarations", "id": made["id"]}}
    client.change("PATCH", f"/v1/builds/{build}/relationships/appEncryptionDeclaration", body, 204)
    assert client.get(f"/v1/builds/{build}/appEncryptionDeclaration").data["id"] == made["id"]


def test_a_declaration_with_a_document_is_read_first(client: Client, build: str) -> None:
    made = declaration(client, availableOnFrenchStore=True)
    assert made["attributes"]["appEncryptionDeclarationState"] == "CREATED"
    builds = {"data": [{"type": "builds", "id": build}]}
    path = f"/v1/appEncryptionDeclarations/{made['id']}/relationships/builds"
    assert client.change("POST", path, builds, 409).codes == ["STATE_ERROR"]
    link = {"appEncryptionDeclaration": ("appEncryptionDeclarations", made["id"])}
    values = {"fileName": "ccats.pdf", "fileSize": 3}
    document = client.create("appEncryptionDeclarationDocuments", values, link).data
    client.create("appEncryptionDeclarationDocuments", values, link, 409)
    [operation] = document["attributes"]["uploadOperations"]
    assert client.put(operation, b"pdf").status_code == 200
    client.update("appEncryptionDeclarationDocuments", document["id"], {"uploaded": True})
    place = f"/v1/appEncryptionDeclarations/{made['id']}"
    assert client.get(place).data["attributes"]["appEncryptionDeclarationState"] == "IN_REVIEW"
    client.sandbox.clock.advance(2 * HALF)
    assert client.get(place).data["attributes"]["appEncryptionDeclarationState"] == "APPROVED"
    client.change("POST", path, builds, 204)
