"""Remembers, beside downloaded dSYMs, up to which upload they go, and for how many nights none came."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

_NAME = ".last-download.json"


def last_download(folder: Path, bundle_id: str) -> datetime | None:
    """The time of the newest upload whose symbols were fetched to the folder; None before the first time."""
    told = _of(folder, bundle_id).get("uploaded")
    return None if told is None else datetime.fromisoformat(told)


def remember_download(folder: Path, bundle_id: str, uploaded: datetime) -> None:
    """Write the time down; an earlier one than what is there stays out."""
    before = last_download(folder, bundle_id)
    if before is None or before < uploaded:
        _write(folder, bundle_id, {"uploaded": uploaded.isoformat()})


def count_night(folder: Path, bundle_id: str, night: date, *, empty: bool) -> int:
    """Count a night on which nothing came, each once; one on which something came ends the row. How many it is now."""
    told = _of(folder, bundle_id)
    count: int = told.get("empty_nights", 0)
    if not empty:
        if count:
            _write(folder, bundle_id, {"empty_nights": 0, "night": None})
        return 0
    if told.get("night") != night.isoformat():
        count += 1
        _write(folder, bundle_id, {"empty_nights": count, "night": night.isoformat()})
    return count


def _of(folder: Path, bundle_id: str) -> dict[str, Any]:
    told = _read(folder).get(bundle_id)
    return told if isinstance(told, dict) else {}


def _write(folder: Path, bundle_id: str, change: dict[str, Any]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f"{_NAME}.part"
    known = _read(folder) | {bundle_id: _of(folder, bundle_id) | change}
    part.write_text(json.dumps(known, indent=2) + "\n", encoding="utf-8")
    part.replace(folder / _NAME)


def _read(folder: Path) -> dict[str, Any]:
    try:
        told = json.loads((folder / _NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}  # then all is looked at, and what is there stays
    return told if isinstance(told, dict) else {}
