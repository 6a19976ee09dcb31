"""Seals a session so that a file on disk is of no use without its key."""

from __future__ import annotations

import base64
import json
import secrets
from typing import TYPE_CHECKING, Any

from .errors import SessionKeyError, SessionStoreError
from .places import KEY_FILE, PASSPHRASE
from .store_key import KINDS

if TYPE_CHECKING:
    from .store_key import KeyKind, StoreKey

_FORMAT = "lane-sealed-session"
_VERSION = 1
_NOT_THE_ONE: dict[KeyKind, str] = {
    "key_file": f"the key in {KEY_FILE} is not the one that sealed it",
    "passphrase": f"the passphrase in {PASSPHRASE} is not the one that sealed it",
    "keychain": "the key in the system keychain is not the one that sealed it",
}


def seal(text: str, account: str, keys: StoreKey) -> bytes:
    """A text under AES-256-GCM, bound to its account. Raises SessionKeyError without a key."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    kind = keys.kind
    salt, nonce = secrets.token_bytes(16), secrets.token_bytes(12)
    key = keys.find(kind, salt, make=True)
    sealed = AESGCM(key).encrypt(nonce, text.encode(), _bound(account, kind))
    document = {
        "format": _FORMAT,
        "version": _VERSION,
        "account": account,
        "key": kind,
        "salt": _encoded(salt),
        "nonce": _encoded(nonce),
        "sealed": _encoded(sealed),
    }
    return json.dumps(document, ensure_ascii=False, indent=1).encode()


def unseal(content: bytes, keys: StoreKey, where: str) -> str:
    """The text in what `seal` made. Raises SessionKeyError without the right key."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    account, document = account_of(content, where), json.loads(content)
    try:
        kind: KeyKind = KINDS[KINDS.index(document["key"])]
        salt, nonce, sealed = (base64.b64decode(document[name]) for name in ("salt", "nonce", "sealed"))
    except (KeyError, TypeError, ValueError):
        raise damaged(where) from None
    key = keys.find(kind, salt)
    try:
        return AESGCM(key).decrypt(nonce, sealed, _bound(account, kind)).decode()
    except (InvalidTag, ValueError):
        raise SessionKeyError(
            f"The session in {where} cannot be opened: {_NOT_THE_ONE[kind]}, or the file is damaged.",
            hint="Give the key that it was made with, or sign in again with `lane auth login`.",
        ) from None


def account_of(content: bytes, where: str) -> str:
    """Whose session is sealed there; that needs no key. Raises SessionStoreError for a damaged file."""
    try:
        document: Any = json.loads(content)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict) or document.get("format") != _FORMAT:
        raise damaged(where)
    if document.get("version") != _VERSION:
        raise SessionStoreError(f"{where} was written by a newer lane.", hint="Update lane on this machine.")
    account = document.get("account")
    if not isinstance(account, str):
        raise damaged(where)
    return account


def damaged(where: str) -> SessionStoreError:
    """The error for a file of the store that is not what it was."""
    return SessionStoreError(
        f"{where} is damaged.",
        hint="Delete it, and sign in again with `lane auth login`.",
        code="session_damaged",
    )


def _bound(account: str, kind: KeyKind) -> bytes:
    """What a sealed text is bound to, so that files cannot be exchanged for each other."""
    return json.dumps([_FORMAT, _VERSION, account, kind]).encode()


def _encoded(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
