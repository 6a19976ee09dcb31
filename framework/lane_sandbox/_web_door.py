"""What the doors for signed-in people share: reading, the person, where links lead."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lane_sandbox._problem import Problem, error, forbidden, not_found
from lane_sandbox._roles import Caller
from lane_sandbox._signin.sessions import session_of
from lane_sandbox._transfer import LARGEST_DRAIN

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from lane_sandbox._events import Events
    from lane_sandbox._operations import Answer
    from lane_sandbox._operations import Request as Call
    from lane_sandbox._signin.sessions import Face, WebSession
    from lane_sandbox._team import Team

LARGEST_BODY = 4 * 1024 * 1024
GONE = 499
"""The client went away; nobody reads this answer."""
OLDER_ROLES = {"LEGAL": "ACCOUNT_HOLDER", "TECHNICAL": "DEVELOPER"}
"""Roles in the words of a web session, where those of the official API differ."""


@dataclass(frozen=True, slots=True)
class WebDoor:
    """A door for people: `base` is where links lead, `note` remembers a request and its status."""

    team: Team
    events: Events
    base: Callable[[Request], str]
    note: Callable[[Request, int], None]

    def session(self, request: Request, face: Face) -> WebSession | None:
        """Who is signed in, by the cookies of the request."""
        return session_of(self.team, request.cookies, face)

    def address(self, request: Request, apple: str, path: str) -> str:
        """Where links of this door lead: below `path` here, or at the host that it has at Apple."""
        here = self.base(request)
        return (here if here.startswith("http://") else apple) + path

    def caller(self, session: WebSession) -> Caller:
        """What a person may: by the account's roles, and by what the team's list of people says; within `reading()`."""
        roles = frozenset(OLDER_ROLES.get(each, each) for each in session.roles)
        allowed = any(
            each.attributes["provisioningAllowed"]
            for each in self.team.store.all("users")
            if str(each.attributes["username"]).lower() == session.account.lower()
        )
        return Caller(roles, trusted=allowed)


async def read(request: Request, largest: int = LARGEST_BODY) -> bytes:
    """The body. One that is too large is read to its end, else a client sees a lost connection. Raises Problem."""
    body, size = bytearray(), 0
    async for chunk in request.stream():
        size += len(chunk)
        if size <= largest:
            body += chunk
        elif size > LARGEST_DRAIN:
            break
    if size > largest:
        title = "The request entity is too large"
        raise Problem([error(413, "ENTITY_TOO_LARGE", title, f"{largest} bytes are allowed")])
    return bytes(body)


def check_media_type(request: Request, body: bytes) -> None:
    """Raises the 415 of a body that is not JSON by its content type."""
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if body and given not in {"", "application/json", "application/vnd.api+json"}:
        title = "The specified content type is not supported"
        raise Problem([error(415, "UNSUPPORTED_MEDIA_TYPE", title, "Send the body as 'application/json'")])


def nothing(call: Call) -> Answer:
    """What another team of the account has here: nothing. Raises Problem for all but lists."""
    match call.method, call.path.split("/"):
        case "GET", ["", "v1", kind] if kind:
            links = {"self": f"{call.base}{call.path}"}
            return 200, {"data": [], "links": links, "meta": {"paging": {"total": 0, "limit": 50}}}
        case "GET", ["", "v1", kind, identifier, *_]:
            raise not_found(kind, identifier)
    raise forbidden("The sandbox keeps nothing for this team; choose another")
