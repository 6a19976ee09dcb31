"""Finds the text and the time of an SMS in what forwarding apps post."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs

_TEXTS = ("text", "message", "body", "content", "msg", "sms")
# When the phone received it comes before when it was sent: the latter is told in whole seconds, or not at all.
_TIMES = (
    "receivedstamp", "receivedat", "received_at", "timestamp", "date", "time", "sentstamp", "sentat", "sent_at"
)  # fmt: skip
_MILLISECONDS_FROM = 1e11  # seconds of the year 5138, milliseconds of 1973
_DEEPEST = 3  # objects in objects


@dataclass(frozen=True, slots=True)
class Sms:
    """An SMS as it was posted. `at` is in seconds since 1970; None where the post does not tell."""

    text: str = field(repr=False)
    at: float | None


def fields_of(body: bytes) -> dict[str, list[str]]:
    """The fields of a form; none for what is no form. Empty values count: Twilio signs them too."""
    try:
        return parse_qs(
            body.decode(), keep_blank_values=True, strict_parsing=True, max_num_fields=100, errors="strict"
        )
    except ValueError:
        return {}


def message_of(body: bytes, content_type: str) -> Sms | None:
    """The SMS in a body, JSON or a form; None where there is none.

    Known are "Incoming SMS to URL forwarder" (`text`, `receivedStamp`), SMS Gateway for Android (`payload` with
    `message` and `receivedAt`), and others that name things alike.
    """
    if content_type.partition(";")[0].strip().lower() == "application/x-www-form-urlencoded":
        return _found({name: values[0] for name, values in fields_of(body).items()})
    try:
        return _found(json.loads(body))
    except (ValueError, RecursionError):
        return None


def _found(body: object, depth: int = 0) -> Sms | None:
    if not isinstance(body, dict) or depth > _DEEPEST:
        return None
    lower = {name.lower(): value for name, value in body.items()}
    for name in _TEXTS:
        if isinstance(lower.get(name), str):
            return Sms(lower[name], _first_time(lower))
    inner = (_found(value, depth + 1) for value in lower.values())
    return next((message for message in inner if message is not None), None)


def _first_time(fields: dict[str, Any]) -> float | None:
    times = (_time(fields[name]) for name in _TIMES if name in fields)
    return next((time for time in times if time is not None), None)


def _time(value: object) -> float | None:
    """Seconds since 1970, of seconds, milliseconds, or ISO 8601 with its zone."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return _iso(str(value))
    seconds = number / 1000 if abs(number) >= _MILLISECONDS_FROM else number
    return seconds if 0 < seconds < _MILLISECONDS_FROM else None


def _iso(text: str) -> float | None:
    try:
        moment = datetime.fromisoformat(text.strip())
        return None if moment.tzinfo is None else moment.timestamp()
    except (ValueError, OverflowError):
        return None
