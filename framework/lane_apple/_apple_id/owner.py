"""Whose a session is: Apple's word against what it was taken for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lane_apple._session.errors import SessionTextError
from lane_apple._session.masking import masked

if TYPE_CHECKING:
    from lane_apple._session.session import AppleSession
    from lane_apple._signin.faces import Health


def check_owner(session: AppleSession, health: Health, source: str) -> None:
    """Raise SessionTextError where App Store Connect knows the session as another Apple ID's.

    A session without an address, as some variables hold, is whoever's Apple says.
    """
    email, account = health.email, session.account
    if email is None or "@" not in account or email.strip().lower() == account.strip().lower():
        return
    raise SessionTextError(
        f"{source} holds a session of {masked(email)}, not of {masked(account)}: Apple says so.",
        hint="Name the Apple ID that it belongs to, or sign in with this one: `lane auth login`.",
        code="session_other_account",
    )


def check_taken_over(session: AppleSession, health: Health) -> None:
    """The same for a session in fastlane's format, which does not say whose it is.

    One that was made by a sign-in here is of who signed in, perhaps by an alias that Apple knows by another address.
    """
    if session.provider_id is None:
        check_owner(session, health, session.source)
