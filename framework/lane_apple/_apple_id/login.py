"""Signs an Apple ID in with the person who is here, or with what answers in their place."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from lane import (
    CredentialError,
    NotificationService,
    PersonNeededError,
    Secret,
    UsageError,
    notification_urls,
)
from lane_apple._session.errors import SessionKeyError
from lane_apple._session.masking import masked
from lane_apple._session.places import USERS
from lane_apple._session.session import TRUST

from .access import PASSWORDS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lane_apple._codes.asker import CodeAsker
    from lane_apple._session.session import AppleSession

    from .access import Access

    Say = Callable[[str], None]


def log_in(
    access: Access,
    *,
    account: str | None = None,
    say: Say,
    fresh: bool = False,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.time,
) -> AppleSession:
    """A session by password and, where Apple wants it, a code; it is kept in the store.

    What is not given is asked for in the terminal; where there is none, nothing is. `say` shows a line. The trust of
    an earlier session is used, so that it may go without a code, unless `fresh`. One of all processes signs in, and
    the others take what it got. Where nothing can seal a session, it serves this process only, and `say` tells so.

    Raises PersonNeededError where somebody would have to be asked, and the errors of `_signin/errors.py`.
    """
    from lane_apple._session.once import readable, sign_in_once

    name = account_of(access, account)
    visit = _Visit(access, name, say, fresh=fresh, sleep=sleep, clock=clock)
    try:
        return sign_in_once(access.store, name, visit, stale=readable(access.store, name), wait=sleep)
    except SessionKeyError as error:
        if visit.made is None:
            raise
        say(f"The session serves this run only, since it cannot be kept: {error}")
        return visit.made


def account_of(access: Access, account: str | None) -> str:
    """The Apple ID that is meant: the one that is named, that of the environment, or what a person types."""
    return account or access.account or _asked("Apple ID", f"the Apple ID is not known ({USERS[0]})")


class _Visit:
    """One sign-in of one Apple ID; `made` is the session that came of it."""

    def __init__(
        self,
        access: Access,
        account: str,
        say: Say,
        *,
        fresh: bool,
        sleep: Callable[[float], None],
        clock: Callable[[], float],
    ) -> None:
        self.made: AppleSession | None = None
        self._access = access
        self._account = account
        self._say = say
        self._fresh = fresh
        self._sleep = sleep
        self._clock = clock

    def __call__(self, kept: AppleSession | None) -> AppleSession:
        """Sign in; `kept` is what the store holds, whose trust may save the code."""
        from lane_apple._codes.sources import code_asker

        access, terminal = self._access, in_terminal()
        password, trusted = _password(access, self._account), None if self._fresh else kept
        with code_asker(access.environment, terminal=terminal, notify=_notifier(access)) as ask:
            if ask.names:
                self._say(f"A code would come from: {', '.join(ask.names)}.")
            elif not self._saves_the_code(trusted):
                raise _nobody_has_a_code(self._account)
            self.made = self._sign_in(password, trusted, ask, terminal=terminal)
        return self.made

    def _saves_the_code(self, kept: AppleSession | None) -> bool:
        """Whether Apple is expected to want no code, for the trust of an earlier session."""
        return kept is not None and kept.trust_until is not None and kept.trust_until > self._clock()

    def _sign_in(
        self, password: Secret, kept: AppleSession | None, ask: CodeAsker, *, terminal: bool
    ) -> AppleSession:
        import requests

        from lane_apple._signin.flow import sign_in
        from lane_apple._signin.phones import phone_of
        from lane_apple._signin.teams import provider_of

        environment = self._access.environment
        with requests.Session() as http:
            return sign_in(
                self._account,
                password,
                http=http,
                doors=self._access.doors,
                ask=ask,
                trust=kept.cookies if kept else (),
                phone=phone_of(environment),
                provider=provider_of(environment),
                team_id=environment.get("FASTLANE_TEAM_ID", "").strip() or None,
                choose=_choose if terminal else None,
                say=self._say,
                rescue=self._keep_trust,
                sleep=self._sleep,
                clock=self._clock,
                environment=environment,
            )

    def _keep_trust(self, session: AppleSession) -> None:
        """Keep what saves the code at the next try; not what works for a team that nobody chose.

        The session that is kept here, if there is one, stays, with this trust in place of its own.
        """
        from lane_apple._session.once import readable

        trust = tuple(cookie for cookie in session.cookies if cookie.name.startswith(TRUST))
        if not trust:
            return
        store = self._access.store
        kept = readable(store, self._account)
        others = tuple(each for each in kept.cookies if not each.name.startswith(TRUST)) if kept else ()
        try:
            store.save(replace(kept or session, cookies=(*others, *trust)))
        except CredentialError as error:
            self._say(f"The trust in this machine cannot be kept: {error}")


def in_terminal() -> bool:
    """Whether a person can be asked: what is typed and what is shown are a terminal's."""
    from lane_apple._codes.prompt import at_terminal

    return at_terminal()


def _password(access: Access, account: str) -> Secret:
    """That of the environment, unless it names another Apple ID; else what a person types."""
    named = access.account
    if access.password is not None and (named is None or _same(named, account)):
        return access.password
    why = f"the password of {masked(account)} is not known ({USERS[0]} and {PASSWORDS[0]})"
    return Secret(_asked(f"Password of {masked(account)}", why, hidden=True))


def _same(one: str, other: str) -> bool:
    return one.strip().lower() == other.strip().lower()


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


def _nobody_has_a_code(account: str) -> PersonNeededError:
    """Before Apple is given the password: it would send people a code."""
    return PersonNeededError(
        f"Apple would want a code for {masked(account)}, and there is nobody to ask. No password was sent.",
        hint="Run this in a terminal, or configure where codes come from: LANE_CODE_SOURCES.",
        code="code_needed",
    )


def _choose(question: str, choices: Sequence[str]) -> int:
    import click

    for number, choice in enumerate(choices, 1):
        click.echo(f"  {number}  {choice}", err=True)
    chosen: int = click.prompt(question, type=click.IntRange(1, len(choices)), err=True)
    return chosen - 1


def _notifier(access: Access) -> Callable[[str], None] | None:
    """Tells people of a question, by the services that the notifier has."""
    try:
        urls = notification_urls(access.environment)
        services = [NotificationService(url, number) for number, url in enumerate(urls, 1)]
    except UsageError as error:
        raise CredentialError(f"Nobody can be told of a code. {error.message}", hint=error.hint) from None
    if not services:
        return None

    def notify(text: str) -> None:
        for service in services:
            why = service.send(text, "lane")
            if why is not None:
                raise UsageError(f"{service.name} did not take the message: {why}")

    return notify
