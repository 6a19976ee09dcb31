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
        "A hook runs with every job, and no job may wait for a person in it: the lane cannot run so.",
        [at(need, f"call {need.call} in a lane instead.") for need in needs],
        needs,
    )


def once(case: Case) -> AdviceStep | None:
    """What a probe takes out of the plan as soon as a person has done it."""
    needs = [made.need for made in case.once]
    if not needs:
        return None
    waiting = [name for need in needs for name in case.waiting(need)]
    until = f" Until then {listed(waiting)} {verb(waiting, 'waits', 'wait')} for it." if waiting else ""
    return step(
        "once",
        f"Do once, with a person: {named(needs)}",
        "Apple lets only an Apple ID do it, but a probe sees without one that it is done, and takes it out of the"
        f" plan.{until}",
        [
            *(f"`{_by_hand(case, need)}` at a terminal: it asks for the code." for need in needs),
            *(f"`lane plan {lane} --probe` shows that it is gone." for lane in _lanes(needs)),
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
            *(
                f"`lane run {lane}` leaves that job pending; `lane pending` lists it."
                for lane in _lanes(needs)
            ),
        ],
        needs,
    )


def attended(case: Case) -> AdviceStep | None:
    """A person completes the lane, where nothing else can."""
    needs = [made.need for made in case.recurring if case.left_to_people(made)]
    if not needs:
        return None
    waiting = [name for need in needs for name in case.waiting(need)]
    wait = f" {listed(waiting)} {verb(waiting, 'waits', 'wait')} for it." if waiting else ""
    return step(
        "attended",
        f"Let a person do {named(needs)}",
        "The planner puts what needs a person, and what waits for it, into jobs of their own; the rest runs in CI"
        f" without them.{wait}",
        [
            *(f"`lane run {lane}` in CI does the rest, and leaves those pending." for lane in _lanes(needs)),
            *(
                f"`{_by_hand(case, need, job=True)}` at a terminal completes it, in the same store."
                for need in needs
            ),
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
        [*_useless(case.recurring), *how, *_commands(case)],
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

_STATUS = (
    "`lane auth status` says how long it is expected to live, `lane plan` whether that reaches to the job."
)
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
            _STATUS,
        ),
    ),
    None: (
        "Give CI a session of the Apple ID",
        (
            (
                "`lane auth login`, best on the machine that runs the jobs; `lane auth export` carries it elsewhere, in"
                " FASTLANE_SESSION, for hours to days."
            ),
            _STATUS,
        ),
    ),
}


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


def _commands(case: Case) -> Iterator[str]:
    """What runs the needs of an Apple ID where a session lives."""
    recurring = {made.need.id for made in case.recurring}
    for plan in case.outlooks():
        for job in plan.jobs:
            if recurring.isdisjoint(f"{plan.lane}/{name}" for name in job.steps):
                continue
            if job.cron is None:
                yield f"`lane run {plan.lane}` then needs no person."
            else:
                command = f"lane run {plan.lane} --job {job.name}"
                yield f"`{command}`, in the same store, then runs what is pending without a person."


def _by_hand(case: Case, need: Need, *, job: bool = False) -> str:
    """The command with which a person does a need; what is scheduled runs by hand only where its job is named."""
    mine = case.job_of(need)
    named_job = f" --job {mine.name}" if job or mine.cron is not None else ""
    return f"lane run {need.lane}{named_job} --local"


def _lanes(needs: Iterable[Need]) -> list[str]:
    return list(dict.fromkeys(need.lane for need in needs))
