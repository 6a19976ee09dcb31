"""Proves a password without sending it: SRP-6a as Apple does it (apple-id-login.md, 4.2).

By hand, since the package `srp` drops leading zero bytes of the salt and of S, and keeps process-wide switches.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

Protocol = Literal["s2k", "s2k_fo"]

WIDTH = 256
"""Bytes of N, and of all that is padded."""
N = int(
    "AC6BDB41324A9A9BF166DE5E1389582FAF72B6651987EE07FC3192943DB56050A37329CBB4A099ED8193E0757767A13D"
    "D52312AB4B03310DCD7F48A9DA04FD50E8083969EDB767B0CF6095179A163AB3661A05FBD5FAAAE82918A9962F0B93B8"
    "55F97993EC975EEAA80D740ADBF4FF747359D041D5C33EA71D281E446B14773BCA97B43A23FB801676BD207A436C6481"
    "F1D2B9078717461A5B9D32E688F87748544523B524B0D57D5EA77A2775D2ECFA032CFBDBF52FB3786160279004E57AE6"
    "AF874E7303CE53299CCC041C7BC308D82A5698F3A8D0C38271AE35F8E9DBFBB694B5C803D89F7AE435DE236D525F5475"
    "9B65E372FCD68EF20FA7111F9E4AFF73",
    16,
)
"""The group of 2048 bits of RFC 5054."""
G = 2


class UnfitNumberError(ValueError):
    """The other side sent a number that would give the password away, or that is none of this group."""


@dataclass(frozen=True, slots=True)
class Ephemeral:
    """A number that is used once, and what of it goes to Apple: always 256 bytes."""

    secret: int = field(repr=False)
    public: bytes


@dataclass(frozen=True, slots=True)
class Proof:
    """Both proofs, 32 bytes each.

    `doubtful`: a number began with a zero byte, where clients and servers differ in what they hash; a refusal
    may then be due to that, and not to the password.
    """

    m1: bytes = field(repr=False)
    m2: bytes = field(repr=False)
    doubtful: bool


def ephemeral(random: Callable[[int], bytes] = secrets.token_bytes) -> Ephemeral:
    """A fresh one. Drawn until its public part fills all bytes, so that every way of padding agrees on it."""
    while True:
        secret = int.from_bytes(random(WIDTH), "big")
        public = padded(pow(G, secret, N))
        if public[0]:
            return Ephemeral(secret, public)


def password_key(password: str, protocol: Protocol, salt: bytes, iteration: int) -> bytes:
    """P: 32 bytes. `s2k_fo` belongs to accounts with an old password, and hashes the digest's hex text."""
    digest = hashlib.sha256(password.encode())
    raw = digest.hexdigest().encode() if protocol == "s2k_fo" else digest.digest()
    return hashlib.pbkdf2_hmac("sha256", raw, salt, iteration, 32)


def prove(account: str, key: bytes, salt: bytes, mine: Ephemeral, theirs: bytes) -> Proof:
    """The proofs for Apple's B, `theirs`, taken into the hash as it came. `account` is trimmed, in lower case.

    Raises UnfitNumberError for a B that is 0 in the group or too long, and for u = 0.
    """
    b, u = _checked(mine, theirs)
    x = int.from_bytes(_hash(salt, _hash(b":", key)), "big")
    shared = padded(pow((b - _K * pow(G, x, N)) % N, mine.secret + u * x, N))
    session_key = _hash(shared)
    m1 = _hash(_GROUP, _hash(account.encode()), salt, mine.public, theirs, session_key)
    m2 = _hash(mine.public, m1, session_key)
    return Proof(m1, m2, doubtful=not shared[0] or not padded(b)[0])


def padded(number: int) -> bytes:
    """256 bytes, the biggest first."""
    return number.to_bytes(WIDTH, "big")


def _checked(mine: Ephemeral, theirs: bytes) -> tuple[int, int]:
    """B and u."""
    b = int.from_bytes(theirs, "big")
    if len(theirs) > WIDTH or b % N == 0:
        raise UnfitNumberError("Apple's number B is not one of the group.")
    u = int.from_bytes(_hash(mine.public, theirs.rjust(WIDTH, b"\0")), "big")
    if u == 0:
        raise UnfitNumberError("The numbers of both sides cancel each other out.")
    return b, u


def _hash(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


_K = int.from_bytes(_hash(padded(N), padded(G)), "big")
_GROUP = bytes(one ^ other for one, other in zip(_hash(padded(N)), _hash(padded(G)), strict=True))
