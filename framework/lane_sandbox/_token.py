"""Checks the bearer token of a request as App Store Connect does."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from lane_sandbox._problem import unauthorized

if TYPE_CHECKING:
    from lane_sandbox._keys import Key

AUDIENCE = "appstoreconnect-v1"
LIFETIME_SECONDS = 20 * 60
LONG_LIFETIME_SECONDS = 183 * 24 * 3600
"""Six months: for tokens whose scope only reads ("Generating Tokens for API Requests")."""
GRACE_SECONDS = 60


class Tokens:
    """Verifies tokens against the public keys of the sandbox, by the real time."""

    def __init__(self, keys: list[Key]) -> None:
        self._keys = {key.key_id: (key, _public(key)) for key in keys}

    def verify(self, authorization: str | None, method: str, target: str) -> Key:
        """The key that signed the token. Raises the 401 of `unauthorized` for every fault alike.

        Rules: asc-official-limits.md, section 1. `target` is the path with its query.
        """
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer":
            raise unauthorized()
        try:
            header = jwt.get_unverified_header(token)
            key, public = self._keys[header["kid"]]
            claims = jwt.decode(
                token,
                public,
                algorithms=["ES256"],
                audience=AUDIENCE,
                leeway=GRACE_SECONDS,
                options={"require": ["exp"], "verify_nbf": False, "verify_sub": False},
            )
        except (jwt.InvalidTokenError, KeyError, TypeError, ValueError) as problem:
            raise unauthorized() from problem
        if not (_belongs(claims, key) and _short_lived(claims) and _in_scope(claims, method, target)):
            raise unauthorized()
        return key


def _public(key: Key) -> EllipticCurvePublicKey:
    private = load_pem_private_key(key.private_key_path.read_bytes(), password=None)
    public = private.public_key()
    assert isinstance(public, EllipticCurvePublicKey)
    return public


def _belongs(claims: dict[str, Any], key: Key) -> bool:
    if key.issuer_id is None:
        return claims.get("sub") == "user" and "iss" not in claims
    return claims.get("iss") == key.issuer_id


def _short_lived(claims: dict[str, Any]) -> bool:
    scope = claims.get("scope")
    reads = isinstance(scope, list) and bool(scope) and all(str(each).startswith("GET ") for each in scope)
    lifetime = LONG_LIFETIME_SECONDS if reads else LIFETIME_SECONDS
    return int(claims["exp"]) <= time.time() + lifetime + GRACE_SECONDS


def _in_scope(claims: dict[str, Any], method: str, target: str) -> bool:
    scope = claims.get("scope")
    if scope is None:
        return True
    if not isinstance(scope, list):
        return False
    return any(isinstance(each, str) and _covers(each, method, target) for each in scope)


def _covers(entry: str, method: str, target: str) -> bool:
    allowed, _, address = entry.partition(" ")
    given, wanted = urlsplit(target), urlsplit(address)
    if allowed.upper() != method or given.path != wanted.path:
        return False
    return not wanted.query or sorted(parse_qsl(given.query)) == sorted(parse_qsl(wanted.query))
