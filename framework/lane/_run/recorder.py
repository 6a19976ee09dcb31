"""One run's pen: events, artifacts and changes to the journal, log lines to files, all to those who look."""

from __future__ import annotations

import os
import threading
import time
from typing import IO, TYPE_CHECKING, Any

from lane._redact import redactor

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from lane._report.reporter import Reporter

    from .context import Context
    from .journal import Journal

Artifact = tuple[str, int, str]  # path below the run's folder, bytes, SHA-256
_LONGEST_NAME = 100  # characters, some of which may be four bytes


class Recorder:
    """Writes what happens in one run. `lock` guards the journal and the state of the execution alike.

    It is what a `Context` calls its surroundings.
    """

    def __init__(
        self, journal: Journal, run_id: str, folder: str, environment: Mapping[str, str], reporter: Reporter
    ) -> None:
        self.journal = journal
        self.run_id = run_id
        self.folder = folder
        self.environment = environment
        self.reporter = reporter
        self.lock = threading.Lock()
        self.place = os.path.join(journal.folder, "runs", run_id)  # noqa: PTH118 - pathlib costs 10 ms at start
        self._number = journal.next_number(run_id)
        self._events: list[Any] = []  # the columns of those that are not committed, one after the other
        self._logs: dict[str, IO[str]] = {}
        self._log_lock = threading.Lock()
        self._logs_lost = False

    # The journal: called with the lock held

    def event(
        self,
        step: str,
        state: str,
        attempt: int = 1,
        output: str | None = None,
        kept: bool | None = None,
        message: str | None = None,
        at: float | None = None,
    ) -> None:
        """Write a change of a step's state; `commit()` makes it count. `at` is when it was, if it is not now."""
        now = time.time() if at is None else at
        self._events += (
            self.run_id, self._number, now, step, state, attempt, output, kept, message
        )  # fmt: skip
        self._number += 1

    def commit(self) -> None:
        """Make all events so far durable."""
        events, self._events = self._events, []
        self.journal.commit(events)

    # What a context calls, from the step's own thread

    def line(self, ctx: Context, level: str, text: str) -> None:
        """A line of a step's log, redacted already; from several threads: a program's output has two."""
        with self._log_lock:
            try:
                log = self._logs.get(ctx.step)
                if log is None:
                    log = self._logs[ctx.step] = self._open_log(ctx.step)
                log.write(f"{time.strftime('%H:%M:%S')} {level:<7} {text}\n")
            except OSError as error:
                self._lose_logs(error)
        self.reporter.step_output(ctx.index, ctx.step, level, text)

    def progress(self, ctx: Context, label: str, done: int, total: int | None, unit: str) -> None:
        """How far a step is."""
        self.reporter.step_progress(ctx.index, ctx.step, label, done, total, unit)

    def change(self, ctx: Context, what: str, before: object, after: object) -> None:
        """A change for the ledger; it is durable when this returns."""
        with self.lock:
            self.journal.begin()
            self.journal.add_change(self.run_id, ctx.step, redactor(what), _shown(before), _shown(after))
            self.journal.commit()

    def make_folder(self, ctx: Context, kind: str) -> Path:
        """A folder of the step's own."""
        from pathlib import Path

        made = Path(self.place) / kind / _file_name(ctx.step)
        if kind == "scratch" and made.exists():  # of an attempt whose process was killed
            import shutil

            shutil.rmtree(made)
        made.mkdir(parents=True, exist_ok=True)
        return made

    # The end of a step

    def close_log(self, step: str) -> Path | None:
        """Close a step's log; its path, or None where it wrote nothing."""
        if step not in self._logs:
            return None
        from pathlib import Path

        with self._log_lock:
            log = self._logs.pop(step)
            try:
                log.close()
            except OSError as error:
                self._lose_logs(error)
        return Path(log.name)

    def close_step(self, ctx: Context) -> Sequence[Artifact]:
        """Let go of what a step used; the files that it left. Called without the lock: files may be big."""
        artifacts: Sequence[Artifact] = ()
        if ctx.has_artifacts:
            try:
                artifacts = self._artifacts(ctx)
            except OSError as error:
                ctx.log.warning(f"Its artifacts cannot be read, and are not recorded: {error}")
        ctx.close()
        return artifacts

    def keep(self, step: str, artifacts: Sequence[Artifact]) -> None:
        """Write the files that a step left to the journal. Called with the lock held."""
        self.journal.begin()
        for path, size, digest in artifacts:
            self.journal.add_artifact(self.run_id, step, path, size, digest)

    def _artifacts(self, ctx: Context) -> list[Artifact]:
        import hashlib
        from pathlib import Path

        folder = Path(self.place) / "artifacts" / _file_name(ctx.step)
        found: list[Artifact] = []
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                with path.open("rb") as file:
                    digest = hashlib.file_digest(file, "sha256").hexdigest()
                found.append((str(path.relative_to(self.place)), path.stat().st_size, digest))
        return found

    def _lose_logs(self, error: OSError) -> None:
        """Go on without log files: a full disk must not fail a step that needs no space."""
        if not self._logs_lost:
            self._logs_lost = True
            self.reporter.notice("warning", f"The steps' logs cannot be written: {error.strerror or error}.")

    def _open_log(self, step: str) -> IO[str]:
        folder = os.path.join(self.place, "logs")  # noqa: PTH118
        os.makedirs(folder, exist_ok=True)  # noqa: PTH103
        path = os.path.join(folder, _file_name(step) + ".log")  # noqa: PTH118
        # What a program printed may be no text; the log is one all the same.
        return open(path, "a", encoding="utf-8", errors="backslashreplace", buffering=1)  # noqa: PTH123


def _file_name(step: str) -> str:
    """A step id as a file's name: `before_all/notify` too, and one that is too long for a file."""
    name = step.replace("/", "~")  # which no step's name can have
    if len(name) <= _LONGEST_NAME:
        return name
    from hashlib import sha256

    return f"{name[:_LONGEST_NAME]}~{sha256(step.encode()).hexdigest()[:8]}"


def _shown(value: object) -> str | None:
    if value is None:
        return None
    import json

    return redactor(json.dumps(value, default=str))
