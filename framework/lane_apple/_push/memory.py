"""What was sent where, by digests that only the store's key can make: so that it is sent once."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from typing import TYPE_CHECKING, Any

from lane_apple._session.errors import SessionKeyError
from lane_apple._session.lock import locked
from lane_apple._session.private_file import check_folder, read_owned, write_private
from lane_apple._session.store_key import KINDS, StoreKey

if TYPE_CHECKING:
    from pathlib import Path

    from lane_apple._session.places import Places

    from .variable import Variable

_FORMAT = "lane-pushed"
_LARGEST = 256 * 1024
_KEPT = 200  # entries


class Memory:
    """One user's, beside the sessions. Without a key to the store nothing is remembered, and all is sent.

    A file that is damaged counts as none: then things are sent once more. Raises SessionFileError where the folder
    or the file is another user's, or others can write to it.
    """

    def __init__(self, places: Places) -> None:
        self._path: Path = places.store / "pushed.json"
        self._keys = StoreKey(places)

    def same(self, where: str, variable: Variable, stamp: str | None) -> bool:
        """Whether this value was the last that was sent there; `stamp` is what the place says of its last change."""
        entry = self._entries().get(_place(where, variable.name))
        if entry is None or entry.get("stamp") != stamp:
            return False
        try:
            kind, salt = KINDS[KINDS.index(entry["key"])], base64.b64decode(entry["salt"])
            key = self._keys.find(kind, salt)
            return hmac.compare_digest(str(entry["digest"]), _digest(key, where, variable))
        except (KeyError, TypeError, ValueError, SessionKeyError):
            return False

    def remember(self, where: str, variable: Variable, stamp: str | None) -> None:
        """This value was sent there."""
        kind, salt = self._keys.kind, secrets.token_bytes(16)
        try:
            key = self._keys.find(kind, salt, make=True)
        except SessionKeyError:
            return
        entry = {
            "key": kind,
            "salt": base64.b64encode(salt).decode(),
            "digest": _digest(key, where, variable),
            "stamp": stamp,
        }
        with locked(self._path.with_suffix(".lock")):
            entries = self._entries()
            entries.pop(_place(where, variable.name), None)
            entries[_place(where, variable.name)] = entry
            kept = dict(list(entries.items())[-_KEPT:])
            write_private(self._path, json.dumps({"format": _FORMAT, "entries": kept}, indent=1).encode())

    def _entries(self) -> dict[str, dict[str, Any]]:
        check_folder(self._path.parent)
        content = read_owned(self._path, largest=_LARGEST, strict=True)
        try:
            document: Any = json.loads(content or b"{}")
            entries = document["entries"] if document.get("format") == _FORMAT else {}
            return {name: entry for name, entry in entries.items() if isinstance(entry, dict)}
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
            return {}


def _place(where: str, name: str) -> str:
    """A place and a name as one word; what a command is made of is nobody's business."""
    return hashlib.sha256(json.dumps([where, name]).encode()).hexdigest()[:32]


def _digest(key: bytes, where: str, variable: Variable) -> str:
    text = json.dumps([_FORMAT, where, variable.name, variable.value.reveal()])
    return hmac.new(key, text.encode(), "sha256").hexdigest()
