"""A plain client of the official API, which holds all that passes against Apple's description."""

from __future__ import annotations

import hashlib
import struct
import time
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jwt
import requests
import yaml
from apple_contract import check_request, check_response

if TYPE_CHECKING:
    from lane_sandbox import Key, Sandbox

AURORA, BOREALIS = "6450000101", "6450000202"
FULL = Path(__file__).with_name("full.yaml")
"""A seed with at least one resource of every type that can be read."""
IDS = {
    kind: [str(entry["id"]) for entry in entries if "id" in entry]
    for kind, entries in yaml.safe_load(FULL.read_text()).items()
    if kind != "team"
} | {"appCategories": ["GAMES", "GAMES_WORD", "UTILITIES"]}
"""The ids in that seed, by type."""
IPHONE_40 = (640, 1136)
"""A size, in pixels, that APP_IPHONE_40 takes."""
PARTS = 5 * 1024 * 1024


@dataclass
class Answer:
    """One answer, already found to be as Apple documents it."""

    status: int
    body: Any
    headers: Any

    @property
    def data(self) -> Any:
        """The primary data."""
        return self.body["data"]

    @property
    def codes(self) -> list[str]:
        """The codes of the errors."""
        return [error["code"] for error in self.body["errors"]]

    def included(self, kind: str) -> list[Any]:
        """The included resources of one type."""
        return [each for each in self.body["included"] if each["type"] == kind]


@dataclass
class Client:
    """Sends requests to a sandbox with one of its keys."""

    sandbox: Sandbox
    key: Key
    session: requests.Session = field(default_factory=requests.Session)

    def token(self, *, headers: dict[str, Any] | None = None, **claims: Any) -> str:
        """A token as spaceship makes it; a claim of None is left out."""
        now = int(time.time())
        who = {"sub": "user"} if self.key.issuer_id is None else {"iss": self.key.issuer_id}
        body = {**who, "iat": now - 60, "exp": now + 500, "aud": "appstoreconnect-v1", **claims}
        return jwt.encode(
            {name: value for name, value in body.items() if value is not None},
            self.key.private_key_path.read_text(),
            algorithm="ES256",
            headers={"kid": self.key.key_id, **(headers or {})},
        )

    def send(self, method: str, path: str, *, token: str | None = None, **options: Any) -> Answer:
        """Send anything; only the answer is held against Apple's description."""
        url = path if path.startswith("http") else self.sandbox.url + path
        headers = {"Authorization": f"Bearer {token or self.token()}", **options.pop("headers", {})}
        response = self.session.request(method, url, headers=headers, timeout=30, **options)
        body = response.json() if response.content else None
        assert check_response(method, url, response.status_code, body) == []
        assert "X-Rate-Limit" in response.headers
        return Answer(response.status_code, body, response.headers)

    def get(self, path: str, **query: Any) -> Answer:
        """Get what must be there; dots in names of the query are written as they are, brackets by `q`."""
        assert check_request("GET", path, query) == []
        answer = self.send("GET", path, params=query)
        assert answer.status == 200, answer.body
        return answer

    def change(self, method: str, path: str, body: Any, status: int) -> Answer:
        """A write that fits Apple's description."""
        assert check_request(method, path, None, body) == []
        answer = self.send(method, path, json=body)
        assert answer.status == status, answer.body
        return answer

    def create(self, kind: str, attributes: Any = None, links: Any = None, status: int = 201) -> Answer:
        """Create a resource; `links` maps relationships to (type, id) or a list of them."""
        return self.change("POST", f"/v1/{kind}", document(kind, attributes, links), status)

    def update(self, kind: str, identifier: str, attributes: Any, status: int = 200) -> Answer:
        """Change a resource."""
        body = document(kind, attributes, None, identifier)
        return self.change("PATCH", f"/v1/{kind}/{identifier}", body, status)

    def reserve(self, size: int, app: str = AURORA, **attributes: str) -> tuple[str, Any]:
        """Begin an upload: the id of the build upload, and the file."""
        values = {"cfBundleShortVersionString": "1.2.0", "cfBundleVersion": "42", "platform": "IOS"}
        upload = self.create("buildUploads", {**values, **attributes}, {"app": ("apps", app)}).data["id"]
        kind = {"assetType": "ASSET", "fileName": "App.ipa", "fileSize": size, "uti": "com.apple.ipa"}
        file = self.create("buildUploadFiles", kind, {"buildUpload": ("buildUploads", upload)}).data
        return upload, file

    def put(self, operation: Any, data: bytes, **options: Any) -> requests.Response:
        """Send one part, without a token, as an upload operation says."""
        headers = {each["name"]: each["value"] for each in operation["requestHeaders"]}
        part = data[operation["offset"] : operation["offset"] + operation["length"]]
        return requests.request(
            operation["method"], operation["url"], data=part, headers=headers, timeout=30, **options
        )

    def put_all(self, file: Any, data: bytes) -> None:
        """Send all parts of a file."""
        for operation in file["attributes"]["uploadOperations"]:
            assert self.put(operation, data).status_code == 200

    def upload(self, package: Path | bytes, app: str = AURORA, **attributes: str) -> str:
        """Send a whole package and commit it; the id of the build upload."""
        data = package if isinstance(package, bytes) else package.read_bytes()
        upload, file = self.reserve(len(data), app, **attributes)
        self.put_all(file, data)
        checksums = {"file": {"hash": hashlib.sha256(data).hexdigest(), "algorithm": "SHA_256"}}
        self.update("buildUploadFiles", file["id"], {"uploaded": True, "sourceFileChecksums": checksums})
        return upload

    def outcome(self, upload: str) -> Any:
        """The state of a build upload once its processing is over."""
        self.sandbox.clock.advance(60)
        return self.get(f"/v1/buildUploads/{upload}").data["attributes"]["state"]


def png(width: int, height: int) -> bytes:
    """A black image."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    lines = zlib.compress(b"".join(b"\0" + bytes(width) for _ in range(height)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", lines) + chunk(b"IEND", b"")


def document(kind: str, attributes: Any = None, links: Any = None, identifier: str | None = None) -> Any:
    """A request document."""

    def data(target: Any) -> Any:
        if isinstance(target, list):
            return [data(each) for each in target]
        return {"type": target[0], "id": target[1]}

    body: dict[str, Any] = {"type": kind}
    if identifier is not None:
        body["id"] = identifier
    if attributes is not None:
        body["attributes"] = attributes
    if links is not None:
        body["relationships"] = {name: {"data": data(target)} for name, target in links.items()}
    return {"data": body}
