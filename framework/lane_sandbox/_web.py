"""The sandbox as an ASGI application: who asks, what is answered, and what is noted."""

from __future__ import annotations

import json
import re
from collections import deque
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from lane_sandbox._connections import Connections
from lane_sandbox._faults import FaultError, faults_of
from lane_sandbox._iris import door as iris
from lane_sandbox._misfortune import Misfortune
from lane_sandbox._operations import Request as Call
from lane_sandbox._operations import perform
from lane_sandbox._portal import door as portal
from lane_sandbox._portal import tunnel
from lane_sandbox._problem import Problem, error, no_path
from lane_sandbox._roles import caller_of
from lane_sandbox._signin.routes import signin_routes
from lane_sandbox._transfer import receive_part, send_image, send_symbols
from lane_sandbox._web_door import GONE, WebDoor, check_media_type, read

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request
    from starlette.types import ASGIApp, Scope

    from lane_sandbox._budget import Budget
    from lane_sandbox._events import Events
    from lane_sandbox._team import Team
    from lane_sandbox._token import Tokens

METHODS = ["GET", "HEAD", "POST", "PATCH", "PUT", "DELETE", "OPTIONS"]
REMEMBERED = 10_000
HOST = re.compile(r"[A-Za-z0-9.-]+(:[0-9]{1,5})?|\[[0-9a-fA-F:.]+\](:[0-9]{1,5})?")

JsonObject = dict[str, Any]


class Web:
    """Answers every request; what a client can send never makes it fail."""

    def __init__(
        self,
        team: Team,
        tokens: Tokens,
        budget: Budget,
        events: Events,
        reset: Callable[[], None],
    ) -> None:
        self.requests: deque[JsonObject] = deque(maxlen=REMEMBERED)
        self.connections = Connections()
        self.links: str | None = None
        """Where links lead; None: to the name by which a client reached this sandbox."""
        self._team = team
        self._tokens = tokens
        self._budget = budget
        self._events = events
        self._reset = reset

    def application(self) -> ASGIApp:
        """The routes, and what becomes of refusals."""
        door = WebDoor(
            self._team, self._events, self._base, lambda asked, status: self._note(asked, status, None)
        )
        routes = [
            Route("/uploads/{file}/{number}", self._upload, methods=["PUT"]),
            Route("/symbols/{bundle}/{name}", self._symbols, methods=["GET"]),
            Route("/images/{token}/{size:path}", self._image, methods=["GET"]),
            *signin_routes(self._team, self._note),
            Route("/_sandbox/faults", self._faults, methods=["GET", "POST", "DELETE"]),
            Route("/_sandbox/clock", self._clock, methods=["GET", "POST"]),
            Route("/_sandbox/reset", self._on_reset, methods=["POST"]),
            Route("/_sandbox/requests", self._on_requests, methods=["GET"]),
            *iris.routes(door),
            *portal.routes(door),
            *tunnel.routes(door),
            Route("/{path:path}", self._api, methods=METHODS),
        ]
        answering = Starlette(routes=routes, exception_handlers={HTTPException: self._on_refused})
        return Misfortune(answering, self._team.faults, self.connections, self._note_of)

    async def _api(self, request: Request) -> Response:
        key_id: str | None = None
        path, search = request.scope["path"], request.scope["query_string"].decode("latin-1")
        target = f"{path}?{search}" if search else path
        try:
            body = await read(request)
            check_media_type(request, body)
            if not path.startswith("/v1/"):
                raise no_path(path)
            await self._events.settle()
            with self._team.store.reading():
                key = self._tokens.verify(request.headers.get("authorization"), request.method, target)
                key_id = key.key_id
                self._budget.spend(key_id)
            call = Call(request.method, path, search, body, self._base(request), caller_of(key))
            status, document = perform(self._team, call)
            if request.method in {"POST", "PATCH"}:
                await self._events.settle()
        except Problem as problem:
            status, document = problem.status, {"errors": problem.errors}
        except ClientDisconnect:
            return Response(status_code=GONE)
        return self._answer(request, status, document, key_id)

    def _base(self, request: Request) -> str:
        if self.links is not None:
            return self.links
        host = request.headers.get("host", "")
        return f"http://{host}" if HOST.fullmatch(host) else self._team.url

    def _answer(
        self, request: Request, status: int, document: JsonObject | None, key_id: str | None
    ) -> Response:
        with self._team.store.reading():
            headers = {"X-Rate-Limit": self._budget.header(key_id)}
        self._note(request, status, key_id)
        if document is None:
            return Response(status_code=status, headers=headers)
        content = json.dumps(document, separators=(",", ":"))
        return Response(content, status, headers, media_type="application/json")

    async def _upload(self, request: Request) -> Response:
        try:
            response = await receive_part(self._team, request)
        except ClientDisconnect:
            return Response(status_code=GONE)
        self._note(request, response.status_code, None)
        return response

    async def _symbols(self, request: Request) -> Response:
        response = await send_symbols(self._team, request)
        self._note(request, response.status_code, None)
        return response

    async def _image(self, request: Request) -> Response:
        response = await send_image(self._team, request)
        self._note(request, response.status_code, None)
        return response

    async def _faults(self, request: Request) -> Response:
        if request.method == "DELETE":
            self._team.faults.clear()
        elif request.method == "POST":
            try:
                self._team.faults.arm(faults_of(await request.json()))
            except FaultError as problem:
                raise HTTPException(400, str(problem)) from problem
            except ValueError as problem:
                raise HTTPException(400, f"the body must be JSON: {problem}") from problem
        return JSONResponse({"faults": self._team.faults.armed()})

    async def _clock(self, request: Request) -> Response:
        if request.method == "POST":
            try:
                self._team.clock.advance(float((await request.json())["advance"]))
            except (ValueError, KeyError, TypeError) as problem:
                raise HTTPException(400, f'the body must be like {{"advance": 3600}}: {problem}') from problem
        with self._team.store.reading():
            return JSONResponse({"now": self._team.clock.date()})

    async def _on_reset(self, _request: Request) -> Response:
        self._reset()
        self.requests.clear()
        return Response(status_code=204)

    async def _on_requests(self, _request: Request) -> Response:
        return JSONResponse({"requests": list(self.requests)})

    async def _on_refused(self, request: Request, refused: Exception) -> Response:
        """Refusals outside the API: signed addresses, the sandbox's own, and what no route matches."""
        assert isinstance(refused, HTTPException)
        if "endpoint" not in request.scope:
            return self._answer(request, 404, {"errors": no_path(request.scope["path"]).errors}, None)
        self._note(request, refused.status_code, None)
        body = error(refused.status_code, "REFUSED", "The request is refused", refused.detail)
        return JSONResponse({"errors": [body]}, refused.status_code)

    def _note(self, request: Request, status: int, key_id: str | None) -> None:
        self._remember(request.scope, status, key_id, request.scope.get("fault"))

    def _note_of(self, scope: Scope, status: int, fault: str) -> None:
        self._remember(scope, status, None, fault)

    def _remember(self, scope: Scope, status: int, key_id: str | None, fault: str | None) -> None:
        """Remember a request, without what it carried; a signature in a query is a secret too."""
        path, search = scope["path"], scope["query_string"].decode("latin-1")
        if search and "signature" not in search:
            path += f"?{search}"
        noted = {"method": scope["method"], "path": path, "status": status, "key_id": key_id, "fault": fault}
        self.requests.append(noted)
