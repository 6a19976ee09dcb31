"""`lane auth logout`: forgets sessions here, and says where they go on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from lane import UsageError
from lane_apple._session.errors import AccountNeededError
from lane_apple._session.fastlane_file import accounts_with_cookies, cookie_path
from lane_apple._session.finding import SESSION_NAMES
from lane_apple._session.masking import shown
from lane_apple._session.places import USERS, Places

if TYPE_CHECKING:
    from .place import Place


def forget(place: Place, account: str | None, *, every: bool) -> int:
    """Delete the session of one Apple ID, or of all, from lane's store. Apple is not asked."""
    if every and account is not None:
        raise UsageError("--all forgets every session; an Apple ID is named besides.", hint="Leave one out.")
    unmet = place.unmet(account)
    store = unmet.access.store
    accounts = store.accounts() if every else _meant(unmet)
    gone = [each for each in accounts if store.delete(each)]
    for each in gone:
        click.echo(f"The session of {shown(each)} is forgotten here.")
    if not gone:
        whose = f" of {shown(accounts[0])}" if accounts and not every else ""
        click.echo(f"There is no session{whose} in {store.folder}.")
    for line in _elsewhere(unmet, accounts, gone):
        click.echo(f"! {line}")
    return 0


def _meant(place: Place) -> list[str]:
    """The Apple ID that is named, else the only one in lane's store, if there is one. Raises AccountNeededError."""
    access = place.access
    if access.account is not None:
        return [access.account]
    accounts = access.store.accounts()
    if len(accounts) > 1:
        raise AccountNeededError(
            f"There are sessions of {len(accounts)} Apple IDs: {', '.join(map(shown, accounts))}.",
            hint=f"Name one, or set {USERS[0]}; --all forgets all.",
        )
    return accounts


def _elsewhere(place: Place, accounts: list[str], gone: list[str]) -> list[str]:
    lines = []
    if gone and not place.sandbox:
        lines.append(
            "Apple was not told: a copy works until Apple ends it, and so does the trust. To end all of them, sign out"
            " of all browsers at https://account.apple.com, or change the password."
        )
    lines += [
        f"{name} is set: lanes take the session in it."
        for name in SESSION_NAMES
        if place.environment.get(name)
    ]
    places = Places(place.environment, place.folder)
    cookies = {name.lower(): name for name in accounts_with_cookies(places)}
    lines += [
        f"fastlane's file is still there, and lanes take the session in it: {cookie_path(cookies[name], places)}"
        for each in accounts
        if (name := each.strip().lower()) in cookies
    ]
    return lines
