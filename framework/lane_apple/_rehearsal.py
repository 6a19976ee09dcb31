"""Puts the sandbox in Apple's place: the environment that leads actions to it."""

from __future__ import annotations

import base64
import contextlib
import os
import secrets
from contextlib import contextmanager
from types import MappingProxyType
from typing import TYPE_CHECKING

from lane import UsageError

from ._apple_id.access import PASSWORDS
from ._apple_id.delivered import MESSAGES_URL
from ._doors import WEB_URL
from ._finding import BASE_URL, NAMES
from ._keyfile import ISSUER_ID, KEY_FILEPATH, KEY_ID
from ._modes import app_specific_password, apple_id
from ._session.places import COOKIE_PATH, KEY_FILE, PASSPHRASE, SESSIONS, USERS, Places

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from lane_sandbox import Account

_NOTHING: Mapping[str, str] = MappingProxyType({})
_NOT_YET = "http://offline.invalid"  # until the sandbox listens


def offered(
    store: Path, surroundings: Mapping[str, str] = _NOTHING, *, account: str | None = None
) -> dict[str, str]:
    """The variables that give the sandbox's key and Apple ID, without starting it; `store` is the project's `.lane`.

    The Apple ID is `account`; else the one that `surroundings` name, if it is the sandbox's; else the seed's first. An
    `account` that the seed does not have comes without a password. All other names of a key, a password or a session
    are there too, and empty: nothing real goes to the sandbox. Raises UsageError where the folder cannot be used.
    """
    from lane_sandbox import SeedError, credentials_of, person_of

    folder = store / "sandbox"
    try:
        key = credentials_of(folder)
        person = person_of(folder, account) if account else _person(folder, surroundings)
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
        MESSAGES_URL: "",
    }


@contextmanager
def started(
    store: Path,
    surroundings: Mapping[str, str] = _NOTHING,
    faults: Path | None = None,
    *,
    account: str | None = None,
) -> Iterator[dict[str, str]]:
    """Run the sandbox that keeps its state in `store`; the same variables, and where it listens.

    `faults` is a file that says what goes wrong; the rest is as in `offered`. Raises UsageError where it cannot start.
    """
    from lane_sandbox import Sandbox, SandboxError

    try:
        running = Sandbox(store / "sandbox", faults=faults)
    except (SandboxError, OSError) as error:
        raise _unusable(error) from None
    with running:
        yield offered(store, surroundings, account=account) | {
            BASE_URL: running.url,
            WEB_URL: running.url,
            MESSAGES_URL: f"{running.url}/_sandbox/messages",
        }


def _person(folder: Path, surroundings: Mapping[str, str]) -> Account | None:
    """The sandbox's Apple ID that the variables name; where they name a real one, or none, the first."""
    from lane_sandbox import person_of

    named = Places(surroundings, folder).account
    return (person_of(folder, named) if named else None) or person_of(folder)


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
