"""Refusals, in the shapes and with the codes of Apple's service."""

from __future__ import annotations

import uuid
from typing import Any

USED = "an attribute with a value that has already been used"
UNAUTHORIZED_DETAIL = (
    "Provide a properly configured and signed bearer token, and make sure that it has not expired. "
    "Learn more about Generating Tokens for API Requests https://developer.apple.com/go/?id=api-generating-tokens"
)


class Problem(Exception):  # noqa: N818 - a refusal is an answer, not a failure of the sandbox
    """One refused request: the errors that its answer carries."""

    def __init__(self, errors: list[dict[str, Any]]) -> None:
        super().__init__("; ".join(f"{error['code']}: {error['detail']}" for error in errors))
        self.errors = errors

    @property
    def status(self) -> int:
        """The HTTP status: that of the first error."""
        return int(self.errors[0]["status"])


def error(
    status: int,
    code: str,
    title: str,
    detail: str,
    *,
    pointer: str | None = None,
    parameter: str | None = None,
    meta: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """One member of `errors` (ErrorResponse in Apple's description)."""
    body: dict[str, Any] = {
        "id": str(uuid.uuid4()),
        "status": str(status),
        "code": code,
        "title": title,
        "detail": detail,
    }
    if pointer is not None:
        body["source"] = {"pointer": pointer}
    elif parameter is not None:
        body["source"] = {"parameter": parameter}
    if meta is not None:
        body["meta"] = meta
    return body


def unauthorized() -> Problem:
    """401; without an id, as Apple's (asc-official-limits.md, 1)."""
    title = "Authentication credentials are missing or invalid."
    body = error(401, "NOT_AUTHORIZED", title, UNAUTHORIZED_DETAIL)
    del body["id"]
    return Problem([body])


def forbidden(detail: str) -> Problem:
    """403: the role of the key, or the resource, does not allow this."""
    title = "This request is forbidden for security reasons"
    return Problem([error(403, "FORBIDDEN_ERROR", title, detail)])


def no_path(path: str) -> Problem:
    """404: there is no such path at all."""
    return Problem([error(404, "PATH_ERROR", "The URL path is not valid", f"'{path}' is not a valid URL")])


def not_found(kind: str, identifier: str) -> Problem:
    """404: the path is right, the resource is not there."""
    detail = f"There is no resource of type '{kind}' with id '{identifier}'"
    return Problem([error(404, "NOT_FOUND", "The specified resource does not exist", detail)])


def method_not_allowed(method: str, path: str) -> Problem:
    """405."""
    title = "The request method is not valid for the resource path."
    return Problem([error(405, "METHOD_NOT_ALLOWED", title, f"{method} is not valid for '{path}'")])


def illegal_parameter(name: str) -> dict[str, Any]:
    """400: a query parameter that this operation does not know."""
    title = "A given parameter is not allowed for this request"
    detail = f"The parameter '{name}' can not be used with this request"
    return error(400, "PARAMETER_ERROR.ILLEGAL", title, detail, parameter=name)


def invalid_parameter(name: str, detail: str) -> dict[str, Any]:
    """400: a query parameter with a value that it cannot have."""
    title = "A parameter has an invalid value"
    return error(400, "PARAMETER_ERROR.INVALID", title, detail, parameter=name)


def required_parameter(name: str) -> dict[str, Any]:
    """400: a query parameter that this operation needs."""
    title = "A required parameter is missing"
    detail = f"The parameter '{name}' is required for this request"
    return error(400, "PARAMETER_ERROR.REQUIRED", title, detail, parameter=name)


def bad_attribute(name: str, suffix: str, detail: str, **members: Any) -> dict[str, Any]:
    """409: an attribute in the body. `suffix` is the code after ENTITY_ERROR.ATTRIBUTE."""
    titles = {
        "REQUIRED": "The provided entity is missing a required attribute",
        "UNKNOWN": "The provided entity includes an unknown attribute",
        "TYPE": "An attribute in the provided entity has the wrong type",
        "INVALID": "An attribute in the provided entity has invalid value",
        "INVALID.TOO_LONG": "An attribute value is too long.",
        "INVALID.UNMODIFIABLE": "An attribute value is not acceptable for the current resource state.",
        "INVALID.DUPLICATE": f"The provided entity includes {USED}",
    }
    code = f"ENTITY_ERROR.ATTRIBUTE.{suffix}"
    return error(409, code, titles[suffix], detail, pointer=f"/data/attributes/{name}", **members)


def bad_relationship(name: str, suffix: str, detail: str, *, pointer: str | None = None) -> dict[str, Any]:
    """409: a relationship in the body. `suffix` is the code after ENTITY_ERROR.RELATIONSHIP."""
    titles = {
        "REQUIRED": "The provided entity is missing a required relationship",
        "UNKNOWN": "The provided entity includes an unknown relationship",
        "INVALID": "The provided entity includes a relationship with an invalid value",
    }
    code = f"ENTITY_ERROR.RELATIONSHIP.{suffix}"
    return error(409, code, titles[suffix], detail, pointer=pointer or f"/data/relationships/{name}")


def bad_document(detail: str, *, pointer: str | None = None) -> Problem:
    """422: a body that is JSON but no document of this API."""
    title = "The request entity is not a valid request document object"
    return Problem([error(422, "ENTITY_UNPROCESSABLE", title, detail, pointer=pointer)])


def bad_json(detail: str) -> Problem:
    """400: a body that is no JSON."""
    return Problem([error(400, "ENTITY_INVALID", "JSON processing failed", detail)])


def bad_state(
    detail: str, associated: dict[str, list[dict[str, Any]]] | None = None, *, code: str = "STATE_ERROR"
) -> Problem:
    """409: the state of this or of another resource forbids it; `associated` has errors by path."""
    title = "The request cannot be fulfilled because of the state of another resource."
    meta = {"associatedErrors": associated} if associated else None
    return Problem([error(409, code, title, detail, meta=meta)])


def not_editable(names: list[str]) -> Problem:
    """409: attributes that the state of something else holds fast (fastlane/fastlane#16626)."""
    title = "The request cannot be fulfilled because of the state of another resource."
    detail = "Attribute '{}' cannot be edited at this time"
    pointer = "/data/attributes/{}"
    return Problem(
        [
            error(409, "STATE_ERROR", title, detail.format(name), pointer=pointer.format(name))
            for name in names
        ]
    )


def cannot_process(detail: str) -> Problem:
    """422: the title says it again (codemagic-ci-cd/cli-tools#346)."""
    return Problem([error(422, "ENTITY_UNPROCESSABLE", detail, detail)])


def rate_limited() -> Problem:
    """429: the key's requests of this hour are used up."""
    title = "The request rate limit has been reached."
    detail = "We've received too many requests for this API. Please wait and try again."
    return Problem([error(429, "RATE_LIMIT_EXCEEDED", title, detail)])
