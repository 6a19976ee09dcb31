"""The pages of documentation, and the samples in them."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt

if TYPE_CHECKING:
    from collections.abc import Iterator

    from markdown_it.token import Token

ROOT = Path(__file__).resolve().parents[2]
MARKS = {"not run", "cannot be planned", "runs", "shown by"}
_COMMENT = re.compile(r"\s*<!--\s*(?P<mark>[a-z ]+?)\s*(:\s*(?P<why>.*?))?\s*-->\s*", re.DOTALL)


@dataclass(frozen=True)
class Sample:
    """A fenced block: its language, the file that it is (or None), its text, what a comment says of it.

    `line` counts from 1 and is that of the opening fence.
    """

    page: Path
    line: int
    language: str
    file: str | None
    text: str
    mark: str | None = None
    why: str = ""

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


@dataclass(frozen=True)
class Page:
    """A page: its samples in their order, its links with lines, its headings as anchors, its tables."""

    path: Path
    samples: list[Sample] = field(default_factory=list)
    links: list[tuple[int, str]] = field(default_factory=list)
    anchors: set[str] = field(default_factory=set)
    tables: list[list[tuple[str, ...]]] = field(default_factory=list)

    @property
    def name(self) -> str:
        """Its path below the project."""
        return str(self.path.relative_to(ROOT))


def pages() -> list[Page]:
    """README, CHANGELOG and everything in docs/."""
    found = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
    return [read(path) for path in found]


def read(path: Path) -> Page:
    """Parse a page."""
    page = Page(path)
    tokens = MarkdownIt("commonmark").enable("table").parse(path.read_text(encoding="utf-8"))
    said: tuple[str, str] | None = None
    for token in tokens:
        if token.type == "fence":
            page.samples.append(_sample(path, token, said))
        said = _said(path, token)
    _collect(page, tokens)
    return page


def _said(path: Path, token: Token) -> tuple[str, str] | None:
    """What a comment says of the block that follows it."""
    if token.type != "html_block":
        return None
    found = _COMMENT.fullmatch(token.content)
    if found is None or found["mark"] not in MARKS:
        assert token.map is not None
        raise ValueError(f"{path}:{token.map[0] + 1}: a comment has to begin with one of {sorted(MARKS)}")
    return found["mark"], " ".join((found["why"] or "").split())


def _sample(path: Path, token: Token, said: tuple[str, str] | None) -> Sample:
    language, *file = shlex.split(token.info) or [""]
    assert token.map is not None
    mark, why = said or (None, "")
    return Sample(path, token.map[0] + 1, language, file[0] if file else None, token.content, mark, why)


def _collect(page: Page, tokens: list[Token]) -> None:
    """Links, headings and tables."""
    row: list[str] = []
    for before, token in zip([None, *tokens], tokens, strict=False):
        if token.type == "inline":
            assert token.map is not None
            page.links.extend((token.map[0] + 1, link) for link in _links(token))
            if before is not None and before.type == "heading_open":
                page.anchors.add(_anchor(_plain(token)))
            if before is not None and before.type in {"td_open", "th_open"}:
                row.append(token.content)
        elif token.type == "table_open":
            page.tables.append([])
        elif token.type == "tr_close":
            page.tables[-1].append(tuple(row))
            row.clear()


def _links(token: Token) -> Iterator[str]:
    for child in token.children or ():
        if child.type == "link_open":
            yield str(child.attrs["href"])
        elif child.type == "image":
            yield str(child.attrs["src"])


def _plain(token: Token) -> str:
    return "".join(child.content for child in token.children or () if child.type in {"text", "code_inline"})


def _anchor(heading: str) -> str:
    """A heading's anchor, as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
