"""What a run says in its first line and at its end, as styled lines."""

from __future__ import annotations

import os
from heapq import nlargest
from typing import TYPE_CHECKING

from .reporter import CANCELLED, FAILED, SKIPPED, SUCCEEDED, WAITING
from .text import SIGNS, STYLES, Line, clean_lines, counted, cropped, duration, listed

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from lane._plan.plan import Job, Plan

    from .reporter import Pending, RunEnd, StepEnd
    from .tally import Tally

_LONGEST_CHAIN = 8
_SANDBOX = "against the sandbox"
_DIGEST = len("sha256:") + 12


def first_line(
    run: str, plan: Plan, jobs: Sequence[Job], *, sandbox: bool, done: Collection[int] = ()
) -> Line:
    """`release · run 3f2a · against the sandbox · 4 steps in main, 2 pending · plan sha256:1a2b3c4d5e6f`.

    `done` are the steps that ended earlier: they neither run nor wait.
    """
    steps = sum(1 for job in jobs for index in job.steps if index not in done)
    pending = sum(1 for job in plan.jobs for index in job.steps if index not in done) - steps
    counts = counted(steps, "step")
    if jobs:
        counts += f" in {listed([job.name for job in jobs], 4)}"
    if pending > 0:
        counts += f", {pending:,} pending"
    line: Line = [(plan.lane, "bold"), (f" · run {run}", "")]
    if sandbox:
        line.append((f" · {_SANDBOX}", "magenta"))
    line.append((f" · {counts}", "dim"))
    return [*line, (f" · plan {plan.digest[:_DIGEST]}", "dim")] if plan.digest else line


def last_line(run: str, plan: Plan, end: RunEnd, *, sandbox: bool, began: bool) -> Line:
    """`✓ release succeeded in 12.3 s · against the sandbox · run 3f2a`; where it did not, how to go on.

    `began` tells whether any step ran: where all of them wait, nothing has succeeded.
    """
    state = end.state
    if state not in SIGNS:  # pending: jobs wait
        state = SUCCEEDED if began and not end.exit_code else WAITING
    style = STYLES[state] if state != WAITING else "yellow"
    told = "waits" if state == WAITING else f"{state} in {duration(end.seconds)}"
    line: Line = [(f"{SIGNS[state]} {plan.lane} {told}", style)]
    if sandbox:
        line.append((f" · {_SANDBOX}", "magenta"))
    if state == SUCCEEDED and end.pending:
        line.append((f" · {counted(len(end.pending), 'job')} pending", "yellow"))
    if end.exit_code:
        line.append((f" · exit code {end.exit_code}", ""))
    if state in (FAILED, CANCELLED):
        return [*line, (f" · to go on: lane resume {run}", "")]
    return [*line, (f" · run {run}", "")]


def wrapped(line: Line, width: int) -> list[Line]:
    """A first or last line in as many lines as its parts need."""
    lines: list[Line] = [[]]
    room = width
    for text, style in line:
        if lines[-1] and len(text) > room:
            text = text.replace(" · ", "  ", 1)
            lines.append([])
            room = width
        lines[-1].append((text, style))
        room -= len(text)
    return lines


def ending(tally: Tally, end: RunEnd, *, width: int | None = None, failures: bool = True) -> list[Line]:
    """The table of steps, failures (if they are not in sight), critical path and what is pending."""
    failed = _failures(tally) if failures else []
    sections = [_table(tally, width), failed, _critical(end, width), _pending(end.pending)]
    lines: list[Line] = []
    for section in sections:
        if section:
            lines += [[], *section]
    return [*lines, []] if lines else []


def _table(tally: Tally, width: int | None) -> list[Line]:
    rows = tally.rows()
    if not rows:
        return []
    names = max(4, *(len(row.step) for row in rows))
    if width is not None:
        names = max(8, min(names, width - 42))
    lines: list[Line] = []
    if tally.cut:
        counts = ", ".join(f"{count:,} {state}" for state, count in tally.counts.items())
        lines += [[(f"{counted(tally.total, 'step')}: {counts}. What failed, and the slowest:", "")], []]
    states = 16 if any(row.allowed and row.state == FAILED for row in rows) else 9
    lines.append([(f"  {'Step':{names}}  {'State':{states}}{'Time':>12}{'Attempts':>10}", "dim")])
    for row in rows:
        ran = row.state != SKIPPED
        allowed = row.allowed and row.state == FAILED
        state = f"{row.state} (allowed)" if allowed else row.state
        style = "yellow" if allowed else STYLES.get(row.state, "")
        lines.append(
            [
                (f"{SIGNS.get(row.state, ' ')} ", style),
                (f"{cropped(row.step, names):{names}}  ", "" if ran else "dim"),
                (f"{state:{states}}", style),
                (f"{duration(row.seconds):>12}{row.attempts:>10}" if ran else "", ""),
            ]
        )
    return lines


