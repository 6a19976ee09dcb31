"""An audit as JSON, in the fixed shape of `lane audit --format json`."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from lane_apple import advice_json

from .overall import overall

if TYPE_CHECKING:
    from lane_fastfile._audit import Audit, AuditedCall, AuditedLane, FileAudit, PlannedJob
    from lane_fastfile._find.findings import Finding, Legacy


def audit_json(audit: Audit) -> dict[str, Any]:
    """One file as it is; several as `files`, with the strictest auth of all."""
    if len(audit.files) == 1:
        return file_json(audit.files[0])
    return {
        "files": [file_json(one) for one in audit.files],
        "verdict": {
            "auth": audit.auth,
            "summary": overall(audit),
            "advice": list(dict.fromkeys(way for one in audit.files for way in one.verdict.advice)),
        },
    }


def file_json(audit: FileAudit) -> dict[str, Any]:
    """One Fastfile."""
    advised = advice_json(audit.advised)
    return {
        "file": audit.file,
        "lanes": [_lane(lane) for lane in audit.lanes],
        "legacy": [_legacy(one) for one in audit.legacy],
        "verdict": {
            "auth": audit.verdict.auth,
            "summary": audit.verdict.summary,
            "advice": list(audit.verdict.advice),
        },
        "advice": advised["advice"],
        "plans": advised["plans"],
        "hooks": [_part(hook) for hook in audit.hooks],
        "helpers": [_part(helper) for helper in audit.helpers],
        "platforms": sorted({lane.platform for lane in audit.lanes if lane.platform is not None}),
        "connect_api": [_legacy(one) for one in audit.connect_api],
        "findings": [_finding(one) for one in audit.findings],
        "secrets": [_finding(one) for one in audit.findings if one.kind == "secret_in_file"],
        "missing": [_finding(one) for one in audit.missing],
        "problems": [_finding(one) for one in audit.problems],
        "plugins": list(audit.plugins),
        "files": list(audit.files),
    }


def _part(part: AuditedLane) -> dict[str, Any]:
    return {
        "platform": part.platform,
        "name": part.name,
        "auth": part.auth,
        "file": part.file,
        "line": part.line,
        "calls": [_call(call) for call in part.calls],
        "causes": [_call(call) for call in part.causes],
    }


def _lane(lane: AuditedLane) -> dict[str, Any]:
    return {
        "platform": lane.platform,
        "name": lane.name,
        "private": lane.private,
        "auth": lane.auth,
        "file": lane.file,
        "line": lane.line,
        "calls": [_call(call) for call in lane.calls],
        "reached": [_call(call) for call in lane.reached],
        "causes": [_call(call) for call in lane.causes],
        "lowered_by": list(lane.lowered_by),
        "auth_with_hooks": lane.auth_with_hooks,
        "declared_as": lane.written,
        "breaks_on_ci": list(lane.breaks_on_ci),
        "stops": [asdict(stop) for stop in lane.stops if stop.always],
        "plan": [_job(job) for job in lane.plan],
    }


def _call(call: AuditedCall) -> dict[str, Any]:
    fields = asdict(call)
    fields["as"] = fields.pop("written")
    for name in ("lowered_by", "lowered_to", "via"):
        fields[name] = list(fields[name])
    first = {key: fields.pop(key) for key in ("name", "as", "line", "auth", "why")}
    return {**first, **fields}


def _job(job: PlannedJob) -> dict[str, Any]:
    return {**asdict(job), "calls": list(job.calls), "needs": list(job.needs)}


def _legacy(one: Legacy) -> dict[str, Any]:
    return asdict(one)


def _finding(one: Finding) -> dict[str, Any]:
    return asdict(one)
