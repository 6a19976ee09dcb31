"""The findings of an audit one by one, each at its line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

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
    UNKNOWN: "is not known",
}


def _calls(audit: FileAudit) -> Iterator[SarifResult]:
    """The calls that need something, each place once with all lanes that come there."""
    legacy = {(one.file, one.line) for one in audit.legacy}
    by_place: dict[tuple[str, int, str], list[tuple[str, AuditedCall]]] = {}
    for part in (*audit.lanes, *audit.hooks, *audit.helpers):
        for call in (*part.calls, *part.reached):
            told = call.kind == "spaceship" and (call.file, call.line) in legacy
            if call.auth != NONE and not told and not (call.auth == API_KEY and call.has_key):
                place = (call.file, call.line, call.written)
                by_place.setdefault(place, []).append((part.title, call))
    for uses in by_place.values():
        yield _call(uses)


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
    """What stops on CI for another reason than an Apple ID."""
    for lane in audit.lanes:
        calls = {f"{one.written} (line {one.line})": one for one in (*lane.reached, *lane.calls)}
        for sentence in lane.breaks_on_ci:
            call = calls.get(f"{sentence.partition(') ')[0]})")
            if call is None or call.auth != APPLE_ID or "signs in with an Apple ID" not in sentence:
                place = call or lane
                yield _result("stops-on-ci", place.file, place.line, f"{sentence}.")


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
