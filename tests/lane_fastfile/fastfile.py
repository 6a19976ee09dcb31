"""Write Fastfiles for tests and audit them."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING

import lane_fastfile

if TYPE_CHECKING:
    from pathlib import Path

    from lane_fastfile import AuditedLane, FileAudit


def audited(folder: Path, text: str, **beside: str) -> FileAudit:
    """The audit of a Fastfile with these lines; `beside` are other files of its folder, `_rb` for `.rb`."""
    for name, content in beside.items():
        path = folder / name.replace("__", "/").replace("_rb", ".rb")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(content))
    path = folder / "Fastfile"
    path.write_text(dedent(text))
    return lane_fastfile.audit(path).files[0]


def lanes_of(folder: Path, text: str, **beside: str) -> dict[str, AuditedLane]:
    """The lanes by name."""
    return {lane.name: lane for lane in audited(folder, text, **beside).lanes}


def auth_of(folder: Path, body: str, before: str = "", **beside: str) -> str:
    """The auth of a lane with this body."""
    lines = "\n".join(f"  {line}" for line in dedent(body).splitlines())
    return lanes_of(folder, f"{dedent(before)}\nlane :it do |options|\n{lines}\nend\n", **beside)["it"].auth
