"""App Store Connect over requests, by a key or a session: one request function, paging, errors."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ._document import parse_document
from ._door import Question
from ._door_key import KeyDoor
from ._keys import ApiKey
from ._line import Line, problems
from ._network import may_repeat_read, may_repeat_write, retry_after, retrying
from ._refusal import (
    AppleBusyError,
    AppleError,
    LostAnswerError,
    Refusal,
    agreement_needed,
    error_of,
)
from ._storage import Storage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from types import TracebackType

    import requests

    from ._document import Document, Resource
    from ._door import Door
    from ._web_session import WebSession

    Link = tuple[str, str]  # type and id
    Params = Mapping[str, str | int | Sequence[str]]

_MOST_PAGES = 1000


class AppStoreConnect:
    """A client of App Store Connect, usable without lanes:

        from lane_apple import ApiKey, AppStoreConnect, find_app, latest_build_number

        key = ApiKey("D383SF7390", "6053b7fe-…", open("AuthKey_D383SF7390.p8").read())
        with AppStoreConnect(key) as apple:
            app = find_app(apple, "com.example.aurora")
            print(app.name, latest_build_number(apple, app.id))

    Threads may share it, and all clients of a key share its budget of requests. A WebSession in the key's place
    opens Apple's web door, which has the same resources and some more; a Door is a way in of any other kind.
    `session` brings proxies, certificates and cancellation of its own; without one, requests' environment
    variables count. `base_url` replaces the host's address. `sleep` takes seconds; whatever it raises ends the
    call. `clock` gives seconds and only ever grows. `say` gets a line before each wait.
    """

    def __init__(
        self,
        credential: ApiKey | WebSession | Door,
        *,
        session: requests.Session | None = None,
        base_url: str | None = None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        say: Callable[[str], None] | None = None,
    ) -> None:
        self.door = _door(credential, base_url)
        self.sleep = sleep
        self.clock = clock
        self.say = say
        budget, who = self.door.budget, self.door.who
        self._line = Line(session, budget=budget, who=who, sleep=sleep, clock=clock, say=say)
        self.session = self._line.session
        self.storage = Storage(self.session)

    def __enter__(self) -> AppStoreConnect:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections, unless the session is someone else's."""
        self._line.close()

    def get(self, path: str, params: Params | None = None) -> Document:
        """One answer. Repeated as long as that may help. Raises the errors of `_refusal`."""
        text = self._call(Question("GET", path, _joined(params)), may_repeat_read)
        return parse_document(text, self._asked("GET", path))

    def pages(self, path: str, params: Params | None = None) -> Iterator[Document]:
        """All pages, as they are asked for. A page that comes back a second time is an error."""
        query = _joined(params)
        seen: set[str] = set()
        while path not in seen and len(seen) < _MOST_PAGES:
            seen.add(path)
            text = self._call(Question("GET", path, query), may_repeat_read)
            page = parse_document(text, self._asked("GET", path))
            yield page
            if page.next is None:
                return
            # The link may name Apple's own host where a sandbox answers: only path and query count.
            link = urlsplit(page.next)
            path, query = f"{link.path.removeprefix(self.door.prefix)}?{link.query}", {}
        raise AppleError(self._asked("GET", path), "Apple's pages do not end.", hint="Please report it.")

    def find(self, path: str, params: Params | None = None) -> Iterator[Resource]:
        """The resources of all pages."""
        for page in self.pages(path, params):
            yield from page.data

    def create(
        self,
        kind: str,
        attributes: Mapping[str, Any],
        relationships: Mapping[str, Link | list[Link]],
        *,
        version: str = "v1",
        included: Sequence[Mapping[str, Any]] = (),
    ) -> Resource:
        """A new resource; `relationships` maps names to (type, id), or to a list of them. Never repeated blindly.

        `included` are resources, in Apple's own form, that are made along with it. Raises LostAnswerError when it
        may have been made: look for it then.
        """
        path = f"/{version}/{kind}"
        data = {"type": kind, "attributes": attributes, "relationships": _linked(relationships)}
        body: dict[str, Any] = {"data": {name: value for name, value in data.items() if value}}
        if included:
            body["included"] = [*included]
        return parse_document(self._write("POST", path, body), self._asked("POST", path)).one

    def update(
        self,
        kind: str,
        identifier: str,
        attributes: Mapping[str, Any],
        *,
        relationships: Mapping[str, Any] | None = None,
        repeatable: bool = False,
    ) -> Resource:
        """Change attributes of a resource, and relationships in Apple's own form.

        `repeatable` says that to change them twice does no harm. Raises LostAnswerError when it may have been
        changed.
        """
        path = f"/v1/{kind}/{identifier}"
        data: dict[str, Any] = {"type": kind, "id": identifier, "attributes": attributes}
        if relationships is not None:
            data["relationships"] = relationships
        text = self._write("PATCH", path, {"data": data}, may_repeat_read if repeatable else may_repeat_write)
        return parse_document(text, self._asked("PATCH", path)).one

    def delete(self, kind: str, identifier: str) -> bool:
        """Remove a resource; whether it was there. Repeated as long as that may help: twice does no harm."""
        lost = False

        def may_repeat(error: BaseException) -> bool:
            nonlocal lost
            lost = lost or isinstance(error, LostAnswerError)
            return may_repeat_read(error)

        try:
            self._call(Question("DELETE", f"/v1/{kind}/{identifier}"), may_repeat)
        except AppleError as error:
            if error.refusal.status != 404:
                raise
            return lost  # gone because of us, as it seems
        return True

    def relate(self, path: str, kind: str, identifiers: Sequence[str]) -> None:
        """Add to a to-many relationship. Raises LostAnswerError when that may have been done."""
        self._write("POST", path, _identifiers(kind, identifiers))

    def unrelate(self, path: str, kind: str, identifiers: Sequence[str]) -> None:
        """Take out of a to-many relationship. Raises LostAnswerError when that may have been done."""
        self._write("DELETE", path, _identifiers(kind, identifiers))

    def _write(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any],
        may_repeat: Callable[[BaseException], bool] = may_repeat_write,
    ) -> str:
        return self._call(Question(method, path, body=body), may_repeat)

    def _asked(self, method: str, path: str) -> Refusal:
        """A request, for the errors about its answer."""
        return Refusal(method, self.door.prefix + _short(path), 200, who=self.door.who)

    def _call(self, question: Question, may_repeat: Callable[[BaseException], bool]) -> str:
        return retrying(self.sleep, may_repeat, budgeted=True, say=self.say)(self._once, question)

    def _once(self, question: Question) -> str:
        """The text of a successful answer."""
        response = self.door.ask(question, self._line.send, self.sleep)
        refusal = self._refusal(question, response)
        error = agreement_needed(refusal) or self.door.refused(refusal, response)
        if error is None and 200 <= response.status_code < 300 and _is_json(response):
            return response.text
        error = error or error_of(refusal, retry_after=retry_after(response))
        surely_not_done = not isinstance(error, AppleBusyError) or refusal.status == 429
        if question.method == "GET" or surely_not_done:
            raise error
        raise LostAnswerError(
            f"{error.message} It may have been done all the same.", where=refusal.where
        ) from error

    def _refusal(self, question: Question, response: requests.Response) -> Refusal:
        """What is known of an answer, should it be no success."""
        said = () if 200 <= response.status_code < 300 else problems(response)
        asked = self._asked(question.method, question.path)
        return replace(asked, status=response.status_code, problems=said)


