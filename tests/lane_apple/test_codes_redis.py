"""A Redis list, on a real server that the tests start."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
from typing import TYPE_CHECKING

import pytest
from codes_harness import SECONDS, SHORT, ask, asking, question

from lane import UsageError
from lane_apple._codes.question import SourceError
from lane_apple._codes.redis_list import RedisList, RedisPlace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from redis import Redis

PASSWORD = "a-password-of-tests"
SERVER = shutil.which("redis-server")
needs_server = pytest.mark.skipif(SERVER is None, reason="redis-server is not installed")


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A server on a free port, which asks for a password and keeps nothing."""
    folder: Path = tmp_path_factory.mktemp("redis")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    command = [str(SERVER), "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    with subprocess.Popen(
        [*command, "--requirepass", PASSWORD], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as server:
        assert server.stdout is not None
        for line in server.stdout:
            if "Ready to accept connections" in line:
                break
        try:
            yield port
        finally:
            server.terminate()
            server.communicate(timeout=SECONDS)


@pytest.fixture
def place(port: int) -> RedisPlace:
    return RedisPlace.of(f"redis://:{PASSWORD}@127.0.0.1:{port}/2/lane-codes")


@pytest.fixture
def people(port: int) -> Iterator[Redis]:
    """Those who push codes."""
    from redis import Redis

    with Redis(port=port, password=PASSWORD, db=2) as client:
        client.flushall()
        yield client


@pytest.fixture
def source(place: RedisPlace) -> Iterator[RedisList]:
    opened = RedisList(place)
    yield opened
    opened.close()


@needs_server
@pytest.mark.parametrize(
    "item", ["012345", "012 345", "Your Apple ID Code is: 012345.", '{"text": "012345"}']
)
def test_what_is_pushed(people: Redis, source: RedisList, item: str) -> None:
    source.open()
    with asking(source) as asked:
        people.rpush("lane-codes", item)
        assert asked.answer() == "012345"
    assert people.llen("lane-codes") == 0


@needs_server
def test_people_are_told_where_but_not_the_password(people: Redis, place: RedisPlace) -> None:
    told: list[str] = []
    source = RedisList(place, invite=lambda asked, how: told.append(f"{asked.masked}: {how}"))
    assert ask(source, seconds=SHORT) is None
    source.close()
    assert told == ["r…e@example.com: push it to the Redis list lane-codes."]


@needs_server
def test_what_lay_there_before_is_old(people: Redis, source: RedisList) -> None:
    people.rpush("lane-codes", "111111", "222222")
    source.open()
    people.rpush("lane-codes", "012345")
    assert ask(source) == "012345"


@needs_server
def test_an_item_may_say_when_the_code_came(people: Redis, source: RedisList) -> None:
    source.open()
    people.rpush("lane-codes", json.dumps({"text": "111111", "time": time.time() - 60}))
    people.rpush("lane-codes", json.dumps({"text": "012345", "time": time.time()}))
    assert ask(source) == "012345"


@needs_server
def test_what_is_no_code_is_passed_over(people: Redis, source: RedisList) -> None:
    source.open()
    people.rpush(
        "lane-codes", "", "hello", b"\xff\xfe", "[1]", "{}", '{"text": 5}', "[" * 9999, "0" * 99999, "12345"
    )
    people.rpush("lane-codes", "012345")
    assert ask(source) == "012345"


@needs_server
def test_two_codes_are_two_answers(people: Redis, source: RedisList) -> None:
    source.open()
    people.rpush("lane-codes", "012345", "543210")
    assert [ask(source), ask(source)] == ["012345", "543210"]


@needs_server
def test_its_time_is_limited_and_it_can_be_cancelled(people: Redis, source: RedisList) -> None:
    assert ask(source, seconds=SHORT) is None
    with asking(source) as asked:
        asked.end()
        assert asked.answer() is None


@needs_server
def test_a_key_that_holds_something_else_is_emptied_not_read(people: Redis, source: RedisList) -> None:
    people.set("lane-codes", "111111")
    source.open()
    people.set("lane-codes", "111111")
    with pytest.raises(SourceError, match="the Redis server cannot be used: ResponseError"):
        ask(source)


@needs_server
def test_a_wrong_password_is_told_without_it(port: int) -> None:
    source = RedisList(RedisPlace.of(f"redis://:not-the-password@127.0.0.1:{port}/lane-codes"))
    with pytest.raises(SourceError, match="cannot be used: AuthenticationError") as caught:
        ask(source, question())
    assert "not-the-password" not in f"{caught.value!r} {caught.value.hint} {source!r} {source._place!r}"


def test_a_server_that_is_not_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(SourceError, match="cannot be used: ConnectionError"):
        ask(RedisList(RedisPlace.of(f"redis://127.0.0.1:{port}/lane-codes")))


@pytest.mark.parametrize(
    ("address", "url", "key"),
    [
        ("redis://h/codes", "redis://h/0", "codes"),
        ("redis://h:6380/2/codes", "redis://h:6380/2", "codes"),
        ("rediss://:p@h/codes/of/lane", "rediss://:p@h/0", "codes/of/lane"),
        ("redis://h/lane%3Acodes", "redis://h/0", "lane:codes"),
        ("redis://h/7", "redis://h/0", "7"),
        (
            "redis://u:p@[::1]:6379/0/codes?ssl_cert_reqs=none",
            "redis://u:p@[::1]:6379/0?ssl_cert_reqs=none",
            "codes",
        ),
    ],
)
def test_addresses(address: str, url: str, key: str) -> None:
    place = RedisPlace.of(address)
    assert (place.url.reveal(), place.key) == (url, key)


@pytest.mark.parametrize(
    "address",
    ["", "redis://h", "redis://h/", "http://h/codes", "redis:///codes", "redis://h:x/c", "redis://[/c"],
)
def test_what_is_no_address_of_a_list(address: str) -> None:
    with pytest.raises(UsageError, match="LANE_CODE_REDIS is no address of a list"):
        RedisPlace.of(address)
