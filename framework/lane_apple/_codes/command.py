"""Takes the code from what a command prints."""

from __future__ import annotations

import contextlib
import os
import re
import select
import signal
import subprocess
from typing import IO, TYPE_CHECKING

from .digits import code_in
from .question import SourceError
from .variables import COMMAND
from .waiting import TICK, Wait

if TYPE_CHECKING:
    import threading
    from collections.abc import Mapping, Sequence

    from .question import CodeQuestion

_MOST = 65536  # bytes that are read of what it prints
_GRACE = 2.0  # seconds from SIGTERM to SIGKILL
# What opens Apple's doors, and what other sources need, is none of the command's business.
_WITHHELD = re.compile(
    r"PASSWORD|PASSPHRASE|^FASTLANE_SESSION|^APP_STORE_CONNECT_|^SPACESHIP_|^LANE_(CODE|SESSION|APPLE)_",
    re.IGNORECASE,
)


def without_secrets(environment: Mapping[str, str]) -> dict[str, str]:
    """An environment for a command that has no business with passwords, sessions and keys."""
    return {name: value for name, value in environment.items() if not _WITHHELD.search(name)}


class Command:
    """Runs words, without a shell, and looks for the code in what they print.

    The question is in `LANE_QUESTION_ACCOUNT`, `_LENGTH`, `_WAY`, `_PHONE`, `_ASKED_AT` (seconds since 1970) and
    `_ATTEMPT`. Passwords, sessions and keys are taken out of the command's environment.
    """

    name = "command"

    def __init__(self, words: Sequence[str], environment: Mapping[str, str]) -> None:
        self._words = list(words)
        self._environment = without_secrets(environment)

    def code(self, question: CodeQuestion, *, seconds: float, cancelled: threading.Event) -> str | None:
        """The code that it printed, or None where it was ended. Raises SourceError if it fails or prints none."""
        wait = Wait.of(seconds, cancelled)
        with self._start(question) as process:
            try:
                printed, complaint = _read(process, wait)
            finally:
                _end(process)
        if not wait.left:
            return None
        if process.returncode:
            said = f": {_without_digits(complaint)}" if complaint else ""
            raise SourceError(f"{self._words[0]} exited with {process.returncode}{said}", where=COMMAND)
        code = code_in(printed, question.length)
        if code is None:
            raise SourceError(
                f"{self._words[0]} printed no code of {question.length} digits.",
                hint="It has to print the code alone, or Apple's message.",
                where=COMMAND,
            )
        return code

    def _start(self, question: CodeQuestion) -> subprocess.Popen[bytes]:
        try:
            return subprocess.Popen(
                self._words,
                env={**self._environment, **_described(question)},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,  # so that what it starts can be ended with it
            )
        except OSError as error:
            raise SourceError(
                f"{self._words[0]} cannot be run: {error.strerror}.", where=COMMAND
            ) from None  # the chain would show the environment's path only


def _described(question: CodeQuestion) -> dict[str, str]:
    return {
        "LANE_QUESTION_ACCOUNT": question.account,
        "LANE_QUESTION_LENGTH": str(question.length),
        "LANE_QUESTION_WAY": question.way,
        "LANE_QUESTION_PHONE": question.phone or "",
        "LANE_QUESTION_ASKED_AT": f"{question.asked_at:.3f}",
        "LANE_QUESTION_ATTEMPT": str(question.attempt),
    }


def _read(process: subprocess.Popen[bytes], wait: Wait) -> tuple[str, str]:
    """What it printed, and the last line of its complaints, when it has ended, the time is up, or we are cancelled."""
    assert process.stdout is not None
    assert process.stderr is not None
    kept: dict[IO[bytes], bytes] = {process.stdout: b"", process.stderr: b""}
    waiting = set(kept)
    while wait.left:
        ended = process.poll() is not None
        ready = select.select(list(waiting), [], [], 0 if ended else wait.tick)[0] if waiting else []
        for stream in ready:
            part = os.read(stream.fileno(), 65536)
            kept[stream] = (kept[stream] + part)[:_MOST]
            if not part:
                waiting.discard(stream)
        if ended and not ready:
            break
        if not waiting and not ended:
            wait.sleep(TICK / 10)
    printed, complaint = (
        kept[stream].decode(errors="replace") for stream in (process.stdout, process.stderr)
    )
    return printed, (complaint.strip().splitlines() or [""])[-1]


def _end(process: subprocess.Popen[bytes]) -> None:
    """End it and all that it started, if it has not ended by itself."""
    if process.poll() is not None:
        return
    _signal(process, signal.SIGTERM)
    try:
        process.wait(_GRACE)
    except subprocess.TimeoutExpired:
        pass
    finally:
        _signal(process, signal.SIGKILL)


def _signal(process: subprocess.Popen[bytes], sign: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):  # macOS: nobody is left in the group
        os.killpg(process.pid, sign)


def _without_digits(text: str) -> str:
    """A complaint that may hold the code, without it."""
    return re.sub(r"\d", "•", text)[:200]
