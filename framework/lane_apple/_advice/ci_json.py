"""What CI files run, as JSON: the shape that scripts rely on."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lane import CiFile, CiStart, ExportOffer

    from .ci import CiAdvice
    from .ci_verdict import JudgedCall


def ci_json(ci: CiAdvice) -> dict[str, Any]:
    """The CI part of advice as JSON: keys stay, and more may come."""
    return {
        "systems": list(ci.reading.systems),
        "files": [_file(file) for file in ci.reading.files],
        "calls": [_call(one) for one in ci.calls],
        "exports": [_offer(offer) for offer in ci.offers],
        "unseen": list(ci.reading.unseen),
    }


def _file(file: CiFile) -> dict[str, Any]:
    return {
        "system": file.system,
        "path": file.path,
        "exported": None if file.exported is None else list(file.exported),
        "problem": file.problem,
    }


def _call(one: JudgedCall) -> dict[str, Any]:
    call, verdict = one.call, one.verdict
    return {
        "system": call.system,
        "path": call.path,
        "line": call.line,
        "file": call.file,
        "workflow": call.workflow,
        "job": call.job,
        "tool": call.program,
        "command": call.command,
        "lane": verdict.lane,
        "folder": call.folder,
        "variables": sorted(call.variables),
        "starts": [_start(start) for start in call.starts],
        "approval": call.approval,
        "stops": verdict.stops,
        "verdict": verdict.code,
        "why": list(verdict.why),
        "lines": list(verdict.lines),
    }


def _start(start: CiStart) -> dict[str, Any]:
    return {**asdict(start), "branches": list(start.branches), "tags": list(start.tags), "text": start.text}


def _offer(offer: ExportOffer) -> dict[str, Any]:
    return {
        "system": offer.system,
        "command": offer.command,
        "lanes": list(offer.lanes),
        "declare": offer.declare,
        "into": offer.into,
        "edits": list(offer.edits),
        "approvals": list(offer.approvals),
        "in_the_way": list(offer.in_the_way),
        "stale": list(offer.stale),
        "problem": offer.problem,
    }
