"""A clock that moves when the client sleeps, and the check of all that the client sends."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from apple_contract import APPLE, check_request, check_response
from requests.adapters import HTTPAdapter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pytest
    import requests


class Time:
    """A clock that moves by what is slept, and takes the sandbox's along."""

    def __init__(self, advance: Callable[[float], object] = lambda _: None) -> None:
        self.now = 0.0
        self.slept: list[float] = []
        self._advance = advance

    def sleep(self, seconds: float) -> None:
        if seconds > 0:
            self.now += seconds
            self.slept.append(seconds)
            self._advance(seconds)

    def clock(self) -> float:
        return self.now


class Contract:
    """What the client sent and got, held against Apple's description."""

    def __init__(self) -> None:
        self.problems: list[str] = []
        self.checked = 0
        self.trusted: set[str] = set()

    def check(self, request: requests.PreparedRequest, response: requests.Response) -> None:
        parts = urlsplit(str(request.url))
        if not re.match(r"/v\d/", parts.path):
            return
        method = str(request.method)
        body = None if request.body is None else json.loads(request.body)
        self.checked += 1
        self.problems += check_request(method, parts.path, parts.query, body)
        if parts.netloc in self.trusted:
            answer = response.json() if response.content else None
            self.problems += check_response(method, parts.path, response.status_code, answer)


def held_to_contract(monkeypatch: pytest.MonkeyPatch) -> Iterator[Contract]:
    """A contract for all that is sent, where Apple's description is there; at the end nothing was against it."""
    recorder = Contract()
    if APPLE.is_dir():
        send = HTTPAdapter.send

        def checked(self: HTTPAdapter, request: Any, *args: Any, **options: Any) -> requests.Response:
            response = send(self, request, *args, **options)
            recorder.check(request, response)
            return response

        monkeypatch.setattr(HTTPAdapter, "send", checked)
    yield recorder
    assert not recorder.problems
