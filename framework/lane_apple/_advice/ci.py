"""What a repository's CI files run, what of it would stop at a prompt, and the export that would not."""

from __future__ import annotations

from dataclasses import dataclass, replace
from importlib import import_module
from typing import TYPE_CHECKING

from lane import read_ci

from .ci_lane import had, judged, lost
from .ci_steps import WORTH, steps_of
from .ci_verdict import CiVerdict, JudgedCall

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from lane import CalledLane, CiCall, CiReading, ExportOffer

    from .advice import Advice, AdviceStep

# The judges of other tools' commands stand on the floor above, and are imported where such a command is found.
_JUDGES = {"fastlane": "lane_fastfile._called:called"}


@dataclass(frozen=True, slots=True)
class CiAdvice:
    """What was read of CI files, with a verdict on each command, and what to do."""

    reading: CiReading
    calls: tuple[JudgedCall, ...] = ()
    offers: tuple[ExportOffer, ...] = ()
    steps: tuple[AdviceStep, ...] = ()

    @property
    def stops(self) -> list[JudgedCall]:
        """The commands that would stop at a prompt."""
        return [one for one in self.calls if one.verdict.stops]


def ci_advice(file: str | None, folder: Path, lanes: Sequence[str] = ()) -> CiAdvice:
    """Advice on the CI files of the repository that a folder is in.

    `file` is the Lanefile, None where there is none. `lanes` are those that are asked about; none: all.
    """
    reading = read_ci(folder)
    if not reading.calls:
        return CiAdvice(reading)
    calls = _judged(reading, file)
    if lanes:
        calls = [one for one in calls if one.call.program != "lane" or one.verdict.lane in lanes]
    offers = [] if file is None else _offers(reading, calls, file)
    made = CiAdvice(reading, tuple(_as_exported(calls, offers)), tuple(offers))
    return replace(made, steps=tuple(steps_of(made.calls, made.offers, file is not None)))


def _judged(reading: CiReading, file: str | None) -> list[JudgedCall]:
    """A verdict on each command, in the order of the files."""
    own = [call for call in reading.calls if call.program == "lane"]
    planned = {id(one.call): one for one in _planned(own, reading.root, file)}
    found = []
    for call in reading.calls:
        mine = planned.get(id(call))
        verdict = _by_judge(call, reading.root) if mine is None else judged(mine)
        found.append(JudgedCall(call, verdict, mine))
    return found


def _planned(calls: Sequence[CiCall], root: Path, file: str | None) -> Sequence[CalledLane]:
    if not calls:
        return ()
    from lane import planned_calls

    return planned_calls(calls, root, had, file)


def _as_exported(calls: Sequence[JudgedCall], offers: Sequence[ExportOffer]) -> Iterator[JudgedCall]:
    """The commands, where those of files that were exported from this project stop nowhere while these are in date."""
    known = {path: offer for offer in offers for path in offer.known}
    for one in calls:
        offer = known.get(one.call.path)
        if one.call.program == "lane" and offer is not None:
            yield replace(one, verdict=_by_export(one, offer))
        else:
            yield one


def _by_export(one: JudgedCall, offer: ExportOffer) -> CiVerdict:
    """What is true of a job that was exported; one that somebody edited is judged as any other is."""
    verdict = one.verdict
    if offer.problem is not None:
        return replace(
            verdict, why=(f"Whether the file is in date is not known: {offer.problem}", *verdict.why)
        )
    if any(what.startswith(f"{one.call.path} ") for what in offer.stale):
        return replace(verdict, why=("The file is not in date: `lane ci check` shows why.", *verdict.why))
    approved = "--local" in one.call.words
    why = ("An approval stands before it: whoever gives it is the person.",) if approved else ()
    return CiVerdict(verdict.lane, "exported", ("The file is in date.", *why), verdict.lines)


def _by_judge(call: CiCall, root: Path) -> CiVerdict:
    module, _, name = _JUDGES[call.program].partition(":")
    verdict: CiVerdict = getattr(import_module(module), name)(call, root)
    return verdict


def _offers(reading: CiReading, calls: Sequence[JudgedCall], file: str) -> list[ExportOffer]:
    """The export in the place of the files of other hands that run lanes, and what is told of exported files."""
    exported = {one.path for one in reading.files if one.exported is not None}
    planned = [(one.verdict.code, one.planned) for one in calls if one.call.path not in exported]
    own = [
        (code, lane)
        for code, lane in planned
        if lane is not None and code != "unknown" and not lane.sandbox  # that is for the real Apple
    ]
    worth = {lane.call.system for code, lane in own if code in WORTH or lost(lane)}
    theirs = [lane for _, lane in own if lane.call.system in worth]
    if not theirs and not exported:
        return []
    from lane import export_offers

    return export_offers(reading, theirs, file)


def with_ci(advice: Advice, ci: CiAdvice) -> Advice:
    """Advice on lanes with that on the CI files that run them."""
    if not ci.calls:
        return advice
    return replace(
        advice,
        affected=advice.affected or bool(ci.stops),
        summary=f"{advice.summary} {_summary(ci)}" if advice.routes else _summary(ci),
        steps=(*advice.steps, *ci.steps),
    )


def _summary(ci: CiAdvice) -> str:
    total, stops = len(ci.calls), len(ci.stops)
    some = "The command" if total == 1 else f"{stops} of {total} commands"
    said = [
        f"{some} in CI files would stop at a prompt."
        if stops
        else "No command in CI files is known to stop at a prompt."
    ]
    codes = [one.verdict.code for one in ci.calls]
    if count := codes.count("session"):
        said.append(f"{count} would as soon as a session ends.")
    if count := codes.count("unknown"):
        said.append(f"For {count} of {total} it is not known.")
    return " ".join(said)
