"""What a run says in its first line and at its end, as styled lines."""

from __future__ import annotations

from heapq import nlargest
from typing import TYPE_CHECKING

from ._report_text import SIGNS, STYLES, Line, clean_lines, counted, cropped, duration, listed
from ._reporter import CANCELLED, FAILED, SKIPPED, SUCCEEDED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ._plan import Job, Plan
    from ._report_tally import Tally
    from ._reporter import Pending, RunEnd, StepEnd

_LONGEST_CHAIN = 8
_SANDBOX = "against the sandbox"
_DIGEST = len("sha256:") + 12


def first_line(run: str, plan: Plan, jobs: Sequence[Job], *, sandbox: bool) -> Line:
    """`release · run 3f2a · against the sandbox · 4 steps in main · 2 wait · plan sha256:1a2b3c4d5e6f`."""
    steps = sum(len(job.steps) for job in jobs)
    waiting = sum(len(job.steps) for job in plan.jobs) - steps
    line: Line = [(plan.lane, "bold"), (f" · run {run}", "")]
    if sandbox:
        line.append((f" · {_SANDBOX}", "magenta"))
    names = listed([job.name for job in jobs], 4)
    line.append((f" · {counted(steps, 'step')}" + (f" in {names}" if names else ""), "dim"))
    if waiting > 0:
        line.append((f" · {waiting:,} wait{'s' if waiting == 1 else ''}", "dim"))
    if plan.digest:
        line.append((f" · plan {plan.digest[:_DIGEST]}", "dim"))
    return line


def last_line(run: str, plan: Plan, end: RunEnd, *, sandbox: bool) -> Line:
    """`✓ release succeeded in 12.3 s · against the sandbox · run 3f2a`; where it did not, how to go on."""
    line: Line = [
        (f"{SIGNS.get(end.state, '•')} {plan.lane} {end.state}", STYLES.get(end.state, "bold")),
        (f" in {duration(end.seconds)}", ""),
    ]
    if sandbox:
        line.append((f" · {_SANDBOX}", "magenta"))
    line.append((f" · run {run}", ""))
    if end.exit_code:
        line.append((f" · exit code {end.exit_code}", ""))
    if end.state in (FAILED, CANCELLED):
        line.append((f" · to go on: lane resume {run}", ""))
    return line


def ending(tally: Tally, end: RunEnd, *, width: int | None = None) -> list[Line]:
    """The table of steps, failures, critical path and what is pending; the last line is not in it."""
    sections = [_table(tally, width), _failures(tally), _critical(end, width), _pending(end.pending)]
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
        names = max(8, min(names, width - 38))
    lines: list[Line] = []
    if tally.cut:
        counts = ", ".join(f"{count:,} {state}" for state, count in tally.counts.items())
        lines += [[(f"{counted(tally.total, 'step')}: {counts}. What failed, and the slowest:", "")], []]
    lines.append([(f"  {'Step':{names}}  {'State':16}{'Time':>10}{'Attempts':>10}", "dim")])
    for row in rows:
        ran = row.state != SKIPPED
        state = f"{row.state} (allowed)" if row.allowed and row.state == FAILED else row.state
        style = "yellow" if row.allowed else STYLES.get(row.state, "")
        lines.append(
            [
                (f"{SIGNS.get(row.state, ' ')} ", style),
                (f"{cropped(row.step, names):{names}}  ", "" if ran else "dim"),
                (f"{state:16}", style),
                (f"{duration(row.seconds):>10}{row.attempts:>10}" if ran else "", ""),
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
    where = [part for part in (end.where, f"log: {end.log}" if end.log else None) if part]
    return [*lines, [(f"  {' · '.join(where)}", "dim")]] if where else lines


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
    style = "yellow" if end.allowed else STYLES.get(state, "")
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
    return [[(title, "bold")], *([(line, "")] for line in _wrapped(parts, width or 110))]


def _wrapped(parts: list[str], width: int) -> list[str]:
    """The parts of a chain with arrows between them, in lines of at most `width`."""
    lines = [f"  {parts[0]}"]
    for part in parts[1:]:
        if len(lines[-1]) + len(part) + 3 <= width:
            lines[-1] += f" → {part}"
        else:
            lines.append(f"  → {part}")
    return lines


def _pending(pending: Sequence[Pending]) -> list[Line]:
    if not pending:
        return []
    lines: list[Line] = [[("Pending", "bold")]]
    for one in pending:
        due = f", due {one.due.replace('T', ' ').replace('Z', ' UTC')}" if one.due else ""
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
