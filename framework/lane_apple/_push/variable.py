"""What CI is given: a session or a key, as the one variable that lane and fastlane read."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lane import Secret
from lane_apple._keyfile import JSON_TEXT
from lane_apple._session.finding import SESSION_NAMES
from lane_apple._session.ruby_writer import fastlane_session, unbroken_session

if TYPE_CHECKING:
    from lane_apple._keys import ApiKey
    from lane_apple._session.session import AppleSession


@dataclass(frozen=True, slots=True)
class Variable:
    """A name and a value of one line."""

    name: str
    value: Secret


def session_variable(session: AppleSession, *, unbroken: bool) -> Variable:
    """FASTLANE_SESSION with the cookies that fastlane carries; `unbroken`: without a blank in it."""
    write = unbroken_session if unbroken else fastlane_session
    return Variable(SESSION_NAMES[0], Secret(write(session)))


def key_variable(key: ApiKey) -> Variable:
    """APP_STORE_CONNECT_API_KEY with fastlane's JSON of a key (session-formats.md, 4.1), without a blank in it.

    One variable, so that the ids of one key never meet the text of another.
    """
    fields: dict[str, Any] = {"key_id": key.key_id}
    if key.issuer_id is not None:
        fields["issuer_id"] = key.issuer_id
    encoded = base64.b64encode(key.private_key.reveal().encode()).decode()
    fields |= {"key": encoded, "is_key_content_base64": True, "in_house": key.in_house}
    return Variable(JSON_TEXT, Secret(json.dumps(fields, separators=(",", ":"))))
