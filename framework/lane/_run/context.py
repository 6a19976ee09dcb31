"""What an action gets: its credential, a log, progress, programs, HTTP, and folders of its own."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from lane._errors import CancelledError
from lane._redact import redactor

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from lane._plan.auth import Credential
    from lane._secret import Secret

    from .http import AbortableSession
    from .process import Completed, Processes


INTERRUPTED = "The run was interrupted."

# Guards what a context makes when it is first asked for: a step may have threads of its own, and the engine may cancel
# the step in that very moment. One for all contexts, since it is held for no time, and contexts have to be cheap.
_making = threading.Lock()


class Log:
    """A step's log. Every line is redacted; it goes to the step's file and to those who look at the run."""

    __slots__ = ("_write",)

    def __init__(self, write: Callable[[str, str], None]) -> None:
        self._write = write

    def debug(self, message: object) -> None:
        """A detail, kept in the step's log file."""
        self._write("debug", str(message))

    def info(self, message: object) -> None:
        """What the step does."""
        self._write("info", str(message))

    def warning(self, message: object) -> None:
        """What a person should look at."""
        self._write("warning", str(message))

    def error(self, message: object) -> None:
        """What went wrong."""
        self._write("error", str(message))


class Progress:
    """How far a step is: `advance(n)` adds, `update(done)` sets. `unit` is `bytes` or what is counted."""

    def __init__(
        self, show: Callable[[str, int, int | None, str], None], label: str, total: int | None, unit: str
    ) -> None:
        self._show = show
        self._label = label
        self._lock = threading.Lock()
        self._shown = 0.0
        self.total = total
        self.unit = unit
        self.done = 0
        show(label, 0, total, unit)

    def advance(self, amount: int = 1) -> None:
        """So much more is done. May be called from several threads."""
        with self._lock:
            self.update(self.done + amount)

    def update(self, done: int) -> None:
        """So much is done."""
        self.done = done
        now = time.monotonic()
        if now - self._shown >= 0.1 or done == self.total:
            self._shown = now
            self._show(self._label, done, self.total, self.unit)


class Surroundings(Protocol):
    """What a context needs of the run that it belongs to."""

    folder: str
    run_id: str
    environment: Mapping[str, str]

    def line(self, ctx: Context, level: str, text: str) -> None:
        """A line of the step's log, redacted."""

    def progress(self, ctx: Context, label: str, done: int, total: int | None, unit: str) -> None:
        """How far the step is."""

    def change(self, ctx: Context, what: str, before: object, after: object) -> None:
        """A change for the ledger."""

    def make_folder(self, ctx: Context, kind: str) -> Path:
        """The step's folder `scratch` or `artifacts`."""


