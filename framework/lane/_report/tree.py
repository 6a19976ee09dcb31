"""The tree of jobs and steps that a terminal shows while they run: as many lines as fit."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from .reporter import FAILED, RUNNING, WAITING
from .text import SIGNS, SPINNER, STYLES, Line, amount, counted, cropped, duration

if TYPE_CHECKING:
    from lane._plan.plan import Job

    from .progress import Progress
    from .reporter import StepEnd

_SMALL = 200  # steps: a larger job never fits, and keeps only its last rows
_BAR = 24  # characters at most
_LEAST_BAR = 6


class Row:
    """A step that began."""

    __slots__ = ("at", "note", "progress", "seconds", "started", "state", "step")

    def __init__(self, at: int, step: str, started: float) -> None:
        """`at` is its place in the lane's order."""
        self.at = at
        self.step = step
        self.started = started
        self.state = RUNNING
        self.seconds = 0.0
        self.note = ""
        self.progress: Progress | None = None


class JobView:
    """A job as the terminal shows it: what runs, what ended last, and how many of each state there are."""

    def __init__(self, job: Job, ids: list[str], done: frozenset[int]) -> None:
        """`ids` are the ids of all steps of the graph; those in `done` ended in an earlier run of the job."""
        steps = [index for index in job.steps if index not in done]
        self.name = job.name
        self.size = len(steps)
        self.state = WAITING
        self.counts: dict[str, int] = {}
        self.running: dict[str, Row] = {}
        self.ended: deque[Row] = deque(maxlen=_SMALL)
        self._ids = ids
        self._first = steps[:_SMALL]
        self._left = set(
            self._first
        )  # those of the first that did not begin; of more a large job keeps count only

    def started(self, row: Row) -> None:
        """A step began, or began again."""
        self.running[row.step] = row
        self._left.discard(row.at)

    def finished(self, row: Row, end: StepEnd) -> None:
        """A step ended."""
        self.running.pop(row.step, None)
        row.state, row.seconds, row.progress = end.state, end.seconds, None
        self.counts[end.state] = self.counts.get(end.state, 0) + 1
        self.ended.append(row)

    @property
    def over(self) -> int:
        """How many steps ended."""
        return sum(self.counts.values())

    @property
    def waiting(self) -> int:
        """How many steps did not begin; an estimate where an `each` made steps of its own."""
        if self.size <= _SMALL:
            return len(self._left)
        return max(self.size - self.over - len(self.running), 0)

    def rows(self) -> list[Row]:
        """Every step of a small job, in the lane's order."""
        rows = [*self.ended, *self.running.values()]
        rows += self.next_rows(self.size)
        rows.sort(key=lambda row: (row.at, len(row.step), row.step))
        return rows

    def next_rows(self, most: int) -> list[Row]:
        """The first steps that wait."""
        rows: list[Row] = []
        if most <= 0:
            return rows
        for index in self._first:
            if index in self._left:
                row = Row(index, self._ids[index], 0.0)
                row.state = WAITING
                rows.append(row)
                if len(rows) == most:
                    break
        return rows


def tree(jobs: list[JobView], now: float, width: int, height: int) -> list[Line]:
    """At most `height` lines of at most `width` characters; `now` is of the clock of the rows' `started`."""
    several = len(jobs) > 1
    if sum(job.size + several for job in jobs) <= min(height, _SMALL):
        lines = [line for job in jobs for line in _whole(job, now, width, several)]
        if len(lines) <= height:
            return lines
    if not several:
        return [line for job in jobs for line in _collapsed(job, now, width, height)][:height]
    busy = [job for job in jobs if job.state == RUNNING]
    shown = jobs if len(jobs) < height // 2 else busy
    share = (height - len(shown)) // max(len(busy), 1)
    lines = []
    for job in shown:
        lines.append(_heading(job, width))
        if job.state == RUNNING:
            lines += _collapsed(job, now, width, share)
    return lines[:height]


def _heading(job: JobView, width: int) -> Line:
    text = f"{job.over:,} of {max(job.size, job.over):,}"
    style = STYLES.get(job.state, "")
    sign = SIGNS.get(job.state, " ")
    return [(f"{sign} ", style), (cropped(job.name, width - 24), "bold"), (f"  {text}", "dim")]


