"""What a report for people says, whatever it is written in; its texts can be shown as they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lane_apple import Advice


@dataclass(frozen=True, slots=True)
class Row:
    """One lane: its auth (with its hooks where that is more), the call that is the cause, where, what spares it."""

    lane: str
    private: bool
    auth: str
    with_hooks: str | None
    because: str
    where: str
    less: str


@dataclass(frozen=True, slots=True)
class Item:
    """Something found: where, what, and what it means or becomes."""

    where: str
    text: str
    then: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """Things of one kind."""

    title: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """The report on one Fastfile."""

    file: str
    affected: bool
    summary: str
    problems: tuple[Item, ...]
    rows: tuple[Row, ...]
    sections: tuple[Section, ...]
    advice: Advice


@dataclass(frozen=True, slots=True)
class Document:
    """The report on all; `summary` is there for more than one file."""

    affected: bool
    summary: str | None
    sheets: tuple[Sheet, ...]
