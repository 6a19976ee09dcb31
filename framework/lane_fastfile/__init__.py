"""Reads Fastfiles: what each lane needs of Apple, and why. Usable without lanes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._audit import Audit, AuditedCall, AuditedLane, FileAudit, PlannedJob, Verdict
    from ._auditing import audit
    from ._ci import Stop
    from ._find.findings import Finding, Legacy

__all__ = [
    "Audit",
    "AuditedCall",
    "AuditedLane",
    "FileAudit",
    "Finding",
    "Legacy",
    "PlannedJob",
    "Stop",
    "Verdict",
    "audit",
]

_HOMES = {
    "Audit": "_audit",
    "AuditedCall": "_audit",
    "AuditedLane": "_audit",
    "FileAudit": "_audit",
    "Finding": "_find.findings",
    "Legacy": "_find.findings",
    "PlannedJob": "_audit",
    "Stop": "_ci",
    "Verdict": "_audit",
    "audit": "_auditing",
}


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'lane_fastfile' has no attribute {name!r}")
    module = __import__(f"lane_fastfile.{home}", fromlist=[name])
    value = globals()[name] = getattr(module, name)
    return value


def __dir__() -> list[str]:
    return __all__
