"""The other side of SRP, written from the reference page alone: what a server checks a proof with."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property

N = int(
    "AC6BDB41324A9A9BF166DE5E1389582FAF72B6651987EE07FC3192943DB56050A37329CBB4A099ED8193E0757767A13DD52312AB4B033"
    "10DCD7F48A9DA04FD50E8083969EDB767B0CF6095179A163AB3661A05FBD5FAAAE82918A9962F0B93B855F97993EC975EEAA80D740ADB"
    "F4FF747359D041D5C33EA71D281E446B14773BCA97B43A23FB801676BD207A436C6481F1D2B9078717461A5B9D32E688F87748544523B"
    "524B0D57D5EA77A2775D2ECFA032CFBDBF52FB3786160279004E57AE6AF874E7303CE53299CCC041C7BC308D82A5698F3A8D0C38271AE"
    "35F8E9DBFBB694B5C803D89F7AE435DE236D525F54759B65E372FCD68EF20FA7111F9E4AFF73",
    16,
)


def sha(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def pad(number: int) -> bytes:
    return number.to_bytes(256, "big")


def minimal(number: int) -> bytes:
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


K = int.from_bytes(sha(pad(N), pad(2)), "big")


@dataclass(frozen=True)
class Verifier:
    """What a server keeps of a password, and the one sign-in with `b` that it checks."""

    account: str
    password: str
    protocol: str
    salt: bytes
    iteration: int
    b: int

    @cached_property
    def x(self) -> int:
        digest = hashlib.sha256(self.password.encode())
        raw = {"s2k": digest.digest(), "s2k_fo": digest.hexdigest().encode()}[self.protocol]
        key = hashlib.pbkdf2_hmac("sha256", raw, self.salt, self.iteration, 32)
        return int.from_bytes(sha(self.salt, sha(b":" + key)), "big")

    @cached_property
    def v(self) -> int:
        return pow(2, self.x, N)

    @cached_property
    def public(self) -> int:
        """B."""
        return (K * self.v + pow(2, self.b, N)) % N

    def shared(self, a_sent: bytes) -> int:
        """S."""
        a = int.from_bytes(a_sent, "big")
        assert a % N != 0
        u = int.from_bytes(sha(pad(a), pad(self.public)), "big")
        return pow(a * pow(self.v, u, N), self.b, N)

    def proofs(self, a_sent: bytes, b_sent: bytes, shared: bytes) -> tuple[bytes, bytes]:
        """M1 and M2, under the way in which S is written."""
        key = sha(shared)
        group = bytes(one ^ other for one, other in zip(sha(pad(N)), sha(pad(2)), strict=True))
        m1 = sha(group, sha(self.account.encode()), self.salt, a_sent, b_sent, key)
        return m1, sha(a_sent, m1, key)
