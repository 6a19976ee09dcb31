"""Asks a process of its own which lanes declare a schedule, and again when their files have changed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from lane._errors import LaneError, UsageError

from .schedules import Schedule, of_rows

_BESIDE = ("*.py", "lanes/**/*.py", "actions/**/*.py")  # where what it imports is
_PATIENCE = 120.0  # seconds for a Lanefile to be read


class Lanefile:
    """A Lanefile that may change while the scheduler works. It is never run in the scheduler's own process."""

    def __init__(self, file: str) -> None:
        self.file = file
        self._seen: object = None

    def changed(self) -> bool:
        """Whether it, or a module beside it, is another one than at the last call."""
        before, self._seen = self._seen, self._state()
        return before != self._seen

    def schedules(self) -> tuple[list[Schedule], list[str]]:
        """The lanes with a schedule, and what is wrong with those that are left out.

        Raises UsageError for a Lanefile that cannot be read.
        """
        good: list[Schedule] = []
        wrong: list[str] = []
        for one in of_rows(self._rows()):
            if one.wrong is None:
                good.append(one)
            else:
                wrong.append(f"The schedule of {one.name} is wrong. {one.wrong}")
        return good, wrong

    def _rows(self) -> list[dict[str, object]]:
        words = [*LANE, "list", "--json", "-f", self.file]
        try:
            done = subprocess.run(
                words, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_PATIENCE, check=True
            )
            rows: list[dict[str, object]] = json.loads(done.stdout)
        except subprocess.CalledProcessError as error:
            raise _unreadable(self.file, error.stderr.strip()) from None
        except subprocess.TimeoutExpired:
            raise _unreadable(self.file, f"it took longer than {_PATIENCE:.0f} seconds") from None
        except ValueError as error:
            raise _unreadable(self.file, f"what `lane list --json` prints is no JSON: {error}") from None
        return rows

    def _state(self) -> dict[str, tuple[int, int]]:
        folder = Path(self.file).parent
        files = [Path(self.file), *(file for pattern in _BESIDE for file in folder.glob(pattern))]
        return {str(file): _stamp(file) for file in files}


LANE = (sys.executable, "-m", "lane")


def _stamp(file: Path) -> tuple[int, int]:
    try:
        found = file.stat()
    except OSError:
        return (0, 0)
    return (found.st_mtime_ns, found.st_size)


def _unreadable(file: str, why: str) -> LaneError:
    return UsageError(
        f"The schedules of {file} cannot be read: {why}", hint="What is due waits until they can."
    )
