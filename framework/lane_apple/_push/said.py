"""What others say of a secret that they were given, unless they repeat some of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_MOST = 200  # characters
_ALIKE = 12  # characters in a row that are no accident


def said(text: str, secrets: Iterable[str]) -> str:
    """`: text.`, to be put behind a message; only `.` where it has a part of a secret in it."""
    shown = text.strip()[:_MOST].rstrip(".")
    parts = {shown[start : start + _ALIKE] for start in range(max(1, len(shown) - _ALIKE + 1))}
    repeats = any(part in secret or secret in shown for secret in secrets for part in parts)
    return f": {shown}." if shown and not repeats else "."
