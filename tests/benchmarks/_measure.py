"""Whole processes, measured: wall time, processor time and peak memory, one after the other in turns."""

from __future__ import annotations

import os
import shutil
import statistics
import sys
import time
from contextlib import chdir
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# What a CI system sets changes what lane prints; variables of the programs themselves, and of Python, are options:
# without bytecode that is kept, every run would compile what it imports.
_LEFT_OUT = ("CI", "GITHUB_", "GITLAB_", "BUILDKITE", "LANE_", "DOIT_", "POE_", "PYTHON")


class Command(NamedTuple):
    """A program to measure: its arguments, its folder, and what to remove there before each run."""

    args: tuple[str, ...]
    folder: Path
    removed: tuple[str, ...] = ()


class Sample(NamedTuple):
    """One process: seconds of wall time, seconds of processor time (user and system), peak memory in KiB."""

    wall: float
    cpu: float
    peak: float


class CommandError(Exception):
    """A measured program failed: its figures mean nothing."""


def found(program: str) -> str | None:
    """A program of this interpreter's environment, or None where it is not installed."""
    return shutil.which(program, path=str(Path(sys.executable).parent))


def interleaved(commands: Mapping[str, Command], runs: int, *, warm: int = 1) -> dict[str, Sample]:
    """The medians of each command, each run `runs` times in turns, so that a busy machine is unfair to none.

    `warm` rounds come first and are not counted. Raises CommandError where a command fails.
    """
    samples: dict[str, list[Sample]] = {name: [] for name in commands}
    for turn in range(warm + runs):
        for name, command in commands.items():
            sample = _measured(command)
            if turn >= warm:
                samples[name].append(sample)
    return {name: _median(taken) for name, taken in samples.items()}


def _median(samples: Iterable[Sample]) -> Sample:
    return Sample(*map(statistics.median, zip(*samples, strict=True)))


def _measured(command: Command) -> Sample:
    """Start a program with stdout and stderr in files, and wait for it."""
    for name in command.removed:
        _remove(command.folder / name)
    output = command.folder / "output.txt"
    flags = os.O_CREAT | os.O_TRUNC | os.O_WRONLY
    actions = [(os.POSIX_SPAWN_OPEN, 1, output, flags, 0o600), (os.POSIX_SPAWN_DUP2, 1, 2)]
    with chdir(
        command.folder
    ):  # the child inherits it; to set it there would need a fork of this interpreter
        begun = time.perf_counter()
        child = os.posix_spawn(command.args[0], command.args, _environment(), file_actions=actions)
        _, status, usage = os.wait4(child, 0)
        wall = time.perf_counter() - begun
    if status:
        told = output.read_text(errors="replace")[-2000:]
        raise CommandError(
            f"{' '.join(command.args)} ended with {os.waitstatus_to_exitcode(status)}:\n{told}"
        )
    return Sample(wall, usage.ru_utime + usage.ru_stime, float(usage.ru_maxrss))


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(_LEFT_OUT)}


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
