"""What a sign-in endpoint is asked, and what it answers."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

JsonObject = dict[str, Any]
UNAVAILABLE = (
    "<html><head><title>503 Service Temporarily Unavailable</title></head>"
    "<body><center><h1>503 Service Temporarily Unavailable</h1></center><hr><center>Apple</center></body></html>"
)
MALFORMED = "-900007"


@dataclass(frozen=True, slots=True)
class SetCookie:
    """A cookie to set. `domain` None: for the host alone; `max_age` in seconds, None: while the client runs."""

    name: str
    value: str
    domain: str | None = None
    max_age: int | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: a JSON document, or a text with its media type, or nothing."""

    status: int
    document: Any = None
    text: str | None = None
    media_type: str = "text/html"
    headers: Mapping[str, str] = field(default_factory=dict)
    cookies: tuple[SetCookie, ...] = ()


class Refused(Exception):  # noqa: N818 - a refusal is an answer, not a failure of the sandbox
    """A request that goes no further than this answer."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(f"refused with {answer.status}")
        self.answer = answer


@dataclass(frozen=True, slots=True)
class Call:
    """One request. Header names are in lower case; `pairs` are the cookies as they came, without quotes."""

    headers: Mapping[str, str]
    pairs: tuple[tuple[str, str], ...]
    document: JsonObject
    parameters: Mapping[str, str] = field(default_factory=dict)
    """The parts of the path that stand for something."""

    @property
    def cookies(self) -> dict[str, str]:
        """The cookies by name."""
        return dict(self.pairs)

    def text(self, *names: str) -> str:
        """The text at this place of the body. Raises Refused where there is none."""
        found = self.value(*names)
        if not isinstance(found, str):
            raise Refused(service_error(400, MALFORMED, f"The field {'.'.join(names)} is missing."))
        return found

    def value(self, *names: str) -> Any:
        """Whatever is at this place of the body; None where nothing is."""
        found: Any = self.document
        for name in names:
            found = found.get(name) if isinstance(found, dict) else None
        return found

    def data(self, *names: str) -> bytes:
        """The bytes that a text of the body stands for. Raises Refused where that is no base64."""
        try:
            return base64.b64decode(self.text(*names), validate=True)
        except (binascii.Error, ValueError) as problem:
            refusal = service_error(400, MALFORMED, f"The field {'.'.join(names)} is not in base64.")
            raise Refused(refusal) from problem


def cookies_in(header: str) -> tuple[tuple[str, str], ...]:
    """The cookies of a header, as often as they are in it; quotes do not count (apple-id-login.md, 7.2)."""
    pairs = (each.partition("=") for each in header.split(";") if "=" in each)
    return tuple((name.strip(), value.strip().strip('"')) for name, _, value in pairs)


def errors_of(code: str, title: str, message: str) -> JsonObject:
    """A service error in both spellings: clients read one or the other."""
    found = [{"code": code, "title": title, "message": message, "suppressDismissal": False}]
    return {"serviceErrors": found, "service_errors": found, "hasError": True}


def service_error(
    status: int, code: str, message: str, title: str = "", headers: Mapping[str, str] | None = None
) -> Answer:
    """A refusal with a service error."""
    return Answer(status, errors_of(code, title, message), headers=headers or {})


def unavailable() -> Answer:
    """What a sign-in gets that Apple does not want: 503, as a page."""
    return Answer(503, text=UNAVAILABLE)
