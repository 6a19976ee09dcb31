"""What `lane doctor` sees of the machine: Python, capabilities, the store, the clock."""

from __future__ import annotations

import platform
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from .finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

OLDEST_PYTHON = (3, 11)
LITTLE_SPACE = 1024**3  # bytes: a package, its dSYMs and their copies
TOO_LITTLE_SPACE = 64 * 1024**2
MOST_BEHIND = 300.0  # seconds


def machine_findings(folder: str, store: str) -> Iterator[Finding]:
    """Look at the machine. `folder` is the Lanefile's, or where `lane` was called."""
    yield _python()
    yield _capabilities()
    yield from _store(store)
    yield _clock([Path(folder) / "Lanefile.py", Path(store) / "journal.db", Path(__file__)])


def _python() -> Finding:
    text = f"{platform.python_version()} ({sys.executable})"
    if sys.version_info >= OLDEST_PYTHON:
        return Finding("ok", "python", text)
    return Finding("fail", "python", text, "Install Python 3.11 or newer, and lane into it.")


def _capabilities() -> Finding:
    from lane._run.begin import machine

    met = machine()
    text = ", ".join(sorted(met))
    if "macos" in met and sys.platform == "darwin" and shutil.which("xcodebuild") is None:
        hint = "Install Xcode, then: sudo xcode-select --switch /Applications/Xcode.app"
        return Finding("warn", "machine", f"{text}; there is no xcodebuild", hint)
    return Finding("ok", "machine", text)


def _store(store: str) -> Iterator[Finding]:
    """Whether runs can be written down, and whether there is room for what they leave."""
    place = _nearest(Path(store))
    hint = "Mend the folder's rights, or set LANE_STORE to a folder that can be written."
    try:
        with tempfile.TemporaryFile(dir=place):
            pass
    except OSError as error:
        yield Finding("fail", "store", f"{store} cannot be written: {error.strerror}", hint)
        return
    yield _journal(store)
    free = shutil.disk_usage(place).free
    text = f"{free / 1024**3:.1f} GiB free in {place}"
    if free < TOO_LITTLE_SPACE:
        yield Finding("fail", "space", text, "Free some space, or set LANE_STORE to another disk.")
    elif free < LITTLE_SPACE:
        yield Finding("warn", "space", text, "Packages and dSYMs may not fit: free some space.")
    else:
        yield Finding("ok", "space", text)


def _journal(store: str) -> Finding:
    from lane._run.journal import Journal, JournalError

    if not (Path(store) / "journal.db").exists():
        return Finding("ok", "store", f"{store} (no run yet)")
    try:
        journal = Journal(store)
        count = journal.read("SELECT count(*) FROM runs")[0][0]
        journal.close()
    except JournalError as error:
        return Finding("fail", "store", error.message, error.hint or "")
    return Finding("ok", "store", f"{store} ({count} run{'' if count == 1 else 's'})")


def _nearest(place: Path) -> Path:
    """The folder itself, or the nearest one above that is there."""
    while not place.is_dir() and place != place.parent:
        place = place.parent
    return place


def _clock(written: list[Path]) -> Finding:
    """Files of the past tell when a clock is behind: without the network that is all that can be known."""
    now = time.time()
    text = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(now))
    newest = max((path.stat().st_mtime for path in written if path.exists()), default=now)
    if newest - now <= MOST_BEHIND:
        return Finding("ok", "clock", text)
    behind = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(newest))
    message = f"{text}, but files here were written at {behind}"
    return Finding(
        "warn", "clock", message, "Set the clock: tokens that are signed by a wrong one are refused."
    )
