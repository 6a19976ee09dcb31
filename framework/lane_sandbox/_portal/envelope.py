"""The envelope around every answer of the portal."""

from __future__ import annotations

import html
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lane_sandbox._portal.refusal import Refusal
    from lane_sandbox._roles import Caller

VERSION = "QH65B2"
APPLE = "https://developer.apple.com:443/"

JsonObject = dict[str, Any]


def answer(path: str, moment: float, caller: Caller, payload: JsonObject) -> JsonObject:
    """A successful answer (private-endpoints.md, 1.2)."""
    roles = caller.roles
    return {
        **_head(path, moment),
        "resultCode": 0,
        "requestId": None,
        "isAdmin": bool(roles & {"ADMIN", "ACCOUNT_HOLDER"}),
        "isMember": not roles & {"ADMIN", "ACCOUNT_HOLDER"},
        "isAgent": "ACCOUNT_HOLDER" in roles,
        "pageNumber": None,
        "pageSize": None,
        "totalRecords": None,
        **payload,
    }


def refused(path: str, moment: float, refusal: Refusal) -> JsonObject:
    """A refusal: no payload, and HTML's escapes in what people read."""
    body = {
        **_head(path, moment),
        "resultCode": refusal.code,
        "resultString": html.escape(refusal.key),
        "userString": html.escape(refusal.text),
        "httpCode": 200,
    }
    if refusal.fields:
        body["validationMessages"] = messages(refusal)
    return body


def messages(refusal: Refusal) -> list[JsonObject]:
    """What is wrong with which field."""
    return [
        {"validationKey": field, "validationUserMessage": html.escape(text)} for field, text in refusal.fields
    ]


def moment_of(text: str | None) -> datetime | None:
    """A date of the official API."""
    return datetime.fromisoformat(text).astimezone(UTC) if text else None


def stamp(moment: datetime | None) -> str | None:
    """A moment as the portal writes it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None


def words(moment: datetime | None) -> str | None:
    """A day for people, such as Nov 24, 2026."""
    return moment.strftime("%b %d, %Y") if moment else None


def _head(path: str, moment: float) -> JsonObject:
    return {
        "creationTimestamp": stamp(datetime.fromtimestamp(moment, UTC)),
        "userLocale": "en_US",
        "protocolVersion": VERSION,
        "requestUrl": f"{APPLE}{path}",
        "responseId": str(uuid.uuid4()),
    }
