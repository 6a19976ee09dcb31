"""The portal's newer door: JSON:API, with GET and DELETE sent through POST."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.routing import Route

from lane_sandbox._operations import Request as Call
from lane_sandbox._operations import perform
from lane_sandbox._portal import csrf, refusal
from lane_sandbox._portal.capabilities import change_bundle, list_capabilities
from lane_sandbox._problem import (
    Problem,
    bad_document,
    bad_json,
    forbidden,
    method_not_allowed,
    unauthorized,
)
from lane_sandbox._signin.accounts import find_account
from lane_sandbox._web_door import GONE, WebDoor, check_media_type, nothing, read

if TYPE_CHECKING:
    from starlette.requests import Request

    from lane_sandbox._operations import Answer
    from lane_sandbox._signin.sessions import WebSession
    from lane_sandbox._team import Team

APPLE = "https://developer.apple.com"
HOME = "/services-account"
TUNNELLED = frozenset({"GET", "DELETE"})
JsonObject = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Meant:
    """What a request stands for once it has left the tunnel."""

    method: str
    search: str
    document: JsonObject
    team_id: str


def routes(door: WebDoor) -> list[Route]:
    """The routes of the tunnel."""
    tunnel = Tunnel(door)
    methods = ["GET", "HEAD", "POST", "PATCH", "PUT", "DELETE", "OPTIONS"]
    return [Route(f"{HOME}/v1/{{path:path}}", tunnel.answer, methods=methods)]


class Tunnel:
    """Answers what comes through the tunnel (private-endpoints.md, 4.3 and 4.4)."""

    def __init__(self, door: WebDoor) -> None:
        self._door = door

    async def answer(self, request: Request) -> Response:
        """One answer; what a client can send never makes it fail."""
        session = None
        try:
            body = await read(request)
            session = self._door.session(request, "developer_portal")
            if session is None:
                return self._expired(request)
            check_media_type(request, body)
            await self._door.events.settle()
            status, document = self._perform(request, session, _meant(request, body))
        except Problem as problem:
            status, document = problem.status, {"errors": problem.errors}
        except ClientDisconnect:
            return Response(status_code=GONE)
        return self._respond(request, session, status, document)

    def _perform(self, request: Request, session: WebSession, meant: Meant) -> Answer:
        team = self._door.team
        with team.store.reading():
            caller, home = self._door.caller(session), team.id
            _check_team(team, session, meant.team_id)
            if meant.method not in TUNNELLED - {"DELETE"}:
                _check_proof(team, session, request)
        base = self._door.address(request, APPLE, HOME)
        path = request.scope["path"].removeprefix(HOME)
        raw = json.dumps(meant.document).encode() if meant.document else b""
        call = Call(meant.method, path, meant.search, raw, base, caller, web=True)
        if meant.team_id != home:
            return nothing(call)
        match call.method, path.split("/"):
            case "GET", ["", "v1", "capabilities"]:
                return list_capabilities(team, call)
            case "PATCH", ["", "v1", "bundleIds", identifier] if identifier:
                return change_bundle(team, call, identifier, meant.document)
        return perform(team, call)

    def _expired(self, request: Request) -> Response:
        """What Apple says here is not known: the portal's code with the status of JSON:API, which all clients see."""
        told = refusal.expired()
        words = {"resultCode": told.code, "resultString": told.key, "userString": told.text}
        return self._respond(request, None, 401, {"errors": unauthorized().errors, **words})

    def _respond(
        self, request: Request, session: WebSession | None, status: int, document: JsonObject | None
    ) -> Response:
        self._door.note(request, status)
        headers = {}
        if session is not None:
            with self._door.team.store.reading():
                headers = csrf.issue(self._door.team, session)
        if document is None:
            return Response(status_code=status, headers=headers)
        content = json.dumps(document, separators=(",", ":"))
        return Response(content, status, headers, media_type="application/vnd.api+json")


def _meant(request: Request, body: bytes) -> Meant:
    search = request.scope["query_string"].decode("latin-1")
    override = request.headers.get("x-http-method-override", "").upper()
    if request.method not in {"POST", "PATCH"} or (override and override not in {*TUNNELLED, request.method}):
        raise method_not_allowed(override or request.method, request.scope["path"])
    document = _object(body)
    if override in TUNNELLED:
        given = document.get("urlEncodedQueryParams") or ""
        if not isinstance(given, str):
            raise bad_document("'urlEncodedQueryParams' must be a text", pointer="/urlEncodedQueryParams")
        joined = "&".join(part for part in (search, given) if part)
        return Meant(override, joined, {}, _text(document.get("teamId")))
    data = document.get("data")
    attributes = data.get("attributes") if isinstance(data, dict) else None
    team_id = _text(attributes.pop("teamId", None)) if isinstance(attributes, dict) else ""
    return Meant(request.method, search, document, team_id)


def _object(body: bytes) -> JsonObject:
    try:
        document = json.loads(body or b"{}", parse_constant=_no_constant)
    except (ValueError, RecursionError) as problem:
        raise bad_json(f"The request body is not JSON: {str(problem)[:200]}") from problem
    if not isinstance(document, dict):
        raise bad_document("The request body must be an object", pointer="")
    return document


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _check_team(team: Team, session: WebSession, team_id: str) -> None:
    account = find_account(team.store, session.account)
    if account is None or not any(each.team_id == team_id for each in account.teams):
        raise forbidden(refusal.wrong_team().text)


def _check_proof(team: Team, session: WebSession, request: Request) -> None:
    """A page of another site can send neither the tokens nor this header, which all clients of this door send."""
    if not csrf.holds(team, session, request.headers) and not request.headers.get("x-requested-with"):
        raise forbidden(refusal.no_token().text)
