"""What an audit finds: lanes with their auth, old code, findings, the verdict. Plain data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ._auth.modes import NONE, strictest

if TYPE_CHECKING:
    from lane_apple import Advice

    from ._ci import Stop
    from ._find.findings import Finding, Legacy


@dataclass(frozen=True, slots=True)
class AuditedCall:
    """A call of a lane: `name` in the catalogue, `written` in the file. `via` is the way to it.

    `kind` is action, shell, spaceship, rest, account, unresolved or dynamic. `lowered_to` has the auth that each way of
    `lowered_by` leads to; `has_key`: an API key can be seen that it uses.
    """

    name: str
    written: str
    kind: str
    file: str
    line: int
    auth: str
    why: str
    option: str | None = None
    lowered_by: tuple[str, ...] = ()
    unless: str | None = None
    via: tuple[str, ...] = ()
    counterpart: str | None = None
    lowered_to: tuple[str, ...] = ()
    has_key: bool = False


@dataclass(frozen=True, slots=True)
class PlannedJob:
    """A job of the plan that would result: its trigger, the cron where it has one, what it waits for, its calls."""

    name: str
    trigger: str
    auth: str
    calls: tuple[str, ...]
    cron: str | None = None
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AuditedLane:
    """A lane, hook or helper: the strictest auth that it needs, and the calls that are the cause."""

    name: str
    platform: str | None
    private: bool
    auth: str
    file: str
    line: int
    calls: tuple[AuditedCall, ...] = ()
    reached: tuple[AuditedCall, ...] = ()
    causes: tuple[AuditedCall, ...] = ()
    auth_with_hooks: str = NONE
    written: str | None = None
    stops: tuple[Stop, ...] = ()
    plan: tuple[PlannedJob, ...] = ()

    @property
    def breaks_on_ci(self) -> tuple[str, ...]:
        """One sentence for each thing that stops it where nobody is."""
        return tuple(dict.fromkeys(stop.text for stop in self.stops if stop.always))

    @property
    def lowered_by(self) -> tuple[str, ...]:
        """What would make it need less, said once."""
        return tuple(
            dict.fromkeys(f"{c.written} (line {c.line}): {way}" for c in self.causes for way in c.lowered_by)
        )

    @property
    def title(self) -> str:
        """`ios beta`."""
        return f"{self.platform} {self.name}" if self.platform else self.name


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer for a file or for all of them."""

    auth: str
    summary: str
    advice: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FileAudit:
    """The audit of one Fastfile with what belongs to it. `advised` is what its verdict's advice is made from."""

    file: str
    lanes: tuple[AuditedLane, ...]
    hooks: tuple[AuditedLane, ...]
    helpers: tuple[AuditedLane, ...]
    legacy: tuple[Legacy, ...]
    connect_api: tuple[Legacy, ...]
    findings: tuple[Finding, ...]
    missing: tuple[Finding, ...]
    problems: tuple[Finding, ...]
    plugins: tuple[str, ...]
    files: tuple[str, ...]
    verdict: Verdict
    advised: Advice

    def to_json(self) -> dict[str, Any]:
        """The audit in the fixed shape of `lane audit --format json`."""
        from ._report.json_format import file_json

        return file_json(self)


@dataclass(frozen=True, slots=True)
class Audit:
    """The audits of one or more Fastfiles."""

    files: tuple[FileAudit, ...] = field(default=())

    @property
    def auth(self) -> str:
        """The strictest of all files."""
        return strictest(one.verdict.auth for one in self.files)

    def to_json(self) -> dict[str, Any]:
        """One file's audit as it is; of several a table with `files` and the `verdict` of all."""
        from ._report.json_format import audit_json

        return audit_json(self)
