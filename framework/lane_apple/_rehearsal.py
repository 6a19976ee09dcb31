"""Puts the sandbox in Apple's place: the environment that leads actions to it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from lane import UsageError

from ._finding import BASE_URL, NAMES
from ._keyfile import ISSUER_ID, KEY_FILEPATH, KEY_ID
from ._modes import app_specific_password, apple_id

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def offered(store: Path) -> dict[str, str]:
    """The variables that give the sandbox's key, without starting it; `store` is the project's `.lane`.

    All other names of a key, a password or a session are there too, and empty: nothing real goes to the sandbox.
    Raises UsageError where the folder cannot be used.
    """
    from lane_sandbox import credentials_of

    try:
        key = credentials_of(store / "sandbox")
    except OSError as error:
        raise _unusable(error) from None
    others = (*NAMES, *app_specific_password.names, *apple_id.names)
    return dict.fromkeys(others, "") | {
        KEY_ID: key.key_id,
        ISSUER_ID: key.issuer_id or "",
        KEY_FILEPATH: str(key.private_key_path.resolve()),
    }


@contextmanager
def started(store: Path, faults: Path | None = None) -> Iterator[dict[str, str]]:
    """Run the sandbox that keeps its state in `store`; the same variables, and where it listens.

    `faults` is a file that says what goes wrong. Raises UsageError where it cannot start.
    """
    from lane_sandbox import Sandbox, SandboxError

    try:
        running = Sandbox(store / "sandbox", faults=faults)
    except (SandboxError, OSError) as error:
        raise _unusable(error) from None
    with running:
        yield offered(store) | {BASE_URL: running.url}


def _unusable(error: Exception) -> UsageError:
    hint = "Mend the folder's rights or free some space; LANE_STORE names another place."
    return UsageError(
        f"The offline Apple cannot start: {error}.",
        hint=hint if isinstance(error, OSError) else None,  # the sandbox's own errors say what to do
        code="sandbox",
    )
