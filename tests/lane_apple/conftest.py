"""The client against the real sandbox, on a clock that its sleeping moves; every request is checked."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from apple_harness import Contract, Time, held_to_contract
from apple_parts import CONTENT, PART, Apple
from faults import Server, in_front_of

from lane_apple import ApiKey, AppStoreConnect
from lane_sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def contract(monkeypatch: pytest.MonkeyPatch) -> Iterator[Contract]:
    """Every request of every test here is checked; answers too, where they are the sandbox's own."""
    yield from held_to_contract(monkeypatch)


@pytest.fixture(scope="session")
def running() -> Iterator[Sandbox]:
    """An offline Apple where processing takes a minute, for all cases."""
    with Sandbox(processing_seconds=60.0) as server:
        yield server


@pytest.fixture
def sandbox(running: Sandbox, contract: Contract) -> Sandbox:
    """The sandbox with nothing but its seed."""
    running.reset()
    contract.trusted.add(urlsplit(running.url).netloc)
    return running


@pytest.fixture(scope="session")
def key(running: Sandbox) -> ApiKey:
    """The sandbox's team key."""
    first = running.keys[0]
    return ApiKey(first.key_id, first.issuer_id, first.private_key_path.read_text(), base_url=running.url)


@pytest.fixture
def time(sandbox: Sandbox) -> Time:
    """The clock of the client and of the sandbox."""
    return Time(sandbox.clock.advance)


@pytest.fixture
def apple(key: ApiKey, time: Time) -> Iterator[AppStoreConnect]:
    """A client of the sandbox."""
    with AppStoreConnect(key, sleep=time.sleep, clock=time.clock) as client:
        yield client


@pytest.fixture
def proxy(sandbox: Sandbox) -> Iterator[Server]:
    """What stands between the client and the sandbox, and can misbehave."""
    with in_front_of(sandbox.url) as server:
        yield server


@pytest.fixture
def through(key: ApiKey, time: Time, proxy: Server) -> Iterator[AppStoreConnect]:
    """A client that reaches the sandbox through the proxy."""
    with AppStoreConnect(key, base_url=proxy.url, sleep=time.sleep, clock=time.clock) as client:
        yield client


@pytest.fixture
def big(tmp_path: Path) -> Path:
    """A file of three parts."""
    path = tmp_path / "big.ipa"
    path.write_bytes(CONTENT)
    return path


@pytest.fixture
def receiver() -> Apple:
    """What takes that file, part by part."""
    return Apple(len(CONTENT), PART)


@pytest.fixture
def server(receiver: Apple) -> Iterator[Server]:
    """The same as a server that can misbehave."""
    with Server(receiver) as running:
        receiver.url = running.url
        yield running


@pytest.fixture
def client(key: ApiKey, server: Server) -> Iterator[AppStoreConnect]:
    """A client of it, which never really waits."""
    with AppStoreConnect(key, base_url=server.url, sleep=lambda _: None) as running:
        yield running
