"""The verdict in a sentence or two: is this team affected, and by what?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .route import KEY, PASSWORD
from .words import named, span, verb

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .case import Case
    from .route import Route


def summary_of(case: Case) -> str:
    """Whether Apple's two-factor rule stops a team's CI."""
    if not case.routes:
        return "There are no steps to advise on."
    if any(made.by_person for made in case.present):
        return _affected(case)
    if all(made.mode is None for made in case.present):
        return "Not affected: no step has to prove to Apple who you are."
    lacking = [made for made in case.routes if not made.settled]
    if barred := [made.need for made in lacking if made.barred]:
        needs = verb(barred, "needs", "need")
        return f"No step needs an Apple ID, but {named(barred)} {needs} an API key that somebody else has to make."
    if lacking:
        return _once_given(lacking)
    if easier := [made.need for made in case.routes if made.edit is not None]:
        needs = verb(easier, "does", "do")
        return f"Not affected, once {named(easier)} {needs} with less auth: no step needs an Apple ID."
    return "Not affected: what has to prove to Apple who you are has a credential that needs no code."


def _once_given(lacking: Sequence[Route]) -> str:
    words = {KEY: "an API key", PASSWORD: "an app-specific password"}
    given = " and ".join(word for name, word in words.items() if any(made.auth == name for made in lacking))
    return f"Not affected, once there is {given}: no step needs an Apple ID."


def _affected(case: Case) -> str:
    routes = [made for made in case.present if made.by_person]
    needs = [made.need for made in routes]
    able = all(any(mode.name == KEY for mode in need.modes) for need in needs)
    why = ", as long as there is no API key" if able else ""
    parts = [f"Affected: {named(needs)} {verb(needs, 'needs', 'need')} an Apple ID{why}."]
    if all(made.found for made in routes):
        left = [made.holding.seconds_left for made in routes if made.holding is not None]
        known = [seconds for seconds in left if seconds is not None]
        life = f"for another {span(min(known))}" if known else "as long as it lives"
        parts.append(f"A session carries {verb(needs, 'it', 'them')} {life}.")
    others = len(case.present) - len(needs)
    if others:
        parts.append(f"The {'other step does' if others == 1 else f'{others} other steps do'} not.")
    return " ".join(parts)
