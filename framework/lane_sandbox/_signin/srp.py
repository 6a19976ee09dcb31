"""The server's half of SRP-6a, as Apple's sign-in uses it (apple-id-login.md, 4.2)."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from functools import lru_cache

LENGTH = 256
"""Bytes of the group's numbers."""
ITERATIONS = 20403
N = int(
    "AC6BDB41324A9A9BF166DE5E1389582FAF72B6651987EE07FC3192943DB56050A37329CBB4A099ED8193E0757767A13D"
    "D52312AB4B03310DCD7F48A9DA04FD50E8083969EDB767B0CF6095179A163AB3661A05FBD5FAAAE82918A9962F0B93B8"
    "55F97993EC975EEAA80D740ADBF4FF747359D041D5C33EA71D281E446B14773BCA97B43A23FB801676BD207A436C6481"
    "F1D2B9078717461A5B9D32E688F87748544523B524B0D57D5EA77A2775D2ECFA032CFBDBF52FB3786160279004E57AE6"
    "AF874E7303CE53299CCC041C7BC308D82A5698F3A8D0C38271AE35F8E9DBFBB694B5C803D89F7AE435DE236D525F5475"
    "9B65E372FCD68EF20FA7111F9E4AFF73",
    16,
)
"""RFC 5054, 2048 bits."""
G = 2
PROTOCOLS = ("s2k", "s2k_fo")


def pad(value: int) -> bytes:
    """A number with zeros in front."""
    return value.to_bytes(LENGTH)


def minimal(value: int) -> bytes:
    """A number without zeros in front."""
    return value.to_bytes((value.bit_length() + 7) // 8)


def digest(*parts: bytes) -> bytes:
    """The hash of all parts."""
    return hashlib.sha256(b"".join(parts)).digest()


K = int.from_bytes(digest(pad(N), pad(G)))
GROUP = bytes(one ^ other for one, other in zip(digest(pad(N)), digest(pad(G)), strict=True))


@lru_cache(maxsize=64)
def verifier(password: str, salt: bytes, iterations: int, protocol: str) -> int:
    """What a server keeps in place of a password: v."""
    secret = hashlib.sha256(password.encode())
    base = secret.hexdigest().encode() if protocol == "s2k_fo" else secret.digest()
    stretched = hashlib.pbkdf2_hmac("sha256", base, salt, iterations, 32)
    x = int.from_bytes(digest(salt, digest(b":", stretched)))
    return pow(G, x, N)


def challenge(v: int) -> tuple[int, int]:
    """A fresh b, and its B; B has its full length, so that no client can pad it wrongly."""
    while True:
        b = secrets.randbits(256)
        public = public_value(v, b)
        if public >> (8 * (LENGTH - 1)):
            return b, public


def public_value(v: int, b: int) -> int:
    """B."""
    return (K * v + pow(G, b, N)) % N


def proves(
    names: tuple[str, ...], salt: bytes, a_public: int, v: int, b: int, m1: bytes, m2: bytes | None
) -> bool:
    """Whether a client's proofs show that it knows the password, under one of the names.

    Clients differ in how they write A and S where these begin with a zero byte: each way is good. An m2 is
    compared as a number, since some drop its leading zeros; None: the client sent none.
    """
    if a_public % N == 0:
        return False
    b_public = public_value(v, b)
    u = int.from_bytes(digest(pad(a_public), pad(b_public)))
    secret = pow(a_public * pow(v, u, N), b, N)
    for a_bytes in {pad(a_public), minimal(a_public)}:
        for s_bytes in {pad(secret), minimal(secret)}:
            key = digest(s_bytes)
            for name in names:
                right = digest(GROUP, digest(name.encode()), salt, a_bytes, pad(b_public), key)
                if hmac.compare_digest(right, m1):
                    return m2 is None or int.from_bytes(m2) == int.from_bytes(digest(a_bytes, right, key))
    return False
