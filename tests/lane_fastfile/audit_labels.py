"""The labels of a corpus against the audit: which lanes are found, and whose auth is right."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import lane_fastfile

if TYPE_CHECKING:
    from pathlib import Path

    from lane_fastfile import AuditedLane


@dataclass(slots=True)
class Score:
    """What of the labels was met. `wrong` are the disagreements that no label accepts, `other` the accepted ones."""

    lanes: int = 0
    found: int = 0
    exact: int = 0
    accepted: int = 0
    parts: int = 0
    parts_right: int = 0
    files: int = 0
    absent: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    other: list[str] = field(default_factory=list)


def score(folder: Path, labels: Path | None = None) -> Score:
    """Audit every labelled file of a folder that is there."""
    result = Score()
    wanted: dict[str, Any] = json.loads((labels or folder / "labels.json").read_text("utf-8"))
    for name, label in wanted.items():
        path = folder / name
        if not path.is_file():
            result.absent.append(name)
            continue
        if "/actions/" in name:
            continue
        result.files += 1
        audited = lane_fastfile.audit(path).files[0]
        _lanes(result, name, label["lanes"], [lane for lane in audited.lanes if lane.file == path.as_posix()])
        for kind, parts in (("hooks", audited.hooks), ("helpers", audited.helpers)):
            _parts(result, name, label.get(kind, []), parts)
    return result


def _lanes(result: Score, file: str, labels: list[dict[str, Any]], lanes: list[AuditedLane]) -> None:
    for label in labels:
        result.lanes += 1
        mine = [lane for lane in lanes if _is(lane, label)]
        title = f"{file}:{label['line']} {label['platform'] or ''} {label['name']}".replace("  ", " ")
        if not mine:
            result.wrong.append(f"{title}: not found")
            continue
        result.found += 1
        for lane in mine[:1]:
            _judge(result, title, label, lane)


def _is(lane: AuditedLane, label: dict[str, Any]) -> bool:
    names = {label["name"], *label.get("expands_to", [])}
    same = lane.name in names or lane.written == label["name"]
    return (
        same
        and lane.line == label["line"]
        and lane.platform == label["platform"]
        and lane.private == label["private"]
    )


def _judge(result: Score, title: str, label: dict[str, Any], lane: AuditedLane) -> None:
    accepted = label.get("auth_accept", [label["auth"]])
    why = ", ".join(f"{call.written} (line {call.line})" for call in lane.causes[:3])
    line = f"{title}: {lane.auth}, the label says {label['auth']} ({', '.join(label.get('contested', []))}); {why}"
    if lane.auth == label["auth"]:
        result.exact += 1
    if lane.auth in accepted:
        result.accepted += 1
        if lane.auth != label["auth"]:
            result.other.append(line)
    else:
        result.wrong.append(line)


def _parts(result: Score, file: str, labels: list[dict[str, Any]], parts: tuple[AuditedLane, ...]) -> None:
    """Hooks and helpers, which are found by name and line."""
    by_place = {(part.name, part.line): part for part in parts}
    for label in labels:
        result.parts += 1
        part = by_place.get((label["name"], label["line"]))
        accepted = label.get("auth_accept", [label["auth"]])
        if part is not None and part.auth in accepted:
            result.parts_right += 1
        else:
            got = "not found" if part is None else part.auth
            result.other.append(
                f"{file}:{label['line']} {label['name']}: {got}, the label says {label['auth']}"
            )