def _whole(job: JobView, now: float, width: int, several: bool) -> list[Line]:
    """Every step of a job, in the lane's order."""
    lines = _lines(job.rows(), now, width, "  " if several else "")
    return [_heading(job, width), *lines] if several else lines


def _collapsed(job: JobView, now: float, width: int, height: int) -> list[Line]:
    """What failed, what ended last, what runs and what comes next, between two lines that count the rest."""
    running = list(job.running.values())[: max(height - 2, 1)]
    room = max(height - 2 - len(running), 0)
    failed = _last([row for row in job.ended if row.state == FAILED], room // 2)
    others = [row for row in job.ended if row.state != FAILED]
    room -= len(failed)
    coming = job.next_rows(max(room // 3, room - len(others)))
    others = _last(others, room - len(coming))
    counts = ", ".join(f"{count:,} {state}" for state, count in job.counts.items()) or "none ended"
    more = [(len(job.running) - len(running), "run"), (job.waiting - len(coming), "wait")]
    words = [f"{number:,} more {word}{'s' if number == 1 else ''}" for number, word in more if number > 0]
    lines = _lines([*failed, *others, *running, *coming], now, width, "")
    below: list[Line] = [[(f"  {', '.join(words)}", "dim")]] if words else []
    return [[(f"  {counts}", "dim")], *lines, *below]


def _last(rows: list[Row], most: int) -> list[Row]:
    return rows[-most:] if most > 0 else []


def _lines(rows: list[Row], now: float, width: int, indent: str) -> list[Line]:
    names = min(max([len(row.step) for row in rows], default=0), max(width // 3, 12))
    return [_line(row, names, now, width - len(indent), indent) for row in rows]


def _line(row: Row, names: int, now: float, width: int, indent: str) -> Line:
    name = f"{cropped(row.step, names):{names}}"
    if row.state == WAITING:
        return [(f"{indent}{SIGNS[WAITING]} {name}", "dim")]
    running = row.state == RUNNING
    style = STYLES.get(row.state, "")
    sign = SPINNER[int(now * 10) % len(SPINNER)] if running else SIGNS.get(row.state, " ")
    # Milliseconds that run are restless to look at.
    spent = duration(max(now - row.started, 1.0)) if running else duration(row.seconds)
    line: Line = [
        (f"{indent}{sign} ", style),
        (name, "" if running else style),
        (f"{spent:>12}", ""),
    ]
    room = width - names - 16
    if room < 4:
        return line
    if running and row.progress is not None:
        line.append(("  ", ""))
        line += _progress(row.progress, now, room)
    elif row.note:
        line.append((f"  {cropped(row.note, room)}", "dim"))
    return line


def _progress(progress: Progress, now: float, room: int) -> Line:
    """A bar, and as much of percentage, amount, rate and time left as fits."""
    fraction = progress.fraction
    parts = [f" {fraction * 100:3.0f} %"] if fraction is not None else []
    parts.append(f"  {amount(progress.done, progress.total, progress.unit)}")
    rate, remaining = progress.rate(now), progress.remaining(now)
    if rate and progress.unit == "bytes":
        parts.append(f"  {amount(rate, None, 'bytes')}/s")
    if remaining is not None and remaining >= 1:
        parts.append(f"  {duration(round(remaining)).replace('.0 s', ' s')} left")
    least = _LEAST_BAR if fraction is not None else 0
    while len(parts) > 1 and sum(map(len, parts)) + least > room:
        parts.pop()
    text = "".join(parts)
    if fraction is None:
        return [(cropped(text.lstrip(), room), "dim")]
    bar = min(max(room - len(text), 0), _BAR)
    filled = round(bar * fraction)
    return [("━" * filled, "cyan"), ("━" * (bar - filled), "bright_black"), (text, "dim")]


def totals(lane: str, jobs: list[JobView], seconds: float) -> Line:
    """`release  3 of 5 steps  12.3 s`, above the tree."""
    over, size = sum(job.over for job in jobs), sum(job.size for job in jobs)
    failed = sum(job.counts.get(FAILED, 0) for job in jobs)
    line: Line = [
        (lane, "bold"),
        (f"  {over:,} of {counted(max(size, over), 'step')}  {duration(seconds)}", "dim"),
    ]
    return [*line, (f"  {failed:,} failed", STYLES[FAILED])] if failed else line
