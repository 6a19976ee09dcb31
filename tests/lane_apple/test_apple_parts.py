"""The parts of an upload: each byte arrives, whatever fails; memory does not grow."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests
from apple_parts import CONTENT, PART, Apple
from faults import Lost, Reply, Reset, Seen, Server
from requests.adapters import HTTPAdapter

from lane import ActionError
from lane_apple import ApiKey, AppleBusyError, AppleError, AppStoreConnect, upload_build
from lane_apple._checksum import Checksum

if TYPE_CHECKING:
    from collections.abc import Callable

AURORA: dict[str, Any] = {"version": "1.2.0", "number": "42", "platform": "IOS"}


def send_big(client: AppStoreConnect, path: Path, **options: Any) -> None:
    upload_build(client, path, app_id="1", **(AURORA | options))


def whole(receiver: Apple) -> bool:
    """Whether each part arrived as it is in the file."""
    expected = {
        at: hashlib.sha256(CONTENT[at : at + PART]).hexdigest() for at in range(0, len(CONTENT), PART)
    }
    return receiver.hashes == expected


def test_every_byte_arrives_with_apples_headers_and_no_token(
    client: AppStoreConnect, server: Server, receiver: Apple, big: Path
) -> None:
    send_big(client, big)
    assert whole(receiver)
    parts = [each for each in server.seen if each.method == "PUT"]
    assert len(parts) == 3
    for part in parts:
        assert part.headers["X-Part"] == part.path.rpartition("/")[2]
        assert part.headers["Content-Type"] == "application/octet-stream"
        assert "Authorization" not in part.headers
        assert "Transfer-Encoding" not in part.headers
    assert receiver.committed == {
        "uploaded": True,
        "sourceFileChecksums": {
            "file": {"hash": hashlib.sha256(CONTENT).hexdigest(), "algorithm": "SHA_256"}
        },
    }


def test_netrc_adds_no_token_to_a_part(
    client: AppStoreConnect, server: Server, big: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("default login a password b\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    send_big(client, big)
    assert not [each for each in server.seen if each.method == "PUT" and "Authorization" in each.headers]


def test_a_part_that_fails_is_sent_again(
    client: AppStoreConnect, server: Server, receiver: Apple, big: Path
) -> None:
    server.arm(
        "PUT", f"/part/{PART}$", Reset(), Reply(503, "<html>"), Lost(), Reply(429, "", {"Retry-After": "2"})
    )
    sent: list[int] = []
    send_big(client, big, progress=sent.append)
    assert whole(receiver)
    assert server.count("PUT", f"/part/{PART}$") == 5
    assert server.count("PUT", "/part/0$") == 1  # what arrived is not sent again
    assert sent[-1] == len(CONTENT)
    assert max(sent) <= len(CONTENT)
    assert min(sent) > 0


def test_a_part_that_never_succeeds(
    client: AppStoreConnect, server: Server, big: Path, receiver: Apple
) -> None:
    server.arm("PUT", "/part/0$", *[Reply(500, "")] * 50)
    with pytest.raises(AppleBusyError):
        send_big(client, big)
    assert receiver.committed is None


def test_a_part_that_is_refused(client: AppStoreConnect, server: Server, big: Path, receiver: Apple) -> None:
    server.arm("PUT", "/part/0$", Reply(403, "<Error>Request has expired</Error>"))
    with pytest.raises(AppleError, match="refused bytes 0 to 3145728: 403") as caught:
        send_big(client, big)
    assert "limited time" in str(caught.value.hint)
    assert receiver.committed is None


def test_parts_that_do_not_cover_the_file(client: AppStoreConnect, receiver: Apple, big: Path) -> None:
    operations = receiver.operations()
    receiver.operations = lambda: operations[:1] + operations[2:]  # type: ignore[method-assign]
    with pytest.raises(ActionError, match="cover 3145728 of"):
        send_big(client, big)


@pytest.mark.parametrize(
    "change", [lambda path: path.write_bytes(b"short"), lambda path: path.write_bytes(CONTENT[::-1])]
)
def test_a_file_that_changes_meanwhile(
    client: AppStoreConnect, server: Server, receiver: Apple, big: Path, change: Callable[[Path], int]
) -> None:
    seen = threading.Event()

    def progress(_: int) -> None:
        if not seen.is_set():
            seen.set()
            change(big)

    with pytest.raises(ActionError) as caught:
        send_big(client, big, progress=progress)
    assert caught.value.code == "file_changed"
    assert receiver.committed is None


class CancelledByTest(Exception):
    """What a cancelled sleep raises."""


def test_cancelling_ends_it_at_once(key: ApiKey, server: Server, receiver: Apple, big: Path) -> None:
    """A part hangs in the network; the engine's sleep raises, and nobody waits for the part."""
    hanging, released = threading.Event(), threading.Event()

    def answer(request: Seen) -> Reply:
        if request.method == "PUT":
            hanging.set()
            released.wait()
        return receiver(request)

    def sleep(seconds: float) -> None:
        if hanging.is_set():
            raise CancelledByTest

    with Server(answer) as slow:
        receiver.url = slow.url
        with (
            AppStoreConnect(key, base_url=slow.url, sleep=sleep) as apple,
            pytest.raises(CancelledByTest),
        ):
            send_big(apple, big)
        released.set()
    assert receiver.committed is None


