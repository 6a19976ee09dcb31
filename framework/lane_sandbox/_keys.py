"""The API keys of a sandbox: made once, kept in files that only their owner can read."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import string
import uuid
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

ALPHABET = string.ascii_uppercase + string.digits
LIST = "keys.json"


@dataclass(frozen=True, slots=True)
class Key:
    """One API key. `issuer_id` is None for an individual key; `role` is in Apple's words.

    `provisioning`: whether the key may change certificates, identifiers and profiles though its role may not.
    """

    key_id: str
    issuer_id: str | None
    private_key_path: Path
    role: str
    name: str = "team"
    provisioning: bool = False


@dataclass(frozen=True, slots=True)
class KeyWish:
    """What a key is to be."""

    name: str
    role: str
    individual: bool = False
    provisioning: bool = False


DEFAULT_KEYS = (
    KeyWish("team", "ADMIN"),
    KeyWish("weak", "CUSTOMER_SUPPORT"),
    KeyWish("individual", "APP_MANAGER", individual=True),
)


def credentials_of(folder: Path) -> Key:
    """The team key of the sandbox in this folder, made if there is none. Starts no server."""
    return keys_of(folder)[0]


def keys_of(folder: Path, wishes: Sequence[KeyWish] | None = None) -> list[Key]:
    """The keys of the sandbox in this folder, made if there are none; `wishes` are those of a seed.

    A key whose wish has not changed stays. Two processes that make keys at the same time end up with the same.
    """
    place = folder / "keys"
    if not (place / LIST).is_file():
        _make(folder, place, wishes or DEFAULT_KEYS)
    keys = _read(place)
    if wishes is None or [_wish(key) for key in keys] == list(wishes):
        return keys
    kept = {_wish(key): key for key in keys}
    issuer = next((key.issuer_id for key in keys if key.issuer_id), None) or str(uuid.uuid4())
    wanted = [kept.get(wish) or _write_key(place, issuer, wish) for wish in wishes]
    _write_list(place, wanted)
    return wanted


def _read(place: Path) -> list[Key]:
    entries = json.loads((place / LIST).read_text())
    return [Key(**{**each, "private_key_path": place / f"AuthKey_{each['key_id']}.p8"}) for each in entries]


def _wish(key: Key) -> KeyWish:
    return KeyWish(key.name, key.role, key.issuer_id is None, key.provisioning)


def _write_list(place: Path, keys: list[Key]) -> None:
    entries = [{**asdict(key), "private_key_path": key.private_key_path.name} for key in keys]
    draft = place / f"{LIST}.{os.getpid()}.{secrets.token_hex(4)}"
    draft.write_text(json.dumps(entries, indent=2) + "\n")
    draft.replace(place / LIST)


def _make(folder: Path, place: Path, wishes: Sequence[KeyWish]) -> None:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = folder / f"keys.{os.getpid()}.{secrets.token_hex(4)}"
    draft.mkdir(mode=0o700)
    issuer = str(uuid.uuid4())
    _write_list(draft, [_write_key(draft, issuer, wish) for wish in wishes])
    try:
        draft.rename(place)
    except OSError:
        # another process was quicker; anything else is an error of this folder
        shutil.rmtree(draft)
        if not (place / LIST).is_file():
            raise


def _write_key(place: Path, issuer_id: str, wish: KeyWish) -> Key:
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    key_id = "".join(secrets.choice(ALPHABET) for _ in range(10))
    pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    path = place / f"AuthKey_{key_id}.p8"
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(pem)
    issuer = None if wish.individual else issuer_id
    return Key(key_id, issuer, path, wish.role, wish.name, wish.provisioning)
