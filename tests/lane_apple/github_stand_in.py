"""A stand-in for GitHub's REST API, version 2022-11-28: secrets of repositories and environments, as documented.

It has the private keys, and opens what it is sent: a value that it cannot open is refused, as GitHub does.
"""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

from faults import Reply, Server
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, SealedBox

if TYPE_CHECKING:
    from faults import Seen

TOKEN = "github_pat_11AAcanary0123456789"
_LARGEST = 48 * 1024
_START = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)


@dataclass
class Secrets:
    """Those of one place. `values` are what was opened, `updated` the times."""

    key: PrivateKey = field(default_factory=PrivateKey.generate)
    key_id: str = "568250167242549743"
    values: dict[str, str] = field(default_factory=dict)
    updated: dict[str, str] = field(default_factory=dict)


class GitHubStandIn(Server):
    """`repos` can be seen with the token; `writable` says whether it may set secrets."""

    def __init__(self, *environments: str) -> None:
        super().__init__(self._reply)
        self.secrets = Secrets()
        self.environments = {name: Secrets() for name in environments}
        self.writable = True
        self.problems: list[str] = []
        self._changes = 0

    @property
    def changes(self) -> list[str]:
        """The paths that were written to, in order."""
        return [each.path for each in self.seen if each.method != "GET"]

    def set(self, name: str, value: str, place: Secrets | None = None) -> int:
        """Somebody sets a secret; the status that GitHub gives."""
        secrets, new = place or self.secrets, name not in (place or self.secrets).values
        self._changes += 1
        secrets.values[name] = value
        secrets.updated[name] = f"{_START + timedelta(seconds=self._changes):%Y-%m-%dT%H:%M:%SZ}"
        return 201 if new else 204

    def _reply(self, seen: Seen) -> Reply:
        headers = {name.lower(): value for name, value in seen.headers.items()}
        if headers.get("authorization") != f"Bearer {TOKEN}":
            return _error(401, "Bad credentials")
        if headers.get("accept") != "application/vnd.github+json":
            self.problems.append(f"{seen.path}: accepts {headers.get('accept')}")
        if headers.get("x-github-api-version") != "2022-11-28" or not headers.get("user-agent"):
            self.problems.append(f"{seen.path}: lacks a header that GitHub wants")
        parts = urlsplit(seen.path)
        found = re.fullmatch(r"/repos/acme/aurora(?P<rest>/.*)", parts.path)
        if found is None:
            return _error(404, "Not Found")
        if found["rest"] == "/environments":
            return self._list(parse_qs(parts.query))
        place = re.fullmatch(
            r"/(?:actions|environments/(?P<environment>[^/]+))/secrets/(?P<name>[\w-]+)", found["rest"]
        )
        secrets = self._place(place["environment"]) if place else None
        if place is None or secrets is None:
            return _error(404, "Not Found")
        if not self.writable:
            return _error(403, "Resource not accessible by personal access token")
        return self._secret(seen, secrets, place["name"])

    def _place(self, environment: str | None) -> Secrets | None:
        return self.secrets if environment is None else self.environments.get(unquote(environment))

    def _secret(self, seen: Seen, secrets: Secrets, name: str) -> Reply:
        if name == "public-key":
            key = base64.b64encode(bytes(secrets.key.public_key)).decode()
            return Reply(200, {"key_id": secrets.key_id, "key": key})
        if seen.method == "PUT":
            return self._put(json.loads(seen.body), secrets, name)
        if name not in secrets.values:
            return _error(404, "Not Found")
        times = {"created_at": "2026-11-24T06:00:00Z", "updated_at": secrets.updated[name]}
        return Reply(200, {"name": name, **times})

    def _put(self, body: dict[str, Any], secrets: Secrets, name: str) -> Reply:
        if not re.fullmatch(r"(?!GITHUB_)[A-Z_][A-Z0-9_]*", name) or set(body) != {
            "encrypted_value",
            "key_id",
        }:
            return _error(422, "Invalid request.")
        if body["key_id"] != secrets.key_id:
            return _error(422, "Bad Request - key_id is not valid")
        try:
            raw = base64.b64decode(body["encrypted_value"], validate=True)
            value = SealedBox(secrets.key).decrypt(raw).decode()
        except (CryptoError, ValueError):
            return _error(422, "Bad Request - improperly encrypted secret")
        if len(value.encode()) > _LARGEST:
            return _error(422, "Bad Request - secret value is too large")
        status = self.set(name, value, secrets)
        return Reply(status, {} if status == 201 else b"")

    def _list(self, query: dict[str, list[str]]) -> Reply:
        """Pages of two at most, whatever is asked for, so that a client has to turn them."""
        size = min(int(query.get("per_page", ["30"])[0]), 2)
        page = int(query.get("page", ["1"])[0])
        names = list(self.environments)
        shown = names[(page - 1) * size : page * size]
        headers = {}
        if page * size < len(names):
            following = f"{self.url}/repos/acme/aurora/environments?per_page={size}&page={page + 1}"
            headers["Link"] = f'<{following}>; rel="next", <{following}>; rel="last"'
        document = {"total_count": len(names), "environments": [{"name": name} for name in shown]}
        return Reply(200, document, headers)


def _error(status: int, message: str) -> Reply:
    return Reply(status, {"message": message, "documentation_url": "https://docs.github.com/rest"})
