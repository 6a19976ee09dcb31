"""Asks both faces for one session, and renews it where that needs no person."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from lane import CredentialError, LaneError, PersonNeededError
from lane_apple._apple_id.access import PASSWORDS
from lane_apple._apple_id.credential import AppleId
from lane_apple._session.errors import SessionFileError, SessionStoreError
from lane_apple._session.life import FACES
from lane_apple._session.places import USERS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from lane_apple._apple_id.access import Access
    from lane_apple._session.expectation import Expectation
    from lane_apple._session.life import Face
    from lane_apple._session.session import AppleSession
    from lane_apple._signin.faces import Face as FaceState
    from lane_apple._signin.faces import Health

Verdict = Literal["alive", "renewed", "unknown", "person", "broken"]
"""`person`: only one can help now. `broken`: what is here cannot be used."""


@dataclass(frozen=True, slots=True)
class Watched:
    """One Apple ID's session. `until`: when a person is expected to be needed, in seconds since 1970, None unknown.

    `why` says, for people, what stands in the way of `person`, `unknown` and `broken`.
    """

    account: str
    verdict: Verdict
    why: str = ""
    session: AppleSession | None = None
    faces: Mapping[Face, FaceState] = field(default_factory=dict)
    expected: Mapping[Face, Expectation] = field(default_factory=dict)
    renewable: bool = False
    until: float | None = None


def look(
    account: str,
    access: Access,
    session: AppleSession | None,
    *,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.time,
) -> Watched:
    """Ask Apple; where a face is dead, renew by password and trust. Nobody is asked for anything."""
    if session is None:
        return Watched(account, "person", "there is no session of it here")
    try:
        return _look(account, access, AppleId(access, session, sleep=sleep, clock=clock), clock)
    except (SessionFileError, SessionStoreError) as error:
        return broken(account, error)


def broken(account: str, error: LaneError) -> Watched:
    """One whose session cannot be used."""
    return Watched(account, "broken", _sentence(error))


def _look(account: str, access: Access, credential: AppleId, clock: Callable[[], float]) -> Watched:
    health = credential.ask()
    if _dead(health) or not credential.web.current.signed_in:
        if not credential.renewable:
            return _watched(
                account, access, credential, health, "person", obstacle(access, credential, clock())
            )
        try:
            credential.ensure()
        except (SessionFileError, SessionStoreError):
            raise
        except (PersonNeededError, CredentialError) as error:
            return _watched(account, access, credential, health, "person", _sentence(error, hint=False))
        except LaneError as error:  # Apple is busy, cannot be reached, or has changed its sign-in
            return _watched(account, access, credential, health, "unknown", _sentence(error))
        return _watched(account, access, credential, credential.ask(), "renewed")
    if not health.alive:
        why = "; ".join(dict.fromkeys(_sentence(error) for error in health.troubles))
        return _watched(account, access, credential, health, "unknown", why)
    return _watched(account, access, credential, health, "alive")


def _watched(
    account: str, access: Access, credential: AppleId, health: Health, verdict: Verdict, why: str = ""
) -> Watched:
    session = credential.web.current
    return Watched(
        account or health.email or "",
        verdict,
        why,
        session,
        {face: getattr(health, face) for face in FACES},
        {face: access.store.expected_until(session, face) for face in FACES},
        credential.renewable,
        credential.until,
    )


def obstacle(access: Access, credential: AppleId, now: float) -> str:
    """Why a session cannot be renewed without a person, as far as is known here."""
    session = credential.web.current
    refused = access.store.life(session).refused
    if not credential.account:
        return f"nothing says whose it is ({USERS[0]}), so that nothing can renew it"
    if refused is not None:
        return f"Apple would not renew it: {refused.why.rstrip('.')}"
    if access.password is None:
        return f"the password is not known ({PASSWORDS[0]}), so that nothing can renew it"
    if session.trust_until is None:
        return "it has no trust that would save the code"
    if session.trust_until <= now:
        return "the trust that would save the code is over"
    return "it cannot be renewed"


def _dead(health: Health) -> bool:
    return any(getattr(health, face) == "dead" for face in FACES)


def _sentence(error: LaneError, *, hint: bool = True) -> str:
    return " ".join(filter(None, [str(error), error.hint if hint else None])).rstrip(".")
