"""An audit as one page of HTML that needs nothing else: for a phone or a desk, by day or by night."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from .content import document_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lane_apple import AdviceStep, Outlook
    from lane_fastfile._audit import Audit

    from .document import Item, Row, Sheet

_SPAN = re.compile(r"`([^`]+)`")


def html_report(audit: Audit) -> str:
    """An audit as a page. All that comes from files is escaped, and the page's own policy allows no script."""
    document = document_of(audit)
    style = _style()
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    files = document.sheets[0].file if len(document.sheets) == 1 else f"{len(document.sheets)} Fastfiles"
    head = "" if document.summary is None else _verdict(document.affected, document.summary)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{escape(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>lane audit: {escape(files)}</title>
<style>{style}</style>
</head>
<body>
<header><h1>lane audit</h1>{head}</header>
<main>
{"".join(map(_sheet, document.sheets))}</main>
</body>
</html>
"""


@cache
def _style() -> str:
    return Path(__file__).with_name("style.css").read_text(encoding="utf-8")


def _verdict(affected: bool, summary: str) -> str:
    return f'<p class="verdict {"affected" if affected else "fine"}">{_text(summary)}</p>'


def _text(text: str) -> str:
    """A sentence; what stands in backticks as code."""
    parts = _SPAN.split(text)
    return "".join(
        f"<code>{escape(part)}</code>" if index % 2 else escape(part) for index, part in enumerate(parts)
    )


def _code(text: str) -> str:
    return f"<code>{escape(text)}</code>" if text else ""


def _sheet(sheet: Sheet) -> str:
    return "".join(
        [
            f"<section>\n<h2>{_code(sheet.file)}</h2>\n{_verdict(sheet.affected, sheet.summary)}\n",
            _part("", _items(sheet.problems)),
            _table(sheet.rows),
            *(_part(section.title, _items(section.items)) for section in sheet.sections),
            _part("What to do", _list("ol", map(_step, sheet.advice.steps))),
            _part("The plan that results", "".join(map(_plan, sheet.advice.outlooks))),
            "</section>\n",
        ]
    )


def _part(title: str, body: str) -> str:
    if not body:
        return ""
    return f"<h3>{escape(title)}</h3>\n{body}\n" if title else f"{body}\n"


def _list(tag: str, entries: Iterable[str]) -> str:
    inner = "".join(f"<li>{entry}</li>\n" for entry in entries)
    return f"<{tag}>\n{inner}</{tag}>" if inner else ""


def _items(items: Iterable[Item]) -> str:
    return _list("ul", map(_item, items))


def _item(item: Item) -> str:
    where = f"{_code(item.where)} " if item.where else ""
    then = f' <span class="then">→ {_text(item.then)}</span>' if item.then else ""
    return f"{where}{_text(item.text)}{then}"


_TITLES = ("lane", "auth", "because of", "where", "what spares it")


def _table(rows: Iterable[Row]) -> str:
    body = "".join(map(_row, rows))
    head = "".join(f'<th scope="col">{title}</th>' for title in _TITLES)
    return f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody>\n</table>\n" if body else ""


def _row(row: Row) -> str:
    private = ' <span class="note">private</span>' if row.private else ""
    hooks = f"<br>{_auth(row.with_hooks)} with hooks" if row.with_hooks is not None else ""
    cells = (
        f"{escape(row.lane)}{private}",
        f"{_auth(row.auth)}{hooks}",
        _code(row.because),
        _code(row.where),
        _text(row.less),
    )
    inner = "".join(
        f'<td data-title="{title}">{cell}</td>' if cell else '<td class="empty"></td>'
        for title, cell in zip(_TITLES, cells, strict=True)
    )
    return f"<tr>{inner}</tr>\n"


def _auth(auth: str) -> str:
    return f'<span class="auth {escape(auth)}">{escape(auth)}</span>'


def _step(step: AdviceStep) -> str:
    how = _list("ul", map(_text, step.how))
    return f'<strong>{_text(step.title)}</strong><p class="note">{_text(step.why)}</p>\n{how}'


def _plan(plan: Outlook) -> str:
    jobs = []
    for job in plan.jobs:
        said = [
            *([f"at {_code(job.cron)}"] if job.cron else ()),
            *(["needs a person"] if job.attended else ()),
            *([f"after {escape(', '.join(job.needs))}"] if job.needs else ()),
        ]
        when = f' <span class="note">{"; ".join(said)}</span>' if said else ""
        jobs.append(f"<strong>{escape(job.name)}</strong>{when} {', '.join(map(_code, job.steps))}")
    if plan.done:
        jobs.append(f'<span class="note">done once</span> {", ".join(map(_code, plan.done))}')
    return f"<h4>{escape(plan.lane)}</h4>\n{_list('ul', jobs)}\n"
