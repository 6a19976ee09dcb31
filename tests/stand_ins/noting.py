"""What every stand-in does: read its settings, note how it was called."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any


def settings(tool: str) -> dict[str, Any]:
    """What the test wants of the tool."""
    read: dict[str, Any] = json.loads((_folder() / f"{tool}.settings.json").read_text())
    return read


def note(tool: str, **more: object) -> None:
    """Write down how it was called."""
    with (_folder() / f"{tool}.calls.jsonl").open("a") as file:
        file.write(json.dumps({"args": sys.argv[1:], **more}) + "\n")


def _folder() -> Path:
    return Path(os.environ["STAND_INS"])
