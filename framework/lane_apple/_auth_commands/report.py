"""What `lane auth status` says of one Apple ID, by what is known here and what Apple answers."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from lane import CredentialError, LaneError
from lane_apple._session.life import FACES
from lane_apple._signin.faces import Health

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lane_apple._apple_id.access import Access
    from lane_apple._apple_id.credential import AppleId
    from lane_apple._session.expectation import Expectation
    from lane_apple._session.life import End, Face, Life
    from lane_apple._session.session import AppleSession

    from .known import Known

Verdict = Literal["alive", "renewable", "unknown", "person", "broken"]
"""`renewable`: it is over, and the next run renews it without a person. `person`: only one can help now."""

EXIT_CODES: Mapping[Verdict, int] = {"alive": 0, "renewable": 0, "unknown": 1, "broken": 3, "person": 4}
_WORST: tuple[Verdict, ...] = ("broken", "person", "unknown", "renewable", "alive")


@dataclass(frozen=True, slots=True)
class FaceReport:
    """One face: `alive`, `dead` or `unknown`; `asked` says whether Apple said so just now."""

    state: str
    asked: bool
    expected: Expectation


@dataclass(frozen=True, slots=True)
class Report:
    """One Apple ID. `modes`: what it can be used by. `refused`: when Apple would not renew its session, and why.

    `again`: from when a run tries that once more, None: not before somebody signs in. `troubles` are for people.
    """

    account: str
    verdict: Verdict
    modes: tuple[str, ...]
    session: AppleSession | None = None
    faces: Mapping[Face, FaceReport] | None = None
    renewable: bool = False
    refused: End | None = None
    again: float | None = None
    history: tuple[Life, ...] = ()
    troubles: tuple[str, ...] = ()


def worst(verdicts: list[Verdict]) -> Verdict:
    """The one that a cron job has to hear of."""
    return next(each for each in _WORST if each in verdicts)


def report(one: Known, *, offline: bool) -> Report:
    """Ask Apple, unless `offline`, whether a session lives; nobody is signed in."""
    try:
        return _report(one, offline=offline)
    except CredentialError as error:
        return _broken(one, error)


def _report(one: Known, *, offline: bool) -> Report:
    access = one.place.access
    if one.problem is not None:
        return _broken(one, one.problem)
    history = access.store.history(one.account) if one.account else ()
    if one.session is None:
        return Report(one.account, "person", _modes(one, access, None), history=history)
    from lane_apple._apple_id.credential import AppleId
    from lane_apple._apple_id.owner import check_taken_over

    credential = AppleId(access, one.session)
    health = Health("unknown", "unknown") if offline else credential.ask(patient=False)
    check_taken_over(one.session, health)
    faces: dict[Face, FaceReport] = {
        face: _face(access, one.session, face, health, offline=offline) for face in FACES
    }
    life = access.store.life(one.session)
    return Report(
        one.account or health.email or "",
        _verdict([each.state for each in faces.values()], credential, offline=offline),
        _modes(one, access, one.session),
        one.session,
        faces,
        credential.renewable,
        life.refused,
        life.again,
        access.store.history(one.account) if one.account else (),
        tuple(dict.fromkeys(_told(error) for error in health.troubles)),
    )


def _broken(one: Known, error: LaneError) -> Report:
    return Report(one.account, "broken", (), troubles=(_told(error),))


def _told(error: LaneError) -> str:
    return " ".join(filter(None, [str(error), error.hint]))


def _face(access: Access, session: AppleSession, face: Face, health: Health, *, offline: bool) -> FaceReport:
    state: str = getattr(health, face)
    if offline and access.store.is_dead(session, face):
        state = "dead"
    return FaceReport(state, not offline and state != "unknown", access.store.expected_until(session, face))


def _verdict(states: list[str], credential: AppleId, *, offline: bool) -> Verdict:
    """Offline, what is not known to be dead is taken to live."""
    if "dead" in states or not credential.web.current.signed_in:
        return "renewable" if credential.renewable else "person"
    if "unknown" in states and not offline:
        return "unknown"
    return "alive"


def _modes(one: Known, access: Access, session: AppleSession | None) -> tuple[str, ...]:
    from lane_apple._modes import app_specific_password

    modes = ["session"] if session is not None else []
    if access.password is not None:
        modes.append("password")
    try:
        special = app_specific_password.find(one.place.environment, one.place.folder)
    except CredentialError:
        special = None
    return (*modes, "app_specific_password") if special is not None else tuple(modes)


def seconds_left(until: float | None) -> float | None:
    """From now; None where nobody knows."""
    return None if until is None else round(until - time.time())
