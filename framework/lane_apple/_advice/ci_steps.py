"""What to do about CI files: the export that stops at no prompt, and the way there from fastlane."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .advice import AdviceStep
from .words import listed, verb

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from lane import ExportOffer

    from .ci_verdict import JudgedCall

SYSTEMS = {
    "github": "GitHub Actions",
    "gitlab": "GitLab CI",
    "circleci": "CircleCI",
    "buildkite": "Buildkite",
}
WORTH = frozenset({"stops", "waits", "session"})
"""The verdicts that an export, or a lane, mends."""


def steps_of(
    calls: Sequence[JudgedCall], offers: Sequence[ExportOffer], has_lanefile: bool
) -> Iterator[AdviceStep]:
    """What to do, the best first: the files of `lane run`, then those of fastlane."""
    for offer in offers:
        if offer.stale:
            yield _stale(offer)
        mine = [one for one in calls if one.call.system == offer.system and one.verdict.lane in offer.lanes]
        if offer.lanes and not _exported(mine):
            yield _export(offer, mine, [one.system for one in offers if one.lanes])
    fastlane = [one for one in calls if one.call.program == "fastlane" and one.verdict.code in WORTH]
    if fastlane:
        yield _from_fastlane(fastlane, has_lanefile)


def _exported(calls: Iterable[JudgedCall]) -> bool:
    return all(one.verdict.code == "exported" for one in calls)


def _stale(offer: ExportOffer) -> AdviceStep:
    return AdviceStep(
        "ci_check",
        f"Export to {SYSTEMS[offer.system]} again",
        "Exported files do not match the lanes any more.",
        (
            *(f"{what}." for what in offer.stale),
            f"`lane ci check` shows the differences, `{offer.command}` writes the files anew.",
        ),
    )


def _export(offer: ExportOffer, calls: Sequence[JudgedCall], systems: Sequence[str]) -> AdviceStep:
    lanes = listed(offer.lanes)
    lines = tuple(dict.fromkeys(one.call.place for one in calls))
    stopping = [one for one in calls if one.verdict.code in WORTH]
    if offer.problem is not None:
        return AdviceStep(
            "export",
            f"Make {lanes} fit for `{offer.command}`",
            "An export stops at no prompt, but it cannot be made yet.",
            (offer.problem,),
            offer.lanes,
            lines,
        )
    return AdviceStep(
        "export",
        f"Let `{offer.command}` write what runs {lanes}",
        _why(offer, stopping),
        (*_one_of(systems), *_how(offer, calls)),
        offer.lanes,
        lines,
    )


def _why(offer: ExportOffer, stopping: Sequence[JudgedCall]) -> str:
    """Why the exported files stop at no prompt, as their plans say."""
    if not offer.approvals:
        what = "No job of it needs a person"
    else:
        own = verb(offer.approvals, "a job of its own that waits", "jobs of their own that wait")
        jobs = listed(offer.approvals)
        what = f"What needs a person is in {own} for an approval ({jobs}); the rest runs without"
    kept = "; what waits for a time is handed on from run to run"
    gain = "" if stopping else " The files that are there stop at no prompt either."
    return f"{what}{kept}. This was planned as CI will have it.{gain}"


def _one_of(systems: Sequence[str]) -> Iterator[str]:
    """What is declared of a lane holds in all systems."""
    if len(systems) > 1:
        names = " or ".join(SYSTEMS[one] for one in systems)
        yield f"Choose one system ({names}): what is declared of a lane holds in all of them."


def _how(offer: ExportOffer, calls: Sequence[JudgedCall]) -> Iterator[str]:
    if offer.declare:
        yield f"Add to {offer.into}:\n{offer.declare}"
    yield from offer.edits
    if offer.in_the_way:
        paths = listed(offer.in_the_way)
        yield f"Move {paths} away first: it was not exported, and is not overwritten. What else it does has to be kept."
    yield f"`{offer.command} {' '.join(offer.lanes)}`"
    others = [path for one in calls if (path := one.call.file) not in offer.in_the_way]
    if others:
        commands = "command" if len(calls) == 1 else "commands"
        yield f"Then take the {commands} out of {listed(others)}, or both run."
    yield "`lane ci check` in CI says when the files no longer match the lanes."


def _from_fastlane(calls: Sequence[JudgedCall], has_lanefile: bool) -> AdviceStep:
    """From a Fastfile by way of lanes to an export."""
    lanes = listed(one.verdict.lane or one.call.command for one in calls)
    files = sorted({line.rpartition(":")[0] for one in calls for line in one.verdict.lines})
    fastfiles = [file for file in files if file.rpartition("/")[2] == "Fastfile"] or ["fastlane/Fastfile"]
    systems = list(dict.fromkeys(one.call.system for one in calls))
    where = (
        "Write them as lanes in Lanefile.py"
        if has_lanefile
        else "`lane init` lays out a project: write them there"
    )
    return AdviceStep(
        "from_fastlane",
        f"Make lanes of {lanes}, and export these",
        "fastlane finds out in the middle of a run that it needs a person. A lane is planned before it runs, and what"
        " needs a person becomes a job of its own.",
        (
            f"`lane audit {' '.join(fastfiles)}` says which call needs what, and which edit spares it.",
            f"{where}. `lane actions` lists what there is for that; `sh([…])` runs the rest.",
            "`lane plan LANE --ci` shows what would still need a person.",
            *(f"`lane ci export {system}` then writes the jobs." for system in systems),
        ),
        tuple(dict.fromkeys(one.verdict.lane or one.call.command for one in calls)),
        tuple(dict.fromkeys(one.call.place for one in calls)),
    )
