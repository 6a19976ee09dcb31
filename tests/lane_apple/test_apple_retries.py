"""What the client says before it waits and tries again."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from apple_harness import Time
from faults import Reply, Reset, Server

from lane_apple import ApiKey, AppleBusyError, AppStoreConnect, upload_build

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from apple_parts import Apple

APPS = {"data": [], "links": {}}


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def server() -> Iterator[Server]:
    """Answers every request with no apps."""
    with Server(lambda request: Reply(200, APPS)) as running:
        yield running


@pytest.fixture
def client(key: ApiKey, server: Server, said: list[str]) -> Iterator[AppStoreConnect]:
    time = Time()
    with AppStoreConnect(
        key, base_url=server.url, sleep=time.sleep, clock=time.clock, say=said.append
    ) as running:
        yield running


def test_a_fault_of_apples(client: AppStoreConnect, server: Server, said: list[str]) -> None:
    server.arm("GET", "/v1/apps", Reply(503, ""), Reply(502, "", {"Retry-After": "17"}))
    client.get("/v1/apps")
    first, second = said
    assert re.fullmatch(r"Apple answered 503; trying again in [12] s \(2 of 7\)", first)
    assert second == "Apple answered 502; trying again in 17 s (3 of 7)"


def test_a_connection_that_breaks(client: AppStoreConnect, server: Server, said: list[str]) -> None:
    server.arm("GET", "/v1/apps", Reset())
    client.get("/v1/apps")
    (line,) = said
    assert re.match(
        r"The connection to 127\.0\.0\.1:\d+ was lost before the answer came: .*; trying again in", line
    )


def test_a_limit_of_requests(client: AppStoreConnect, server: Server, said: list[str]) -> None:
    server.arm("GET", "/v1/apps", Reply(429, "", {"Retry-After": "17"}))
    client.get("/v1/apps")
    assert said == [
        "Apple answered 429; trying again (2 of 7)",
        "Few requests are left with this key; the next goes in 17 s",
    ]


def test_the_last_try_promises_no_other(client: AppStoreConnect, server: Server, said: list[str]) -> None:
    server.arm("GET", "/v1/apps", *[Reply(500, "")] * 7)
    with pytest.raises(AppleBusyError):
        client.get("/v1/apps")
    assert [line.rpartition("(")[2] for line in said] == [f"{attempt} of 7)" for attempt in range(2, 8)]


def test_nothing_is_said_where_all_is_well(client: AppStoreConnect, said: list[str]) -> None:
    client.get("/v1/apps")
    assert said == []


def test_a_part_of_an_upload(key: ApiKey, receiver: Apple, big: Path, said: list[str]) -> None:
    with (
        Server(receiver) as storage,
        AppStoreConnect(key, base_url=storage.url, sleep=lambda _: None, say=said.append) as client,
    ):
        receiver.url = storage.url
        storage.arm("PUT", "/part/0$", Reply(503, ""))
        upload_build(client, big, app_id="1", version="1.2.0", number="42", platform="IOS")
    (line,) = said
    assert re.fullmatch(r"Apple answered 503; trying again in [12] s \(2 of 7\)", line)
