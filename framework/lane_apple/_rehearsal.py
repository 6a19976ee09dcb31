"""Puts the sandbox in Apple's place: the environment that leads actions to it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from ._finding import BASE_URL, NAMES
from ._keyfile import ISSUER_ID, KEY_FILEPATH, KEY_ID

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def offered(store: Path) -> dict[str, str]:
    """The variables that give the sandbox's key, without starting it; `store` is the project's `.lane`.

    All other names under which a key may be given are there too, and empty: no real key goes to the sandbox.
    """
    from lane_sandbox import credentials_of

    key = credentials_of(store / "sandbox")
    return dict.fromkeys(NAMES, "") | {
        KEY_ID: key.key_id,
        ISSUER_ID: key.issuer_id or "",
        KEY_FILEPATH: str(key.private_key_path.resolve()),
    }


@contextmanager
def started(store: Path) -> Iterator[dict[str, str]]:
    """Run the sandbox that keeps its state in `store`; the same variables, and where it listens."""
    from lane_sandbox import Sandbox

    with Sandbox(store / "sandbox") as sandbox:
        yield offered(store) | {BASE_URL: sandbox.url}
