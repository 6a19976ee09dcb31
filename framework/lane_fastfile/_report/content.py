"""Makes the report for people from an audit: the same content for every format."""

from __future__ import annotations

import posixpath
from dataclasses import replace
from typing import TYPE_CHECKING

from lane_apple import AdviceStep
from lane_fastfile._advice.remedies import remedies_of, stays_signed_in

from .document import Document, Item, Row, Section, Sheet
from .overall import is_affected, overall
from .visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lane_apple import Advice
    from lane_fastfile._audit import Audit, AuditedCall, AuditedLane, FileAudit
    from lane_fastfile._ci import Stop
    from lane_fastfile._find.findings import Finding, Legacy

_MOST = 6
_MOST_LINES = 12
_OF_ADVICE = ("two_factor_patch", "dead_dsyms")  # told with what to do about them


def document_of(audit: Audit) -> Document:
    """The report on an audit."""
    several = len(audit.files) != 1
    return Document(
        affected=is_affected(audit.auth),
        summary=visible(overall(audit)) if several else None,
        sheets=tuple(map(_sheet, audit.files)),
    )


def _sheet(audit: FileAudit) -> Sheet:
    return Sheet(
        file=visible(audit.file),
        affected=is_affected(audit.verdict.auth),
        summary=visible(audit.verdict.summary),
        problems=tuple(_item(_where(one, audit), f"{one.message}.", one.hint) for one in audit.problems),
        rows=tuple(_row(lane, audit) for lane in audit.lanes),
        sections=tuple(section for section in _sections(audit) if section.items),
        advice=_shown(audit.advised, posixpath.dirname(audit.file)),
    )


def _row(lane: AuditedLane, audit: FileAudit) -> Row:
    cause = lane.causes[0] if lane.causes else None
    more = len({(call.file, call.line, call.written) for call in lane.causes}) - 1
    because = "" if cause is None else " > ".join([*cause.via, cause.written])
    return Row(
        lane=visible(lane.title),
        private=lane.private,
        auth=lane.auth,
        with_hooks=lane.auth_with_hooks if lane.auth_with_hooks != lane.auth else None,
        because=visible(f"{because}, and {more} more" if more > 0 else because),
        where=visible(_where(cause or lane, audit)),
        less=visible(_less(lane)),
    )


def _less(lane: AuditedLane) -> str:
    """The first edit that spares something."""
    signed_in = any(map(stays_signed_in, (*lane.calls, *lane.reached)))
    edits = (
        remedy.edit.removeprefix(f"{call.written} → ")
        for call in lane.causes
        for remedy in remedies_of(call, signed_in=signed_in)
    )
    return next(edits, "")


def _sections(audit: FileAudit) -> Iterator[Section]:
    yield Section("What stops on CI", tuple(_stops(audit)))
    yield Section(
        "Old Spaceship code",
        tuple(_item(_where(one, audit), one.code, one.replace_with) for one in audit.legacy),
    )
    others = [one for one in audit.findings if one.kind not in _OF_ADVICE]
    yield Section(
        "Secrets, and variables that carry them",
        tuple(_item(_where(one, audit), one.message) for one in others),
    )
    yield Section(
        "Not here", tuple(_item(_where(one, audit), one.message, one.hint) for one in audit.missing)
    )
    yield Section(
        "Plugins",
        tuple(_item("", name, "what it needs of Apple is not known here") for name in audit.plugins),
    )


def _stops(audit: FileAudit) -> Iterator[Item]:
    """Each kind of thing that stops, with the calls that it stops at."""
    found: dict[str, dict[str, None]] = {}
    for lane in audit.lanes:
        for stop in lane.stops:
            if stop.always:
                place = f"line {stop.line}" if stop.file == audit.file else _where(stop, audit)
                found.setdefault(stop.what, {})[f"{stop.call} ({place})"] = None
    for what, calls in found.items():
        yield _item("", what, _listed(list(calls)))


def _listed(words: list[str]) -> str:
    return (
        ", ".join(words)
        if len(words) <= _MOST
        else f"{', '.join(words[:_MOST])} and {len(words) - _MOST} more"
    )


def _item(where: str, text: str, then: str = "") -> Item:
    return Item(visible(where), visible(text), visible(then))


def _where(one: AuditedCall | AuditedLane | Finding | Legacy | Stop, audit: FileAudit) -> str:
    """A place as seen from the Fastfile: `Fastfile:12`, `../shared/Lanes.rb:3`."""
    if one.file == audit.file:
        return f"{posixpath.basename(audit.file)}:{one.line}"
    return f"{posixpath.relpath(one.file, posixpath.dirname(audit.file) or '.')}:{one.line}"


def _shown(advice: Advice, folder: str) -> Advice:
    """Advice whose texts can be shown; of very many lines only some, places as seen from the Fastfile."""
    return replace(
        advice,
        steps=tuple(_shown_step(step, f"{folder}/" if folder else "") for step in advice.steps),
        outlooks=tuple(
            replace(
                plan,
                lane=visible(plan.lane),
                jobs=tuple(replace(job, steps=tuple(map(visible, job.steps))) for job in plan.jobs),
                done=tuple(map(visible, plan.done)),
            )
            for plan in advice.outlooks
        ),
    )


def _shown_step(step: AdviceStep, folder: str) -> AdviceStep:
    how = [line.removeprefix(folder) for line in step.how]
    if len(how) > _MOST_LINES:
        left = len(how) - _MOST_LINES + 1
        how = [*how[: _MOST_LINES - 1], f"and {left} more: `lane audit --format json` has all."]
    return AdviceStep(step.code, visible(step.title), visible(step.why), tuple(map(visible, how)))
