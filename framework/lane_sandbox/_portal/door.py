"""The portal's calls: who asks, for which team, what is answered, and with which tokens."""

from __future__ import annotations

import html
import json
from typing import TYPE_CHECKING

from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.routing import Route

from lane_sandbox._portal import app_ids, certificates, csrf, devices, envelope, identifiers, profiles
from lane_sandbox._portal.call import Call, Download, Handler
from lane_sandbox._portal.form import read_form
from lane_sandbox._portal.profile_shapes import property_list
from lane_sandbox._portal.refusal import (
    Refusal,
    expired,
    no_token,
    not_allowed,
    refusal_of,
    wrong_team,
)
from lane_sandbox._portal.teams import list_teams
from lane_sandbox._problem import Problem
from lane_sandbox._roles import Caller
from lane_sandbox._signin.accounts import find_account
from lane_sandbox._web_door import GONE, WebDoor, read

if TYPE_CHECKING:
    from starlette.requests import Request

    from lane_sandbox._portal.call import Platform
    from lane_sandbox._portal.form import Form
    from lane_sandbox._signin.accounts import Account
    from lane_sandbox._signin.sessions import WebSession

LARGEST_FORM = 1024 * 1024
HOME = f"/services-account/{envelope.VERSION}/account"
HOST_OF_XCODE = f"/services/{envelope.VERSION}"
NOBODY = Caller(frozenset())
HANDLERS: dict[str, Handler] = {
    **app_ids.HANDLERS,
    **identifiers.HANDLERS,
    **certificates.HANDLERS,
    **devices.HANDLERS,
    **profiles.HANDLERS,
}
"""By what follows the platform in the path."""
PLAIN: dict[str, Handler] = {
    **identifiers.CONTAINERS,
    "listTeams": Handler(list_teams, payload="teams", team=False),
}
"""Those without a platform in their path."""


def routes(door: WebDoor) -> list[Route]:
    """The routes of the portal."""
    portal = Portal(door)
    return [
        Route(f"{HOME}/ios/{{name:path}}", portal.ios, methods=["GET", "POST"]),
        Route(f"{HOME}/mac/{{name:path}}", portal.mac, methods=["GET", "POST"]),
        Route(f"{HOME}/{{name:path}}", portal.plain, methods=["GET", "POST"]),
        Route(
            f"{HOST_OF_XCODE}/{{platform}}/listProvisioningProfiles.action",
            portal.xcode,
            methods=["GET", "POST"],
        ),
    ]


class Portal:
    """Answers calls: with 200 even if refused, but for paths that are none (private-endpoints.md, 1 and 2)."""

    def __init__(self, door: WebDoor) -> None:
        self._door = door

    async def ios(self, request: Request) -> Response:
        """A call about iOS and its kin."""
        return await self._serve(request, HANDLERS.get(_name(request)), "ios")

    async def mac(self, request: Request) -> Response:
        """A call about macOS."""
        return await self._serve(request, HANDLERS.get(_name(request)), "mac")

    async def plain(self, request: Request) -> Response:
        """A call without a platform."""
        return await self._serve(request, PLAIN.get(_name(request)), "ios")

    async def xcode(self, request: Request) -> Response:
        """The list of profiles as Xcode's own door gives it, which fastlane reads too."""
        platform: Platform = "mac" if request.path_params["platform"] == "mac" else "ios"
        return await self._serve(request, profiles.XCODE, platform)

    async def _serve(self, request: Request, handler: Handler | None, platform: Platform) -> Response:
        try:
            body = await read(request, LARGEST_FORM)
        except ClientDisconnect:
            return Response(status_code=GONE)
        except Problem as problem:
            self._door.note(request, problem.status)
            return _json({"errors": problem.errors}, {}, problem.status)
        if handler is None or (request.method == "GET" and handler.changes):
            self._door.note(request, 404)
            return Response(_missing(request.scope["path"]), 404, media_type="text/html")
        await self._door.events.settle()
        response = self._answer(request, handler, platform, body)
        self._door.note(request, response.status_code)
        return response

    def _answer(self, request: Request, handler: Handler, platform: Platform, body: bytes) -> Response:
        team, path = self._door.team, request.scope["path"]
        session = self._door.session(request, "developer_portal")
        holding = team.store.writing if handler.changes else team.store.reading
        caller, tokens = NOBODY, {}
        try:
            with holding():
                if session is None:
                    raise expired()
                caller, tokens = self._door.caller(session), csrf.issue(team, session)
                if handler.changes and not csrf.holds(team, session, request.headers):
                    raise no_token()
                form = read_form(request.scope["query_string"], body, request.headers.get("content-type", ""))
                found = _run(handler, self._call(session, caller, platform, form))
                if isinstance(found, Download):
                    return _download(found, tokens)
                document = envelope.answer(path, team.clock.now(), caller, found)
        except Refusal as refusal:
            document = envelope.refused(path, team.clock.now(), refusal)
        except Problem as problem:
            document = envelope.refused(path, team.clock.now(), refusal_of(problem))
        if handler.plist:
            return Response(property_list(document), headers=tokens, media_type="text/x-xml-plist")
        return _json(document, tokens)

    def _call(self, session: WebSession, caller: Caller, platform: Platform, form: Form) -> Call:
        team = self._door.team
        account = find_account(team.store, session.account)
        if account is None:
            raise expired()
        return Call(team, session, account, caller, platform, form)


def _run(handler: Handler, call: Call) -> dict[str, object] | Download:
    """Let a handler answer, for the right team. Another team of the account has nothing in this sandbox."""
    if not handler.team:
        return handler.run(call)
    given = call.form.text("teamId")
    if not _belongs(call.account, given):
        raise wrong_team()
    if given == call.team.id:
        return handler.run(call)
    if handler.payload is None:
        raise not_allowed("webservice.team.NotAllowed", "change or see anything of this team in the sandbox")
    return {"pageNumber": 1, "pageSize": 500, "totalRecords": 0, handler.payload: []}


def _belongs(account: Account, team_id: str) -> bool:
    return any(each.team_id == team_id for each in account.teams)


def _name(request: Request) -> str:
    name: str = request.path_params["name"]
    return name.removesuffix(".action")


def _json(document: dict[str, object], headers: dict[str, str], status: int = 200) -> Response:
    """Pure ASCII: a name may hold what UTF-8 has no place for."""
    content = json.dumps(document, separators=(",", ":"))
    return Response(content, status, headers, media_type="application/json")


def _download(found: Download, tokens: dict[str, str]) -> Response:
    headers = {**tokens, "Content-Disposition": f'attachment; filename="{found.name}"'}
    return Response(found.content, headers=headers, media_type=found.media_type)


def _missing(path: str) -> str:
    return f"<html><head><title>404 Not Found</title></head><body>{html.escape(path)}</body></html>"
