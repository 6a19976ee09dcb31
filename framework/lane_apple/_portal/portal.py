"""The developer portal's client: forms in, envelopes out, tokens kept, one team."""

from __future__ import annotations

import itertools
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from lane import ActionError
from lane_apple._client import AppStoreConnect
from lane_apple._door import Call
from lane_apple._doors import Doors
from lane_apple._line import Line, problems
from lane_apple._network import may_repeat_read, may_repeat_write, retry_after, retrying
from lane_apple._refusal import AppleBusyError, LostAnswerError, Refusal, error_of
from lane_apple._web_session import Cookies

from .answer import entries_of, envelope_of, refused
from .csrf import Csrf
from .form import encoded
from .teams import TEAM_ID, TEAM_NAME, choose_team, portal_team
from .tunnel import TunnelDoor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from types import TracebackType

    import requests

    from lane_apple._web_session import WebSession

    from .form import Fields, Value
    from .teams import PortalTeam

Slug = Literal["ios", "mac"]

_APPLE = Doors().developer
_ROOT = "/services-account/QH65B2/"
_FORM = "application/x-www-form-urlencoded"
_PAGE = 500


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of thing that the portal keeps. `folder` and `listing` are of the address of its list."""

    name: str
    folder: str
    listing: str
    payload: str
    sort: str = "name=asc"


_TEAMS = Kind("teams", "", "listTeams.action", "teams")


class DeveloperPortal:
    """A client of the developer portal, for one team of an Apple ID. Threads may share it.

    The team is `team_id`, else FASTLANE_TEAM_ID or FASTLANE_TEAM_NAME of `environment`, else the only one, else
    that of the session; TeamChoiceError lists them where none of these decides. `resources` speaks of bundle ids,
    certificates, devices and profiles as the official API does. `session` brings proxies, certificates and
    cancellation of its own. `sleep` takes seconds; whatever it raises ends the call. `clock` gives seconds and only
    ever grows. `say` gets a line before each wait.
    """

    def __init__(
        self,
        web: WebSession,
        *,
        team_id: str | None = None,
        environment: Mapping[str, str] | None = None,
        session: requests.Session | None = None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        say: Callable[[str], None] | None = None,
    ) -> None:
        named = environment or {}
        self._team_id = team_id or named.get(TEAM_ID, "").strip()
        self._team_name = None if team_id else named.get(TEAM_NAME, "").strip()
        self.web = web
        self.sleep = sleep
        self.clock = clock
        self.say = say
        self._csrf = Csrf()
        self.base_url = web.doors.developer.rstrip("/")
        self.authorization = Cookies(web, _APPLE)
        budget = ("developer_portal", self.base_url, web.account)
        self._line = Line(session, budget=budget, who="Apple ID", sleep=sleep, clock=clock, say=say)
        self._lock = threading.Lock()
        self._team: PortalTeam | None = None
        door = TunnelDoor(self, self._csrf, budget)
        self.resources = AppStoreConnect(door, session=self._line.session, sleep=sleep, clock=clock, say=say)

    def __enter__(self) -> DeveloperPortal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections, unless the session is someone else's."""
        self._line.close()

    @property
    def team(self) -> PortalTeam:
        """The team for which everything is done; asked for once. Raises TeamChoiceError."""
        with self._lock:
            if self._team is None:
                self._team = choose_team(
                    self.find_teams(),
                    team_id=self._team_id,
                    team_name=self._team_name,
                    usual=self.web.team_id,
                )
            return self._team

    def find_teams(self) -> list[PortalTeam]:
        """The Apple ID's teams, in Apple's order."""
        path = f"account/{_TEAMS.listing}"
        entries = self._post(_TEAMS, path, {}, _TEAMS.payload)
        return [portal_team(entry) for entry in entries]

    def find(self, kind: Kind, *, slug: Slug = "ios", **fields: Value) -> Iterator[Mapping[str, Any]]:
        """The entries of all pages of a list. A page that comes back a second time is an error."""
        earlier: list[Mapping[str, Any]] = []
        for page in itertools.count(1):
            entries = self._page(kind, slug, page, _PAGE, fields)
            if entries and entries == earlier:
                raise ActionError(
                    f"The developer portal's list of {kind.name} does not end.", hint="Please report it."
                )
            yield from entries
            if len(entries) < _PAGE:
                return
            earlier = entries

    def get(
        self, kind: Kind, action: str, payload: str, *, slug: Slug = "ios", **fields: Value
    ) -> Mapping[str, Any]:
        """The entry that a question about one thing is answered with. Repeated as long as that may help."""
        form = {**fields, "teamId": self.team.id}
        entries = self._post(kind, _path(kind, slug, action), form, payload)
        return entries[0] if entries else {}

    def change(
        self, kind: Kind, action: str, payload: str, *, slug: Slug = "ios", **fields: Value
    ) -> Mapping[str, Any]:
        """The entry that a change answers with. Never repeated blindly.

        Raises LostAnswerError when it may have been done: look for it then.
        """
        if not self._csrf.knows(kind.name):
            self._page(kind, slug, 1, 1, {})
        form = {**fields, "teamId": self.team.id}
        entries = self._post(kind, _path(kind, slug, action), form, payload, changes=True)
        return entries[0] if entries else {}

    def download(self, kind: Kind, action: str, *, slug: Slug = "ios", **fields: str) -> bytes:
        """The bytes of a file."""
        path = _path(kind, slug, action)
        query = dict(sorted({**fields, "teamId": self.team.id}.items()))

        def call() -> Call:
            headers = {"Accept": "*/*", **self._csrf.headers(kind.name)}
            return Call("GET", self.base_url + _ROOT + path, query, None, headers, self.authorization)

        return self._ask(kind, path, call, changes=False).content

    def _page(self, kind: Kind, slug: Slug, page: int, size: int, fields: Fields) -> list[Mapping[str, Any]]:
        paging = {"pageNumber": str(page), "pageSize": str(size), "sort": kind.sort}
        form = {**fields, **paging, "teamId": self.team.id}
        return self._post(kind, _path(kind, slug, kind.listing), form, kind.payload)

    def _post(
        self, kind: Kind, path: str, fields: Fields, payload: str, *, changes: bool = False
    ) -> list[Mapping[str, Any]]:
        content = encoded(fields)

        def call() -> Call:
            headers = {"Accept": "application/json", "Content-Type": _FORM, **self._csrf.headers(kind.name)}
            return Call("POST", self.base_url + _ROOT + path, {}, content, headers, self.authorization)

        response = self._ask(kind, path, call, changes=changes)
        return entries_of(response, self._refusal("POST", path, response), payload)

    def _ask(self, kind: Kind, path: str, call: Callable[[], Call], *, changes: bool) -> requests.Response:
        may_repeat = may_repeat_write if changes else may_repeat_read

        def once() -> requests.Response:
            request = call()
            response = self._line.send(request)
            self.web.learn(response)
            refusal = self._refusal(request.method, path, response)
            error = refused(refusal, response, self.web)
            if error is None and _is_answer(request, response):
                self._csrf.learn(kind.name, response)
                return response
            error = error or error_of(refusal, retry_after=retry_after(response))
            if changes and isinstance(error, AppleBusyError) and refusal.status != 429:
                raise LostAnswerError(
                    f"{error.message} It may have been done all the same.", where=refusal.where
                ) from error
            raise error

        return retrying(self.sleep, may_repeat, budgeted=True, say=self.say)(once)

    def _refusal(self, method: str, path: str, response: requests.Response) -> Refusal:
        said = () if response.ok else problems(response)
        return Refusal(method, _ROOT + path, response.status_code, said, "Apple ID")


def _path(kind: Kind, slug: Slug, action: str) -> str:
    return f"account/{slug}/{kind.folder}/{action}"


def _is_answer(request: Call, response: requests.Response) -> bool:
    """Whether it is the portal that answers: with an envelope, or with a file where one was asked for."""
    if not 200 <= response.status_code < 300:
        return False
    if request.method == "GET":
        return response.content.lstrip()[:1] != b"<"
    return envelope_of(response) is not None
