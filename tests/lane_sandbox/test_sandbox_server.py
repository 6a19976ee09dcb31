"""The server: its life, its folder, its clock, and what it remembers."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import tempfile
from typing import TYPE_CHECKING

import pytest
import requests
from sandbox_client import AURORA, Client

import lane_sandbox
from lane_sandbox import PortInUseError, Sandbox, SandboxError, credentials_of, reset

if TYPE_CHECKING:
    from pathlib import Path


def test_the_public_names_are_sorted_and_there() -> None:
    assert lane_sandbox.__all__ == sorted(lane_sandbox.__all__)
    for name in lane_sandbox.__all__:
        assert getattr(lane_sandbox, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'Sandbx'"):
        _ = lane_sandbox.Sandbx


def test_planning_knows_the_key_without_a_server(tmp_path: Path) -> None:
    script = (
        "import sys, pathlib, lane_sandbox\n"
        "key = lane_sandbox.credentials_of(pathlib.Path(sys.argv[1]))\n"
        "heavy = {'starlette', 'uvicorn', 'sqlite3', 'jwt', 'asyncio', 'anyio'} & set(sys.modules)\n"
        "print(key.key_id, sorted(heavy))\n"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "sandbox")]
    first = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    key = credentials_of(tmp_path / "sandbox")
    assert first == f"{key.key_id} []\n"
    assert key.role == "ADMIN"
    assert key.private_key_path.stat().st_mode & 0o777 == 0o600
    with Sandbox(tmp_path / "sandbox") as sandbox:
        assert sandbox.keys[0] == key


def test_keys_made_at_the_same_time_are_the_same(tmp_path: Path) -> None:
    script = (
        "import sys, pathlib, lane_sandbox; print(lane_sandbox.credentials_of(pathlib.Path(sys.argv[1])))"
    )
    command = [sys.executable, "-c", script, str(tmp_path)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    found = {process.communicate()[0] for process in running}
    assert len(found) == 1
    assert [each.name for each in tmp_path.iterdir()] == ["keys"]


def test_many_in_one_process_are_apart(shared: Path) -> None:
    with Sandbox() as one, Sandbox() as two:
        first, second = Client(one, one.keys[0]), Client(two, two.keys[0])
        first.create("betaGroups", {"name": "Mine"}, {"app": ("apps", AURORA)})
        assert len(first.get("/v1/betaGroups").data) == 5
        assert len(second.get("/v1/betaGroups").data) == 4
        assert second.send("GET", "/v1/apps", token=first.token()).status == 401


def test_a_folder_keeps_everything(tmp_path: Path, shared: Path, assets: Path) -> None:
    with Sandbox(tmp_path) as sandbox:
        client = Client(sandbox, sandbox.keys[0])
        upload = client.upload(assets / "Aurora.ipa")
    with Sandbox(tmp_path) as sandbox:
        client = Client(sandbox, sandbox.keys[0])
        assert client.outcome(upload)["state"] == "COMPLETE"
        ahead = sandbox.clock.now()
    with Sandbox(tmp_path) as sandbox:
        assert sandbox.clock.now() >= ahead
        client = Client(sandbox, sandbox.keys[0])
        answer = client.get("/v1/builds", include="buildBundles", **{"filter[version]": "42"})
        [bundle] = answer.included("buildBundles")
        assert requests.get(bundle["attributes"]["dSYMUrl"], timeout=30).status_code == 200
    assert not any((tmp_path / "uploads").iterdir())


def test_two_sandboxes_share_a_folder(tmp_path: Path, shared: Path, assets: Path) -> None:
    with Sandbox(tmp_path) as one, Sandbox(tmp_path) as two:
        first, second = Client(one, one.keys[0]), Client(two, two.keys[0])
        made = first.create("betaGroups", {"name": "Ours"}, {"app": ("apps", AURORA)}).data
        assert second.get(f"/v1/betaGroups/{made['id']}").data["attributes"]["name"] == "Ours"
        second.update("betaGroups", made["id"], {"name": "Yours"})
        assert first.get(f"/v1/betaGroups/{made['id']}").data["attributes"]["name"] == "Yours"
        upload = first.upload(assets / "Aurora.ipa")
        assert second.outcome(upload)["state"] == "COMPLETE"
        assert first.outcome(upload)["state"] == "COMPLETE"
        answers = [each.get("/v1/builds", include="buildBundles") for each in (first, second)]
        assert [len(each.data) for each in answers] == [2, 2]
        for answer in answers:
            urls = [each["attributes"]["dSYMUrl"] for each in answer.included("buildBundles")]
            [url] = [each for each in urls if each]
            assert requests.get(url, timeout=30).status_code == 200
        one.reset()
        assert len(second.get("/v1/builds").data) == 1


def test_a_kept_folder_is_nobody_elses(tmp_path: Path) -> None:
    place = tmp_path / "sandbox"
    with Sandbox(place):
        assert place.stat().st_mode & 0o777 == 0o700
        assert {each.stat().st_mode & 0o777 for each in (place / "keys").glob("*.p8")} == {0o600}


def test_a_temporary_folder_goes_with_the_sandbox() -> None:
    sandbox = Sandbox()
    place = sandbox.keys[0].private_key_path.parent.parent
    assert place.is_dir()
    sandbox.close()
    sandbox.close()
    assert not place.exists()


def test_the_folder_of_one_that_was_killed_goes_with_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    program = (
        "import time; from lane_sandbox import Sandbox; s = Sandbox(); print(1, flush=True); time.sleep(600)"
    )
    (tmp_path / "lane-sandbox-of-another-kind").mkdir()
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.read(1) == b"1"
        with Sandbox():
            assert len(list(tmp_path.iterdir())) == 3, "one that is in use stays"
        process.kill()
        process.wait()
    assert len(list(tmp_path.iterdir())) == 2
    with Sandbox() as sandbox:
        assert sandbox.keys[0].private_key_path.is_relative_to(tmp_path)
        assert len(list(tmp_path.iterdir())) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["lane-sandbox-of-another-kind"]


def test_a_port_that_is_taken_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(PortInUseError, match=f"cannot listen on 127.0.0.1:{port}"):
            Sandbox(port=port)


def test_damaged_state_is_told_and_can_be_emptied(tmp_path: Path, shared: Path) -> None:
    with Sandbox(tmp_path) as sandbox:
        key = sandbox.keys[0]
    for each in tmp_path.glob("state.sqlite*"):
        each.write_bytes(b"not a database" * 100)
    with pytest.raises(SandboxError, match="lane sandbox reset"):
        Sandbox(tmp_path)
    reset(tmp_path)
    with Sandbox(tmp_path) as sandbox:
        assert sandbox.keys[0] == key
        assert len(Client(sandbox, key).get("/v1/apps").data) == 2


def test_state_of_another_version_is_told(tmp_path: Path) -> None:
    import sqlite3

    Sandbox(tmp_path).close()
    database = sqlite3.connect(tmp_path / "state.sqlite")
    database.execute("PRAGMA user_version = 99")
    database.close()
    with pytest.raises(SandboxError, match="format 99"):
        Sandbox(tmp_path)


def test_a_state_that_cannot_be_opened_is_not_to_be_emptied(tmp_path: Path) -> None:
    (tmp_path / "state.sqlite").mkdir()
    with pytest.raises(SandboxError, match="free some space or mend its rights") as caught:
        Sandbox(tmp_path)
    assert "reset" not in str(caught.value)


def test_resetting_what_is_not_there_does_nothing(tmp_path: Path) -> None:
    reset(tmp_path / "nowhere")
    assert not (tmp_path / "nowhere").exists()


def test_the_clock_moves_forward_only(sandbox: Sandbox) -> None:
    before = sandbox.clock.now()
    assert sandbox.clock.advance(3600) >= before + 3600
    for wrong in (-1, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="only moves forward"):
            sandbox.clock.advance(wrong)


def test_the_clock_moves_over_http(sandbox: Sandbox) -> None:
    before = sandbox.clock.now()
    url = f"{sandbox.url}/_sandbox/clock"
    assert requests.post(url, json={"advance": 3600}, timeout=30).json()["now"] == sandbox.clock.date()
    assert sandbox.clock.now() >= before + 3600
    for wrong in (b"", b"{}", b"[]", b'{"advance": "x"}', b'{"advance": -1}', b"\xff", b'{"advance": 1e999}'):
        assert requests.post(url, data=wrong, timeout=30).status_code == 400


def test_a_reset_over_http(client: Client) -> None:
    group = client.create("betaGroups", {"name": "x"}, {"app": ("apps", AURORA)}).data["id"]
    assert requests.post(f"{client.sandbox.url}/_sandbox/reset", timeout=30).status_code == 204
    assert client.send("GET", f"/v1/betaGroups/{group}").status == 404
    assert len(client.sandbox.requests()) == 1


def test_requests_are_remembered_without_secrets(client: Client, assets: Path) -> None:
    client.upload(assets / "Aurora.ipa")
    client.send("GET", "/v1/apps?limit=5", token="x")
    found = requests.get(f"{client.sandbox.url}/_sandbox/requests", timeout=30).json()["requests"][-7:]
    paths = [each["path"].split("/")[1:3] for each in found]
    assert [each["method"] for each in found] == ["POST", "POST", "PUT", "PUT", "PUT", "PATCH", "GET"]
    assert [each["status"] for each in found] == [201, 201, 200, 200, 200, 200, 401]
    assert [each["key_id"] for each in found] == [client.key.key_id] * 2 + [None] * 3 + [
        client.key.key_id,
        None,
    ]
    assert paths[0] == ["v1", "buildUploads"]
    assert found[-1]["path"] == "/v1/apps?limit=5"
    text = json.dumps(client.sandbox.requests())
    assert "signature" not in text
    assert "Bearer" not in text


def test_links_lead_to_the_name_that_the_client_used(client: Client) -> None:
    answer = client.send("GET", "/v1/apps", headers={"Host": "apple.test:8700"})
    assert answer.body["links"]["self"] == "http://apple.test:8700/v1/apps"
    odd = client.send("GET", "/v1/apps", headers={"Host": "a b/c"})
    assert odd.body["links"]["self"] == f"{client.sandbox.url}/v1/apps"


def test_a_client_that_goes_away_harms_nobody(client: Client) -> None:
    _, file = client.reserve(1000)
    [operation] = file["attributes"]["uploadOperations"]
    host, port = client.sandbox.url.removeprefix("http://").split(":")
    path = operation["url"].removeprefix(client.sandbox.url)
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(f"PUT {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nabc".encode())
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(b"POST /v1/betaGroups HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{")
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(b"\x00\x01garbage\r\n\r\n")
    assert client.update("buildUploadFiles", file["id"], {"uploaded": True}, status=409)


def test_the_engine_and_the_sandbox_do_not_import_each_other() -> None:
    script = (
        "import sys, lane_sandbox._web, lane_sandbox._command; print([m for m in sys.modules if m == 'lane'])"
    )
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert found.stdout == "[]\n"
