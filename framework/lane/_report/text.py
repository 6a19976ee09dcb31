"""Texts that the reporters share: durations, amounts, signs of states, and lines without control codes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .reporter import CANCELLED, FAILED, RUNNING, SATISFIED, SKIPPED, SUCCEEDED, WAITING

if TYPE_CHECKING:
    from collections.abc import Sequence

# A line as pieces of text, each with its style: what a terminal colours and a pipe joins.
Line = list[tuple[str, str]]

SIGNS = {
    WAITING: "·",
    RUNNING: "▸",
    SUCCEEDED: "✓",
    FAILED: "✗",
    SKIPPED: "–",
    CANCELLED: "■",
    SATISFIED: "=",
}
STYLES = {
    WAITING: "dim",
    RUNNING: "cyan",
    SUCCEEDED: "green",
    FAILED: "bold red",
    SKIPPED: "dim",
    CANCELLED: "yellow",
    SATISFIED: "green",
}
SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
TYPOGRAPHIC = "✓✗▸│·–■→…━↻" + SPINNER
TO_ASCII = str.maketrans(
    {"✓": "+", "✗": "x", "▸": ">", "│": "|", "·": "-", "–": "-", "■": "#", "→": "->", "…": "...", "━": "="}
    | {"↻": "~", "•": "-"}
    | dict(zip(SPINNER, "|/-\\" * 3, strict=False))
)

# Escape sequences (colours and moves, titles and links, others) as a whole; then what is left of controls.
_SEQUENCES = r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[ -/]*[0-Z\\^-~]"
_CONTROLS = r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]"


def clean(text: str) -> str:
    """`text` as one line without control codes; of a line that was drawn several times, the last drawing."""
    if text.isprintable():
        return text
    text = re.sub(_SEQUENCES, "", text).rstrip("\r\n")
    return re.sub(_CONTROLS, " ", text.rpartition("\r")[2])


def clean_lines(text: str) -> list[str]:
    """The lines of a longer text, each clean."""
    return [clean(line) for line in text.splitlines()] or [""]


def can_encode(encoding: str | None) -> bool:
    """Whether our signs can be written in this encoding; None is that of a text in memory."""
    try:
        TYPOGRAPHIC.encode(encoding or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def duration(seconds: float) -> str:
    """`40 ms`, `12.3 s`, `2 min 05 s`, `1 h 02 min`."""
    if seconds < 0.9995:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02} min"


def amount(done: float, total: float | None, unit: str) -> str:
    """`23.4 of 52.1 MB`, `3 of 12 parts`, `3 parts`; bytes in decimal units, as Apple counts them."""
    scale, unit = _scale(total or done) if unit == "bytes" else (1, unit)
    shown = _number(done / scale, scale)
    if total is None:
        return f"{shown} {unit}".rstrip()
    return f"{shown} of {_number(total / scale, scale)} {unit}".rstrip()


def _scale(size: float) -> tuple[int, str]:
    for scale, unit in ((1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")):
        if size >= scale:
            return scale, unit
    return 1, "B"


def _number(value: float, scale: int) -> str:
    return f"{value:,.1f}" if scale > 1 else f"{value:,.0f}"


def counted(number: int, word: str) -> str:
    """`1 step`, `12,000 steps`."""
    return f"{number:,} {word}" if number == 1 else f"{number:,} {word}s"


def listed(names: Sequence[str], most: int = 8) -> str:
    """The names with commas; of many, the first and how many more there are."""
    if len(names) <= most:
        return ", ".join(names)
    return f"{', '.join(names[:most])} and {len(names) - most:,} more"


def cropped(text: str, width: int) -> str:
    """`text` in at most `width` characters."""
    return text if len(text) <= width else text[: max(width - 1, 0)] + "…"
