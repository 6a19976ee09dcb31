"""The portal's v1 door: the official API's resources, reads and removals tunnelled through POST."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from lane_apple._door import Call, Question

from .answer import refused

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    import requests

    from lane import LaneError
    from lane_apple._refusal import Refusal, Who

    from .csrf import Csrf
    from .portal import DeveloperPortal

_JSON_API = "application/vnd.api+json"


class TunnelDoor:
    """A door for AppStoreConnect into the portal (private-endpoints.md, 4.3 and 4.4)."""

    who: Who = "Apple ID"
    prefix = "/services-account"
    capabilities_of_bundle_id = True

    def __init__(self, portal: DeveloperPortal, csrf: Csrf, budget: Hashable) -> None:
        self._portal = portal
        self._csrf = csrf
        self.base_url = portal.base_url
        self.budget = budget

    def ask(
        self, question: Question, send: Callable[[Call], requests.Response], sleep: Callable[[float], None]
    ) -> requests.Response:
        """The answer. Before the first change of a kind of resource, one of the kind is listed."""
        del sleep
        kind = question.path.partition("?")[0].split("/")[2]
        if question.method != "GET" and not self._csrf.knows(kind):
            self._asked(Question("GET", f"/v1/{kind}", {"limit": "1"}), kind, send)
        return self._asked(question, kind, send)

    def refused(self, refusal: Refusal, response: requests.Response) -> LaneError | None:
        """The session is over, the Apple ID may not do this, or the portal's own envelope says no."""
        return refused(refusal, response, self._portal.web)

    def _asked(
        self, question: Question, kind: str, send: Callable[[Call], requests.Response]
    ) -> requests.Response:
        response = send(self._call(question, kind))
        self._portal.web.learn(response)
        self._csrf.learn(kind, response)
        return response

    def _call(self, question: Question, kind: str) -> Call:
        team_id = self._portal.team.id  # which may take a request, whose tokens are the latest then
        path, _, query = question.path.partition("?")
        headers = {
            "Accept": "application/json",
            "Content-Type": _JSON_API,
            "X-Requested-With": "XMLHttpRequest",
            **self._csrf.headers(kind),
        }
        if question.method in {"GET", "DELETE"}:
            headers["X-HTTP-Method-Override"] = question.method
            params = "&".join(part for part in (query, urlencode(question.query)) if part)
            body: Any = {"urlEncodedQueryParams": params, "teamId": team_id}
            return self._sent("POST", path, body, headers)
        if question.method == "PATCH":
            headers["Content-Type"] = "application/json"
        return self._sent(question.method, path, _of_team(question.body, team_id), headers)

    def _sent(self, method: str, path: str, body: Any, headers: dict[str, str]) -> Call:
        url = self.base_url + self.prefix + path
        return Call(method, url, {}, json.dumps(body), headers, self._portal.authorization)


def _of_team(body: Any, team_id: str) -> dict[str, Any]:
    """A change carries the team among its attributes."""
    data = body["data"]
    attributes = {**data.get("attributes", {}), "teamId": team_id}
    return {**body, "data": {**data, "attributes": attributes}}