def _failures(tally: Tally) -> list[Line]:
    lines: list[Line] = []
    for _, step, end in tally.failed:
        lines += failure([(f"{SIGNS[FAILED]} {step}", "yellow" if end.allowed else STYLES[FAILED])], end)
    more = tally.counts.get(FAILED, 0) - len(tally.failed)
    return [*lines, [(f"and {more:,} more failed", STYLES[FAILED])]] if more > 0 else lines


def failure(heading: Line, end: StepEnd) -> list[Line]:
    """Why a step failed, after a heading that names it; what to do; where it is written; its log."""
    message, *rest = clean_lines(end.message or "no message")
    lines: list[Line] = [[*heading, (": ", heading[-1][1]), (message, "")]]
    lines += [[(f"  {line}", "")] for line in rest]
    if end.hint:
        lines += [[(f"  {line}", "cyan")] for line in clean_lines(end.hint)]
    where = [part for part in (end.where, f"log: {_shown(end.log)}" if end.log else None) if part]
    return [*lines, [(f"  {' · '.join(where)}", "dim")]] if where else lines


def _shown(path: Path) -> str:
    """The path as one would type it here, where that is shorter."""
    return min(str(path), os.path.relpath(path), key=len)


def step_end(step: str, end: StepEnd) -> Line:
    """`✓ upload 3.2 s`, `✗ upload failed after 12.3 s, 3 attempts`, `– notify skipped: upload failed`."""
    state = end.state
    if state == SUCCEEDED:
        text = f"{step} {duration(end.seconds)}"
    elif state in (FAILED, CANCELLED):
        text = f"{step} {state} after {duration(end.seconds)}"
    else:
        text = f"{step} {state}"
    if end.attempts > 1:
        text += f", {end.attempts} attempts"
    if end.allowed and state == FAILED:
        text += ", which is allowed"
    if state not in (SUCCEEDED, FAILED) and end.message:
        text += f": {clean_lines(end.message)[0]}"
    style = "yellow" if end.allowed and state == FAILED else STYLES.get(state, "")
    return [(f"{SIGNS.get(state, '•')} {text}", style)]


def _critical(end: RunEnd, width: int | None) -> list[Line]:
    chain = end.critical
    if len(chain) < 2:
        return []
    total = sum(seconds for _, seconds in chain)
    title = f"Critical path: {duration(total)} of {duration(end.seconds)}"
    shown = set(nlargest(_LONGEST_CHAIN, range(len(chain)), key=lambda at: chain[at][1]))
    parts: list[str] = []
    for at, (step, seconds) in enumerate(chain):
        if at in shown:
            parts.append(f"{step} {duration(seconds)}")
        elif not parts or parts[-1] != "…":
            parts.append("…")
    return [[(title, "bold")], *([(line, "")] for line in _chained(parts, width or 110))]


def _chained(parts: list[str], width: int) -> list[str]:
    """The parts of a chain with arrows between them, in lines of at most `width`."""
    lines = [f"  {parts[0]}"]
    for part in parts[1:]:
        if len(lines[-1]) + len(part) + 3 <= width:
            lines[-1] += f" → {part}"
        else:
            lines.append(f"  → {part}")
    return lines


def _utc(iso: str) -> str:
    return iso.replace("T", " ").replace("+00:00", " UTC").replace("Z", " UTC")


def _pending(pending: Sequence[Pending]) -> list[Line]:
    if not pending:
        return []
    lines: list[Line] = [[("Pending", "bold")]]
    for one in pending:
        due = f", due {_utc(one.due)}" if one.due else ""
        person = ", needs a person" if one.attended else ""
        lines.append(
            [
                (f"• {one.job}", "yellow"),
                (f": {listed(one.steps)}", ""),
                (f" ({one.trigger}{due}{person})", "dim"),
            ]
        )
        lines += [[(f"  {line}", "dim")] for line in clean_lines(one.why)] if one.why else []
    return lines
