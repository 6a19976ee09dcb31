"""iris: the resources of the official API, authorised by a session."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from lane_sandbox._iris.new_app import create_app
from lane_sandbox._operations import Request as Call
from lane_sandbox._operations import perform
from lane_sandbox._problem import Problem, forbidden, unauthorized
from lane_sandbox._web_door import GONE, WebDoor, check_media_type, nothing, read

if TYPE_CHECKING:
    from starlette.requests import Request

    from lane_sandbox._operations import Answer
    from lane_sandbox._signin.sessions import WebSession

METHODS = ["GET", "HEAD", "POST", "PATCH", "PUT", "DELETE", "OPTIONS"]
READING = frozenset({"GET", "HEAD", "OPTIONS"})
APPLE = "https://appstoreconnect.apple.com"
PROOFS = ("x-csrf-itc", "x-requested-with", "csrf")
"""One of these comes with a change: no page of another site can send them. fastlane and asccli send the first, other
clients of today only one of the others."""


def routes(door: WebDoor) -> list[Route]:
    """The routes of iris."""
    iris = Iris(door)
    return [Route("/iris/v1/{path:path}", iris.answer, methods=METHODS)]


class Iris:
    """Answers what is asked at iris (private-endpoints.md, 4 and 7)."""

    def __init__(self, door: WebDoor) -> None:
        self._door = door

    async def answer(self, request: Request) -> Response:
        """One answer; what a client can send never makes it fail."""
        try:
            body = await read(request)
            session = self._door.session(request, "app_store_connect")
            if session is None:
                return self._unauthenticated(request)
            check_media_type(request, body)
            _check_proof(request)
            await self._door.events.settle()
            status, document = self._perform(request, session, body)
            if request.method in {"POST", "PATCH"}:
                await self._door.events.settle()
        except Problem as problem:
            status, document = problem.status, {"errors": problem.errors}
        except ClientDisconnect:
            return Response(status_code=GONE)
        return self._respond(request, status, document)

    def _perform(self, request: Request, session: WebSession, body: bytes) -> Answer:
        team = self._door.team
        with team.store.reading():
            caller = self._door.caller(session)
            home = team.id
        path = request.scope["path"].removeprefix("/iris")
        search = request.scope["query_string"].decode("latin-1")
        base = self._door.address(request, APPLE, "/iris")
        call = Call(request.method, path, search, body, base, caller, web=True)
        if session.team_id != home:
            return nothing(call)
        if call.method == "POST" and call.path == "/v1/apps":
            return create_app(team, call)
        return perform(team, call)

    def _unauthenticated(self, request: Request) -> Response:
        """401: a text, for those who do not ask for JSON (apple-id-login.md, 9)."""
        if "json" in request.headers.get("accept", ""):
            return self._respond(request, 401, {"errors": unauthorized().errors})
        self._door.note(request, 401)
        return PlainTextResponse(f"Unauthenticated\n\nRequest ID: {uuid.uuid4()}.0.0\n", 401)

    def _respond(self, request: Request, status: int, document: dict[str, Any] | None) -> Response:
        self._door.note(request, status)
        if document is None:
            return Response(status_code=status)
        content = json.dumps(document, separators=(",", ":"))
        return Response(content, status, media_type="application/vnd.api+json")


def _check_proof(request: Request) -> None:
    if request.method in READING or any(request.headers.get(name) for name in PROOFS):
        return
    raise forbidden("A change needs the header 'x-csrf-itc'")
