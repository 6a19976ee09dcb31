"""Finds the session of an Apple ID on this machine, without the network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lane import CredentialError

from .errors import AccountNeededError
from .life import FACES
from .masking import masked
from .places import USERS, Places
from .store import SessionStore

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from .session import AppleSession

SESSION_NAMES = ("FASTLANE_SESSION", "SPACESHIP_SESSION")
"""The variables that can hold a session; the first wins, as with fastlane."""


def find_session(environment: Mapping[str, str], folder: Path) -> AppleSession | None:
    """The first session that is not known to be dead: of lane's store, a variable, fastlane's file of cookies.

    Where all are dead, at one face at least, the one with fewest dead faces: its trust may save the code. None
    without any. The Apple ID is that of FASTLANE_USER, DELIVER_USER or DELIVER_USERNAME, else the only one. `folder`
    is the Lanefile's. Raises CredentialError for one that is there but unfit, unless there is another.
    """
    places = Places(environment, folder)
    store = SessionStore(places)
    problems: list[CredentialError] = []
    found: list[tuple[int, AppleSession]] = []
    forms: tuple[Callable[[], AppleSession | None], ...] = (
        lambda: _kept(store, places),
        lambda: _given(places),
        lambda: _left(places),
    )
    for look in forms:
        try:
            session = look()
            if session is None:
                continue
            dead = sum(store.is_dead(session, face) for face in FACES)
        except CredentialError as problem:
            problems.append(problem)
            continue
        if not dead:
            return session
        found.append((dead, session))
    if found:
        return min(found, key=lambda pair: pair[0])[1]
    if problems:
        raise problems[0]
    return None


def _kept(store: SessionStore, places: Places) -> AppleSession | None:
    account = places.account
    if account is None:
        account = _only(store.accounts(), "lane's store")
    return None if account is None else store.load(account)


def _given(places: Places) -> AppleSession | None:
    for name in SESSION_NAMES:
        text = places.get(name)
        if text is not None:
            from .own_format import fastlane_text_session

            return fastlane_text_session(text, account=places.account or "", source=name)
    return None


def _left(places: Places) -> AppleSession | None:
    from .fastlane_file import accounts_with_cookies, cookie_path, read_cookie_file

    account = places.account
    if account is None:
        account = _only(accounts_with_cookies(places), "fastlane's folder of cookies")
    if account is None:
        return None
    cookies = read_cookie_file(cookie_path(account, places))
    if not cookies:
        return None
    import platform

    from .own_format import session_of

    return session_of(
        cookies,
        account=account,
        made_on=platform.node(),
        source=f"fastlane's file of cookies for {masked(account)}",
    )


def _only(accounts: list[str], where: str) -> str | None:
    if len(accounts) > 1:
        raise AccountNeededError(
            f"There are sessions of {len(accounts)} Apple IDs in {where}: {', '.join(map(masked, accounts))}.",
            hint=f"Say which one by {USERS[0]}.",
        )
    return accounts[0] if accounts else None
