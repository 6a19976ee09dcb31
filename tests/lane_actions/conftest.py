"""The actions against the real sandbox; every request that they cause is held against Apple's description."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from actions_harness import StepContext
from apple_harness import Contract, held_to_contract
from apple_id_harness import Person

from lane_apple import ApiKey, AppStoreConnect, api_key, apple_id
from lane_sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def contract(monkeypatch: pytest.MonkeyPatch) -> Iterator[Contract]:
    """Every request of every test here is checked, and so is the sandbox's answer."""
    yield from held_to_contract(monkeypatch)


@pytest.fixture(scope="session")
def quick() -> Iterator[Sandbox]:
    """An offline Apple that processes at once, for runs through the engine."""
    with Sandbox(processing_seconds=0.0) as server:
        yield server


@pytest.fixture(scope="session")
def slow() -> Iterator[Sandbox]:
    """An offline Apple that takes a minute, for what happens meanwhile."""
    with Sandbox(processing_seconds=60.0) as server:
        yield server


@pytest.fixture
def offline(quick: Sandbox, contract: Contract, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """The quick one with nothing but its seed; the environment leads to it, and gives its team's key."""
    quick.reset()
    contract.trusted.add(urlsplit(quick.url).netloc)
    key = quick.keys[0]
    monkeypatch.setenv("APP_STORE_CONNECT_API_KEY_KEY_ID", key.key_id)
    monkeypatch.setenv("APP_STORE_CONNECT_API_KEY_ISSUER_ID", key.issuer_id or "")
    monkeypatch.setenv("APP_STORE_CONNECT_API_KEY_KEY_FILEPATH", str(key.private_key_path))
    monkeypatch.setenv("APP_STORE_CONNECT_URL", quick.url)
    return quick


@pytest.fixture
def person(offline: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Person:
    """An account holder of the quick one, not signed in yet; the environment says where sessions are kept."""
    for name in (*apple_id.names, "LANE_SESSION_KEY_FILE", "FASTLANE_TEAM_ID", "FASTLANE_TEAM_NAME"):
        monkeypatch.delenv(name, raising=False)
    found = Person(offline, tmp_path)
    monkeypatch.setenv("APPLE_WEB_URL", offline.url)
    monkeypatch.setenv("FASTLANE_USER", found.email)
    monkeypatch.setenv("LANE_SESSIONS", str(tmp_path / "sessions"))
    monkeypatch.setenv("LANE_SESSION_PASSPHRASE", "a passphrase of these tests")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return found


@pytest.fixture
def keyless(offline: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment gives no key."""
    for name in api_key.names:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def key(offline: Sandbox) -> ApiKey:
    """The team's key of the quick one."""
    return _key(offline)


@pytest.fixture
def apple(key: ApiKey) -> Iterator[AppStoreConnect]:
    """A client of the quick one, to look at what came of an action."""
    with AppStoreConnect(key) as client:
        yield client


@pytest.fixture
def ctx(key: ApiKey, tmp_path: Path) -> StepContext:
    """A context for the quick one."""
    return StepContext(tmp_path, auth="api_key", credential=key)


@pytest.fixture
def waiting(slow: Sandbox, contract: Contract, tmp_path: Path) -> StepContext:
    """A context for the slow one; what it sleeps moves Apple's clock."""
    slow.reset()
    contract.trusted.add(urlsplit(slow.url).netloc)
    return StepContext(tmp_path, auth="api_key", credential=_key(slow), asleep=slow.clock.advance)


@pytest.fixture
def ipa(assets: Path) -> Path:
    """A real package: com.example.aurora 1.2.0 (42)."""
    return assets / "Aurora.ipa"


def _key(server: Sandbox) -> ApiKey:
    first = server.keys[0]
    return ApiKey(first.key_id, first.issuer_id, first.private_key_path.read_text(), base_url=server.url)
