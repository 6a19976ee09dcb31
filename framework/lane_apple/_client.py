"""App Store Connect's official API over requests: one request function, paging, errors."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import requests

from lane import ActionError

from ._budget import budget_of
from ._network import (
    TIMEOUT,
    Bearer,
    broken,
    http_date,
    may_repeat_read,
    may_repeat_write,
    retry_after,
    retrying,
)
from ._refusal import AppleBusyError, AppleError, LostAnswerError, Refusal, error_of, problems_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from types import TracebackType

    from ._keys import ApiKey

    Params = Mapping[str, str | int | Sequence[str]]

_MOST_PAGES = 1000
_NEW_TOKENS = 2  # Apple answers 401 at random at times, also to good tokens (asc-official-limits.md, 1)


@dataclass(frozen=True, slots=True)
class Resource:
    """One JSON:API resource. `relationships` holds the ids of those that the answer has data for."""

    type: str
    id: str
    attributes: Mapping[str, Any] = field(hash=False)
    relationships: Mapping[str, tuple[str, ...]] = field(hash=False, default_factory=dict)

    def related(self, name: str) -> str | None:
        """The id of a to-one relationship, None when it is empty or was not included."""
        return next(iter(self.relationships.get(name, ())), None)


@dataclass(frozen=True, slots=True)
class Document:
    """An answer: `data` is what was asked for, one or many; `included` is by type and id."""

    data: tuple[Resource, ...]
    included: Mapping[tuple[str, str], Resource] = field(hash=False)
    next: str | None = None

    @property
    def one(self) -> Resource:
        """The only resource. Raises LookupError when there is none."""
        return self.data[0]


class AppStoreConnect:
    """A client of App Store Connect, usable without lanes:

        from lane_apple import ApiKey, AppStoreConnect, find_app, latest_build_number

        key = ApiKey("D383SF7390", "6053b7fe-…", open("AuthKey_D383SF7390.p8").read())
        with AppStoreConnect(key) as apple:
            app = find_app(apple, "com.example.aurora")
            print(app.name, latest_build_number(apple, app.id))

    Threads may share it, and all clients of a key share its budget of requests. `session` brings proxies,
    certificates and cancellation of its own; without one, requests' environment variables count. `base_url`
    replaces the key's. `sleep` takes seconds; whatever it raises ends the call. `clock` gives seconds and only
    ever grows.
    """

    def __init__(
        self,
        key: ApiKey,
        *,
        session: requests.Session | None = None,
        base_url: str | None = None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.key = key
        self.base_url = (base_url or key.base_url).rstrip("/")
        self.session = session or requests.Session()
        self.sleep = sleep
        self.clock = clock
        self._owns_session = session is None
        self._budget = budget_of((self.base_url, key.issuer_id, key.key_id), clock)

    def __enter__(self) -> AppStoreConnect:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections, unless the session is someone else's."""
        if self._owns_session:
            self.session.close()

    def get(self, path: str, params: Params | None = None) -> Document:
        """One answer. Repeated as long as that may help. Raises the errors of `_refusal`."""
        text = self._call("GET", path, _joined(params), None, may_repeat_read)
        return _document(text, Refusal("GET", path, 200))

    def pages(self, path: str, params: Params | None = None) -> Iterator[Document]:
        """All pages, as they are asked for. A page that comes back a second time is an error."""
        query = _joined(params)
        seen: set[str] = set()
        while path not in seen and len(seen) < _MOST_PAGES:
            seen.add(path)
            text = self._call("GET", path, query, None, may_repeat_read)
            page = _document(text, Refusal("GET", _short(path), 200))
            yield page
            if page.next is None:
                return
            # The link may name Apple's own host where a sandbox answers: only path and query count.
            link = urlsplit(page.next)
            path, query = f"{link.path}?{link.query}", {}
        raise AppleError(
            Refusal("GET", _short(path), 200), "Apple's pages do not end.", hint="Please report it."
        )

    def find(self, path: str, params: Params | None = None) -> Iterator[Resource]:
        """The resources of all pages."""
        for page in self.pages(path, params):
            yield from page.data

    def create(
        self, kind: str, attributes: Mapping[str, Any], relationships: Mapping[str, tuple[str, str]]
    ) -> Resource:
        """A new resource; `relationships` maps names to (type, id). Never repeated blindly.

        Raises LostAnswerError when it may have been made: look for it then.
        """
        path = f"/v1/{kind}"
        data = {
            "type": kind,
            "attributes": attributes,
            "relationships": {
                name: {"data": {"type": other, "id": identifier}}
                for name, (other, identifier) in relationships.items()
            },
        }
        return _document(self._write("POST", path, data), Refusal("POST", path, 201)).one

    def update(self, kind: str, identifier: str, attributes: Mapping[str, Any]) -> Resource:
        """Change attributes of a resource. Raises LostAnswerError when it may have been changed."""
        path = f"/v1/{kind}/{identifier}"
        data = {"type": kind, "id": identifier, "attributes": attributes}
        return _document(self._write("PATCH", path, data), Refusal("PATCH", path, 200)).one

    def relate(self, path: str, kind: str, identifiers: Sequence[str]) -> None:
        """Add to a to-many relationship. Raises LostAnswerError when that may have been done."""
        self._write("POST", path, [{"type": kind, "id": identifier} for identifier in identifiers])

    def _write(self, method: str, path: str, data: object) -> str:
        return self._call(method, path, {}, {"data": data}, may_repeat_write)

    def _call(
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        body: object,
        may_repeat: Callable[[BaseException], bool],
    ) -> str:
        return retrying(self.sleep, may_repeat, budgeted=True)(self._once, method, path, query, body)

    def _once(self, method: str, path: str, query: Mapping[str, str], body: object) -> str:
        """The text of a successful answer."""
        response = self._authorised(method, path, query, body)
        if 200 <= response.status_code < 300 and _is_json(response):
            return response.text
        error = self._error(method, path, response)
        surely_not_done = not isinstance(error, AppleBusyError) or error.refusal.status == 429
        if method == "GET" or surely_not_done:
            raise error
        raise LostAnswerError(
            f"{error} It may have been done all the same.", where=f"{method} {path}"
        ) from error

    def _authorised(
        self, method: str, path: str, query: Mapping[str, str], body: object
    ) -> requests.Response:
        """The answer; a token that is refused is replaced, twice at most."""
        token = self.key.token()
        response = self._send(method, path, query, body, token)
        for attempt in range(_NEW_TOKENS):
            if response.status_code != 401:
                break
            self.sleep(float(attempt + 1))
            token = self.key.token(refused=token)
            response = self._send(method, path, query, body, token)
        return response

    def _send(
        self, method: str, path: str, query: Mapping[str, str], body: object, token: str
    ) -> requests.Response:
        begun = self._budget.admit(self.sleep)
        response = self._exchange(method, self.base_url + path, query, body, token)
        if response.status_code == 429:
            refusal = Refusal(method, _short(path), 429, _problems(response))
            self._budget.refused(begun, refusal, retry_after(response))
        else:
            self._budget.answered(response.headers)
        return response

    def _exchange(
        self, method: str, url: str, query: Mapping[str, str], body: object, token: str
    ) -> requests.Response:
        headers = {"Accept": "application/json"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        try:
            return self.session.request(
                method,
                url,
                params=dict(query) or None,
                data=None if body is None else json.dumps(body),
                headers=headers,
                auth=Bearer(token),
                timeout=TIMEOUT,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            raise broken(error, method, url) from None

    def _error(self, method: str, path: str, response: requests.Response) -> Exception:
        refusal = Refusal(method, _short(path), response.status_code, _problems(response))
        theirs = http_date(response.headers.get("Date", ""))
        clock_off = 0.0 if theirs is None else self.key.clock() - theirs
        return error_of(refusal, clock_off=clock_off, retry_after=retry_after(response))


def _short(path: str) -> str:
    return path.partition("?")[0]


def _joined(params: Params | None) -> dict[str, str]:
    """Lists are comma-joined (asc-official-limits.md, 5)."""
    return {
        name: value if isinstance(value, str) else str(value) if isinstance(value, int) else ",".join(value)
        for name, value in (params or {}).items()
    }


def _is_json(response: requests.Response) -> bool:
    return not response.content or "json" in response.headers.get("Content-Type", "")


def _problems(response: requests.Response) -> tuple[Any, ...]:
    try:
        return problems_of(response.json())
    except ValueError:
        return ()


def _document(text: str, request: Refusal) -> Document:
    try:
        body = json.loads(text) if text else {}
        data = body.get("data")
        many = data if isinstance(data, list) else [data] if data else []
        included = [_resource(each) for each in body.get("included", ())]
        return Document(
            tuple(_resource(each) for each in many),
            {(each.type, each.id): each for each in included},
            (body.get("links") or {}).get("next"),
        )
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise ActionError(
            f"The answer is not what Apple's description says: {error!r}.",
            where=request.where,
            code="unexpected_answer",
            hint="Does APP_STORE_CONNECT_URL lead to App Store Connect?",
        ) from error


def _resource(data: Mapping[str, Any]) -> Resource:
    relationships: dict[str, tuple[str, ...]] = {}
    for name, value in (data.get("relationships") or {}).items():
        linked = (value or {}).get("data")
        if linked is not None:
            many = linked if isinstance(linked, list) else [linked]
            relationships[name] = tuple(each["id"] for each in many)
    return Resource(data["type"], data["id"], data.get("attributes") or {}, relationships)
