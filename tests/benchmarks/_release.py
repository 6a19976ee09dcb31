"""A release whose steps only sleep: how far a run is from the best that eight workers can do."""

from __future__ import annotations

import json
from heapq import heappop, heappush
from typing import TYPE_CHECKING, NamedTuple

from ._measure import Command, Sample, found, interleaved
from ._row import Row

if TYPE_CHECKING:
    from pathlib import Path

WORKERS = 8
_SCREENSHOTS, _DOWNLOADS = 40, 30


class Task(NamedTuple):
    """A task that sleeps for `seconds` once all that it needs have ended."""

    name: str
    seconds: float
    needs: tuple[str, ...] = ()


def release() -> list[Task]:
    """A release to the store, each task after those that it needs.

    Screenshots can go from the start and are many; the build is what all of the rest waits for. So an engine
    that takes screenshots first, or waits for each generation of tasks to end, shows it in its time.
    """
    screenshots = [f"screenshot-{number}" for number in range(_SCREENSHOTS)]
    downloads = [f"dsym-{number}" for number in range(_DOWNLOADS)]
    return [
        Task("resolve", 0.10),
        Task("metadata", 0.10, ("resolve",)),
        *(Task(name, 0.10, ("metadata",)) for name in screenshots),
        Task("test", 0.15, ("resolve", "metadata")),
        Task("build", 0.80, ("resolve",)),
        Task("upload", 0.45, ("build", "test", "metadata")),
        *(Task(name, 0.10, ("upload",)) for name in downloads),
        Task("submit", 0.05, ("upload", "test", *screenshots)),
        Task("symbols", 0.25, ("upload", *downloads)),
        Task("notify", 0.15, ("symbols", "submit", "upload")),
    ]


def longest_paths(tasks: list[Task]) -> dict[str, float]:
    """Seconds from the start of each task to the end of the longest chain that begins with it."""
    behind = {task.name: 0.0 for task in tasks}
    paths: dict[str, float] = {}
    for task in reversed(tasks):
        paths[task.name] = task.seconds + behind[task.name]
        for needed in task.needs:
            behind[needed] = max(behind[needed], paths[task.name])
    return paths


def list_schedule(tasks: list[Task], workers: int) -> float:
    """Seconds that so many workers need if each, once free, takes the ready task with the longest path."""
    paths = longest_paths(tasks)
    seconds = {task.name: task.seconds for task in tasks}
    waits = {task.name: len(task.needs) for task in tasks}
    followers: dict[str, list[str]] = {task.name: [] for task in tasks}
    for task in tasks:
        for needed in task.needs:
            followers[needed].append(task.name)
    ready = sorted((-paths[task.name], task.name) for task in tasks if not task.needs)
    running: list[tuple[float, str]] = []
    now = 0.0
    while ready or running:
        while ready and len(running) < workers:
            name = heappop(ready)[1]
            heappush(running, (now + seconds[name], name))
        now, ended = heappop(running)
        for follower in followers[ended]:
            waits[follower] -= 1
            if not waits[follower]:
                heappush(ready, (-paths[follower], follower))
    return now


def scheduling(folder: Path, runs: int, *, scale: float = 1.0) -> list[Row]:
    """The row of the release; `scale` shortens its sleeps. The cost of a run of one step is taken off."""
    tasks = [task._replace(seconds=task.seconds * scale) for task in release()]
    (folder / "tasks.json").write_text(json.dumps(tasks))
    optimum = list_schedule(tasks, WORKERS)
    commands: dict[str, Command] = {}
    if lane := found("lane"):
        commands["one"] = Command((lane, "run", "one"), folder, (".lane",))
        parallel = (lane, "run", "release", "--parallel", str(WORKERS))
        commands["release"] = Command(parallel, folder, (".lane",))
    if doit := found("doit"):
        commands["doit one"] = Command((doit, "one"), folder, (".doit.db",))
        threads = (doit, "-n", str(WORKERS), "-P", "thread", "release")
        commands["doit release"] = Command(threads, folder, (".doit.db",))
    taken = interleaved(commands, runs, warm=min(1, runs - 1))
    over = _over(taken, "", optimum)
    told = [
        f"{len(tasks)} tasks",
        f"critical path {max(longest_paths(tasks).values()):.2f} s",
        f"optimum of {WORKERS} workers {optimum:.2f} s",
        f"whole process {taken['release'].wall:.2f} s",
    ]
    if "doit release" in taken:
        told.append(f"doit {_over(taken, 'doit ', optimum):+.0f} ms")
    return [Row("release of sleeps over the optimum", over, "ms", 50.0, 20.0, ", ".join(told))]


def _over(taken: dict[str, Sample], peer: str, optimum: float) -> float:
    """Milliseconds over the optimum, without what a run of one step needs."""
    return (taken[f"{peer}release"].wall - taken[f"{peer}one"].wall - optimum) * 1e3
