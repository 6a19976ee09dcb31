"""An audit for people: the answer first, then the lanes, old code, and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from lane_fastfile._auth.modes import APPLE_ID, NONE, UNKNOWN

if TYPE_CHECKING:
    from rich.console import Console

    from lane_fastfile._audit import Audit, AuditedLane, FileAudit

_COLOURS = {NONE: "dim", APPLE_ID: "yellow", UNKNOWN: "magenta"}


def render_audit(audit: Audit, console: Console) -> None:
    """Print an audit."""
    for index, one in enumerate(audit.files):
        if index:
            console.print()
        _render_file(one, console)


def _render_file(audit: FileAudit, console: Console) -> None:
    affected = audit.verdict.auth in (APPLE_ID, UNKNOWN)
    sign = ("! ", "yellow") if affected else ("✓ ", "green")
    console.print(
        Text.assemble(sign, (audit.file, "dim"), "  ", (audit.verdict.summary, "bold")), soft_wrap=True
    )
    for problem in audit.problems:
        where = f"{problem.file}:{problem.line}"
        console.print(
            Text.assemble(("! ", "red"), f"{where}: {problem.message}. {problem.hint}"), soft_wrap=True
        )
    if audit.lanes:
        console.print()
        console.print(_lanes(audit))
    _print_list(
        "Old Spaceship code",
        [f"{o.file}:{o.line}  {o.code}  → {o.replace_with}" for o in audit.legacy],
        console,
    )
    _print_list("Not here", [f"{one.file}:{one.line}  {one.message}" for one in audit.missing], console)
    _print_list("What to do", list(audit.verdict.advice), console)


def _lanes(audit: FileAudit) -> Table:
    table = Table(box=None, pad_edge=False, show_edge=False, header_style="dim")
    for title in ("lane", "auth", "because of", "line"):
        table.add_column(title, overflow="fold", no_wrap=title in ("auth", "line"))
    for lane in audit.lanes:
        cause = lane.causes[0] if lane.causes else None
        because = "" if cause is None else " > ".join([*cause.via, cause.written])
        where = lane.line if cause is None else cause.line
        prefix = "" if lane.file == audit.file else f"{lane.file}:"
        name = Text.assemble(lane.title, (" private", "dim") if lane.private else "")
        table.add_row(name, _auth(lane), Text(because), Text(f"{prefix}{where}", "dim"))
    return table


def _auth(lane: AuditedLane) -> Text:
    shown = Text(lane.auth, _COLOURS.get(lane.auth, ""))
    if lane.auth_with_hooks != lane.auth:
        shown.append(f" ({lane.auth_with_hooks} with hooks)", _COLOURS.get(lane.auth_with_hooks, ""))
    return shown


def _print_list(title: str, lines: list[str], console: Console) -> None:
    if not lines:
        return
    console.print(Text(f"\n{title}", "bold"))
    for line in lines:
        console.print(Text.assemble(("  → ", "cyan"), line), soft_wrap=True)