def test_an_error_of_an_adapter_passes_through(
    key: ApiKey, server: Server, receiver: Apple, big: Path
) -> None:
    """A session brings its own adapters: what they raise ends the upload."""

    class Own(HTTPAdapter):
        def request_url(self, request: Any, proxies: Any) -> str:
            if "/part/" in request.url:
                raise CancelledByTest
            return super().request_url(request, proxies)

    with requests.Session() as session:
        session.mount("http://", Own())
        apple = AppStoreConnect(key, base_url=server.url, session=session, sleep=lambda _: None)
        with pytest.raises(CancelledByTest):
            send_big(apple, big)
    assert receiver.committed is None


def test_the_aborted_session_of_the_engine(key: ApiKey, receiver: Apple, big: Path) -> None:
    from lane import CancelledError
    from lane._run.http import AbortableSession

    session = AbortableSession()

    def answer(request: Seen) -> Reply:
        if request.method == "PUT":
            session.abort()
        return receiver(request)

    with Server(answer) as server:
        receiver.url = server.url
        apple = AppStoreConnect(key, base_url=server.url, session=session, sleep=lambda _: None)
        with pytest.raises(CancelledError):
            send_big(apple, big)
    session.close()
    assert receiver.committed is None


CHILD = """
import re, sys
from pathlib import Path
from lane_apple import ApiKey, AppStoreConnect, upload_build

peak = 0

def measure(sent):
    global peak
    peak = max(peak, int(re.search(r"RssAnon:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1]))

pem, url, path = sys.argv[1:]
with AppStoreConnect(ApiKey("A", None, pem, base_url=url)) as apple:
    upload_build(apple, path, app_id="1", version="1", number="2", platform="IOS", progress=measure)
print(peak)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="private memory is told by Linux's /proc")
def test_memory_does_not_grow_with_the_file(key: ApiKey, tmp_path: Path) -> None:
    """4 GiB, sparse, in parts of 16 MiB, sent by a process of its own: all its private memory, imports too."""
    with (tmp_path / "big.ipa").open("wb") as file:
        file.truncate(4 * 1024**3)
    server = [sys.executable, str(Path(__file__).with_name("storage.py")), str(16 * 1024**2)]
    with subprocess.Popen(server, stdout=subprocess.PIPE, text=True) as storage:
        try:
            assert storage.stdout is not None
            url = f"http://127.0.0.1:{int(storage.stdout.readline())}"
            command = [sys.executable, "-c", CHILD, key.private_key.reveal(), url, str(tmp_path / "big.ipa")]
            result = subprocess.run(command, check=True, capture_output=True, text=True)
        finally:
            storage.kill()
    assert 0 < int(result.stdout) <= 64 * 1024  # KiB


@pytest.mark.parametrize("why", ["missing", "stopped"])
def test_nobody_waits_for_a_checksum_that_has_ended(tmp_path: Path, why: str) -> None:
    """Parts follow the checksum of the file; where it ends early they go on, and meet the reason themselves."""
    stop, file = threading.Event(), tmp_path / "big.ipa"
    checksum = Checksum(file, "SHA_256", stop)
    waiting = threading.Thread(target=checksum.wait_for, args=(len(CONTENT),))
    waiting.start()
    if why == "missing":
        with pytest.raises(FileNotFoundError):
            checksum.compute()
    else:
        file.write_bytes(CONTENT)
        stop.set()
        assert checksum.compute() != hashlib.sha256(CONTENT).hexdigest()
    waiting.join(30)
    assert not waiting.is_alive()
