"""One session of an Apple ID in this process: asked, renewed, and shared by all that work with it."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING

from lane import CredentialError, PersonNeededError
from lane_apple._session.errors import SessionFileError, SessionKeyError, SessionStoreError
from lane_apple._session.life import FACE_NAMES, FACES
from lane_apple._signin.errors import (
    AccountLockedError,
    AppSpecificPasswordError,
    UnknownAppleIdError,
    WrongPasswordError,
)
from lane_apple._web_session import WebSession

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from lane import LaneError
    from lane_apple._session.life import Face, Life
    from lane_apple._session.session import AppleSession
    from lane_apple._signin.faces import Health

    from .access import Access

_FINAL = (WrongPasswordError, UnknownAppleIdError, AppSpecificPasswordError, AccountLockedError)
"""Refusals that time does not mend; some of them lock the account, too."""
_ASKED_ENOUGH = 60.0
"""Seconds for which an answer of Apple's is good: a run asks when it plans, and before a job."""


class LivingSession:
    """What is known of it here. `web` is what Apple's web doors take; it is another one after a renewal.

    Changes are made under `lock`. `clock` gives seconds since 1970.
    """

    def __init__(
        self,
        access: Access,
        session: AppleSession,
        sleep: Callable[[float], None],
        clock: Callable[[], float],
    ) -> None:
        self.access = access
        self.clock = clock
        self.lock = threading.Lock()
        self.web = WebSession(session, doors=access.doors, clock=clock)
        self._sleep = sleep
        self._unsaved: AppleSession | None = None
        self._worked_at: dict[Face, float] = {}
        self._dead = _known_dead(access, session)
        self._life = _known_life(access, session)
        self._refused = False

    def dead(self, faces: Iterable[Face]) -> Face | None:
        """The first of these faces that is known not to know it any more."""
        return next((face for face in faces if face in self._dead), None)

    @property
    def renewable(self) -> bool:
        """Whether Apple gives a new session for password and trust, without a code, as far as is known."""
        if self._refused or not self.web.account:
            return False
        if self._life is not None and not self._life.may_be_renewed(self.clock()):
            return False
        until = self.web.current.trust_until
        return self.access.password is not None and until is not None and until > self.clock()

    def unsure(self, faces: Iterable[Face]) -> list[Face]:
        """Those of the faces that did not know it lately."""
        now = self.clock()
        return [
            face for face in faces if not 0 <= now - self._worked_at.get(face, -_ASKED_ENOUGH) < _ASKED_ENOUGH
        ]

    def learn(self, health: Health, faces: Iterable[Face]) -> None:
        """Take what Apple said of these faces."""
        for face in faces:
            state = getattr(health, face)
            if state == "alive":
                self._dead.discard(face)
                self._worked_at[face] = self.clock()
            elif state == "dead":
                self._dead.add(face)

    def ask(self, faces: Collection[Face], *, patient: bool) -> Health:
        """Ask these faces whether they know it, and keep the answers in the store. Nobody signs in."""
        import requests

        from lane_apple._signin.flow import check

        session = self.web.current
        with requests.Session() as http:
            sleep = self._sleep if patient else None
            health = check(session, http, self.access.doors, faces=faces, sleep=sleep, clock=self.clock)
        store = self.access.store
        # What is learnt is of use, and not needed.
        with contextlib.suppress(SessionFileError, SessionStoreError):
            for face in faces:
                if getattr(health, face) == "alive":
                    store.mark_alive(session, face)
                elif getattr(health, face) == "dead":
                    store.mark_dead(session, face, f"{FACE_NAMES[face]} did not know it")
        return health

    def renew(self) -> None:
        """By password and trust; one of all processes does it, and the others take what it got."""
        from lane_apple._session.once import sign_in_once

        stale = self.web.current
        try:
            renewed = sign_in_once(
                self.access.store, self.web.account, self._renewed, stale=stale, wait=self._sleep
            )
        except SessionKeyError:  # nothing here can seal a session: it serves this process only
            if self._unsaved is None:
                raise
            renewed = self._unsaved
        self.web = WebSession(renewed, doors=self.access.doors, clock=self.clock)
        self._life = None
        self._dead.clear()
        self._worked_at = dict.fromkeys(FACES, self.clock())

    def _renewed(self, kept: AppleSession | None) -> AppleSession:
        import requests

        from lane_apple._signin.flow import renew

        password = self.access.password
        assert password is not None
        session = kept or self.web.current
        with requests.Session() as http:
            try:
                self._unsaved = renew(
                    session,
                    password,
                    http=http,
                    doors=self.access.doors,
                    sleep=self._sleep,
                    clock=self.clock,
                    environment=self.access.environment,
                )
            except (CredentialError, PersonNeededError) as error:
                self._note_refusal(session, error)
                raise
        return self._unsaved

    def _note_refusal(self, session: AppleSession, error: LaneError) -> None:
        """So that no run tries again soon: it would be refused too, and send people codes, or lock the account."""
        self._refused = True
        final = isinstance(error, _FINAL)
        with contextlib.suppress(SessionFileError, SessionStoreError):
            self.access.store.mark_refused(session, error.message, final=final, at=self.clock())


def _known_life(access: Access, session: AppleSession) -> Life | None:
    """What is known of a session here, without the network."""
    with contextlib.suppress(SessionFileError, SessionStoreError):
        return access.store.life(session)
    return None


def _known_dead(access: Access, session: AppleSession) -> set[Face]:
    """The faces that are known not to know a session; without the network."""
    if not session.signed_in:
        return set(FACES)
    with contextlib.suppress(SessionFileError, SessionStoreError):
        return {face for face in FACES if access.store.is_dead(session, face)}
    return set()
