"""The addresses of Apple's sign-in, and how requests become calls and answers responses."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from lane_sandbox._signin import olympus, password, second_factor, trust
from lane_sandbox._signin.exchange import (
    MALFORMED,
    Answer,
    Call,
    Refused,
    SetCookie,
    cookies_in,
    service_error,
)
from lane_sandbox._signin.messages import messages

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from lane_sandbox._team import Team

    Endpoint = Callable[[Team, Call], Answer]
    Note = Callable[[Request, int, str | None], None]

AUTH = "/appleauth/auth"
OLYMPUS = "/olympus/v1"
LARGEST_BODY = 256 * 1024
LARGEST_DRAIN = 64 * 1024 * 1024
GONE = 499
FORM = "application/x-www-form-urlencoded"


def signin_routes(team: Team, note: Note) -> list[Route]:
    """All routes of the sign-in; `note` is told of each request, with its status."""
    table: list[tuple[str, str, Endpoint]] = [
        ("GET", "/logout", olympus.logout),
        ("GET", f"{OLYMPUS}/app/config", olympus.config),
        ("GET", "/olympus/v2/app/config", olympus.new_config),
        ("GET", f"{OLYMPUS}/session", olympus.show_session),
        ("POST", f"{OLYMPUS}/session", olympus.switch_session),
        ("POST", f"{OLYMPUS}/providerSwitchRequests", olympus.request_switch),
        ("GET", f"{OLYMPUS}/contractMessages", olympus.contract_messages),
        ("GET", f"{AUTH}/authorize/signin", password.authorize),
        ("GET", f"{AUTH}/signin", password.payment),
        ("POST", f"{AUTH}/signin", password.plain),
        ("POST", f"{AUTH}/signin/init", password.init),
        ("POST", f"{AUTH}/signin/complete", password.complete),
        ("GET", AUTH, second_factor.options),
        ("PUT", f"{AUTH}/verify/trusteddevice/securitycode", second_factor.ask_device),
        ("POST", f"{AUTH}/verify/trusteddevice/securitycode", second_factor.give_device_code),
        ("PUT", f"{AUTH}/verify/device/{{id}}/securitycode", second_factor.ask_old_device),
        ("PUT", f"{AUTH}/verify/phone", second_factor.ask_phone),
        ("POST", f"{AUTH}/verify/phone/securitycode", second_factor.give_phone_code),
        ("GET", f"{AUTH}/2sv/trust", trust.trust),
    ]
    routes = [
        Route(path, _answering(team, note, endpoint), methods=[method]) for method, path, endpoint in table
    ]
    return [*routes, Route("/_sandbox/messages", _telling(team), methods=["GET"])]


def _answering(team: Team, note: Note, endpoint: Endpoint) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        try:
            found = endpoint(team, await _call_of(request))
        except Refused as refused:
            found = refused.answer
        except ClientDisconnect:
            return Response(status_code=GONE)
        note(request, found.status, None)
        return _response_of(request, found)

    return answer


def _telling(team: Team) -> Callable[[Request], Awaitable[Response]]:
    async def tell(_request: Request) -> Response:
        with team.store.reading():
            return JSONResponse({"messages": messages(team.store)})

    return tell


async def _call_of(request: Request) -> Call:
    headers = {name.lower(): value for name, value in request.headers.items()}
    body = await _body_of(request)
    if body and headers.get("content-type", "").startswith(FORM):
        raise Refused(service_error(415, MALFORMED, "Send the body as application/json."))
    return Call(headers, cookies_in(headers.get("cookie", "")), _object(body), request.path_params)


async def _body_of(request: Request) -> bytes:
    """The body. One that is too large is read to its end, else a client sees a lost connection."""
    body, size = bytearray(), 0
    async for chunk in request.stream():
        size += len(chunk)
        if size <= LARGEST_BODY:
            body += chunk
        elif size > LARGEST_DRAIN:
            break
    if size > LARGEST_BODY:
        raise Refused(service_error(413, MALFORMED, f"{LARGEST_BODY} bytes are allowed."))
    return bytes(body)


def _object(body: bytes) -> dict[str, Any]:
    """The JSON object of a body; an empty one where there is no body."""
    if not body.strip():
        return {}
    try:
        found = json.loads(body)
        json.dumps(found, ensure_ascii=False).encode()  # half of a surrogate pair is no text
    except (ValueError, RecursionError) as problem:
        raise Refused(service_error(400, MALFORMED, "The body is not JSON.")) from problem
    return found if isinstance(found, dict) else {}


def _response_of(request: Request, answer: Answer) -> Response:
    if answer.document is not None:
        content: str | None = json.dumps(answer.document, ensure_ascii=False)
        media_type = "application/json"
    else:
        content, media_type = answer.text, answer.media_type
    response = Response(
        content, answer.status, dict(answer.headers), media_type if content is not None else None
    )
    host = request.headers.get("host", "").partition(":")[0].lower()
    for cookie in answer.cookies:
        _set(response, cookie, host, secure=request.url.scheme == "https")
    return response


def _set(response: Response, cookie: SetCookie, host: str, *, secure: bool) -> None:
    """Set a cookie: for Apple's domain only where the client believes that it talks to Apple."""
    domain = cookie.domain
    ours = domain is not None and (host == domain or host.endswith(f".{domain}"))
    response.set_cookie(
        cookie.name,
        cookie.value,
        max_age=cookie.max_age,
        domain=domain if ours else None,
        secure=secure,
        httponly=True,
        samesite=None,
    )
