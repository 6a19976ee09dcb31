"""Reads fastlane's JSON of a key, and tells what stands where that JSON should."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from lane import CredentialError

from ._keys import LONGEST_TOKEN
from ._pem import is_pem

JSON_TEXT = "APP_STORE_CONNECT_API_KEY"
JSON_PATH = f"{JSON_TEXT}_PATH"
KEY_ID = f"{JSON_TEXT}_KEY_ID"
ISSUER_ID = f"{JSON_TEXT}_ISSUER_ID"
KEY_FILEPATH = f"{JSON_TEXT}_KEY_FILEPATH"
KEY = f"{JSON_TEXT}_KEY"

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_JSON_HINT = 'It looks like {"key_id": "…", "issuer_id": "…", "key": "-----BEGIN PRIVATE KEY-----\\n…"}.'


@dataclass(frozen=True, slots=True)
class KeyFields:
    """What fastlane's JSON of a key holds (session-formats.md, 4.1); unknown fields are ignored."""

    key_id: str
    issuer_id: str | None
    key: str = field(repr=False)
    duration: int | None
    in_house: bool


def parse_json(text: str, source: str) -> KeyFields:
    """The fields of a key's JSON. Raises CredentialError, which never shows the text."""
    try:
        fields = json.loads(text)
    except json.JSONDecodeError as error:
        raise CredentialError(f"{source} is not JSON (line {error.lineno}).", hint=_JSON_HINT) from None
    if not isinstance(fields, dict):
        raise CredentialError(f"{source} is not a JSON object.", hint=_JSON_HINT)
    if missing := [name for name in ("key_id", "key") if not _text(fields, name, source)]:
        instead = [name for name in ("filepath", "key_filepath", "key_content") if fields.get(name)]
        hint = (
            f"`{instead[0]}` belongs to fastlane's action; JSON has the key's text in `key`."
            if instead
            else None
        )
        names = " and ".join(f"`{name}`" for name in missing)
        raise CredentialError(f"{source} lacks {names}.", hint=hint or _JSON_HINT)
    key_id = _text(fields, "key_id", source)
    check_key_id(key_id, f"`key_id` in {source}")
    return KeyFields(
        key_id=key_id,
        issuer_id=_text(fields, "issuer_id", source) or None,
        key=_text(fields, "key", source),
        duration=parse_duration(fields.get("duration"), f"`duration` in {source}"),
        in_house=fields.get("in_house") is True,
    )


def _text(fields: dict[str, Any], name: str, source: str) -> str:
    value = fields.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise CredentialError(f"`{name}` in {source} is not a text.", hint=_JSON_HINT)
    return value.strip()


def check_key_id(key_id: str, where: str) -> None:
    """Refuses the two ids in each other's place."""
    if _UUID.fullmatch(key_id):
        raise CredentialError(
            f"{where} looks like an issuer id.",
            hint="The key id is the short one of AuthKey_<key id>.p8; the issuer id is long, with dashes.",
        )


def parse_duration(value: object, where: str) -> int | None:
    """A token's life in seconds, from text or a number; None stays None."""
    if value is None:
        return None
    if isinstance(value, int | str) and not isinstance(value, bool) and re.fullmatch(r"\d{1,6}", str(value)):
        seconds = int(value)
        if 0 < seconds <= LONGEST_TOKEN:
            return seconds
    raise CredentialError(f"{where} must be a number of seconds from 1 to {LONGEST_TOKEN}.")


def looks_like_path(text: str) -> bool:
    """Whether a text is rather the path of a key than a key."""
    return "\n" not in text and text.lower().endswith((".p8", ".json", ".pem"))


def misplaced(text: str) -> CredentialError:
    """What is in APP_STORE_CONNECT_API_KEY when it is not JSON: a mistake that many make."""
    what = "something that is not JSON"
    hint = f"{_JSON_HINT} Or set {KEY_ID}, {ISSUER_ID} and {KEY_FILEPATH} in its place."
    if is_pem(text) or text.startswith("LS0tLS1CRUdJTi"):  # base64 of -----BEGIN
        what = "the text of the private key"
        hint = f"Put it into {KEY}, and the key's ids into {KEY_ID} and {ISSUER_ID}."
    elif text.lower().endswith(".p8"):
        what = "the path of a .p8 file"
        hint = f"Put it into {KEY_FILEPATH}, and the key's ids into {KEY_ID} and {ISSUER_ID}."
    elif looks_like_path(text):
        what, hint = "a path", f"Put it into {JSON_PATH}."
    elif re.fullmatch(r"[A-Z0-9]{8,12}", text):
        what = "a key id"
        hint = (
            f"Put it into {KEY_ID}, the issuer id into {ISSUER_ID}, the .p8 file's path into {KEY_FILEPATH}."
        )
    return CredentialError(f"{JSON_TEXT} holds {what}; it wants JSON.", hint=hint, code="key_misplaced")
