"""The session of an Apple ID as the planner and the engine see it: does it live, until when, renew it."""

from __future__ import annotations

import contextlib
import threading
import time
from typing import TYPE_CHECKING

from lane import CredentialError, PersonNeededError, TransientError
from lane_apple._refusal import SessionDeadError
from lane_apple._session.errors import SessionFileError, SessionKeyError, SessionStoreError
from lane_apple._session.life import FACES
from lane_apple._session.masking import masked
from lane_apple._web_session import WebSession

from .owner import check_taken_over

if TYPE_CHECKING:
    from collections.abc import Callable

    from lane import LaneError
    from lane_apple._session.life import Face
    from lane_apple._session.session import AppleSession
    from lane_apple._signin.faces import Health

    from .access import Access


_ASKED_ENOUGH = (
    60.0  # seconds for which an answer of Apple's is good: a run asks when it plans, and before a job
)


class AppleId:
    """An Apple ID with a session. `web` is what Apple's web doors take; it is another one after a renewal.

    Usable without lanes: `ensure()` asks Apple whether the session lives, and renews it by password and trust.
    """

    def __init__(
        self,
        access: Access,
        session: AppleSession,
        *,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._access = access
        self._sleep = sleep
        self._clock = clock
        self._lock = threading.Lock()
        self._unsaved: AppleSession | None = None
        self._worked_at: float | None = None
        self.web = WebSession(session, doors=access.doors, clock=clock)
        self._dead: Face | None = _known_dead(access, session)
        self._refused = _known_refused(access, session)

    @property
    def account(self) -> str:
        """The Apple ID's address."""
        return self.web.account

    @property
    def source(self) -> str:
        """Where the session was found, and what is known of it."""
        said = [self.web.source]
        if self._dead is not None:
            said.append(f"it has ended at {_NAMES[self._dead]}")
        if self.renewable:
            said.append("the password renews it while the trust lasts")
        elif self._dead is not None:
            said.append("`lane auth login` makes a new one")
        return "; ".join(said)

    @property
    def unattended(self) -> bool:
        """Whether it works without a person, as far as is known: it lives, or can be renewed."""
        return self._dead is None or self.renewable

    @property
    def renewable(self) -> bool:
        """Whether Apple gives a new session for password and trust, without a code, as far as is known."""
        if self._refused or not self.account:
            return False
        until = self.web.current.trust_until
        return self._access.password is not None and until is not None and until > self._clock()

    @property
    def until(self) -> float | None:
        """When a person is expected to be needed again, in seconds since 1970."""
        session = self.web.current
        if self.renewable:
            return session.trust_until
        with contextlib.suppress(SessionFileError, SessionStoreError):
            return self._access.store.expected_until(session).until
        return None

    def ensure(self) -> None:
        """Ask both of Apple's faces whether they know the session; renew it where they do not.

        Raises SessionDeadError where only a person can, SessionTextError where it is another Apple ID's,
        TransientError where Apple cannot be asked, and what a refused sign-in raises.
        """
        with self._lock:
            if self._worked_at is not None and 0 <= self._clock() - self._worked_at < _ASKED_ENOUGH:
                return
            health = self.ask()
            check_taken_over(self.web.current, health)
            dead: Face | None = next((face for face in FACES if getattr(health, face) == "dead"), None)
            if dead is None:
                unknown: Face | None
                unknown = next((face for face in FACES if getattr(health, face) == "unknown"), None)
                if unknown is None:
                    self._dead, self._worked_at = None, self._clock()
                    return
                why = f": {health.troubles[0]}" if health.troubles else "."
                raise TransientError(f"{_NAMES[unknown]} does not say whether the session lives{why}")
            self._dead = dead
            if not self.renewable:
                raise SessionDeadError(dead, masked(self.account))
            self._renew()

    def ask(self, *, patient: bool = True) -> Health:
        """Ask both of Apple's faces whether they know the session, and remember it. Neither renews it nor signs in.

        `patient`: where Apple cannot be reached, try for a minute.
        """
        import requests

        from lane_apple._signin.flow import check

        session = self.web.current
        with requests.Session() as http:
            sleep = self._sleep if patient else None
            health = check(session, http, self._access.doors, sleep=sleep, clock=self._clock)
        store = self._access.store
        # What is learnt is of use, and not needed.
        with contextlib.suppress(SessionFileError, SessionStoreError):
            for face in FACES:
                if getattr(health, face) == "alive":
                    store.mark_alive(session, face)
                elif getattr(health, face) == "dead":
                    store.mark_dead(session, face, f"{_NAMES[face]} did not know it")
        return health

    def _renew(self) -> None:
        """By password and trust; one of all processes does it, and the others take what it got."""
        from lane_apple._session.once import sign_in_once

        stale = self.web.current
        try:
            renewed = sign_in_once(
                self._access.store, self.account, self._renewed, stale=stale, wait=self._sleep
            )
        except SessionKeyError:  # nothing here can seal a session: it serves this process only
            if self._unsaved is None:
                raise
            renewed = self._unsaved
        self.web = WebSession(renewed, doors=self._access.doors, clock=self._clock)
        self._dead, self._worked_at = None, self._clock()

    def _renewed(self, kept: AppleSession | None) -> AppleSession:
        import requests

        from lane_apple._signin.flow import renew

        password = self._access.password
        assert password is not None
        session = kept or self.web.current
        with requests.Session() as http:
            try:
                self._unsaved = renew(
                    session,
                    password,
                    http=http,
                    doors=self._access.doors,
                    sleep=self._sleep,
                    clock=self._clock,
                    environment=self._access.environment,
                )
            except (CredentialError, PersonNeededError) as error:
                self._note_refusal(session, error)
                raise
        return self._unsaved

    def _note_refusal(self, session: AppleSession, error: LaneError) -> None:
        """So that no later run tries again: it would be refused too, send people codes, or lock the account."""
        self._refused = True
        with contextlib.suppress(SessionFileError, SessionStoreError):
            self._access.store.mark_refused(session, error.message)

    def __repr__(self) -> str:
        return f"AppleId({masked(self.account)}, {self.source})"


_NAMES: dict[Face, str] = {
    "app_store_connect": "App Store Connect",
    "developer_portal": "the developer portal",
}


def _known_refused(access: Access, session: AppleSession) -> bool:
    """Whether Apple is known not to renew a session without a person; without the network."""
    with contextlib.suppress(SessionFileError, SessionStoreError):
        return access.store.life(session).refused is not None
    return False


def _known_dead(access: Access, session: AppleSession) -> Face | None:
    """The first face that is known not to know the session; without the network."""
    if not session.signed_in:
        return "app_store_connect"
    with contextlib.suppress(SessionFileError, SessionStoreError):
        return next((face for face in FACES if access.store.is_dead(session, face)), None)
    return None
