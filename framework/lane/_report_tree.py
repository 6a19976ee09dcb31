"""The tree of jobs and steps that a terminal shows while they run: as many lines as fit."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from ._report_text import SIGNS, SPINNER, STYLES, Line, amount, counted, cropped, duration
from ._reporter import FAILED, RUNNING, SUCCEEDED, WAITING

if TYPE_CHECKING:
    from ._plan import Job, Plan
    from ._report_progress import Progress
    from ._reporter import StepEnd

_SMALL = 200  # steps: a larger job never fits, and keeps only its last rows
_BAR = 24  # characters at most
_LEAST_BAR = 6


class Row:
    """A step that began."""

    __slots__ = ("index", "note", "progress", "seconds", "started", "state", "step")

    def __init__(self, index: int, step: str, started: float) -> None:
        self.index = index
        self.step = step
        self.started = started
        self.state = RUNNING
        self.seconds = 0.0
        self.note = ""
        self.progress: Progress | None = None


class JobView:
    """A job as the terminal shows it: what runs, what ended last, and how many of each state there are."""

    def __init__(self, job: Job, ids: list[str]) -> None:
        """`ids` are the steps' ids in the graph, for the rows of those that wait."""
        self.name = job.name
        self.size = len(job.steps)
        self.state = WAITING
        self.counts: dict[str, int] = {}
        self.running: dict[str, Row] = {}
        self.ended: deque[Row] = deque(maxlen=_SMALL)
        self._steps = job.steps
        self._ids = ids
        self._begun: set[int] = set()  # indices of the first steps; a large job does not need to know
        self._place = {index: at for at, index in enumerate(job.steps[: _SMALL + 1])}

    def started(self, row: Row) -> None:
        """A step began, or began again."""
        self.running[row.step] = row
        if row.index in self._place:
            self._begun.add(row.index)

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
            return self.size - len(self._begun)
        return max(self.size - self.over - len(self.running), 0)

    def rows(self) -> list[Row]:
        """Every step of a small job, in the lane's order."""
        rows = [*self.ended, *self.running.values()]
        rows += self.next_rows(self.size)
        rows.sort(key=lambda row: self._place[row.index])
        return rows

    def next_rows(self, most: int) -> list[Row]:
        """The first steps that wait."""
        rows: list[Row] = []
        if most <= 0:
            return rows
        for index in self._steps[:_SMALL]:
            if index not in self._begun:
                row = Row(index, self._ids[index], 0.0)
                row.state = WAITING
                rows.append(row)
                if len(rows) == most:
                    break
        return rows


def views(plan: Plan, jobs: list[Job]) -> list[JobView]:
    """A view of each job."""
    ids = [step.id for step in plan.graph.steps]
    return [JobView(job, ids) for job in jobs]


def tree(jobs: list[JobView], now: float, width: int, height: int) -> list[Line]:
    """At most `height` lines of at most `width` characters; `now` is of the clock of the rows' `started`."""
    several = len(jobs) > 1
    if sum(job.size + len(job.ended) + len(job.running) for job in jobs) <= 4 * _SMALL:
        lines = [line for job in jobs for line in _whole(job, now, width, several)]
        if len(lines) <= height:
            return lines
    busy = [job for job in jobs if job.running] or [job for job in jobs if job.state == RUNNING]
    heads = height - len(jobs) if several else height
    share = max(heads // max(len(busy), 1), 3)
    lines = []
    for job in sorted(jobs, key=lambda job: job not in busy) if len(jobs) > height // 2 else jobs:
        if several:
            lines.append(_heading(job, width))
        if job in busy:
            lines += _collapsed(job, now, width, share)
    return lines[:height]


def _heading(job: JobView, width: int) -> Line:
    text = f"{job.over:,} of {max(job.size, job.over):,}"
    style = STYLES.get(job.state, "")
    return [
        (f"{SIGNS.get(job.state, ' ')} ", style),
        (cropped(job.name, width - 24), "bold"),
        (f"  {text}", "dim"),
    ]


def _whole(job: JobView, now: float, width: int, several: bool) -> list[Line]:
    """Every step of a job, in the lane's order."""
    rows = job.rows() if job.size <= _SMALL else []
    lines = _lines(rows, now, width, "  " if several else "")
    if len(rows) < job.size:
        lines += [[("\0", "")]] * job.size  # never fits
    return [_heading(job, width), *lines] if several else lines


def _collapsed(job: JobView, now: float, width: int, height: int) -> list[Line]:
    """What runs, what failed, what ended last and what comes next, between two lines that count the rest."""
    running = list(job.running.values())
    shown_running = running[: max(height - 2, 1)]
    room = height - 2 - len(shown_running)
    ended = [row for row in job.ended if row.state == FAILED][-max(room // 2, 0) :] if room > 1 else []
    coming = job.next_rows(min(room - len(ended), room // 3))
    room -= len(ended) + len(coming)
    succeeded = [row for row in job.ended if row.state != FAILED]
    ended += (
        succeeded[len(succeeded) - room :] if 0 < room < len(succeeded) else succeeded if room > 0 else []
    )
    counts = ", ".join(f"{count:,} {state}" for state, count in job.counts.items()) or "none ended"
    first: Line = [(f"  {counts}", "dim")]
    left = [(len(running) - len(shown_running), "run"), (job.waiting - len(coming), "wait")]
    words = [f"{number:,} more {word}{'s' if number == 1 else ''}" for number, word in left if number > 0]
    last: Line = [(f"  {', '.join(words)}", "dim")]
    return [first, *_lines([*ended, *shown_running, *coming], now, width, ""), *([last] if words else [])]


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
    seconds = now - row.started if running else row.seconds
    line: Line = [
        (f"{indent}{sign} ", style),
        (name, "" if running else style),
        (f"{duration(seconds):>12}", ""),
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


def job_state(job: JobView, state: str) -> None:
    """A job ended: a heading of its own shows how."""
    job.state = state if state in SIGNS else SUCCEEDED
