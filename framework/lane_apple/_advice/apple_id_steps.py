"""Advice where only an Apple ID will do: less often, elsewhere, by a session, by more than one phone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lane_apple._codes.variables import FORM, INBOX, TWILIO_NUMBER
from lane_apple._signin.phones import VARIABLE as PHONE

from .key_steps import step
from .words import at, listed, named, span, verb

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from .advice import AdviceStep
    from .case import Case
    from .need import Need
    from .route import Route

PUSH = frozenset({"pem", "get_push_certificate"})

_LIFE = (
    "A session lives hours to days. The trust of the browser that made it lasts 30 days, on the machine and in the"
    " network that made it: as long as it does, the password renews the session without a code."
)


def token_key(case: Case) -> AdviceStep | None:
    """A token key for pushes, in the place of certificates that only an Apple ID can renew."""
    needs = [made.need for made in case.routes if made.need.call in PUSH]
    if not needs:
        return None
    return step(
        "apns_key",
        "Replace push certificates by a token key",
        f"{named(needs)} {verb(needs, 'makes', 'make')} certificates that end after a year, and Apple lets only an"
        " Apple ID make them. One key (.p8) serves all apps of a team, and does not end.",
        [
            (
                "Make it once by hand at developer.apple.com, under Certificates, Identifiers & Profiles, Keys, for the"
                " Apple Push Notifications service."
            ),
            "Give your push service the file, its key id and the team id.",
            *(at(need, f"take {need.call} out.") for need in needs),
        ],
        needs,
    )


def out_of_hook(case: Case) -> AdviceStep | None:
    """Hooks run with every job, so none may need a person."""
    needs = [made.need for made in case.hooks]
    if not needs:
        return None
    return step(
        "hook",
        f"Take {named(needs)} out of the hook",
        case.facts.speech.hook,
        [at(need, f"call {need.call} in a lane instead.") for need in needs],
        needs,
    )


def once(case: Case) -> AdviceStep | None:
    """What a probe takes out of the plan as soon as a person has done it."""
    needs = [made.need for made in case.once]
    if not needs:
        return None
    speech = case.facts.speech
    return step(
        "once",
        f"Do once, with a person: {named(needs)}",
        f"{speech.once}{_waiting(case, needs, 'Until then ')}",
        [
            *(f"`{_by_hand(case, need)}` at a terminal: it asks for the code." for need in needs),
            *(speech.gone(need.call, need.lane) for need in needs),
        ],
        needs,
    )


def split(case: Case) -> AdviceStep | None:
    """Edits by which the main job is free of an Apple ID."""
    needs = list(case.split)
    if not needs:
        return None
    lanes = listed(_lanes(needs))
    return step(
        "split",
        f"Put {named(needs)} into a job of {verb(needs, 'its', 'their')} own",
        f"Nothing that {lanes} ships waits for {verb(needs, 'it', 'them')}: the main job then runs in any CI, and a"
        " session that has died holds up the deferred job alone.",
        [
            *(at(need, need.defer.edit) for need in needs if need.defer is not None),
            *(line for lane in _lanes(needs) for line in case.facts.speech.left(lane)),
        ],
        needs,
    )


def attended(case: Case) -> AdviceStep | None:
    """A person completes the lane, where nothing else can."""
    needs = [made.need for made in case.recurring if case.left_to_people(made)]
    if not needs:
        return None
    speech = case.facts.speech
    return step(
        "attended",
        f"Let a person do {named(needs)}",
        f"{speech.attended}{_waiting(case, needs)}",
        [
            *(speech.rest(lane) for lane in _lanes(needs)),
            *(speech.completes(_by_hand(case, need, job=True)) for need in needs),
        ],
        needs,
    )


def session(case: Case) -> AdviceStep | None:
    """A session, made where it is used if that can be."""
    needs = [made.need for made in case.recurring]
    if not needs:
        return None
    title, how = _SESSIONS[case.facts.answers.reachable]
    return step(
        "session",
        title,
        f"{named(needs)} {verb(needs, 'needs', 'need')} an Apple ID in every run. {_life(case.recurring)}{_LIFE}",
        [*_useless(case.recurring), *how, *_status(case), *_commands(case)],
        needs,
    )


def phones(case: Case) -> AdviceStep | None:
    """A phone for each person who shares an Apple ID."""
    needs = [made.need for made in case.by_person]
    if case.facts.answers.shared is not True or not needs:
        return None
    return step(
        "phones",
        "Give the shared Apple ID a phone number of each person",
        "Otherwise codes go to one person's phone, and the others wait for that person.",
        [
            "Add the numbers at account.apple.com, under Sign-In and Security, Two-Factor Authentication.",
            f"Let each person set {PHONE} to their own number: the code goes there.",
            "Or invite an Apple ID to the team that is for this alone, with the least role that will do.",
        ],
        needs,
    )


APPLE_ID_STEPS: tuple[Callable[[Case], AdviceStep | None], ...] = (
    out_of_hook, token_key, once, split, attended, session, phones,
)  # fmt: skip

_SESSIONS: dict[bool | None, tuple[str, tuple[str, ...]]] = {
    True: (
        "Keep a session on the machine that can be reached",
        (
            "There: `lane auth login`. Made and used on the same machine, it wants a code about once a month.",
            (
                "Keep FASTLANE_USER and FASTLANE_PASSWORD there too: a session that ends is then renewed without a code"
                " as long as the trust lasts."
            ),
            (
                f"Where the code comes from, without a terminal: {FORM} (a form that works on a phone), {INBOX} (a"
                f" phone forwards its SMS) or {TWILIO_NUMBER} (Twilio is asked)."
            ),
        ),
    ),
    False: (
        "Carry a session to CI, and renew it by hand",
        (
            (
                "`lane auth login` on a machine of yours, then `lane auth export`: the secret FASTLANE_SESSION of the"
                " jobs that need it, and of no other."
            ),
            "Elsewhere its trust does not hold: expect to do this again after hours or days.",
        ),
    ),
    None: (
        "Give CI a session of the Apple ID",
        (
            (
                "`lane auth login`, best on the machine that runs the jobs; `lane auth export` carries it elsewhere, in"
                " FASTLANE_SESSION, for hours to days."
            ),
        ),
    ),
}


def _waiting(case: Case, needs: Iterable[Need], when: str = "") -> str:
    """A sentence on what waits for needs, or nothing."""
    waiting = [name for need in needs for name in case.waiting(need)]
    return f" {when}{listed(waiting)} {verb(waiting, 'waits', 'wait')} for it." if waiting else ""


def _life(routes: Iterable[Route]) -> str:
    """What is known of a session that works."""
    for made in routes:
        if made.holding is not None and made.found:
            left = made.holding.seconds_left
            lives = (
                "how long it lives is not known" if left is None else f"it is expected to live {span(left)}"
            )
            return f"There is one from {made.holding.source}: {lives}. "
    return ""


def _useless(routes: Iterable[Route]) -> Iterator[str]:
    """Why a session that is there does not work."""
    for made in routes:
        if made.holding is not None and not made.found and (made.holding.unfit or made.holding.source):
            yield f"Found, but of no use: {made.holding.unfit or made.holding.source}"


def _status(case: Case) -> Iterator[str]:
    """How long a session lives that is carried about."""
    if case.facts.answers.reachable is not True:
        yield case.facts.speech.status


def _commands(case: Case) -> Iterator[str]:
    """What runs the needs of an Apple ID where a session lives."""
    recurring = {made.need.id for made in case.recurring}
    for plan in case.outlooks():
        for job in plan.jobs:
            if recurring.isdisjoint(f"{plan.lane}/{name}" for name in job.steps):
                continue
            yield case.facts.speech.with_session(plan.lane, job.name, job.cron)


def _by_hand(case: Case, need: Need, *, job: bool = False) -> str:
    """The command with which a person does a need; what is scheduled runs by hand only where its job is named."""
    mine = case.job_of(need)
    named_job = mine.name if job or mine.cron is not None else None
    return case.facts.speech.by_hand(need.lane, named_job)


def _lanes(needs: Iterable[Need]) -> list[str]:
    return list(dict.fromkeys(need.lane for need in needs))
