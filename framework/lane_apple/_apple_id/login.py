"""Signs an Apple ID in with the person who is here, or with what answers in their place."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from lane import CredentialError, NotificationService, PersonNeededError, Secret, UsageError
from lane_apple._session.masking import masked
from lane_apple._session.places import USERS

from .access import PASSWORDS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lane_apple._session.session import AppleSession

    from .access import Access

_NOTIFY = "LANE_NOTIFY__URLS"


def log_in(
    access: Access,
    *,
    account: str | None = None,
    say: Callable[[str], None],
    fresh: bool = False,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.time,
) -> AppleSession:
    """A session by password and, where Apple wants it, a code; it is kept in the store.

    What is not given is asked for in the terminal; where there is none, nothing is. `say` shows a line. The trust of
    an earlier session is used, so that it may go without a code, unless `fresh`. One of all processes signs in, and
    the others take what it got.

    Raises PersonNeededError where somebody would have to be asked, and the errors of `_signin/errors.py`.
    """
    from lane_apple._session.once import sign_in_once

    name = account or access.account or _asked("Apple ID", f"the Apple ID is not known ({USERS[0]})")
    stale = access.store.load(name)

    def sign_in(kept: AppleSession | None) -> AppleSession:
        return _signed_in(access, name, None if fresh else kept, say, sleep, clock)

    return sign_in_once(access.store, name, sign_in, stale=stale, wait=sleep)


def _signed_in(
    access: Access,
    account: str,
    kept: AppleSession | None,
    say: Callable[[str], None],
    sleep: Callable[[float], None],
    clock: Callable[[], float],
) -> AppleSession:
    import requests

    from lane_apple._codes.sources import asker
    from lane_apple._signin.flow import sign_in
    from lane_apple._signin.phones import phone_of
    from lane_apple._signin.teams import provider_of

    password = access.password or Secret(
        _asked(f"Password of {masked(account)}", f"the password is not known ({PASSWORDS[0]})", hidden=True)
    )
    environment, terminal = access.environment, in_terminal()
    with (
        requests.Session() as http,
        asker(environment, terminal=terminal, notify=_notifier(access)) as ask,
    ):
        return sign_in(
            account,
            password,
            http=http,
            doors=access.doors,
            ask=ask,
            trust=kept.cookies if kept else (),
            phone=phone_of(environment),
            provider=provider_of(environment),
            team_id=environment.get("FASTLANE_TEAM_ID", "").strip() or None,
            choose=_choose if terminal else None,
            say=say,
            sleep=sleep,
            clock=clock,
            environment=environment,
        )


def in_terminal() -> bool:
    """Whether a person can be asked: what is typed and what is shown are a terminal's."""
    return sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()


def _asked(what: str, why: str, *, hidden: bool = False) -> str:
    if not in_terminal():
        raise PersonNeededError(
            f"Nobody can be asked for it, and {why}.",
            hint="Run `lane auth login` in a terminal, or set the variable.",
            code="nobody_to_ask",
        )
    import click

    answer: str = click.prompt(what, hide_input=hidden, err=True)
    return answer


def _choose(question: str, choices: Sequence[str]) -> int:
    import click

    for number, choice in enumerate(choices, 1):
        click.echo(f"  {number}  {choice}", err=True)
    chosen: int = click.prompt(question, type=click.IntRange(1, len(choices)), err=True)
    return chosen - 1


def _notifier(access: Access) -> Callable[[str], None] | None:
    """Tells people of a question, by the services that the notifier has."""
    urls = [url.strip() for url in access.environment.get(_NOTIFY, "").split(",") if url.strip()]
    if not urls:
        return None
    try:
        services = [NotificationService(Secret(url), number) for number, url in enumerate(urls, 1)]
    except UsageError as error:
        raise CredentialError(f"{_NOTIFY}: {error.message}", hint=error.hint) from None

    def notify(text: str) -> None:
        for service in services:
            why = service.send(text, "lane")
            if why is not None:
                raise UsageError(f"{service.name} did not take the message: {why}")

    return notify
