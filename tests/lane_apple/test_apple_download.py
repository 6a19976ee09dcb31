"""Downloads: resumed where they broke off, whole before they appear, several at once."""

from __future__ import annotations

import hashlib
import re
import threading
from typing import TYPE_CHECKING

import pytest
import requests
from faults import Lost, Reply, Reset, Seen, Server

from lane import ActionError
from lane_apple import AppStoreConnect, BuildBundle, download_dsyms, read_package
from lane_apple._download import download
from lane_apple._storage import Storage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from faults import Fault

CONTENT = hashlib.shake_256(b"symbols").digest(5_000_000)
TAG = '"one"'


class Files:
    """A server of one file that knows ranges, and can send less than it promises."""

    def __init__(self) -> None:
        self.content, self.tag = CONTENT, TAG
        self.cuts: list[int] = []

    def __call__(self, request: Seen) -> Reply:
        asked = re.fullmatch(r"bytes=(\d+)-", request.headers.get("Range", ""))
        size = len(self.content)
        start = int(asked[1]) if asked else 0
        if request.headers.get("If-Range", self.tag) != self.tag:
            start = 0
        if start >= size:
            return Reply(416, b"", {"Content-Range": f"bytes */{size}"})
        headers = {"ETag": self.tag, "Content-Length": str(size - start)}
        if asked and start:
            headers["Content-Range"] = f"bytes {start}-{size - 1}/{size}"
        end = self.cuts.pop(0) if self.cuts else size
        return Reply(206 if "Content-Range" in headers else 200, self.content[start:end], headers)


@pytest.fixture
def files() -> Files:
    return Files()


@pytest.fixture
def server(files: Files) -> Iterator[Server]:
    with Server(files) as running:
        yield running


def is_content(file: Path) -> int:
    if file.read_bytes() != CONTENT:
        raise ActionError("It is damaged.")
    return file.stat().st_size


def fetch(server: Server, target: Path, *, progress: Callable[[int], None] | None = None) -> int:
    with requests.Session() as session:
        return download(
            Storage(session), f"{server.url}/a?signature=x", target, check=is_content, sleep=lambda _: None,
            progress=progress,
        )  # fmt: skip


def ranges(server: Server) -> list[str | None]:
    return [each.headers.get("Range") for each in server.seen]


def test_what_came_is_not_fetched_again(server: Server, files: Files, tmp_path: Path) -> None:
    files.cuts = [1_500_000, 1_500_001, 4_000_000]
    received: list[int] = []
    assert fetch(server, tmp_path / "a", progress=received.append) == len(CONTENT)
    assert ranges(server) == [None, "bytes=1500000-", "bytes=1500001-", "bytes=4000000-"]
    assert received == sorted(received)
    assert [each.name for each in tmp_path.iterdir()] == ["a"]
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o644
    assert {each.headers.get("If-Range") for each in server.seen[1:]} == {TAG}


def test_a_file_that_is_another_one_meanwhile(server: Server, files: Files, tmp_path: Path) -> None:
    files.content, files.tag, files.cuts = CONTENT[::-1], '"old"', [1_000_000]

    def replace(_: int) -> None:
        files.content, files.tag = CONTENT, TAG

    assert fetch(server, tmp_path / "a", progress=replace) == len(CONTENT)
    assert server.seen[1].headers["If-Range"] == '"old"'


@pytest.mark.parametrize("have", [1, 1_234_567, len(CONTENT)])
def test_what_a_crash_has_left_is_gone_on_with(server: Server, tmp_path: Path, have: int) -> None:
    (tmp_path / ".a.part").write_bytes(CONTENT[:have])
    assert fetch(server, tmp_path / "a") == len(CONTENT)
    assert ranges(server) == [f"bytes={have}-"]


@pytest.mark.parametrize(
    "left", [bytes(1_000_000), CONTENT + b"x", CONTENT[1:] + b"x"], ids=["zeros", "more", "other"]
)
def test_what_a_crash_has_left_and_is_no_good(server: Server, tmp_path: Path, left: bytes) -> None:
    (tmp_path / ".a.part").write_bytes(left)
    assert fetch(server, tmp_path / "a") == len(CONTENT)
    assert ranges(server) == [f"bytes={len(left)}-", None]