class Context:
    """What an action works with. All of it is the step's own and ends with the step."""

    __slots__ = (
        "_folders",
        "_http",
        "_processes",
        "_surroundings",
        "auth",
        "cancelled",
        "closed",
        "credential",
        "ended_because",
        "index",
        "last_output",
        "step",
    )

    def __init__(
        self,
        step: str,
        surroundings: Surroundings,
        *,
        index: int = 0,
        auth: str = "none",
        credential: Credential | None = None,
    ) -> None:
        self.step = step
        self.index = index
        self.auth = auth
        self.credential = credential
        self.last_output = 0.0
        self._surroundings = surroundings
        self._http: AbortableSession | None = None
        self._processes: Processes | None = None
        self._folders: dict[str, Path] | None = None
        self.cancelled: threading.Event | None = None
        self.ended_because = ""
        self.closed = False

    # What was done, and how far it is

    @property
    def log(self) -> Log:
        """The step's log."""
        return Log(self.write_line)

    def write_line(self, level: str, text: str) -> None:
        """Write to the log: `level` is debug, info, warning, error, or output (what was printed)."""
        self.last_output = time.monotonic()
        if self.closed:
            return  # a thread that outlived its step
        if not text.isascii():
            text = text.encode("utf-8", "backslashreplace").decode()  # half a character cannot be written
        for line in redactor(text).splitlines() or [""]:
            self._surroundings.line(self, level, line)

    @contextmanager
    def progress(self, label: str = "", *, total: int | None = None, unit: str = "") -> Iterator[Progress]:
        """A progress bar while its block runs: `with ctx.progress("upload", total=size, unit="bytes") as bar:`."""
        progress = Progress(self._progressed, label, total, unit)
        yield progress

    def _progressed(self, label: str, done: int, total: int | None, unit: str) -> None:
        self.last_output = time.monotonic()
        if not self.closed:
            self._surroundings.progress(self, redactor(label), done, total, unit)

    def change(self, what: str, *, before: object = None, after: object = None) -> None:
        """Write a change that was made (at Apple, at a service) to the ledger, with the values before and after."""
        if self.closed:
            raise CancelledError(
                f"The step {self.step} has ended; its change {redactor(what)!r} is not recorded."
            )
        self._surroundings.change(self, what, before, after)

    # Working with the world

    def run(
        self,
        args: str | Sequence[str | os.PathLike[str]],
        *,
        cwd: str | os.PathLike[str] | None = None,
        env: Mapping[str, str | Secret] | None = None,
        stdin: str | Secret | None = None,
        shell: bool = False,
        check: bool = True,
    ) -> Completed:
        """Run a program; its output goes to the log line by line. `cwd` is the Lanefile's folder unless given.

        `env` is added to the process's variables; secrets go there or to `stdin`, never into `args`. Raises
        ActionError where the program is missing or (with `check`) fails, CancelledError where the step is cancelled.
        """
        from .process import Processes

        with _making:
            if self._processes is None:
                self._processes = Processes()
        self.check()
        return self._processes.run(
            args,
            line=lambda text: self.write_line("output", text),
            cwd=self._surroundings.folder if cwd is None else str(self.path(cwd)),
            env=env,
            stdin=stdin,
            shell=shell,
            check=check,
        )

    @property
    def http(self) -> AbortableSession:
        """A requests session of the step's own; a timeout or a cancel aborts its calls."""
        if self._http is None:
            from .http import AbortableSession

            with _making:
                if self._http is None:
                    self._http = AbortableSession()
            if self._is_cancelled:
                self._http.abort()
        return self._http

    def sleep(self, seconds: float) -> None:
        """Wait. Raises CancelledError as soon as the step is cancelled."""
        if self._event().wait(seconds):
            raise CancelledError(self.ended_because)

    def check(self) -> None:
        """Raise CancelledError if the step is cancelled: for loops that neither sleep nor call anything here."""
        if self._is_cancelled:
            raise CancelledError(self.ended_because)

    # Where things are

    @property
    def folder(self) -> Path:
        """The Lanefile's folder: what relative paths are relative to."""
        from pathlib import Path

        return Path(self._surroundings.folder)

    @property
    def run_id(self) -> str:
        """The id of the run."""
        return self._surroundings.run_id

    @property
    def environment(self) -> Mapping[str, str]:
        """The process's variables, and those of `.env` files. Credentials are not read from here: see `credential`."""
        return self._surroundings.environment

    def path(self, path: str | os.PathLike[str]) -> Path:
        """A path, relative ones below the Lanefile's folder; the process's working directory plays no part."""
        return self.folder / path

    @property
    def scratch(self) -> Path:
        """An empty folder for this step, removed when it ends."""
        return self._folder("scratch")

    @property
    def artifacts(self) -> Path:
        """A folder for files that the step leaves: they are kept with the run, with their SHA-256 in the journal."""
        return self._folder("artifacts")

    def _folder(self, kind: str) -> Path:
        with _making:
            if self.closed:
                raise CancelledError(f"The step {self.step} has ended.")
            if self._folders is None:
                self._folders = {}
            if kind not in self._folders:
                self._folders[kind] = self._surroundings.make_folder(self, kind)
            return self._folders[kind]

    # For the engine

    def cancel(self, because: str = "The step was cancelled.") -> None:
        """End what the step has running: its programs, its HTTP calls, its waits. Told why, once."""
        self.ended_because = self.ended_because or because
        self._event().set()
        with _making:
            processes, http = self._processes, self._http
        if processes is not None:
            processes.end()
        if http is not None:
            http.abort()

    @property
    def interrupted(self) -> bool:
        """Whether it was cancelled because the whole run was interrupted."""
        return self.ended_because is INTERRUPTED

    @property
    def _is_cancelled(self) -> bool:
        return self.cancelled is not None and self.cancelled.is_set()

    def _event(self) -> threading.Event:
        with _making:
            if self.cancelled is None:
                self.cancelled = threading.Event()
            return self.cancelled

    @property
    def has_artifacts(self) -> bool:
        """Whether the step has asked for its artifacts folder."""
        return self._folders is not None and "artifacts" in self._folders

    def close(self) -> None:
        """Let go of what the step used. What still runs in a thread of its own writes nothing any more."""
        self.closed = True
        if self._http is not None:
            self._http.close()
        if self._folders is not None and "scratch" in self._folders:
            import shutil

            shutil.rmtree(self._folders["scratch"], ignore_errors=True)
