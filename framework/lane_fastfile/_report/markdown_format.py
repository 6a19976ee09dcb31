"""An audit as Markdown: for a comment on a pull request, or a summary of a CI job."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .content import document_of
from .markdown_text import cell, code, prose

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lane_apple import AdviceStep, Outlook
    from lane_fastfile._audit import Audit

    from .document import Document, Item, Row, Sheet

_LONGEST = 60_000  # GitHub takes 65,536 characters in a comment


def markdown_report(audit: Audit) -> str:
    """An audit as Markdown; of very many files those at the end are shortened to their verdict, or left out."""
    document = document_of(audit)
    left = _LONGEST
    blocks: list[str] = []
    for block in _blocks(document):
        text = next((form for form in block if len(form) < left), None)
        if text is None:
            blocks.append("More was found: `lane audit --format html` has room for it.\n")
            break
        blocks.append(text)
        left -= len(text) + 1
    return "\n".join(blocks)


def _blocks(document: Document) -> Iterator[tuple[str, ...]]:
    """The parts of the report, each in full and in short."""
    if document.summary is not None:
        yield (f"{_sign(document.affected)} **{prose(document.summary)}**\n",)
    for sheet in document.sheets:
        head = f"### {_sign(sheet.affected)} {code(sheet.file)}\n\n**{prose(sheet.summary)}**\n"
        yield "\n".join([head, *_sheet(sheet)]), head


def _sign(affected: bool) -> str:
    return "⚠️" if affected else "✅"


def _sheet(sheet: Sheet) -> Iterator[str]:
    if sheet.problems:
        yield _list(sheet.problems)
    if sheet.rows:
        rows = "".join(map(_row, sheet.rows))
        yield f"| lane | auth | because of | where | what spares it |\n|---|---|---|---|---|\n{rows}"
    for section in sheet.sections:
        yield f"#### {section.title}\n\n{_list(section.items)}"
    if sheet.advice.steps:
        yield "#### What to do\n"
        yield "".join(_step(number, step) for number, step in enumerate(sheet.advice.steps, 1))
    if sheet.advice.outlooks:
        yield f"#### The plan that results\n\n{''.join(map(_plan, sheet.advice.outlooks))}"


def _row(row: Row) -> str:
    lane = code(row.lane) + (" (private)" if row.private else "")
    auth = code(row.auth) + (f" ({code(row.with_hooks)} with hooks)" if row.with_hooks is not None else "")
    cells = (lane, auth, code(row.because), code(row.where), prose(row.less))
    return f"| {' | '.join(map(cell, cells))} |\n"


def _list(items: tuple[Item, ...]) -> str:
    return "".join(f"- {_item(item)}\n" for item in items)


def _item(item: Item) -> str:
    then = f" → {prose(item.then)}" if item.then else ""
    return f"{code(item.where)} {prose(item.text)}{then}".strip()


def _step(number: int, step: AdviceStep) -> str:
    mark = f"{number}. "
    within = " " * len(mark)
    how = "".join(f"{within}- {prose(line)}\n" for line in step.how)
    return f"{mark}**{prose(step.title)}**\n{within}{prose(step.why)}\n{how}"


def _plan(plan: Outlook) -> str:
    lines = [f"- {code(plan.lane)}\n"]
    for job in plan.jobs:
        said = [
            *([f"at {code(job.cron)}"] if job.cron else ()),
            *(["needs a person"] if job.attended else ()),
            *([f"after {', '.join(job.needs)}"] if job.needs else ()),
        ]
        when = f" ({'; '.join(said)})" if said else ""
        lines.append(f"  - **{job.name}**{when}: {', '.join(map(code, job.steps))}\n")
    if plan.done:
        lines.append(f"  - done once: {', '.join(map(code, plan.done))}\n")
    return "".join(lines)
