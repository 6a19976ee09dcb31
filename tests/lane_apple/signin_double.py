"""An Apple of a few lines, answering for its three hosts, for what the sandbox never sends."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import requests
from faults import Fault, Reply, Seen, Server
from srp_server import Verifier, minimal, pad

from lane import Secret
from lane_apple._doors import Doors
from lane_apple._signin import flow

DOORS = Doors("http://idmsa.apple.com", "http://appstoreconnect.apple.com", "http://developer.apple.com")
KEY = "e0b80c3bf78523bfe80974d320935bfa30add02e1bff88ec2166c6bd5a706c42"
ACCOUNT, PASSWORD = "jane@example.com", "Correct-Horse-7"
NOW = 1_795_499_000.0


@dataclass
class Double:
    """Serves as a proxy, so that the client believes in Apple's hosts. `replies` replace what it would say."""

    code_needed: bool = True
    protocol: str = "s2k"
    salt: bytes = b"\0salt"
    b: int = 2**255 + 9
    b_short: bool = False
    s_short: bool = False
    replies: dict[str, list[Fault]] = field(default_factory=dict)
    options: dict[str, Any] = field(
        default_factory=lambda: {
            "trustedPhoneNumbers": [{"id": 1, "numberWithDialCode": "+49 •••• •••••85", "pushMode": "sms"}],
            "securityCode": {"length": 6},
        }
    )
    accepted: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.server = Server(self.answer)
        self.http = requests.Session()
        self.http.trust_env = False
        self.http.proxies = {"http": self.server.url}
        self.step = 0

    def __enter__(self) -> Double:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()
        self.server.__exit__()

    @property
    def seen(self) -> list[Seen]:
        return self.server.seen

    def bodies(self, path: str) -> list[Any]:
        """What was sent to an address that ends so."""
        found = [each for each in self.seen if urlsplit(each.path).path.endswith(path)]
        return [json.loads(each.body) if each.body else None for each in found]

    def headers(self, method: str, path: str) -> list[dict[str, str]]:
        return [
            each.headers for each in self.seen if (each.method, urlsplit(each.path).path) == (method, path)
        ]

    def sign_in(self, code: str = "123456", **more: Any) -> Any:
        return flow.sign_in(
            ACCOUNT,
            Secret(PASSWORD),
            http=self.http,
            doors=DOORS,
            ask=lambda question: code,
            sleep=lambda seconds: None,
            clock=lambda: NOW,
            **{"environment": {}, **more},
        )

    def answer(self, request: Seen) -> Fault:
        path = urlsplit(request.path).path
        for name, waiting in self.replies.items():
            if f"{request.method} {path}".endswith(name) and waiting:
                return waiting.pop(0)
        return self.usual(request.method, path, request)

    def usual(self, method: str, path: str, request: Seen) -> Reply:
        self.step += 1
        ties = {"scnt": f"scnt-{self.step}", "X-Apple-ID-Session-Id": "the-session"}
        match method, path.removeprefix("/appleauth/auth"):
            case "HEAD" | "GET", "/logout":
                return Reply(302, headers={"Location": f"https://idmsa.apple.com/x?widgetKey={KEY}&asop=1"})
            case "POST", "/signin/init":
                return Reply(200, self.challenge(json.loads(request.body)))
            case "GET", "/signin":
                hashcash = {
                    "X-Apple-HC-Bits": "10",
                    "X-Apple-HC-Challenge": "4d74fb15eb23f465f1f6fcbf534e5877",
                }
                return Reply(200, b"<html>", hashcash)
            case "POST", "/signin/complete":
                return self.completed(json.loads(request.body), ties)
            case "GET", "":
                return Reply(200, self.options, ties)
            case "PUT", "/verify/trusteddevice/securitycode":
                return Reply(202, {}, ties)
            case "PUT", "/verify/phone":
                return Reply(200, self.options, ties)
            case "POST", "/verify/trusteddevice/securitycode" | "/verify/phone/securitycode":
                return Reply(204, b"", ties)
            case "GET", "/2sv/trust":
                return Reply(204, b"", {**ties, **self.cookies()})
            case "GET", "/olympus/v1/session":
                team = {"providerId": 7, "name": "Example"}
                body = {"user": {"emailAddress": ACCOUNT}, "provider": team, "availableProviders": [team]}
                return Reply(200, body, {"Set-Cookie": "dqsid=the-dqsid-of-olympus; Path=/; Max-Age=1800"})
            case _:
                return Reply(404, b"<html><title>Error 404 Not Found</title>")

    def cookies(self) -> dict[str, str]:
        """Two headers of one name: a dict keeps both when they are spelt differently, and HTTP does not mind."""
        return {
            "Set-Cookie": "myacinfo=the-myacinfo-of-jane; Domain=apple.com; Path=/; HttpOnly",
            "set-cookie": "DESabc=the-trust-of-jane; Domain=idmsa.apple.com; Path=/; Max-Age=2592000; HttpOnly",
        }

    def verifier(self) -> Verifier:
        return Verifier(ACCOUNT, PASSWORD, self.protocol, self.salt, 2, self.b)

    def sent_b(self) -> bytes:
        public = self.verifier().public
        return minimal(public) if self.b_short else pad(public)

    def challenge(self, asked: dict[str, Any]) -> dict[str, Any]:
        self.a = base64.b64decode(asked["a"])
        return {
            "iteration": 2,
            "salt": base64.b64encode(self.salt).decode(),
            "protocol": self.protocol,
            "b": base64.b64encode(self.sent_b()).decode(),
            "c": "d-227-1c5f:PRN",
        }

    def completed(self, asked: dict[str, Any], ties: dict[str, str]) -> Reply:
        """Accept one way of writing S, as Apple may."""
        verifier = self.verifier()
        shared = verifier.shared(self.a)
        m1, m2 = verifier.proofs(self.a, self.sent_b(), minimal(shared) if self.s_short else pad(shared))
        given = (base64.b64decode(asked["m1"]), base64.b64decode(asked["m2"]))
        if given != (m1, m2):
            return Reply(401, {"serviceErrors": [{"code": "-20101", "message": "Enter the password."}]})
        self.accepted.append(asked["m1"])
        if self.code_needed:
            return Reply(409, {"authType": "hsa2"}, ties)
        return Reply(200, {}, self.cookies())
