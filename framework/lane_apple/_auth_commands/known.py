"""The Apple IDs that are known here, each with its session: in lane's store, in a variable, in fastlane's file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lane import CredentialError
from lane_apple._session.fastlane_file import accounts_with_cookies
from lane_apple._session.finding import SESSION_NAMES, find_session
from lane_apple._session.masking import STORE
from lane_apple._session.places import Places

if TYPE_CHECKING:
    from lane_apple._session.session import AppleSession

    from .place import Place


@dataclass(frozen=True, slots=True)
class Known:
    """One Apple ID (empty: its session does not name it), seen from `place`. `problem`: its session is unfit.

    STORE as the account: lane's store itself is unfit, and which Apple IDs are in it is not known.
    """

    account: str
    place: Place
    session: AppleSession | None = None
    problem: CredentialError | None = None


def known(place: Place, account: str | None) -> list[Known]:
    """All that are known, or the named one; `place` has the sandbox's variables where it is meant."""
    if account is not None:
        return [_look(account, place.for_account(account))]
    found: list[Known] = []
    names, problem = _names(place)
    for name in names:
        mine = place.for_account(name)
        if place.access.account is None:  # a session in a variable is of whoever it says: nobody
            mine = mine.overlaid("the command line", dict.fromkeys(SESSION_NAMES, ""))
        found.append(_look(name, mine))
    if problem is not None and all(str(each.problem) != str(problem) for each in found):
        found.append(Known(STORE, place, problem=problem))
    if place.access.account is None and any(map(place.environment.get, SESSION_NAMES)):
        found.append(_given(place))
    return found


def _names(place: Place) -> tuple[list[str], CredentialError | None]:
    """Each Apple ID once, however its letters are written; that of the variables first."""
    access, problem = place.access, None
    names = [access.account] if access.account else []
    try:
        names += access.store.accounts()
    except CredentialError as error:
        problem = error
    names += accounts_with_cookies(Places(place.environment, place.folder))
    return list({name.strip().lower(): name for name in reversed(names)}.values())[::-1], problem


def _look(account: str, place: Place) -> Known:
    try:
        return Known(account, place, session=find_session(place.environment, place.folder))
    except CredentialError as error:
        return Known(account, place, problem=error)


def _given(place: Place) -> Known:
    """The session in a variable that nothing else claims."""
    from lane_apple._session.own_format import fastlane_text_session

    name = next(name for name in SESSION_NAMES if place.environment.get(name))
    try:
        session = fastlane_text_session(place.environment[name], account="", source=name)
    except CredentialError as error:
        return Known("", place, problem=error)
    return Known("", place, session=session)


def used_by_lanes(place: Place) -> str | None:
    """The Apple ID whose session lanes would take."""
    try:
        session = find_session(place.environment, place.folder)
    except CredentialError:
        session = None
    return session.account if session is not None else place.access.account
