"""The advice on a Fastfile: that of `lane advise` on its calls, and on what else stands in its text."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from lane_apple import AdviceStep, Answers, Facts, advise
from lane_fastfile._find.counterparts import NO_COUNTERPART

from .needs import needs_of
from .speech import FastfileSpeech

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from lane_apple import Advice
    from lane_fastfile._audit import AuditedLane
    from lane_fastfile._find.findings import Finding, Legacy


def advice_on(
    lanes: Sequence[AuditedLane],
    hooks: Sequence[AuditedLane],
    legacy: Sequence[Legacy],
    findings: Sequence[Finding],
) -> Advice:
    """What to do about a Fastfile, the best first. No credentials are looked for: CI's are elsewhere."""
    dead = [one for one in findings if one.kind == "dead_dsyms"]
    needs = needs_of(lanes, hooks, {(one.file, one.line) for one in dead})
    made = advise(needs, Facts(Answers(shared=True), speech=FastfileSpeech()), questions=False)
    steps = [_if_shared(step) if step.code == "phones" else step for step in made.steps]
    told = {line for step in steps for line in step.how}
    rest = [
        one
        for one in legacy
        if one.replace_with != NO_COUNTERPART
        and not any(_at(one) in line and one.code in line for line in told)
    ]
    return replace(made, steps=(*steps, *_of_text(rest, findings)))


def said(step: AdviceStep) -> str:
    """A step of advice as one text."""
    return " ".join([f"{step.title}.", *step.how])


def _if_shared(step: AdviceStep) -> AdviceStep:
    return replace(
        step, title=f"If several people share an Apple ID: {step.title[0].lower()}{step.title[1:]}"
    )


def _of_text(legacy: Sequence[Legacy], findings: Sequence[Finding]) -> Iterator[AdviceStep]:
    """What is to be done about what stands in the files, whoever calls it."""
    if legacy:
        how = [f"{_at(one)}: {one.code} → {one.replace_with}." for one in legacy]
        yield _step(
            "counterpart",
            "Replace old Spaceship code",
            "Its old clients sign in with an Apple ID, and with nothing else.",
            how,
            legacy,
        )
    for code, (title, why) in _FOUND.items():
        mine = [one for one in findings if one.kind == code]
        if mine:
            how = [f"{_at(one)}: {one.message}." for one in mine]
            yield _step(code, title, why, [*how, *(one.hint for one in mine)], mine)


_FOUND = {
    "dead_dsyms": (
        "Drop the download of dSYMs",
        "Apple recompiles nothing any more: what it has is what the archive had.",
    ),
    "two_factor_patch": (
        "Drop the patch of the question for the code",
        "It breaks with fastlane's next change of its sign-in, and an API key asks for no code.",
    ),
    "secret_in_file": ("Take secrets out of the files", "Whoever can read the repository has them."),
}


def _step(
    code: str, title: str, why: str, how: Iterable[str], found: Sequence[Legacy | Finding]
) -> AdviceStep:
    return AdviceStep(
        code, title, why, tuple(dict.fromkeys(how)), lines=tuple(dict.fromkeys(map(_at, found)))
    )


def _at(one: Legacy | Finding) -> str:
    return f"{one.file}:{one.line}"
