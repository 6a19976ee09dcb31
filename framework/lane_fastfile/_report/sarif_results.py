"""The findings of an audit one by one, each at its line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lane_fastfile._advice.needs import loads_key
from lane_fastfile._advice.remedies import remedies_of
from lane_fastfile._auth.modes import API_KEY, APPLE_ID, NONE, PASSWORD, UNKNOWN

from .sarif_rules import BY_ID

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lane_fastfile._audit import AuditedCall, FileAudit

    from .sarif_rules import Level


@dataclass(frozen=True, slots=True)
class SarifResult:
    """One finding: its rule, place, level and message."""

    rule: str
    level: Level
    file: str
    line: int
    message: str


def results(audit: FileAudit) -> list[SarifResult]:
    """Every finding of a Fastfile once, in the order of files and lines."""
    found = [*_calls(audit), *_legacy(audit), *_stops(audit), *_texts(audit)]
    return sorted(dict.fromkeys(found), key=lambda one: (one.file, one.line, one.rule, one.message))


_RULES = {
    APPLE_ID: "apple-id",
    API_KEY: "api-key",
    PASSWORD: "app-specific-password",
    UNKNOWN: "unknown-auth",
}
_NEEDS = {  # the strictest first
    APPLE_ID: "needs an Apple ID",
    API_KEY: "needs an API key",
    PASSWORD: "needs an app-specific password",
    UNKNOWN: "needs what the text does not tell",
}


def _calls(audit: FileAudit) -> Iterator[SarifResult]:
    """The calls that need something, each place once with all lanes that come there; helpers where no lane does."""
    legacy = {(one.file, one.line) for one in audit.legacy}
    by_place: dict[tuple[str, int, str], list[tuple[str, AuditedCall]]] = {}
    for part in (*audit.lanes, *audit.hooks):
        for call in (*part.calls, *part.reached):
            by_place.setdefault(_place(call), []).append((part.title, call))
    reached = set(by_place)
    for part in audit.helpers:
        for call in (*part.calls, *part.reached):
            if _place(call) not in reached:
                by_place.setdefault(_place(call), []).append((part.title, call))
    for uses in by_place.values():
        wanting = [use for use in uses if _wants(use[1])]
        if wanting and not (wanting[0][1].kind == "spaceship" and _place(wanting[0][1])[:2] in legacy):
            yield _call(wanting)


def _place(call: AuditedCall) -> tuple[str, int, str]:
    return call.file, call.line, call.written


def _wants(call: AuditedCall) -> bool:
    """Whether a call needs something that cannot be seen to be there."""
    return call.auth != NONE and not (call.auth == API_KEY and (call.has_key or loads_key(call)))


def _call(uses: list[tuple[str, AuditedCall]]) -> SarifResult:
    call = min((call for _, call in uses), key=lambda one: list(_NEEDS).index(one.auth))
    lanes = _listed(title for title, _ in uses)
    less = next((f" What spares it: {remedy.edit}" for remedy in remedies_of(call)), "")
    message = f"{call.written} {_NEEDS[call.auth]} (in {lanes}): {call.why}.{less}"
    return _result(_RULES[call.auth], call.file, call.line, message)


def _legacy(audit: FileAudit) -> Iterator[SarifResult]:
    for one in audit.legacy:
        message = f"{one.code} signs in with an Apple ID. Instead: {one.replace_with}."
        yield _result("old-spaceship", one.file, one.line, message)


def _stops(audit: FileAudit) -> Iterator[SarifResult]:
    """What stops on CI for another reason than a sign-in, which has a rule of its own."""
    for lane in audit.lanes:
        for stop in lane.stops:
            if stop.always and stop.kind != "sign_in":
                yield _result("stops-on-ci", stop.file, stop.line, f"{stop.text}.")


_FINDINGS = {
    "two_factor_patch": "two-factor-patch",
    "secret_in_file": "secret-in-file",
    "dead_dsyms": "dead-dsyms",
    "variable_apple_id": "apple-variable",
    "variable_app_specific_password": "apple-variable",
    "missing_file": "missing-file",
    "unreadable": "unreadable",
    "not_ruby": "unreadable",
}


def _texts(audit: FileAudit) -> Iterator[SarifResult]:
    for one in (*audit.findings, *audit.missing, *audit.problems):
        rule = _FINDINGS.get(one.kind)
        if rule is not None:
            level: Level = "error" if one.kind == "not_ruby" else BY_ID[rule].level
            yield SarifResult(rule, level, one.file, one.line, f"{one.message}. {one.hint}")


def _result(rule: str, file: str, line: int, message: str) -> SarifResult:
    return SarifResult(rule, BY_ID[rule].level, file, line, message)


def _listed(words: Iterator[str]) -> str:
    few = list(dict.fromkeys(words))
    return ", ".join(few) if len(few) <= 4 else f"{', '.join(few[:3])} and {len(few) - 3} more"
