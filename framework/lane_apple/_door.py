"""What differs by the way into Apple's resources: the address, who asks, what a refusal means."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping

    import requests
    from requests.auth import AuthBase

    from lane import LaneError

    from ._refusal import Refusal, Who


@dataclass(frozen=True, slots=True)
class Question:
    """A request in the words of the official API. `path` begins with its version; `body` is JSON, None for none."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict, hash=False)
    body: object = field(default=None, hash=False)


@dataclass(frozen=True, slots=True)
class Call:
    """A request as it goes over the network."""

    method: str
    url: str
    query: Mapping[str, str]
    content: str | None
    headers: Mapping[str, str]
    authorization: AuthBase = field(repr=False)


class Door(Protocol):
    """One way in. Threads may share it."""

    @property
    def who(self) -> Who:
        """Whom Apple lets in."""
        ...

    @property
    def base_url(self) -> str:
        """The host's address."""
        ...

    @property
    def prefix(self) -> str:
        """What stands before paths such as `/v1/apps`; nothing for the official API."""
        ...

    @property
    def budget(self) -> Hashable:
        """What those share who share a budget of requests."""
        ...

    @property
    def capabilities_of_bundle_id(self) -> bool:
        """Whether capabilities are changed as a part of their bundle id, in place of resources of their own."""
        ...

    def ask(
        self, question: Question, send: Callable[[Call], requests.Response], sleep: Callable[[float], None]
    ) -> requests.Response:
        """The answer to a question; asked again where a fresh authorization may help."""
        ...

    def refused(self, refusal: Refusal, response: requests.Response) -> LaneError | None:
        """The error, where an answer says that this way in is closed, or not good enough."""
        ...


def json_call(question: Question, url: str, authorization: AuthBase, headers: Mapping[str, str]) -> Call:
    """A question as it is, at an address."""
    content = None if question.body is None else json.dumps(question.body)
    typed = {} if content is None else {"Content-Type": "application/json"}
    return Call(
        question.method,
        url + question.path,
        question.query,
        content,
        {"Accept": "application/json", **typed, **headers},
        authorization,
    )
