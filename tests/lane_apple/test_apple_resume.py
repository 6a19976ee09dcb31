"""Uploads that a crash ends: what Apple has is not sent again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest
from apple_parts import CONTENT, PART, Apple
from faults import Reply, Seen, Server

from lane import ActionError
from lane_apple import ApiKey, AppleError, AppStoreConnect, find_build_uploads, upload_build, wait_for_upload

if TYPE_CHECKING:
    from pathlib import Path

BUILD: dict[str, Any] = {"version": "1.2.0", "number": "42", "platform": "IOS"}
PARTS = range(0, len(CONTENT), PART)

CHILD = """
import sys
from lane_apple import ApiKey, AppStoreConnect, upload_build

pem, url, path = sys.argv[1:]
with AppStoreConnect(ApiKey("A", None, pem, base_url=url)) as apple:
    upload_build(apple, path, app_id="1", version="1.2.0", number="42", platform="IOS", threads=1)
"""


def upload(client: AppStoreConnect, path: Path, **options: Any) -> None:
    upload_build(client, path, app_id="1", **(BUILD | options))


def interrupted(client: AppStoreConnect, server: Server, path: Path, **options: Any) -> None:
    """The second part is refused, after the first has arrived."""
    server.arm("PUT", f"/part/{PART}$", Reply(403, ""))
    with pytest.raises(AppleError, match="refused bytes"):
        upload(client, path, threads=1, **options)
    assert server.count("PUT", "/part/0$") == 1
    server.recover()


def test_a_killed_process(key: ApiKey, receiver: Apple, big: Path) -> None:
    """SIGKILL while the second part is on its way."""
    children: list[int] = []
    started = threading.Event()

    def answer(request: Seen) -> Reply:
        if request.method == "PUT" and request.path.endswith(f"/{PART}") and children:
            started.wait(30)
            os.kill(children.pop(), signal.SIGKILL)
        return receiver(request)

    with Server(answer) as server:
        receiver.url = server.url
        children.append(0)
        command = [sys.executable, "-c", CHILD, key.private_key.reveal(), server.url, str(big)]
        with subprocess.Popen(command) as child:
            children[0] = child.pid
            started.set()
            assert child.wait() == -signal.SIGKILL
        assert receiver.committed is None
        before = len(server.seen)
        sent: list[int] = []
        with AppStoreConnect(key, base_url=server.url) as client:
            upload(client, big, progress=sent.append)
        again = [(each.method, each.path.partition("?")[0]) for each in server.seen[before:]]
    assert ("PUT", "/part/0") not in again
    assert {path for method, path in again if method == "PUT"} == {f"/part/{at}" for at in PARTS[1:]}
    assert not [path for method, path in again if method == "POST"]
    assert sent[0] > PART  # the first part counts
    assert sent[-1] == len(CONTENT)
    assert receiver.committed is not None
    assert sorted(receiver.hashes) == list(PARTS)
    assert [each.name for each in big.parent.iterdir()] == ["big.ipa"]


def test_what_was_begun_is_told_again(client: AppStoreConnect, server: Server, big: Path) -> None:
    interrupted(client, server, big)
    begun: list[str] = []
    upload(client, big, begun=lambda each: begun.append(each.id))
    assert begun == ["1"]
    assert server.count("POST", "/v1/buildUploads$") == 1


def test_another_folder(client: AppStoreConnect, server: Server, big: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "not" / "there"
    interrupted(client, server, big, resume_in=elsewhere)
    (record,) = elsewhere.iterdir()
    assert record.stat().st_mode & 0o777 == 0o600
    assert server.url + "/part" not in record.read_text()  # addresses are signed: they are secrets
    upload(client, big, resume_in=elsewhere)
    assert server.count("PUT", "/part/0$") == 1
    assert list(elsewhere.iterdir()) == []


@pytest.mark.parametrize("torn", [b"[314", b"\xff\xfe", b"{}\n[1"])
def test_a_record_whose_end_is_torn(client: AppStoreConnect, server: Server, big: Path, torn: bytes) -> None:
    interrupted(client, server, big)
    record = big.with_name(".big.ipa.upload")
    with record.open("ab") as file:
        file.write(torn.replace(b"{}\n", b""))
    interrupted(client, server, big)  # and what is remembered after it counts
    upload(client, big)
    assert server.count("PUT", "/part/0$") == 1


@pytest.mark.parametrize(
    "content", [b"", b"\n", b"null\n", b"[]\n", b"5\n[1]\n", b'{"target": 1}\n', b"\0" * 99]
)
def test_a_record_that_makes_no_sense(
    client: AppStoreConnect, server: Server, big: Path, content: bytes
) -> None:
    big.with_name(".big.ipa.upload").write_bytes(content)
    upload(client, big)
    assert server.count("POST", "/v1/buildUploads$") == 1
    assert server.count("PUT", "/part/") == len(PARTS)


@pytest.mark.parametrize("what", ["file", "number", "app"])
def test_another_upload_begins_anew(client: AppStoreConnect, server: Server, big: Path, what: str) -> None:
    interrupted(client, server, big)
    options: dict[str, Any] = {"number": "43"} if what == "number" else {}
    if what == "file":
        big.write_bytes(CONTENT[::-1])
        os.utime(big, (1, 1))
    if what == "app":
        upload_build(client, big, app_id="2", **BUILD)
    else:
        upload(client, big, **options)
    assert server.count("POST", "/v1/buildUploads$") == 2
    assert server.count("PUT", "/part/0$") == 2


def test_a_folder_that_cannot_be_written(
    client: AppStoreConnect, server: Server, big: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    upload(client, big, resume_in=tmp_path / "file")
    assert server.count("PUT", "/part/") == len(PARTS)


def test_what_is_remembered_elsewhere_is_left_alone(
    client: AppStoreConnect, server: Server, big: Path
) -> None:
    """Another process uploads the same file by the same record."""
    import fcntl

    with big.with_name(".big.ipa.upload").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        held.write("theirs")
        held.flush()
        upload(client, big)
        assert big.with_name(".big.ipa.upload").read_text() == "theirs"


def test_an_upload_that_apple_has_forgotten(client: AppStoreConnect, server: Server, big: Path) -> None:
    interrupted(client, server, big)
    gone = {"errors": [{"status": "404", "code": "NOT_FOUND", "title": "Gone", "detail": "Gone."}]}
    server.arm("GET", "/v1/buildUploads/1", Reply(404, gone))
    upload(client, big)
    assert server.count("POST", "/v1/buildUploads$") == 2
    assert server.count("PUT", "/part/0$") == 2


def test_a_commit_that_is_refused_begins_anew(client: AppStoreConnect, server: Server, big: Path) -> None:
    problem = {
        "errors": [{"status": "409", "code": "STATE_ERROR", "title": "No", "detail": "Parts are missing."}]
    }
    server.arm("PATCH", "/v1/buildUploadFiles", Reply(409, problem))
    with pytest.raises(AppleError, match="Parts are missing"):
        upload(client, big)
    upload(client, big)
    assert server.count("PUT", "/part/0$") == 2


def test_a_file_that_changed_is_not_committed_later(
    client: AppStoreConnect, server: Server, big: Path
) -> None:
    interrupted(client, server, big)
    with pytest.raises(ActionError) as caught:
        upload(client, big, progress=lambda _: os.utime(big, (1, 1)))
    assert caught.value.code == "file_changed"
    upload(client, big)
    assert server.count("POST", "/v1/buildUploads$") == 2


def test_without_a_checksum(client: AppStoreConnect, receiver: Apple, big: Path) -> None:
    upload(client, big, algorithm=None)
    assert receiver.committed == {"uploaded": True}


def test_md5(client: AppStoreConnect, receiver: Apple, big: Path) -> None:
    import hashlib

    upload(client, big, algorithm="MD5")
    assert receiver.committed is not None
    assert receiver.committed["sourceFileChecksums"] == {
        "file": {"hash": hashlib.md5(CONTENT).hexdigest(), "algorithm": "MD5"}
    }


def test_the_sandbox_goes_on(through: AppStoreConnect, proxy: Server, assets: Path, tmp_path: Path) -> None:
    """Committed, and the process ended before it knew: the same upload is taken, and nothing is sent."""
    ipa = tmp_path / "Aurora.ipa"
    ipa.write_bytes((assets / "Aurora.ipa").read_bytes())
    proxy.arm("PUT", "/", Reply(403, ""))
    with pytest.raises(AppleError):
        upload_build(through, ipa, app_id="6450000101", **BUILD)
    kept = ipa.with_name(".Aurora.ipa.upload")
    remembered = kept.read_bytes()
    first = upload_build(through, ipa, app_id="6450000101", **BUILD)
    kept.write_bytes(remembered)
    before = proxy.count("PUT", "/")
    assert upload_build(through, ipa, app_id="6450000101", **BUILD).id == first.id
    assert proxy.count("PUT", "/") == before
    assert wait_for_upload(through, first.id).state == "VALID"
    assert len(list(find_build_uploads(through, "6450000101", version="1.2.0"))) == 1
