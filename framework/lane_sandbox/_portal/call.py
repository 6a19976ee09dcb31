"""One call of the developer portal, and what handlers of calls have in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from lane_sandbox._portal.refusal import not_allowed, not_found
from lane_sandbox._roles import may

if TYPE_CHECKING:
    from collections.abc import Callable

    from lane_sandbox._portal.form import Form
    from lane_sandbox._roles import Caller
    from lane_sandbox._signin.accounts import Account
    from lane_sandbox._signin.sessions import WebSession
    from lane_sandbox._store import Record
    from lane_sandbox._team import Team

Platform = Literal["ios", "mac"]
JsonObject = dict[str, Any]
LARGEST_PAGE = 500
DESCENDING = "desc"


@dataclass(frozen=True, slots=True)
class Call:
    """What a handler gets. `platform` is that of the path; calls without one are of `ios`."""

    team: Team
    session: WebSession
    account: Account
    caller: Caller
    platform: Platform
    form: Form

    def find(self, kind: str, field: str, what: str) -> Record:
        """The resource that a field names. Raises Refusal."""
        identifier = self.form.text(field)
        record = self.team.store.find(kind, identifier)
        if record is None:
            raise not_found(field, what, identifier)
        return record

    def find_all(self, kind: str, field: str, what: str) -> list[Record]:
        """The resources that a list field names. Raises Refusal."""
        found = []
        for identifier in self.form.many(field):
            record = self.team.store.find(kind, identifier)
            if record is None:
                raise not_found(field, what, identifier)
            found.append(record)
        return found


@dataclass(frozen=True, slots=True)
class Download:
    """Bytes instead of JSON."""

    content: bytes
    name: str
    media_type: str


@dataclass(frozen=True, slots=True)
class Handler:
    """How a call is answered.

    `payload` is the member with its list, where it is one; `changes`: needs tokens; `team`: is about a team;
    `plist`: is answered with a property list.
    """

    run: Callable[[Call], JsonObject | Download]
    payload: str | None = None
    changes: bool = False
    team: bool = True
    plist: bool = False


def check_rights(call: Call, name: str, *, writing: bool) -> None:
    """Raises the refusal of a role that is too low; `name` is the call's, such as addAppId."""
    if not may(call.caller, "provisioning", writing=writing):
        raise not_allowed(f"webservice.{name}NotAllowed", "perform this action")


def page(call: Call, key: str, items: list[JsonObject]) -> JsonObject:
    """One page of a list, in the order asked for (private-endpoints.md, 1.4)."""
    number = call.form.number("pageNumber", 1)
    size = min(call.form.number("pageSize", LARGEST_PAGE), LARGEST_PAGE)
    field, _, direction = (call.form.optional("sort") or "").partition("=")
    if field:
        items = sorted(items, key=lambda item: _order(item.get(field)), reverse=direction == DESCENDING)
    shown = items[(number - 1) * size : number * size]
    return {"pageNumber": number, "pageSize": size, "totalRecords": len(items), key: shown}


def _order(value: Any) -> str:
    return str("" if value is None else value).casefold()
