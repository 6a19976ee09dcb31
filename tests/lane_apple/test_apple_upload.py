"""Uploads: parts, faults in the middle, processing, and memory that does not grow."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest
import requests
from faults import Lost, Reply, Reset, Seen, Server

from lane import ActionError
from lane_apple import (
    ApiKey,
    AppleBusyError,
    AppleError,
    AppStoreConnect,
    LostAnswerError,
    ProcessingError,
    WaitedTooLongError,
    find_app,
    find_build,
    find_build_uploads,
    get_build,
    latest_build_number,
    next_build_number,
    upload_build,
    wait_for_build,
    wait_for_upload,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from apple_harness import Time

    from lane_apple import BuildUpload

AURORA: dict[str, Any] = {"version": "1.2.0", "number": "42", "platform": "IOS"}


@pytest.fixture
def ipa(assets: Path) -> Path:
    return assets / "Aurora.ipa"


def send(apple: AppStoreConnect, ipa: Path, **options: Any) -> BuildUpload:
    app = find_app(apple, "com.example.aurora")
    return upload_build(apple, ipa, app_id=app.id, **(AURORA | options))


def test_from_a_file_to_a_valid_build(apple: AppStoreConnect, ipa: Path) -> None:
    sent: list[int] = []
    states: list[str] = []
    upload = send(apple, ipa, progress=sent.append)
    build = wait_for_upload(apple, upload.id, on_state=states.append)
    assert (build.version, build.number, build.platform, build.state) == ("1.2.0", "42", "IOS", "VALID")
    assert build.uses_non_exempt_encryption is False
    assert sent[-1] == ipa.stat().st_size
    assert states[-1] == "build VALID"
    assert states == list(dict.fromkeys(states))
    assert find_build(apple, "6450000101", **AURORA) == build
    assert get_build(apple, build.id) == build
    assert wait_for_build(apple, build.id) == build


def test_a_build_that_is_not_there(apple: AppStoreConnect) -> None:
    assert find_build(apple, "6450000101", version="9.9", number="1", platform="IOS") is None


def test_a_number_that_was_used(apple: AppStoreConnect, ipa: Path) -> None:
    wait_for_upload(apple, send(apple, ipa).id)
    with pytest.raises(AppleError) as caught:
        send(apple, ipa)
    assert caught.value.is_duplicate
    assert "DUPLICATE" in caught.value.code
    assert "number" in str(caught.value.hint)


def test_what_apple_finds_unfit(apple: AppStoreConnect, assets: Path) -> None:
    """The package says com.example.borealis, 2.0.1 (2026.7); Apple looks into it."""
    upload = send(apple, assets / "Borealis.ipa")
    with pytest.raises(ProcessingError) as caught:
        wait_for_upload(apple, upload.id)
    assert caught.value.problems
    for problem in caught.value.problems:
        assert problem.code in str(caught.value)
        assert problem.text in str(caught.value)


def test_waiting_ends_at_its_deadline(apple: AppStoreConnect, ipa: Path, time: Time) -> None:
    upload = send(apple, ipa)
    with pytest.raises(WaitedTooLongError, match="after 20 seconds"):
        wait_for_upload(apple, upload.id, deadline=20.0)
    assert sum(time.slept) == 20.0
    assert wait_for_upload(apple, upload.id).state == "VALID"


def test_the_pauses_grow_and_stay_within_bounds(apple: AppStoreConnect, ipa: Path, time: Time) -> None:
    wait_for_upload(apple, send(apple, ipa).id)
    assert time.slept == sorted(time.slept)
    assert max(time.slept) <= 30.0
    assert sum(time.slept) < 100.0  # Apple was done after 60


def test_numbers_that_are_taken(apple: AppStoreConnect, ipa: Path) -> None:
    assert latest_build_number(apple, "6450000101") == "41"
    assert next_build_number(apple, "6450000101") == "42"
    assert latest_build_number(apple, "6450000101", version="1.2.0") is None
    assert next_build_number(apple, "6450000101", version="1.2.0", platform="IOS") == "1"
    send(apple, ipa)  # being processed: not a build yet, but its number is used up
    assert latest_build_number(apple, "6450000101") == "42"
    assert next_build_number(apple, "6450000101", version="1.2.0") == "43"


@pytest.mark.parametrize(
    ("numbers", "following"),
    [(["1.9", "1.10"], "1.11"), (["9", "10", "2"], "11"), (["2026.7.0", "2026.7.0.3"], "2026.7.0.4")],
)
def test_numbers_compare_part_by_part(key: ApiKey, numbers: list[str], following: str) -> None:
    builds = [{"type": "builds", "id": number, "attributes": {"version": number}} for number in numbers]

    def answer(request: Seen) -> Reply:
        return Reply(200, {"data": builds if "/v1/builds" in request.path else []})

    with Server(answer) as server, AppStoreConnect(key, base_url=server.url) as apple:
        assert next_build_number(apple, "1") == following


def test_a_number_that_cannot_be_counted_up(key: ApiKey) -> None:
    builds = [{"type": "builds", "id": "1", "attributes": {"version": "7b2a"}}]
    with (
        Server(
            lambda request: Reply(200, {"data": builds if "/v1/builds" in request.path else []})
        ) as server,
        AppStoreConnect(key, base_url=server.url) as apple,
        pytest.raises(ActionError, match="7b2a"),
    ):
        next_build_number(apple, "1")


@pytest.mark.parametrize("fault", [Lost(), Reset(), Reply(500, "<html>")], ids=["lost", "reset", "500"])
@pytest.mark.parametrize(
    ("method", "pattern"),
    [("POST", "/v1/buildUploads$"), ("POST", "/v1/buildUploadFiles$"), ("PATCH", "/v1/buildUploadFiles/")],
    ids=["upload", "file", "commit"],
)
def test_an_answer_that_is_lost_is_resolved_by_looking(
    through: AppStoreConnect, proxy: Server, ipa: Path, method: str, pattern: str, fault: Any
) -> None:
    proxy.arm(method, pattern, fault)
    upload = send(through, ipa)
    assert wait_for_upload(through, upload.id).state == "VALID"
    made = list(find_build_uploads(through, "6450000101", version="1.2.0"))
    assert [each.id for each in made] == [upload.id]
    assert proxy.count(method, pattern) == (1 if isinstance(fault, Lost) else 2)


def test_answers_that_are_lost_for_good(through: AppStoreConnect, proxy: Server, ipa: Path) -> None:
    proxy.arm("POST", "/v1/buildUploads$", *[Reset()] * 9)
    with pytest.raises(LostAnswerError):
        send(through, ipa)
    assert proxy.count("POST", "/v1/buildUploads$") == 3


def test_missing_empty_and_foreign_files(apple: AppStoreConnect, tmp_path: Path) -> None:
    with pytest.raises(ActionError, match="no file"):
        send(apple, tmp_path / "none.ipa")
    (tmp_path / "empty.ipa").touch()
    with pytest.raises(ActionError, match="empty"):
        send(apple, tmp_path / "empty.ipa")
    (tmp_path / "x.apk").write_bytes(b"x")
    with pytest.raises(ActionError, match=r"no \.apk file"):
        send(apple, tmp_path / "x.apk")


class Apple:
    """Just enough of Apple to take a file in parts: what it got is put together again."""

    def __init__(self, size: int, part: int) -> None:
        self.size, self.part = size, part
        self.hashes: dict[int, str] = {}
        self.committed: dict[str, Any] | None = None
        self.url = ""

    def __call__(self, request: Seen) -> Reply:
        if request.method == "PUT":
            offset = int(request.path.rpartition("/")[2])
            self.hashes[offset] = hashlib.sha256(request.body).hexdigest()
            request.body = b""
            return Reply(200)
        if request.method == "PATCH":
            self.committed = json.loads(request.body)["data"]["attributes"]
        kind = re.split(r"[/?]", request.path)[2]
        attributes: dict[str, Any] = {}
        if request.method == "POST" and kind == "buildUploadFiles":
            attributes = {"fileName": "big.ipa", "fileSize": self.size, "uploadOperations": self.operations()}
        return Reply(200, {"data": {"type": kind, "id": "1", "attributes": attributes}})

    def operations(self) -> list[dict[str, Any]]:
        return [
            {
                "method": "PUT",
                "url": f"{self.url}/part/{offset}",
                "offset": offset,
                "length": min(self.part, self.size - offset),
                "requestHeaders": [
                    {"name": "Content-Type", "value": "application/octet-stream"},
                    {"name": "X-Part", "value": str(offset)},
                ],
            }
            for offset in range(0, self.size, self.part)
        ]


PART = 3 * 1024 * 1024
CONTENT = hashlib.shake_256(b"content").digest(5 * PART // 2 + 17)


@pytest.fixture
def big(tmp_path: Path) -> Path:
    path = tmp_path / "big.ipa"
    path.write_bytes(CONTENT)
    return path


@pytest.fixture
def receiver() -> Apple:
    return Apple(len(CONTENT), PART)


@pytest.fixture
def server(receiver: Apple) -> Iterator[Server]:
    with Server(receiver) as running:
        receiver.url = running.url
        yield running


@pytest.fixture
def client(key: ApiKey, server: Server) -> Iterator[AppStoreConnect]:
    with AppStoreConnect(key, base_url=server.url, sleep=lambda _: None) as running:
        yield running


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


def test_an_error_of_the_session_passes_through(
    key: ApiKey, server: Server, receiver: Apple, big: Path
) -> None:
    """As the engine's session does it: once aborted, every call raises its own error."""

    class Aborted(requests.Session):
        def request(self, method: Any, *args: Any, **options: Any) -> requests.Response:
            if method == "PUT":
                raise CancelledByTest
            return super().request(method, *args, **options)

    with Aborted() as session:
        apple = AppStoreConnect(key, base_url=server.url, session=session, sleep=lambda _: None)
        with pytest.raises(CancelledByTest):
            send_big(apple, big)
    assert receiver.committed is None


