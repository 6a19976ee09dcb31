"""An audit for people at a terminal: the answer first, then the lanes, what was found, and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from lane_apple import render_steps
from lane_fastfile._auth.modes import APPLE_ID, NONE, UNKNOWN

from .content import document_of

if TYPE_CHECKING:
    from rich.console import Console

    from lane_fastfile._audit import Audit

    from .document import Item, Row, Section, Sheet

_COLOURS = {NONE: "dim", APPLE_ID: "yellow", UNKNOWN: "magenta"}


def render_audit(audit: Audit, console: Console) -> None:
    """Print an audit."""
    document = document_of(audit)
    if document.summary is not None:
        console.print(Text.assemble(_sign(document.affected), (document.summary, "bold")), soft_wrap=True)
    for index, sheet in enumerate(document.sheets):
        if index or document.summary is not None:
            console.print()
        _render_sheet(sheet, console)


def _sign(affected: bool) -> tuple[str, str]:
    return ("! ", "yellow") if affected else ("✓ ", "green")


def _render_sheet(sheet: Sheet, console: Console) -> None:
    head = Text.assemble(_sign(sheet.affected), (sheet.file, "dim"), "  ", (sheet.summary, "bold"))
    console.print(head, soft_wrap=True)
    for problem in sheet.problems:
        console.print(Text.assemble(("! ", "red"), _line(problem)), soft_wrap=True)
    if sheet.rows:
        console.print()
        console.print(_lanes(sheet.rows))
    for section in sheet.sections:
        _render_section(section, console)
    if sheet.advice.steps:
        console.print(Text("\nWhat to do", "bold"))
    render_steps(sheet.advice, console)


def _lanes(rows: tuple[Row, ...]) -> Table:
    table = Table(box=None, pad_edge=False, show_edge=False, header_style="dim")
    for title in ("lane", "auth", "because of", "where"):
        table.add_column(title, overflow="fold", no_wrap=title == "auth")
    for row in rows:
        because = Text(row.because)
        if row.less:
            because.append(f"\n→ {row.less}", "dim")
        name = Text.assemble(row.lane, (" private", "dim") if row.private else "")
        table.add_row(name, _auth(row), because, Text(row.where, "dim"))
    return table


def _auth(row: Row) -> Text:
    shown = Text(row.auth, _COLOURS.get(row.auth, ""))
    if row.with_hooks is not None:
        shown.append(f"\n{row.with_hooks} with hooks", _COLOURS.get(row.with_hooks, ""))
    return shown


def _render_section(section: Section, console: Console) -> None:
    console.print(Text(f"\n{section.title}", "bold"))
    for item in section.items:
        console.print(Text.assemble("  ", _line(item)), soft_wrap=True)


def _line(item: Item) -> Text:
    where = (f"{item.where}  ", "dim") if item.where else ""
    return Text.assemble(where, item.text, (f"  → {item.then}", "cyan") if item.then else "")
