"""Remembers, beside downloaded dSYMs, up to which upload they go."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_NAME = ".last-download.json"


def last_download(folder: Path, bundle_id: str) -> datetime | None:
    """The time of the newest upload whose symbols were fetched to the folder; None before the first time."""
    told = _read(folder).get(bundle_id)
    return None if told is None else datetime.fromisoformat(told)


def remember_download(folder: Path, bundle_id: str, uploaded: datetime) -> None:
    """Write the time down; an earlier one than what is there stays out."""
    before = last_download(folder, bundle_id)
    if before is not None and before >= uploaded:
        return
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f"{_NAME}.part"
    part.write_text(json.dumps(_read(folder) | {bundle_id: uploaded.isoformat()}, indent=2) + "\n")
    part.replace(folder / _NAME)


def _read(folder: Path) -> dict[str, str]:
    try:
        told = json.loads((folder / _NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}  # then all is looked at, and what is there stays
    return told if isinstance(told, dict) else {}
