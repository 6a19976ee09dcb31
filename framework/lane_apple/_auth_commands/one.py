"""The one session that a command works with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lane import PersonNeededError
from lane_apple._session.finding import find_session
from lane_apple._session.life import FACES
from lane_apple._session.masking import masked

if TYPE_CHECKING:
    from lane_apple._session.session import AppleSession

    from .place import Place


def session_here(place: Place) -> AppleSession:
    """The session that lanes would take at this place.

    Raises PersonNeededError where there is none, or only one that is known to be over; CredentialError for one that
    is unfit, or where nothing says which of several Apple IDs is meant.
    """
    session = find_session(place.environment, place.folder)
    if session is None:
        whose = place.access.account
        raise PersonNeededError(
            f"There is no session{f' of {masked(whose)}' if whose else ''} here.",
            hint="Sign in: `lane auth login`.",
            code="no_session",
        )
    store = place.access.store
    if all(store.is_dead(session, face) for face in FACES):
        raise PersonNeededError(
            f"The session from {session.source} is over.",
            hint="Sign in: `lane auth login`.",
            code="session_dead",
        )
    return session
