"""`lane sandbox` as a process of its own."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
import requests
from click.testing import CliRunner

from lane_sandbox import credentials_of
from lane_sandbox._command import sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

START = [sys.executable, "-c", "from lane_sandbox._command import sandbox; sandbox()"]


@contextmanager
def served(*arguments: str, cwd: Path) -> Iterator[subprocess.Popen[str]]:
    """The command, running; stopped at the end if it still does."""
    environment = {name: value for name, value in os.environ.items() if name != "LANE_STORE"}
    process = subprocess.Popen(
        [*START, *arguments],
        cwd=cwd,
        env={**environment, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def first_line(process: subprocess.Popen[str]) -> Any:
    """What the command prints when it is ready."""
    assert process.stdout
    return json.loads(process.stdout.readline())


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_serves_until_it_is_stopped(tmp_path: Path, how: signal.Signals) -> None:
    with served("--port", "0", "--json", cwd=tmp_path) as process:
        ready = first_line(process)
        key = credentials_of(tmp_path / ".lane" / "sandbox")
        assert ready["key_id"] == key.key_id
        assert ready["issuer_id"] == key.issuer_id
        assert ready["private_key_path"] == str(key.private_key_path.resolve())
        assert ready["accounts"][0]["email"] == "olive@example.com"
        assert ready["accounts"][0]["password"] == "Aurora-Borealis-1"
        assert requests.get(f"{ready['url']}/v1/apps", timeout=30).status_code == 401
        process.send_signal(how)
        out, error = process.communicate(timeout=30)
        assert (process.returncode, out, error) == (0, "", "")


def test_tells_people_the_keys(tmp_path: Path) -> None:
    with served("--port", "0", "--folder", str(tmp_path / "a b"), cwd=tmp_path) as process:
        assert process.stdout
        lines = [process.stdout.readline() for _ in range(6)]
        assert lines[0].startswith("An offline App Store Connect at http://127.0.0.1:")
        assert credentials_of(tmp_path / "a b").key_id in lines[3]
        assert "individual" in lines[5]


def test_a_taken_port_is_a_usage_error(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        found = CliRunner().invoke(sandbox, ["--port", str(port), "--folder", str(tmp_path)])
    assert found.exit_code == 2
    assert f"cannot listen on 127.0.0.1:{port}" in found.output


def test_damaged_state_is_a_usage_error(tmp_path: Path) -> None:
    (tmp_path / "state.sqlite").write_bytes(b"not a database" * 100)
    found = CliRunner().invoke(sandbox, ["--port", "0", "--folder", str(tmp_path)])
    assert found.exit_code == 2
    assert "lane sandbox reset" in found.output


def test_reset_empties_the_folder_that_is_meant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANE_STORE", str(tmp_path))
    folder = tmp_path / "sandbox"
    folder.mkdir()
    (folder / "state.sqlite").write_bytes(b"not a database" * 100)
    found = CliRunner().invoke(sandbox, ["reset"])
    assert (found.exit_code, found.output) == (0, f"The sandbox in {folder} is empty.\n")
    assert (folder / "state.sqlite").read_bytes().startswith(b"SQLite format 3")
    other = tmp_path / "other"
    for arguments in (["reset", "--folder", str(other)], ["--folder", str(other), "reset"]):
        assert str(other) in CliRunner().invoke(sandbox, arguments).output


def test_reset_reaches_a_running_server(tmp_path: Path) -> None:
    with served("--port", "0", "--json", "--folder", str(tmp_path), cwd=tmp_path) as process:
        url = first_line(process)["url"]
        requests.post(f"{url}/_sandbox/clock", json={"advance": 10**6}, timeout=30)
        ahead = requests.get(f"{url}/_sandbox/clock", timeout=30).json()["now"]
        assert CliRunner().invoke(sandbox, ["reset", "--folder", str(tmp_path)]).exit_code == 0
        assert requests.get(f"{url}/_sandbox/clock", timeout=30).json()["now"] < ahead


def test_help_is_there(tmp_path: Path) -> None:
    assert "--port" in CliRunner().invoke(sandbox, ["-h"]).output