def test_the_aborted_session_of_the_engine(key: ApiKey, receiver: Apple, big: Path) -> None:
    from lane import CancelledError
    from lane._http import AbortableSession

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
import resource, sys
from pathlib import Path
from lane_apple import ApiKey, AppStoreConnect, upload_build

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

pem, url, small, big = sys.argv[1:]
with AppStoreConnect(ApiKey("A", None, pem, base_url=url)) as apple:
    def send(path):
        upload_build(apple, path, app_id="1", version="1", number=Path(path).stem, platform="IOS")

    send(small)
    before = peak()
    send(big)
    print(peak() - before)
"""


def test_memory_does_not_grow_with_the_file(key: ApiKey, tmp_path: Path) -> None:
    """512 MiB, sparse, in parts of 16 MiB, sent by a process of its own."""
    size, part = 512 * 1024 * 1024, 16 * 1024 * 1024
    sizes = {"1": part, "2": size}
    for number, length in sizes.items():
        with (tmp_path / f"{number}.ipa").open("wb") as file:
            file.truncate(length)
    receiver = Apple(part, part)

    def answer(request: Seen) -> Reply:
        if request.method == "POST" and request.path == "/v1/buildUploads":
            receiver.size = sizes[json.loads(request.body)["data"]["attributes"]["cfBundleVersion"]]
        return receiver(request)

    with Server(answer) as server:
        receiver.url = server.url
        files = [str(tmp_path / f"{number}.ipa") for number in sizes]
        command = [sys.executable, "-c", CHILD, key.private_key.reveal(), server.url, *files]
        result = subprocess.run(command, check=True, capture_output=True, text=True)
    assert int(result.stdout) < 16 * 1024  # KiB
    assert len(receiver.hashes) == size // part
    assert set(receiver.hashes.values()) == {hashlib.sha256(bytes(part)).hexdigest()}
    zeros = hashlib.sha256()
    for _ in range(size // part):
        zeros.update(bytes(part))
    assert receiver.committed is not None
    assert receiver.committed["sourceFileChecksums"]["file"]["hash"] == zeros.hexdigest()
