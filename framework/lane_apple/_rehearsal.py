"""Puts the sandbox in Apple's place: the environment that leads actions to it."""

from __future__ import annotations

import base64
import contextlib
import os
import secrets
from contextlib import contextmanager
from typing import TYPE_CHECKING

from lane import UsageError

from ._apple_id.access import PASSWORDS
from ._doors import WEB_URL
from ._finding import BASE_URL, NAMES
from ._keyfile import ISSUER_ID, KEY_FILEPATH, KEY_ID
from ._modes import app_specific_password, apple_id
from ._session.places import COOKIE_PATH, KEY_FILE, PASSPHRASE, SESSIONS, USERS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_NOT_YET = "http://offline.invalid"  # until the sandbox listens


def offered(store: Path, account: str | None = None) -> dict[str, str]:
    """The variables that give the sandbox's key and Apple ID, without starting it; `store` is the project's `.lane`.

    `account` is the Apple ID that is meant, in place of the seed's first; one that the seed does not have comes
    without a password. All other names of a key, a password or a session are there too, and empty: nothing real goes
    to the sandbox. Raises UsageError where the folder cannot be used.
    """
    from lane_sandbox import SeedError, credentials_of, person_of

    folder = store / "sandbox"
    try:
        key, person = credentials_of(folder), person_of(folder, account)
        sealing = _session_key(folder)
    except (OSError, SeedError) as error:
        raise _unusable(error) from None
    others = (*NAMES, *app_specific_password.names, *apple_id.names, PASSPHRASE)
    return dict.fromkeys(others, "") | {
        KEY_ID: key.key_id,
        ISSUER_ID: key.issuer_id or "",
        KEY_FILEPATH: str(key.private_key_path.resolve()),
        USERS[0]: person.email if person else account or "",
        PASSWORDS[0]: person.password if person else "",
        SESSIONS: str((folder / "sessions").resolve()),
        KEY_FILE: str(sealing.resolve()),
        COOKIE_PATH: str((folder / "cookies").resolve()),
        WEB_URL: _NOT_YET,
    }


@contextmanager
def started(
    store: Path, faults: Path | None = None, *, account: str | None = None
) -> Iterator[dict[str, str]]:
    """Run the sandbox that keeps its state in `store`; the same variables, and where it listens.

    `faults` is a file that says what goes wrong; `account` is as in `offered`. Raises UsageError where it cannot start.
    """
    from lane_sandbox import Sandbox, SandboxError

    try:
        running = Sandbox(store / "sandbox", faults=faults)
    except (SandboxError, OSError) as error:
        raise _unusable(error) from None
    with running:
        yield offered(store, account) | {BASE_URL: running.url, WEB_URL: running.url}


def _session_key(folder: Path) -> Path:
    """The file with the key that seals the sessions of the sandbox's Apple IDs, made where there is none."""
    path = folder / "keys" / "session.key"
    if not path.exists():
        draft = path.with_name(f"session.{os.getpid()}.{secrets.token_hex(4)}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(base64.b64encode(secrets.token_bytes(32)))
        with contextlib.suppress(FileExistsError):  # another process was quicker
            os.link(draft, path)
        draft.unlink()
    return path


def _unusable(error: Exception) -> UsageError:
    hint = "Mend the folder's rights or free some space; LANE_STORE names another place."
    return UsageError(
        f"The offline Apple cannot start: {error}.",
        hint=hint if isinstance(error, OSError) else None,  # the sandbox's own errors say what to do
        code="sandbox",
    )
