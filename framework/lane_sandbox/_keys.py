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
    from pathlib import Path

ALPHABET = string.ascii_uppercase + string.digits
LIST = "keys.json"


@dataclass(frozen=True, slots=True)
class Key:
    """One API key. `issuer_id` is None for an individual key; `role` is in Apple's words."""

    key_id: str
    issuer_id: str | None
    private_key_path: Path
    role: str


def credentials_of(folder: Path) -> Key:
    """The team key of the sandbox in this folder, made if there is none. Starts no server."""
    return keys_of(folder)[0]


def keys_of(folder: Path) -> list[Key]:
    """The keys of the sandbox in this folder, made if there are none: for a team, a weak one, an individual.

    Two processes that make them at the same time end up with the same keys.
    """
    place = folder / "keys"
    if not (place / LIST).is_file():
        _make(folder, place)
    entries = json.loads((place / LIST).read_text())
    return [
        Key(each["key_id"], each["issuer_id"], place / f"AuthKey_{each['key_id']}.p8", each["role"])
        for each in entries
    ]


def _make(folder: Path, place: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = folder / f"keys.{os.getpid()}.{secrets.token_hex(4)}"
    draft.mkdir(mode=0o700)
    issuer = str(uuid.uuid4())
    kinds = [(issuer, "ADMIN"), (issuer, "CUSTOMER_SUPPORT"), (None, "APP_MANAGER")]
    keys = [_write_key(draft, issuer_id, role) for issuer_id, role in kinds]
    entries = [{**asdict(key), "private_key_path": key.private_key_path.name} for key in keys]
    (draft / LIST).write_text(json.dumps(entries, indent=2) + "\n")
    try:
        draft.rename(place)
    except OSError:
        # another process was quicker; anything else is an error of this folder
        shutil.rmtree(draft)
        if not (place / LIST).is_file():
            raise


def _write_key(place: Path, issuer_id: str | None, role: str) -> Key:
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    key_id = "".join(secrets.choice(ALPHABET) for _ in range(10))
    pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    path = place / f"AuthKey_{key_id}.p8"
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(pem)
    return Key(key_id, issuer_id, path, role)