def test_a_server_without_ranges(server: Server, tmp_path: Path) -> None:
    (tmp_path / ".a.part").write_bytes(CONTENT[:1000])
    server.arm("GET", "/a", Reply(200, CONTENT))
    assert fetch(server, tmp_path / "a") == len(CONTENT)
    assert len(server.seen) == 1


def test_a_range_that_was_not_asked_for(server: Server, tmp_path: Path) -> None:
    (tmp_path / ".a.part").write_bytes(CONTENT[:1000])
    server.arm(
        "GET", "/a", Reply(206, CONTENT[5:], {"Content-Range": f"bytes 5-{len(CONTENT) - 1}/{len(CONTENT)}"})
    )
    assert fetch(server, tmp_path / "a") == len(CONTENT)
    assert ranges(server) == ["bytes=1000-", None]


def test_a_lost_network_leaves_what_came(server: Server, files: Files, tmp_path: Path) -> None:
    files.cuts = [1_000_000]
    server.arm("GET", "/a", files(Seen("GET", "/a", {}, b"")), *[Reset()] * 20)
    with pytest.raises(ActionError):
        fetch(server, tmp_path / "a")
    assert (tmp_path / ".a.part").read_bytes() == CONTENT[:1_000_000]
    server.recover()
    assert fetch(server, tmp_path / "a") == len(CONTENT)
    assert ranges(server)[-1] == "bytes=1000000-"


def test_two_at_once_do_not_mix(server: Server, tmp_path: Path) -> None:
    import fcntl

    with (tmp_path / ".a.part").open("wb") as theirs:
        fcntl.flock(theirs, fcntl.LOCK_EX)
        theirs.write(b"theirs")
        theirs.flush()
        assert fetch(server, tmp_path / "a") == len(CONTENT)
    assert (tmp_path / ".a.part").read_bytes() == b"theirs"
    assert ranges(server) == [None]


def test_what_is_damaged_does_not_stay(server: Server, files: Files, tmp_path: Path) -> None:
    files.content = CONTENT[:-1]
    with pytest.raises(ActionError, match="damaged"):
        fetch(server, tmp_path / "a")
    assert list(tmp_path.iterdir()) == []
    assert len(server.seen) == 1


def bundles(server: Server, count: int) -> list[BuildBundle]:
    return [
        BuildBundle(
            str(at), "1", "com.example.aurora", "APP", includes_symbols=True, dsym_url=f"{server.url}/{at}"
        )
        for at in range(count)
    ]


def test_several_at_once(apple: AppStoreConnect, assets: Path, tmp_path: Path) -> None:
    raw = (assets / "Aurora.app.dSYM.zip").read_bytes()
    together = threading.Barrier(4)

    def answer(request: Seen) -> Fault:
        together.wait(30)  # answered only where four ask at the same time
        return Reply(200, raw)

    received: list[int] = []
    with Server(answer) as server:
        targets = {each: tmp_path / f"{each.id}.zip" for each in bundles(server, 8)}
        found = download_dsyms(apple, targets, progress=received.append)
    uuids = read_package(assets / "Aurora.ipa").uuids
    assert [each.path for each in found] == list(targets.values())
    assert all(each.uuids == uuids for each in found)
    assert received[-1] == 8 * len(raw)
    assert received == sorted(received)
    assert len(list(tmp_path.iterdir())) == 8


def test_one_of_several_is_of_another_build(apple: AppStoreConnect, assets: Path, tmp_path: Path) -> None:
    raw = (assets / "Aurora.app.dSYM.zip").read_bytes()
    with Server(lambda request: Reply(200, raw)) as server:
        targets = {each: tmp_path / f"{each.id}.zip" for each in bundles(server, 3)}
        with pytest.raises(ActionError) as caught:
            download_dsyms(apple, targets, expected=dict.fromkeys(targets, ("NOT-THIS-ONE",)))
    assert caught.value.code == "dsym_foreign"


class CancelledByTest(Exception):
    """What a cancelled sleep raises."""


def test_cancelling_ends_them(
    apple: AppStoreConnect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hanging, released = threading.Event(), threading.Event()

    def answer(request: Seen) -> Fault:
        hanging.set()
        released.wait()
        return Lost()

    def sleep(seconds: float) -> None:
        if hanging.is_set():
            raise CancelledByTest

    monkeypatch.setattr(apple, "sleep", sleep)
    with Server(answer) as server:
        with pytest.raises(CancelledByTest):
            download_dsyms(apple, dict.fromkeys(bundles(server, 1), tmp_path / "a"))
        released.set()
