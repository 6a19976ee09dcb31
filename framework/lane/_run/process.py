"""Runs a program for a step: streamed, redacted, and ended when the step is cancelled."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections import deque
from typing import TYPE_CHECKING, TextIO

from lane._errors import ActionError, CancelledError
from lane._redact import redactor
from lane._secret import Secret

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

_GRACE = 5.0  # seconds between asking a program to end and ending it
_MOST_KEPT = 16 * 1024 * 1024  # characters of output that are kept for the caller

# The programs of all steps. A set's own methods are atomic, so that a signal handler can read it without a lock.
_everywhere: set[subprocess.Popen[str]] = set()
_being_begun: set[object] = (
    set()
)  # one for each program that may run already, and is not in `_everywhere` yet


@contextlib.contextmanager
def _beginning() -> Iterator[None]:
    mark = object()
    _being_begun.add(mark)
    try:
        yield
    finally:
        _being_begun.discard(mark)


class Completed:
    """How a program ended. `stdout` and `stderr` are its texts, not redacted, at most 16 MiB of each (the last)."""

    __slots__ = ("args", "returncode", "stderr", "stdout")

    def __init__(self, args: Sequence[str], returncode: int, stdout: str, stderr: str) -> None:
        self.args = args
        self.returncode = returncode
        self.stdout = stdout
        self.stderr = stderr


class Processes:
    """The programs that a step has running; `end()` ends them and all that they started."""

    def __init__(self) -> None:
        self._running: set[subprocess.Popen[str]] = set()
        self._ended = False
        self._lock = threading.Lock()

    def run(
        self,
        args: str | Sequence[str | os.PathLike[str]],
        *,
        line: Callable[[str], None],
        cwd: str,
        env: Mapping[str, str | Secret] | None,
        stdin: str | Secret | None,
        shell: bool,
        check: bool,
    ) -> Completed:
        """Run a program to its end; `line` gets each line of its output. Raises ActionError, CancelledError."""
        command = _command(args, shell=shell)
        process = self._start(command, cwd, env, stdin is not None, shell)
        try:
            outputs = _communicate(process, line, stdin)
        finally:
            if process.poll() is None:
                _signal(process, signal.SIGKILL)
                process.wait()
            with self._lock:
                self._running.discard(process)
            _everywhere.discard(process)
        shown = command if isinstance(command, str) else command[0]
        if self._ended:
            raise CancelledError(f"{shown} was ended because the step was cancelled.")
        if check and process.returncode:
            raise ActionError(_failure(shown, process.returncode, *outputs), code="program_failed")
        return Completed([command] if isinstance(command, str) else command, process.returncode, *outputs)

    def _start(
        self,
        command: str | list[str],
        cwd: str,
        env: Mapping[str, str | Secret] | None,
        feeds: bool,
        shell: bool,
    ) -> subprocess.Popen[str]:
        with self._lock, _beginning():
            if self._ended:
                raise CancelledError("The step was cancelled.")
            try:
                process = subprocess.Popen(
                    command,
                    cwd=cwd,
                    env={**os.environ, **{name: _revealed(value) for name, value in (env or {}).items()}},
                    stdin=subprocess.PIPE if feeds else subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    shell=shell,
                    text=True,
                    encoding="utf-8",
                    errors="replace",
                    start_new_session=True,  # so that all it starts can be ended with it
                )
            except FileNotFoundError as error:
                missing = error.filename or (command if isinstance(command, str) else command[0])
                hint = "Install it, or correct the path." if missing != cwd else "Make the folder first."
                raise ActionError(f"There is no {missing}.", hint=hint, code="no_program") from None
            except PermissionError as error:
                hint = "chmod +x it."
                raise ActionError(f"{error.filename} cannot be run: {error.strerror}.", hint=hint) from None
            except OSError as error:
                shown = command if isinstance(command, str) else command[0]
                raise ActionError(f"{shown} cannot be run: {error.strerror}.") from None
            self._running.add(process)
            _everywhere.add(process)
            return process

    def end(self) -> None:
        """End all programs: ask, and after 5 seconds insist. No further one can be started."""
        with self._lock:
            self._ended = True
            running = list(self._running)
        for process in running:
            _signal(process, signal.SIGTERM)
        if running:
            threading.Thread(target=_insist, args=(running,), daemon=True).start()


def _command(args: str | Sequence[str | os.PathLike[str]], *, shell: bool) -> str | list[str]:
    if isinstance(args, str):
        if not shell:
            raise ActionError(
                f"ctx.run() takes a list, not the text {redactor(args)!r}.",
                hint='Write ctx.run(["git", "status"]), or ctx.run("…", shell=True) where a shell is wanted.',
            )
        parts = [args]
    else:
        parts = [os.fspath(part) if not isinstance(part, Secret) else part for part in args]  # type: ignore[misc]
    for part in parts:
        if isinstance(part, Secret) or redactor(part) != part:
            raise ActionError(
                "A secret was put on a command line, where every user of the machine can read it.",
                hint="Pass it with env={…} or stdin=….",
                code="secret_in_arguments",
            )
    return parts[0] if isinstance(args, str) else parts


def _communicate(
    process: subprocess.Popen[str], line: Callable[[str], None], stdin: str | Secret | None
) -> tuple[str, str]:
    kept: tuple[deque[str], deque[str]] = (deque(), deque())
    assert process.stdout is not None
    assert process.stderr is not None
    pumps = [
        threading.Thread(target=_pump, args=(stream, line, texts), daemon=True)
        for stream, texts in zip((process.stdout, process.stderr), kept, strict=True)
    ]
    for pump in pumps:
        pump.start()
    if stdin is not None:
        _feed(process, _revealed(stdin))
    process.wait()
    until = time.monotonic() + _GRACE
    for pump in pumps:
        pump.join(max(until - time.monotonic(), 0))  # what it left behind may hold the pipe open for ever
    return "".join(kept[0]), "".join(kept[1])


def _feed(process: subprocess.Popen[str], text: str) -> None:
    assert process.stdin is not None
    # Where it does not want to read all, its exit code tells whether that was wrong.
    with contextlib.suppress(BrokenPipeError):
        process.stdin.write(text)
    with contextlib.suppress(BrokenPipeError):
        process.stdin.close()


def _pump(stream: TextIO, line: Callable[[str], None], texts: deque[str]) -> None:
    size = 0
    with stream:
        for text in stream:
            texts.append(text)
            size += len(text)
            while size > _MOST_KEPT and len(texts) > 1:
                size -= len(texts.popleft())
            line(text.rstrip("\r\n"))


def _revealed(value: str | Secret) -> str:
    return value.reveal() if isinstance(value, Secret) else value


def _failure(shown: str, returncode: int, stdout: str, stderr: str) -> str:
    how = f"was ended by signal {-returncode}" if returncode < 0 else f"exited with {returncode}"
    tail = redactor(stderr.strip() or stdout.strip()).splitlines()[-5:]
    return "\n".join([f"{shown} {how}.", *(f"    {one}" for one in tail)])


def kill_all() -> None:
    """Kill every program of every step, and all that they started. Takes no lock: a signal handler may call it.

    A program that is being begun meanwhile is waited for, a second at most.
    """
    until = time.monotonic() + 1.0
    while True:
        waits = bool(_being_begun) and time.monotonic() < until
        for process in list(_everywhere):
            _signal(process, signal.SIGKILL)
        if not waits:
            return
        time.sleep(0.005)


def _signal(process: subprocess.Popen[str], number: int) -> bool:
    """Send a signal to a program and all that it started, itself ended or not; whether there is any of it."""
    try:
        os.killpg(process.pid, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def _insist(processes: list[subprocess.Popen[str]]) -> None:
    until = time.monotonic() + _GRACE
    while time.monotonic() < until and any(_signal(process, 0) for process in processes):
        time.sleep(0.02)
    for process in processes:
        _signal(process, signal.SIGKILL)
