"""A command's output: real processes, ended when their time is up."""

from __future__ import annotations

import os
import select
import sys
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from codes_harness import SECONDS, ask, asking, question

from lane_apple._codes import command, waiting
from lane_apple._codes.command import Command
from lane_apple._codes.question import SourceError

if TYPE_CHECKING:
    from pathlib import Path


def python(program: str, **environment: str) -> Command:
    """A command that is a program."""
    return Command([sys.executable, "-c", program], {**os.environ, **environment})


@pytest.mark.parametrize(
    "printed", ["012345", "012 345\\n", "looking\\n012345\\n", "Your Apple code is: 012345."]
)
def test_the_code_is_what_it_prints(printed: str) -> None:
    assert ask(python(f"print('{printed}')")) == "012345"


def test_the_question_is_in_its_environment_and_passwords_are_not(tmp_path: Path) -> None:
    source = python(
        "import json, os; json.dump(dict(os.environ), open(os.environ['TOLD'], 'w')); print('012345')",
        TOLD=str(tmp_path / "told"),
        FASTLANE_PASSWORD="canary-1",
        FASTLANE_APPLE_APPLICATION_SPECIFIC_PASSWORD="canary-2",
        FASTLANE_SESSION="canary-3",
        MATCH_PASSWORD="canary-4",
        LANE_CODE_INBOX_SECRET="canary-5",
        LANE_CODE_TWILIO_AUTH_TOKEN="canary-6",
        APP_STORE_CONNECT_API_KEY_KEY="canary-7",
        LANE_SESSION_PASSPHRASE="canary-8",
    )
    asked = question(asked_at=1788000000.25, attempt=2)
    assert ask(source, asked) == "012345"
    told = (tmp_path / "told").read_text()
    assert "canary" not in told
    for expected in (
        '"LANE_QUESTION_ACCOUNT": "release@example.com"',
        '"LANE_QUESTION_LENGTH": "6"',
        '"LANE_QUESTION_WAY": "sms"',
        '"LANE_QUESTION_ASKED_AT": "1788000000.250"',
        '"LANE_QUESTION_ATTEMPT": "2"',
    ):
        assert expected in told


def test_no_shell_reads_the_words(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    source = Command(
        [sys.executable, "-c", "print('012345')", f"; touch {mark}", f"$(touch {mark})"], os.environ
    )
    assert ask(source) == "012345"
    assert not mark.exists()


def test_a_failure_is_told_without_any_digit() -> None:
    with pytest.raises(SourceError) as caught:
        ask(python("import sys; print('012345'); sys.exit('no route to 10.0.0.7, last code 543210')"))
    assert "exited with 1: no route to ••.•.•.•, last code ••••••" in caught.value.message
    assert "012345" not in str(caught.value)


def test_output_without_a_code_is_told_without_the_output() -> None:
    with pytest.raises(SourceError, match="printed no code of 6 digits") as caught:
        ask(python("print('98765')"))
    assert "98765" not in f"{caught.value} {caught.value.hint}"


def test_a_command_that_is_not_there() -> None:
    with pytest.raises(SourceError, match="cannot be run: No such file"):
        ask(Command(["no-such-program"], {}))


def test_much_output_is_not_kept() -> None:
    with pytest.raises(SourceError, match="printed no code"):
        ask(python("import sys; sys.stdout.write('x' * 3_000_000); print('012345')"))


# It waits for an answer, and leaves a pid to look for.
WAITS = """
import os, pathlib, signal, subprocess, sys, time
if "stubborn" in sys.argv: signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
pathlib.Path(sys.argv[1]).write_text(f"{os.getpid()} {child.pid}")
time.sleep(600)
"""


def waits(pids: Path, *words: str) -> Command:
    return Command([sys.executable, "-c", WAITS, str(pids), *words], os.environ)


def all_ended(pids: str) -> bool:
    """Whether these processes end: a signal takes a moment."""
    for pid in map(int, pids.split()):
        try:
            process = os.pidfd_open(pid)
        except ProcessLookupError:
            continue
        ended, _, _ = select.select([process], [], [], SECONDS)
        os.close(process)
        if not ended:
            return False
    return True


needs_pidfd = pytest.mark.skipif(
    not hasattr(os, "pidfd_open"), reason="processes are watched by Linux's pidfd"
)


@pytest.fixture
def pids(tmp_path: Path) -> Path:
    """Where the command writes who runs; reading it waits until it has."""
    os.mkfifo(tmp_path / "pids")
    return tmp_path / "pids"


@needs_pidfd
@pytest.mark.parametrize("words", [(), ("stubborn",)], ids=["polite", "stubborn"])
def test_it_and_its_children_are_ended_when_its_time_is_up(
    pids: Path, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "_GRACE", 0.2)
    with asking(waits(pids, *words)) as asked:
        running = pids.read_text()
        monkeypatch.setattr(waiting, "time", SimpleNamespace(monotonic=lambda: time.monotonic() + SECONDS))
        assert asked.answer() is None
    assert all_ended(running)


@needs_pidfd
def test_it_is_ended_when_the_wait_is_cancelled(pids: Path) -> None:
    with asking(waits(pids)) as asked:
        running = pids.read_text()
        asked.end()
        assert asked.answer() is None
    assert all_ended(running)


def test_one_that_has_ended_is_not_waited_for_because_its_child_still_writes(tmp_path: Path) -> None:
    source = python(
        "import subprocess, sys; child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']);"
        f"open({str(tmp_path / 'pid')!r}, 'w').write(str(child.pid)); print('012345')"
    )
    try:
        assert ask(source, seconds=SECONDS) == "012345"
    finally:
        os.kill(int((tmp_path / "pid").read_text()), 15)
