"""Advice that spares people: no auth at all, an API key, an app-specific password."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lane_apple._modes import ApiKeyMode, app_specific_password
from lane_apple._rights import covering

from .advice import AdviceStep
from .route import KEY, PASSWORD
from .words import at, named, verb

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from lane import AuthMode

    from .advice import Code
    from .case import Case
    from .need import Need
    from .route import Route


def lower(case: Case) -> AdviceStep | None:
    """Edits after which less auth is enough."""
    routes = [made for made in case.routes if made.edit is not None and made.auth != PASSWORD]
    if not routes:
        return None
    needs = [made.need for made in routes]
    easier = "no Apple auth" if all(made.mode is None for made in routes) else "less auth"
    return step(
        "lower",
        f"Let {named(needs)} do with {easier}",
        "What needs no Apple ID cannot be stopped by its second factor.",
        _edits(routes),
        needs,
    )


def give_key(case: Case) -> AdviceStep | None:
    """An API key, for all that can use one and have none: steps, and checks whether a person's work is done."""
    used, checks = ([made for made in routes if _wants_key(made)] for routes in (case.routes, case.checks))
    routes = [*used, *checks]
    if not routes:
        return None
    needs = [made.need for made in routes]
    why = [f"{named(made.need for made in used)} can use one."] if used else []
    if checks:
        done = [made.need for made in checks]
        why.append(f"With one it can be seen that {named(done)} {verb(done, 'is', 'are')} done.")
    return step(
        "api_key",
        "Give an App Store Connect API key",
        " ".join([*why, "A key needs no code, does not expire, and works on any machine."]),
        [
            *_unfit(routes, case),
            *_how_to_make(needs),
            *case.facts.speech.load_key(),
            "Where CI keeps secrets, put it there: Apple lets the .p8 file be downloaded only once.",
        ],
        needs,
    )


def _wants_key(made: Route) -> bool:
    return made.auth == KEY and not made.settled and not made.barred


def ask_for_key(case: Case) -> AdviceStep | None:
    """A key that somebody else has to make, also in place of an Apple ID that is used for want of one."""
    if case.facts.answers.api_key is not False:
        return None
    routes = [
        made
        for made, easier in zip(case.present, case.routes, strict=True)
        if not made.settled
        and made.auth != PASSWORD
        and easier.mode is not None
        and _could_use_key(made.need)
    ]
    routes += [made for made in case.checks if made.barred]
    if not routes:
        return None
    needs = [made.need for made in routes]
    how = _how_to_make(needs)
    return step(
        "ask_for_api_key",
        "Ask the Account Holder or an Admin for an App Store Connect API key",
        f"{named(needs)} could use one, and only they can make it. A key needs no code and does not expire.",
        [
            *_unfit(routes, case),
            *(f"They: {line}" for line in how[:1]),
            *how[1:],
            *case.facts.speech.load_key(),
            *_unpinned(needs),
        ],
        needs,
    )


def _could_use_key(need: Need) -> bool:
    remedies = (remedy.mode for remedy in need.remedies if remedy.mode is not None)
    return any(mode.name == KEY for mode in (*need.modes, *remedies))


def _unpinned(needs: Iterable[Need]) -> list[str]:
    """The edits after which needs that take no key now can use one."""
    return [
        at(need, remedy.edit)
        for need in needs
        for remedy in need.remedies
        if remedy.mode is not None and remedy.mode.name == KEY
    ]


def give_password(case: Case) -> AdviceStep | None:
    """An app-specific password, for a bare upload."""
    routes = [made for made in case.routes if made.auth == PASSWORD and (made.edit or not made.settled)]
    if not routes:
        return None
    needs = [made.need for made in routes]
    lacking = [made for made in routes if not made.settled]
    return step(
        "app_specific_password",
        f"Let {named(needs)} do with an app-specific password",
        "It is enough to only send a file. It needs no code and does not expire, but works on a Mac alone, by altool.",
        [*_edits(routes), *_unfit(lacking, case), *(app_specific_password.how() if lacking else ())],
        needs,
    )


def real_apple(case: Case) -> AdviceStep | None:
    """What has to be given before the real Apple is met, where the offline one's credentials were found."""
    needs = [made.need for made in case.routes if made.mode is not None and made.settled]
    if not case.facts.sandbox or not needs:
        return None
    password = any(made.auth == PASSWORD for made in case.routes if made.settled)
    key = any(made.auth == KEY for made in case.routes if made.settled)
    return step(
        "sandbox",
        "Give credentials of your own before you meet the real Apple",
        "Those that were found are the offline Apple's.",
        [*(_how_to_make(needs) if key else ()), *(app_specific_password.how() if password else ())],
        needs,
    )


KEY_STEPS: tuple[Callable[[Case], AdviceStep | None], ...] = (lower, give_key, ask_for_key, give_password)


def step(code: Code, title: str, why: str, how: Iterable[str], needs: Sequence[Need]) -> AdviceStep:
    """A step of advice for some needs."""
    lines = dict.fromkeys(need.line for need in needs if need.line is not None)
    return AdviceStep(
        code,
        title,
        why,
        tuple(dict.fromkeys(how)),
        tuple(dict.fromkeys(need.id for need in needs)),
        tuple(lines),
    )


def _edits(routes: Iterable[Route]) -> list[str]:
    return [at(made.need, made.edit) for made in routes if made.edit is not None]


def _unfit(routes: Iterable[Route], case: Case) -> Iterator[str]:
    """Why what is there is of no use."""
    for made in routes:
        for mode in made.need.modes:
            holding = case.facts.held.get(mode)
            if holding is not None and holding.unfit and not mode.attended:
                yield f"Found, but unfit: {holding.unfit}"


def _how_to_make(needs: Iterable[Need]) -> list[str]:
    """How to make the one key that does for all, and how to give it."""
    modes: list[AuthMode] = []
    for need in needs:
        remedies = (remedy.mode for remedy in need.remedies if remedy.mode is not None)
        modes += [mode for mode in (*need.modes, *remedies) if mode.name == KEY]
    own = [mode for mode in modes if isinstance(mode, ApiKeyMode)]
    return covering(own).how() if own else [line for mode in modes for line in mode.how()]
