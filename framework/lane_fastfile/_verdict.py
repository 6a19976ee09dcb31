"""The verdict on a Fastfile: is it affected by Apple's two-factor rule, and what is there to do?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._audit import Verdict
from ._auth.modes import API_KEY, APPLE_ID, NONE, PASSWORD, UNKNOWN, strictest

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ._audit import AuditedCall, AuditedLane
    from ._find.findings import Finding, Legacy

_MOST = 4


def verdict_of(
    lanes: Sequence[AuditedLane],
    hooks: Sequence[AuditedLane],
    legacy: Sequence[Legacy],
    findings: Sequence[Finding],
    problems: Sequence[Finding],
) -> Verdict:
    """The verdict on one set-up."""
    unread = any(problem.kind == "not_ruby" for problem in problems)
    auth = UNKNOWN if unread else strictest([NONE, *(lane.auth_with_hooks for lane in lanes)])
    advice = [*_advice(lanes, hooks, findings), *_texts(legacy, findings)]
    return Verdict(auth, _summary(auth, lanes, problems), tuple(dict.fromkeys(advice)))


def _summary(auth: str, lanes: Sequence[AuditedLane], problems: Sequence[Finding]) -> str:
    unread = next((one for one in problems if one.kind == "not_ruby"), None)
    if unread is not None:
        return f"Line {unread.line}: {unread.message}."
    if not lanes:
        return "No lanes were found."
    mine = [lane for lane in lanes if lane.auth_with_hooks == auth]
    named = _listed(lane.title for lane in mine)
    count = f"{len(mine)} of {len(lanes)} lanes" if len(lanes) > 1 else "The lane"
    verb = "needs" if len(mine) == 1 or len(lanes) == 1 else "need"
    match auth:
        case "apple_id":
            return f"You are affected: {count} {verb} an Apple ID with its six-digit code: {named}."
        case "api_key":
            return f"Not affected once there is an API key: {count} {verb} one, none an Apple ID."
        case "app_specific_password":
            return f"Not affected: {count} {verb} an app-specific password, none an Apple ID or a key."
        case "unknown":
            return f"The text does not tell what {count} {verb}: {named}."
        case _:
            return "Not affected: no lane needs any credential of Apple's."


def _listed(words: Iterable[str]) -> str:
    found = list(dict.fromkeys(words))
    more = len(found) - _MOST
    return ", ".join(found) if more <= 0 else f"{', '.join(found[:_MOST])} and {more} more"


def _advice(
    lanes: Sequence[AuditedLane], hooks: Sequence[AuditedLane], findings: Sequence[Finding]
) -> list[str]:
    """What to do about the calls, the strictest first."""
    causes = _unique(call for part in (*lanes, *hooks) for call in part.causes)
    apple = [call for call in causes if call.auth == APPLE_ID]
    stay = [call for call in apple if call.lowered_by]
    found = [f"{_at(call)}: {way}." for call in stay for way in call.lowered_by[:1]]
    must = [call for call in apple if not call.lowered_by]
    if must:
        found.append(
            f"{_listed(map(_at, must))}: nothing but an Apple ID will do. Put them in a job of their own, that a "
            "person starts or that runs on a schedule with a session (lane auth login), so that no release waits."
        )
    keyed = [call for call in causes if call.auth == API_KEY]
    if keyed or stay:
        found.append(
            "Make an App Store Connect API key and load it with app_store_connect_api_key in before_all."
        )
    found += _ways_without(causes)
    if apple and any(one.kind == "two_factor_patch" for one in findings):
        found.append("Several people can answer for a shared Apple ID: give it more than one phone number.")
    return found


def _ways_without(causes: Sequence[AuditedCall]) -> list[str]:
    found: list[str] = []
    signing = [call for call in causes if call.name == "sync_code_signing" and call.option == "readonly"]
    if signing:
        found.append(
            f"{_listed(map(_at, signing))}: with readonly: true a build needs no credential of Apple's."
        )
    if any(call.auth == PASSWORD for call in causes):
        found.append(
            "An app-specific password is enough for a bare upload and the notary; a key does as well."
        )
    return found


def _texts(legacy: Sequence[Legacy], findings: Sequence[Finding]) -> list[str]:
    found = [f"Line {one.line}, {one.code}: {one.replace_with}." for one in legacy[:_MOST]]
    found += [f"Line {one.line}, {one.message}. {one.hint}" for one in findings if one.kind in _TOLD]
    return found


_TOLD = {"two_factor_patch", "secret_in_file", "dead_dsyms"}


def _unique(calls: Iterable[AuditedCall]) -> list[AuditedCall]:
    by_place = {(call.file, call.line, call.written): call for call in calls}
    return list(by_place.values())


def _at(call: AuditedCall) -> str:
    return f"{call.written} (line {call.line})"