def _door(credential: ApiKey | WebSession | Door, base_url: str | None) -> Door:
    if isinstance(credential, ApiKey):
        return KeyDoor(credential, base_url)
    from ._door_web import WebDoor
    from ._web_session import WebSession

    return WebDoor(credential, base_url) if isinstance(credential, WebSession) else credential


def _short(path: str) -> str:
    return path.partition("?")[0]


def _identifiers(kind: str, identifiers: Sequence[str]) -> dict[str, Any]:
    return {"data": [{"type": kind, "id": identifier} for identifier in identifiers]}


def _linked(relationships: Mapping[str, Link | list[Link]]) -> dict[str, Any]:
    def linkage(link: Link) -> dict[str, str]:
        kind, identifier = link
        return {"type": kind, "id": identifier}

    return {
        name: {"data": linkage(value) if isinstance(value, tuple) else [linkage(each) for each in value]}
        for name, value in relationships.items()
    }


def _joined(params: Params | None) -> dict[str, str]:
    """Lists are comma-joined (asc-official-limits.md, 5)."""
    return {
        name: value if isinstance(value, str) else str(value) if isinstance(value, int) else ",".join(value)
        for name, value in (params or {}).items()
    }


def _is_json(response: requests.Response) -> bool:
    return not response.content or "json" in response.headers.get("Content-Type", "")
