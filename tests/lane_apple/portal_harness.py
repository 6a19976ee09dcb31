"""A developer portal that notes the bytes of each request, and answers in Apple's envelope."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from faults import Reply

if TYPE_CHECKING:
    from faults import Seen

ROOT = "/services-account/QH65B2/account/"
TEAM = {
    "teamId": "XXXXXXXXXX",
    "name": "Example GmbH",
    "type": "Company/Organization",
    "status": "active",
    "currentTeamMember": {"teamMemberId": "YYYYYYYYYY", "roles": ["TEAM_ADMIN"]},
}
APP_ID = {
    "appIdId": "B7JBD8LHAA",
    "name": "Aurora",
    "appIdPlatform": "ios",
    "prefix": "5A997XSHK2",
    "identifier": "com.example.aurora",
    "isWildCard": False,
    "features": {},
}


def envelope(payload: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    return {"resultCode": 0, "protocolVersion": "QH65B2", "userLocale": "en_US", **(payload or {}), **changes}


def refusal(code: int, key: str | None, text: str, **more: Any) -> Reply:
    return Reply(200, envelope(resultCode=code, resultString=key, userString=text, httpCode=200, **more))


class Portal:
    """Answers each action with what it was told, else with an empty list; hands out a new pair each time."""

    def __init__(self) -> None:
        self.teams = [TEAM]
        self.app_ids = [APP_ID]
        self.pairs = 0
        self.answers: dict[str, Any] = {}

    def __call__(self, request: Seen) -> Reply:
        action = request.path.partition("?")[0].rpartition("/")[2]
        reply = self.answer(action, request)
        self.pairs += 1
        return Reply(
            reply.status,
            reply.body,
            {**reply.headers, "csrf": f"tok{self.pairs}", "csrf_ts": f"17000{self.pairs}"},
        )

    def answer(self, action: str, request: Seen) -> Reply:
        if action in self.answers:
            found = self.answers[action]
            answer = found(request) if callable(found) else found
            return answer if isinstance(answer, Reply) else Reply(200, answer)
        if action == "listTeams.action":
            return Reply(200, envelope({"teams": self.teams}))
        if action == "listAppIds.action":
            return Reply(200, envelope({"appIds": self.paged(request, self.app_ids)}))
        if action == "addAppId.action":
            fields = parse_qs(request.body.decode())
            added = {"appIdId": f"NEW{len(self.app_ids)}", "prefix": "5A997XSHK2"}
            added |= {name: fields[name][0] for name in ("name", "identifier")}
            self.app_ids = [*self.app_ids, added]
            return Reply(200, envelope({"appId": added}))
        return Reply(200, envelope({"certRequests": [], "passTypeIdList": [], "websitePushIdList": []}))

    @staticmethod
    def paged(request: Seen, entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
        fields = parse_qs(request.body.decode())
        number, size = int(fields["pageNumber"][0]), int(fields["pageSize"][0])
        return entries[(number - 1) * size : number * size]


def json_body(request: Seen) -> Any:
    return json.loads(request.body)
