"""Gives a value to a command that puts it where some other CI reads it."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
from contextlib import suppress
from typing import TYPE_CHECKING

from lane import ActionError, UsageError
from lane_apple._codes.command import without_secrets

from .said import said

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .memory import Memory
    from .push import State
    from .variable import Variable

NAME = "LANE_PUSH_NAME"
"""What a command finds the variable's name in."""
SECONDS = 120.0
"""How long a command may take."""


class Command:
    """Words that are run without a shell; the value is on their standard input, and nowhere else.

    Nobody can ask a command what is there: what was sent last is remembered here.
    """

    unbroken = False
    largest: int | None = None

    def __init__(
        self, line: str, environment: Mapping[str, str], memory: Memory, *, seconds: float = SECONDS
    ) -> None:
        try:
            self._words = shlex.split(line)
        except ValueError as error:
            raise UsageError(f"--command cannot be read: {error}.", hint="Close its quotes.") from None
        if not self._words:
            raise UsageError("--command is empty.", hint="Give a program that reads standard input.")
        self._environment = without_secrets(environment)
        self._memory = memory
        self._seconds = seconds
        self._place = json.dumps(["command", self._words])
        self.where = self._words[0]

    def state(self, variable: Variable) -> State:
        """Whether this command was given this value last."""
        return "same" if self._memory.same(self._place, variable, None) else "changed"

    def put(self, variable: Variable, state: State) -> None:
        """Run it. Raises ActionError where it fails, or takes too long."""
        del state
        process = self._start(variable)
        with process:
            try:
                _, complaint = process.communicate(variable.value.reveal().encode(), timeout=self._seconds)
            except subprocess.TimeoutExpired:
                raise ActionError(
                    f"{self.where} did not end within {self._seconds:g} s; it was stopped.",
                    hint="Does it ask for something? Nobody can answer it.",
                    code="push_command",
                ) from None
            finally:
                _end(process)
        if process.returncode:
            last = (complaint.decode(errors="replace").strip().splitlines() or [""])[-1]
            why = said(last, [variable.value.reveal()])
            raise ActionError(
                f"{self.where} exited with {process.returncode}{why}",
                hint="Run it by hand, with a made-up value on its standard input.",
                code="push_command",
            )
        self._memory.remember(self._place, variable, None)

    def _start(self, variable: Variable) -> subprocess.Popen[bytes]:
        try:
            return subprocess.Popen(
                self._words,
                env={**self._environment, NAME: variable.name},
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,  # it may repeat the value
                stderr=subprocess.PIPE,
                start_new_session=True,  # so that what it starts can be ended with it
            )
        except OSError as error:
            raise UsageError(
                f"{self.where} cannot be run: {error.strerror}.",
                hint="Name a program; it is run without a shell. For a pipe: --command \"sh -c '… | …'\".",
                code="push_command",
            ) from None


def _end(process: subprocess.Popen[bytes]) -> None:
    """End it and what it started, where it has not ended by itself."""
    if process.poll() is None:
        with suppress(ProcessLookupError, PermissionError):  # macOS: nobody is left in the group
            os.killpg(process.pid, signal.SIGKILL)
