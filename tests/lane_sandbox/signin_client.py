"""A plain client of Apple's sign-in, written out so that a test can leave its path at any point."""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import requests

if TYPE_CHECKING:
    from lane_sandbox import Sandbox

N = int(
    "AC6BDB41324A9A9BF166DE5E1389582FAF72B6651987EE07FC3192943DB56050A37329CBB4A099ED8193E0757767A13DD52312AB"
    "4B03310DCD7F48A9DA04FD50E8083969EDB767B0CF6095179A163AB3661A05FBD5FAAAE82918A9962F0B93B855F97993EC975EEA"
    "A80D740ADBF4FF747359D041D5C33EA71D281E446B14773BCA97B43A23FB801676BD207A436C6481F1D2B9078717461A5B9D32E6"
    "88F87748544523B524B0D57D5EA77A2775D2ECFA032CFBDBF52FB3786160279004E57AE6AF874E7303CE53299CCC041C7BC308D8"
    "2A5698F3A8D0C38271AE35F8E9DBFBB694B5C803D89F7AE435DE236D525F54759B65E372FCD68EF20FA7111F9E4AFF73",
    16,
)
AUTH = "/appleauth/auth"
SESSION = "/olympus/v1/session"
KEY = "e0b80c3bf78523bfe80974d320935bfa30add02e1bff88ec2166c6bd5a706c42"


def sha(*parts: bytes) -> bytes:
    """SHA-256 of all parts."""
    return hashlib.sha256(b"".join(parts)).digest()


def padded(value: int) -> bytes:
    """256 bytes."""
    return value.to_bytes(256)


def minimal(value: int) -> bytes:
    """No zero bytes in front."""
    return value.to_bytes((value.bit_length() + 7) // 8)


@dataclass
class Proof:
    """A client's half of the exchange; `write_a` and `write_s` are how it writes A and S."""

    name: str
    password: str
    a: int = field(default_factory=lambda: secrets.randbits(2048))
    write_a: Any = padded
    write_s: Any = padded
    numbers: dict[str, Any] = field(default_factory=dict)

    @property
    def public(self) -> int:
        """A."""
        return pow(2, self.a, N)

    def of(self, salt: bytes, iterations: int, protocol: str, b: bytes) -> tuple[bytes, bytes]:
        """M1 and M2."""
        secret = hashlib.sha256(self.password.encode())
        base = secret.digest() if protocol == "s2k" else secret.hexdigest().encode()
        p = hashlib.pbkdf2_hmac("sha256", base, salt, iterations, 32)
        x = int.from_bytes(sha(salt, sha(b":", p)))
        k = int.from_bytes(sha(padded(N), padded(2)))
        u = int.from_bytes(sha(padded(self.public), b))
        s = pow(int.from_bytes(b) - k * pow(2, x, N), self.a + u * x, N)
        key = sha(self.write_s(s))
        group = bytes(one ^ two for one, two in zip(sha(padded(N)), sha(padded(2)), strict=True))
        a = self.write_a(self.public)
        m1 = sha(group, sha(self.name.encode()), salt, a, b, key)
        m2 = sha(a, m1, key)
        self.numbers = {"P": p, "x": x, "u": u, "S": s, "K": key}
        return m1, m2


@dataclass
class SignIn:
    """Signs in to a sandbox, step by step; cookies are kept as a browser keeps them."""

    sandbox: Sandbox
    email: str = "olive@example.com"
    password: str = "Aurora-Borealis-1"
    session: requests.Session = field(default_factory=requests.Session)
    headers: dict[str, str] = field(default_factory=dict)

    def send(self, method: str, path: str, **options: Any) -> requests.Response:
        """Any request, with the headers of the sign-in."""
        given = {"X-Apple-Widget-Key": KEY, **self.headers, **options.pop("headers", {})}
        url = self.sandbox.url + path
        answer = self.session.request(
            method, url, headers=given, timeout=30, allow_redirects=False, **options
        )
        for name in ("X-Apple-ID-Session-Id", "scnt"):
            if name in answer.headers:
                self.headers[name] = answer.headers[name]
        return answer

    def stamp(self) -> str:
        """A paid stamp of hashcash."""
        page = self.send("GET", f"{AUTH}/signin?widgetKey={KEY}")
        bits, challenge = int(page.headers["X-Apple-HC-Bits"]), page.headers["X-Apple-HC-Challenge"]
        date = time.strftime("%Y%m%d%H%M%S")
        counter = 0
        while True:
            text = f"1:{bits}:{date}:{challenge}::{counter}"
            if int.from_bytes(hashlib.sha1(text.encode()).digest()) >> (160 - bits) == 0:
                return text
            counter += 1

    def init(self, proof: Proof) -> Any:
        """The answer of signin/init."""
        body = {
            "a": base64.b64encode(proof.write_a(proof.public)).decode(),
            "accountName": self.email,
            "protocols": ["s2k", "s2k_fo"],
        }
        return self.send("POST", f"{AUTH}/signin/init", json=body).json()

    def complete(self, proof: Proof, given: Any, **changes: Any) -> requests.Response:
        """The answer of signin/complete; `changes` are of the body, `stamp` of the header."""
        stamp = changes.pop("stamp", None) or self.stamp()
        salt, b = base64.b64decode(given["salt"]), base64.b64decode(given["b"])
        m1, m2 = proof.of(salt, given["iteration"], given["protocol"], b)
        body = {
            "accountName": self.email,
            "c": given["c"],
            "m1": base64.b64encode(m1).decode(),
            "m2": base64.b64encode(m2).decode(),
            "rememberMe": False,
            **changes,
        }
        path = f"{AUTH}/signin/complete?isRememberMeEnabled=false"
        return self.send("POST", path, json=body, headers={"X-Apple-HC": stamp})

    def begin(self, **changes: Any) -> requests.Response:
        """Both steps."""
        proof = Proof(self.email.lower(), self.password)
        return self.complete(proof, self.init(proof), **changes)

    def options(self, **options: Any) -> Any:
        """The options of the second factor."""
        return self.send("GET", AUTH, **options).json()

    def code(self) -> str:
        """The newest code that was delivered to this account."""
        found = [each for each in self.sandbox.messages() if each["account"] == self.email.lower()]
        return str(found[-1]["code"])

    def give(self, code: str, phone: int | None = None) -> requests.Response:
        """Give a code, of a device or of a phone."""
        body: dict[str, Any] = {"securityCode": {"code": code}}
        if phone is None:
            return self.send("POST", f"{AUTH}/verify/trusteddevice/securitycode", json=body)
        body |= {"phoneNumber": {"id": phone}, "mode": "sms"}
        return self.send("POST", f"{AUTH}/verify/phone/securitycode", json=body)

    def ask_phone(self, phone: int, mode: str = "sms") -> requests.Response:
        """Ask for a code at a phone."""
        body = {"phoneNumber": {"id": phone}, "mode": mode}
        return self.send("PUT", f"{AUTH}/verify/phone", json=body)

    def trust(self) -> requests.Response:
        """The last step."""
        return self.send("GET", f"{AUTH}/2sv/trust")

    def sign_in(self) -> None:
        """The whole way, with the code of a device."""
        assert self.begin().status_code == 409
        assert self.give(self.code()).status_code == 204
        assert self.trust().status_code == 204
