"""The key that the store's sessions are sealed with: from a file, a passphrase or the system keychain."""

from __future__ import annotations

import base64
import hashlib
import secrets
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal, get_args

from lane import Secret

from .errors import SessionKeyError
from .places import KEY_FILE, PASSPHRASE
from .private_file import read_owned

if TYPE_CHECKING:
    from .places import Places

KeyKind = Literal["key_file", "passphrase", "keychain"]
KINDS: tuple[KeyKind, ...] = get_args(KeyKind)

_BYTES = 32
_LARGEST_FILE = 4096
_SERVICE, _ENTRY = "lane", "key of the kept sessions"
_SAFE_FROM = 1  # keyring's own measure: what is below is none, plain text, or asks for a password
_GIVE = (
    f"Set {KEY_FILE} to a file with a key, made once: (umask 077; openssl rand -base64 32 > FILE). "
    f"Or set {PASSPHRASE}."
)


class StoreKey:
    """Finds the key. Nothing is kept in plain text anywhere: without a key there is no store."""

    def __init__(self, places: Places) -> None:
        self._places = places

    @property
    def kind(self) -> KeyKind:
        """What new sessions are sealed with: the first that is given of key file, passphrase, keychain."""
        if self._places.get(KEY_FILE):
            return "key_file"
        return "passphrase" if self._places.get(PASSPHRASE) else "keychain"

    def find(self, kind: KeyKind, salt: bytes, *, make: bool = False) -> bytes:
        """The key of a kind, 32 bytes. `make`: in the keychain, put one there where there is none.

        Raises SessionKeyError where it is not given, SessionFileError for a key file that others may read.
        """
        if kind == "key_file":
            return self._from_file(salt)
        return self._from_passphrase(salt) if kind == "passphrase" else _from_keychain(make=make)

    def _from_file(self, salt: bytes) -> bytes:
        path = self._places.path(KEY_FILE)
        if path is None:
            raise SessionKeyError(
                f"The session is sealed with a key file, and {KEY_FILE} is not set.",
                hint=f"Set {KEY_FILE} to the file that it was made with, or sign in again with `lane auth login`.",
            )
        content = read_owned(path, largest=_LARGEST_FILE, strict=True)
        if content is None:
            raise SessionKeyError(f"{KEY_FILE} names {path}, which does not exist.", hint=_GIVE)
        content = content.strip()
        if len(content) < _BYTES:
            raise SessionKeyError(
                f"{KEY_FILE} names {path}, which is too short for a key: {len(content)} of {_BYTES} bytes.",
                hint=_GIVE,
            )
        return hashlib.blake2b(content, digest_size=_BYTES, salt=salt[:16], person=b"lane-sessions").digest()

    def _from_passphrase(self, salt: bytes) -> bytes:
        passphrase = self._places.get(PASSPHRASE)
        if passphrase is None:
            raise SessionKeyError(
                f"The session is sealed with a passphrase, and {PASSPHRASE} is not set.",
                hint=f"Set {PASSPHRASE} to the one that it was made with, or sign in again with `lane auth login`.",
            )
        return _stretched(Secret(passphrase), salt)


@lru_cache(maxsize=8)
def _stretched(passphrase: Secret, salt: bytes) -> bytes:
    """32 MiB and about a tenth of a second for each guess."""
    return hashlib.scrypt(
        passphrase.reveal().encode(), salt=salt, n=2**15, r=8, p=1, maxmem=64 * 2**20, dklen=_BYTES
    )


def _from_keychain(*, make: bool) -> bytes:
    keychain = _keychain()
    problem: str | None = None
    try:
        kept = keychain.get_password(_SERVICE, _ENTRY)
        if kept is None and make:
            kept = base64.b64encode(secrets.token_bytes(_BYTES)).decode()
            keychain.set_password(_SERVICE, _ENTRY, kept)
    except Exception as error:  # noqa: BLE001 - backends raise what their system's libraries raise
        problem, kept = type(error).__name__, None
    if problem is not None:
        raise SessionKeyError(
            f"The system keychain ({keychain.name}) did not answer: {problem}. Is it locked?",
            hint="Unlock it. " + _GIVE,
        )
    try:
        key = base64.b64decode(kept or "", validate=True)
    except ValueError:
        key = b""
    if len(key) != _BYTES:
        raise SessionKeyError(
            "The key that sealed the session is not in the system keychain any more.",
            hint="Sign in again with `lane auth login`.",
        )
    Secret(kept or "")
    return key


def _keychain() -> Any:
    import keyring
    from keyring.errors import KeyringError

    try:
        chosen = keyring.get_keyring()
    except (KeyringError, ImportError, RuntimeError, OSError):
        chosen = None
    for backend in getattr(chosen, "backends", [chosen]):
        if _is_safe(backend):
            return backend
    name = type(chosen).__module__ if chosen is not None else "none"
    raise SessionKeyError(
        f"Nothing can seal a session: this machine has no keychain that is safe to use ({name}),"
        f" and neither {KEY_FILE} nor {PASSPHRASE} is set.",
        hint=_GIVE,
    )


def _is_safe(backend: Any) -> bool:
    try:
        return bool(backend.priority >= _SAFE_FROM)
    except Exception:  # noqa: BLE001 - a backend computes it, and says by any error that it cannot be used
        return False
