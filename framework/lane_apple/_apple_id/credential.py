"""The session of an Apple ID as the planner and the engine see it: does it live, until when, renew it."""

from __future__ import annotations

import contextlib
import copy
import time
from typing import TYPE_CHECKING

from lane import TransientError
from lane_apple._refusal import SessionDeadError
from lane_apple._session.errors import SessionFileError, SessionStoreError
from lane_apple._session.life import FACE_NAMES, FACES
from lane_apple._session.masking import masked

from .living import LivingSession
from .owner import check_taken_over

if TYPE_CHECKING:
    from collections.abc import Callable

    from lane_apple._session.life import Face
    from lane_apple._session.session import AppleSession
    from lane_apple._signin.faces import Health
    from lane_apple._web_session import WebSession

    from .access import Access


class AppleId:
    """An Apple ID with a session, for work at both of Apple's faces, or `at` one of them.

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
        self._living = LivingSession(access, session, sleep, clock)
        self._faces = FACES

    def at(self, face: Face) -> AppleId:
        """The same for work at one face: whether the session lives at the other does not count.

        What becomes of the session, such as a renewal, is shared.
        """
        found = copy.copy(self)
        found._faces = (face,)
        return found

    @property
    def web(self) -> WebSession:
        """What Apple's web doors take; it is another one after a renewal."""
        return self._living.web

    @property
    def account(self) -> str:
        """The Apple ID's address."""
        return self.web.account

    @property
    def source(self) -> str:
        """Where the session was found, and what is known of it."""
        said = [self.web.source]
        dead = self._living.dead(self._faces)
        if dead is not None:
            said.append(f"it has ended at {FACE_NAMES[dead]}")
        elif self._faces != FACES:
            said = [f"{self.web.source}, at {FACE_NAMES[self._faces[0]]}"]
            if needless := self._living.dead(FACES):
                said.append(f"it has ended at {FACE_NAMES[needless]}, which is not needed here")
        if self.renewable:
            said.append("the password renews it while the trust lasts")
        elif dead is not None:
            said.append("`lane auth login` makes a new one")
        return "; ".join(said)

    @property
    def unattended(self) -> bool:
        """Whether it works without a person, as far as is known: it lives, or can be renewed."""
        return self._living.dead(self._faces) is None or self.renewable

    @property
    def renewable(self) -> bool:
        """Whether Apple gives a new session for password and trust, without a code, as far as is known."""
        return self._living.renewable

    @property
    def until(self) -> float | None:
        """When a person is expected to be needed again, in seconds since 1970."""
        session, store = self.web.current, self._living.access.store
        if self.renewable:
            return session.trust_until
        with contextlib.suppress(SessionFileError, SessionStoreError):
            ends = (store.expected_until(session, face).until for face in self._faces)
            return min((end for end in ends if end is not None), default=None)
        return None

    def ensure(self) -> None:
        """Ask the faces that it works at whether they know the session; renew it where they do not.

        Raises SessionDeadError where only a person can, SessionTextError where it is another Apple ID's,
        TransientError where Apple cannot be asked, and what a refused sign-in raises.
        """
        living = self._living
        with living.lock:
            wanted = living.unsure(self._faces)
            if not wanted:
                return
            health = living.ask(self._asked(wanted), patient=True)
            check_taken_over(self.web.current, health)
            living.learn(health, wanted)
            dead = _first(health, wanted, "dead")
            if dead is None:
                _check_known(health, wanted)
                return
            if not self.renewable:
                raise SessionDeadError(dead, masked(self.account))
            living.renew()

    def ask(self, *, patient: bool = True) -> Health:
        """Ask both of Apple's faces whether they know the session, and remember it. Neither renews it nor signs in.

        `patient`: where Apple cannot be reached, try for a minute.
        """
        return self._living.ask(FACES, patient=patient)

    def _asked(self, wanted: list[Face]) -> list[Face]:
        """Only App Store Connect says whose a session is: where that has to be known, it is asked too."""
        whose_is_known = self.web.current.provider_id is not None or "app_store_connect" in wanted
        return wanted if whose_is_known else ["app_store_connect", *wanted]

    def __repr__(self) -> str:
        return f"AppleId({masked(self.account)}, {self.source})"


def _check_known(health: Health, faces: list[Face]) -> None:
    """Raise TransientError where a face does not say whether it knows the session."""
    unknown = _first(health, faces, "unknown")
    if unknown is not None:
        why = f": {health.troubles[0]}" if health.troubles else "."
        raise TransientError(f"{FACE_NAMES[unknown]} does not say whether the session lives{why}")


def _first(health: Health, faces: list[Face], state: str) -> Face | None:
    """The first of the faces of which Apple said so."""
    for face in faces:
        if getattr(health, face) == state:
            return face
    return None
