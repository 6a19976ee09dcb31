"""A value that goes to a command of somebody's own: on its standard input, and nowhere else."""

from __future__ import annotations

import json
import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from push_harness import VALUE, memory, variable
from session_harness import all_text_of

from lane import ActionError, LaneError, UsageError
from lane_apple._push.command import Command
from lane_apple._push.push import push

if TYPE_CHECKING:
    from lane_apple._push.push import Pushed

# Writes down what it was given, and all that any process on this machine shows to others.
WITNESS = """
import glob, json, os, sys
def read(path):
    try:
        with open(path, "rb") as file:
            return file.read().decode(errors="replace")
    except OSError:
        return ""
with open(sys.argv[1], "a") as file:
    shown = "".join(map(read, glob.glob("/proc/[0-9]*/cmdline")))
    json.dump({"given": sys.stdin.read(), "variables": dict(os.environ), "shown": shown}, file)
    print(file=file)
"""


def words(*command: str) -> str:
    return shlex.join(command)


def python(script: str, *arguments: str) -> str:
    return words(sys.executable, "-c", script, *arguments)


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    return tmp_path / "notes"


def written(notes: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in notes.read_text().splitlines()] if notes.exists() else []


def give(line: str, folder: Path, value: str = VALUE, **more: Any) -> Pushed:
    seconds = more.pop("seconds", 120.0)
    environment = dict(os.environ) | more.pop("environment", {})
    command = Command(line, environment, memory(folder), seconds=seconds)
    return push(variable(value), command, **more)


def refused(line: str, folder: Path, **more: Any) -> LaneError:
    with pytest.raises(LaneError) as caught:
        give(line, folder, **more)
    assert VALUE not in all_text_of(caught.value)
    assert "DAWTKNcanary" not in all_text_of(caught.value)
    return caught.value


def test_it_comes_on_standard_input_as_it_is(notes: Path, tmp_path: Path) -> None:
    done = give(python(WITNESS, str(notes)), tmp_path)
    assert (done.name, done.sent, done.where) == ("FASTLANE_SESSION", True, sys.executable)
    (told,) = written(notes)
    assert told["given"] == VALUE
    assert told["variables"]["LANE_PUSH_NAME"] == "FASTLANE_SESSION"


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="needs /proc, which this system has not")
def test_no_process_shows_it(notes: Path, tmp_path: Path) -> None:
    give(python(WITNESS, str(notes)), tmp_path)
    (told,) = written(notes)
    assert str(notes) in told["shown"], "what processes show was really read"
    assert "DAWTKNcanary" not in told["shown"]
    assert "DAWTKNcanary" not in json.dumps(told["variables"])


def test_what_opens_apples_doors_is_not_in_its_environment(notes: Path, tmp_path: Path) -> None:
    secrets = {
        "FASTLANE_PASSWORD": "one-canary",
        "FASTLANE_SESSION": "two-canary",
        "APP_STORE_CONNECT_API_KEY_KEY": "three-canary",
        "LANE_SESSION_PASSPHRASE": "four-canary",
    }
    give(python(WITNESS, str(notes)), tmp_path, environment=secrets | {"CIRCLECI_CLI_TOKEN": "is its own"})
    (told,) = written(notes)
    assert not secrets.keys() & told["variables"].keys()
    assert told["variables"]["CIRCLECI_CLI_TOKEN"] == "is its own"


def test_the_same_command_gets_the_same_value_once(notes: Path, tmp_path: Path) -> None:
    first, other = python(WITNESS, str(notes)), python(WITNESS, str(notes), "elsewhere")
    sent = [give(line, tmp_path).sent for line in (first, first, other, other)]
    assert sent == [True, False, True, False]
    assert give(first, tmp_path, "another value").sent
    assert give(first, tmp_path).sent, "it is the last value that counts"
    assert give(first, tmp_path, force=True).sent
    assert len(written(notes)) == 5


def test_a_dry_run_runs_nothing(notes: Path, tmp_path: Path) -> None:
    line = python(WITNESS, str(notes))
    assert not give(line, tmp_path, dry_run=True).sent
    assert not written(notes)


def test_words_are_taken_as_they_are(notes: Path, tmp_path: Path) -> None:
    give(python(WITNESS, str(notes), "$HOME; echo `id`"), tmp_path)
    assert "$HOME; echo `id`" in written(notes)[0]["shown"] or not Path("/proc").exists()


def test_a_pipe_is_a_shells(notes: Path, tmp_path: Path) -> None:
    give(words("sh", "-c", f"cat | tr D d > {shlex.quote(str(notes))}"), tmp_path)
    assert notes.read_text() == VALUE.replace("D", "d")


def test_one_that_fails_is_tried_again_and_says_why(notes: Path, tmp_path: Path) -> None:
    line = words("sh", "-c", "echo noise >&2; echo 'no such context' >&2; exit 3")
    for _ in range(2):
        error = refused(line, tmp_path)
        assert isinstance(error, ActionError)
        assert error.message == "sh exited with 3: no such context."


@pytest.mark.parametrize("repeat", ["cat", "cut -c20-60", "head -c 300"])
def test_a_complaint_that_repeats_the_value_is_not_repeated(tmp_path: Path, repeat: str) -> None:
    line = words("sh", "-c", f"{repeat} >&2; exit 1")
    error = refused(line, tmp_path)
    assert error.message == "sh exited with 1."


def test_one_that_does_not_read_it_and_one_that_prints_it(tmp_path: Path, capfd: Any) -> None:
    assert give("true", tmp_path, "x" * 300_000).sent
    assert give("cat", tmp_path).sent
    assert "canary" not in "".join(capfd.readouterr())


def test_one_that_does_not_end_is_ended_with_what_it_started(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    os.set_blocking(reader, True)
    line = words("sh", "-c", f"(exec 3> {fifo}; echo here >&3; exec sleep 600) & wait")
    error = refused(line, tmp_path, seconds=0.5)
    assert error.message == "sh did not end within 0.5 s; it was stopped."
    while os.read(reader, 100):  # until nobody has it open for writing any more
        pass
    os.close(reader)


@pytest.mark.parametrize("line", ["no-such-program-here --x", "", "'", "/"])
def test_words_that_are_no_program(tmp_path: Path, line: str) -> None:
    error = refused(line, tmp_path)
    assert isinstance(error, UsageError)
    assert error.hint
