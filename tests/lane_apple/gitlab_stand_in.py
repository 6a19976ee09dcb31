"""A stand-in for GitLab's REST API, version 4: a project's variables, with GitLab's own rules of what can be masked."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

from faults import Reply, Server

if TYPE_CHECKING:
    from faults import Seen

TOKEN = "glpat-canary0123456789ab"
PROJECT = "acme/mobile/aurora"
# app/models/concerns/ci/maskable.rb
_MASKED = re.compile(r"[a-zA-Z0-9_+=/@:.~-]{8,}")
_MASKED_RAW = re.compile(r"\S{8,}")
_DEFAULTS = {
    "variable_type": "env_var",
    "protected": False,
    "masked": False,
    "hidden": False,
    "raw": False,
    "environment_scope": "*",
    "description": None,
}


class GitLabStandIn(Server):
    """`variables` are the project's; `maintainer` says whether the token's owner may see and set them."""

    def __init__(self) -> None:
        super().__init__(self._reply)
        self.variables: list[dict[str, Any]] = []
        self.maintainer = True

    @property
    def changes(self) -> list[tuple[str, str]]:
        """What was written, by method and path, in order."""
        return [(each.method, urlsplit(each.path).path) for each in self.seen if each.method != "GET"]

    def add(self, key: str, value: str, **more: Any) -> None:
        """Somebody makes a variable."""
        self.variables.append({"key": key, "value": value, **_DEFAULTS, **more})

    def _reply(self, seen: Seen) -> Reply:
        headers = {name.lower(): value for name, value in seen.headers.items()}
        if headers.get("private-token") != TOKEN:
            return Reply(401, {"message": "401 Unauthorized"})
        parts = urlsplit(seen.path)
        found = re.fullmatch(r"/api/v4/projects/([^/]+)(/variables(?:/(\w+))?)?", parts.path)
        if found is None or unquote(found[1]) != PROJECT:
            return Reply(404, {"message": "404 Project Not Found"})
        if found[2] is None:
            return Reply(200, {"id": 1, "path_with_namespace": PROJECT})
        if not self.maintainer:
            return Reply(403, {"message": "403 Forbidden"})
        body = json.loads(seen.body) if seen.body else {}
        if seen.method == "POST":
            return self._make(body)
        return self._one(seen, found[3], parse_qs(parts.query), body)

    def _make(self, body: dict[str, Any]) -> Reply:
        variable = {**_DEFAULTS, **body}
        twins = self._found(variable["key"], variable["environment_scope"])
        if twins:
            return Reply(400, {"message": {"key": [f"({variable['key']}) has already been taken"]}})
        if not _is_valid(variable):
            return Reply(400, {"message": {"value": ["is invalid"]}})
        self.variables.append(variable)
        return Reply(201, variable)

    def _one(self, seen: Seen, key: str, query: dict[str, list[str]], body: dict[str, Any]) -> Reply:
        (scope,) = query.get("filter[environment_scope]", [None])
        found = self._found(key, scope)
        if not found:
            return Reply(404, {"message": "404 Variable Not Found"})
        if len(found) > 1:
            why = "There are multiple variables with provided parameters. Please use 'filter[environment_scope]'"
            return Reply(409, {"message": f"409 Conflict: {why}"})
        if seen.method == "PUT":
            changed = {**found[0], **body}
            if not _is_valid(changed):
                return Reply(400, {"message": {"value": ["is invalid"]}})
            found[0].update(changed)
        shown = {**found[0], "value": None if found[0]["hidden"] else found[0]["value"]}
        return Reply(200, shown)

    def _found(self, key: str, scope: str | None) -> list[dict[str, Any]]:
        return [
            each
            for each in self.variables
            if each["key"] == key and scope in (None, each["environment_scope"])
        ]


def _is_valid(variable: dict[str, Any]) -> bool:
    rule = _MASKED_RAW if variable["raw"] else _MASKED
    return not variable["masked"] or rule.fullmatch(variable["value"]) is not None
