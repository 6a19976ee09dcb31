"""One server for all cases of this folder, emptied before each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sandbox_client import Client

from lane_sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def server() -> Iterator[Sandbox]:
    """A sandbox in memory."""
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(server: Sandbox) -> Sandbox:
    """The server with nothing but the seed."""
    server.reset()
    return server


@pytest.fixture
def client(sandbox: Sandbox, shared: Path) -> Client:
    """A client with the team key; it needs Apple's description to hold answers against."""
    return Client(sandbox, sandbox.keys[0])
