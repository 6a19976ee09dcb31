"""Signs an Apple ID in, renews its session, and asks whether one still lives."""

from __future__ import annotations

import os
import platform
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from lane import CredentialError, LaneError
from lane_apple._session.jar import Jar
from lane_apple._session.life import FACES
from lane_apple._session.session import CREDENTIAL, TRUST, AppleSession

from .errors import CodeNeededError, SignInChangedError, TeamChoiceError
from .faces import Health, look
from .factor import Person, pass_second_factor
from .idmsa import Idmsa
from .olympus import enter
from .password import give_password
from .widget import widget_key
from .wire import Wire

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from typing import NoReturn

    import requests

    from lane import Secret
    from lane_apple._codes.question import Answer, CodeQuestion
    from lane_apple._doors import Doors
    from lane_apple._session.cookie import Cookie
    from lane_apple._session.life import Face

    from .phones import Choose

SOURCE = "sign-in"
"""Where a session says that it came from."""


def sign_in(
    account: str,
    password: Secret,
    *,
    http: requests.Session,
    doors: Doors,
    ask: Callable[[CodeQuestion], Answer],
    trust: Sequence[Cookie] = (),
    phone: str | None = None,
    provider: str | int | None = None,
    team_id: str | None = None,
    choose: Choose | None = None,
    say: Callable[[str], None] | None = None,
    rescue: Callable[[AppleSession], None] | None = None,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.time,
    environment: Mapping[str, str] = os.environ,
) -> AppleSession:
    """Sign in, with a code where Apple wants one. Never prompts: `ask` and `choose` are the caller's.

    `trust`: cookies of an earlier sign-in, of which those that save the code are sent. `phone`: the whole number
    that should get the code. `provider`: number or name of the team in App Store Connect; `team_id` is that of the
    developer portal, kept with the session. `choose` asks a person for one of several phones or teams. `say` gets a
    line for people after each step. `rescue` gets what Apple gave for both factors where a later step fails: its trust
    saves the code at the next try. `http` brings proxies, certificates and cancellation. `clock` is in seconds since
    1970. Of `environment` only LANE_APPLE_WIDGET_KEY counts.

    Raises the errors of `_signin/errors.py`, UnreachableError and LostAnswerError, and what `ask` raises.
    """
    name = _checked(account)
    person = Person(name, ask, phone, choose, say or _silent)
    visit = _Visit(name, http, doors, trust, sleep, clock, environment, person.say)
    visit.enter(password, person)
    return visit.session(provider, team_id, choose, rescue)


def renew(
    session: AppleSession,
    password: Secret,
    *,
    http: requests.Session,
    doors: Doors,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.time,
    environment: Mapping[str, str] = os.environ,
) -> AppleSession:
    """A new session with the password and the trust of an old one, in the same team. Asks nobody.

    The password is taken for good: one refusal is tried once more. Raises CodeNeededError when Apple wants a code,
    and before asking Apple where the trust is known to be over; else as `sign_in`.
    """
    until = session.trust_until
    if until is not None and until <= clock():
        _code_needed("The trust in this machine is over")
    name = _checked(session.account)
    visit = _Visit(name, http, doors, session.cookies, sleep, clock, environment, _silent)
    visit.enter(password, None)
    return visit.session(session.provider_id, session.team_id)


def check(
    session: AppleSession,
    http: requests.Session,
    doors: Doors,
    *,
    faces: Collection[Face] = FACES,
    sleep: Callable[[float], None] | None = time.sleep,
    clock: Callable[[], float] = time.time,
) -> Health:
    """Whether App Store Connect and the developer portal still know a session. Neither signs in nor prompts.

    A face that is not among `faces` is not asked, and unknown. `sleep` None: what cannot be reached is not tried again.
    """
    return look(Wire(http, doors, Jar(session.cookies, clock), sleep), faces)


class _Visit:
    """One sign-in, from the key of the page to the session."""

    def __init__(
        self,
        account: str,
        http: requests.Session,
        doors: Doors,
        trust: Sequence[Cookie],
        sleep: Callable[[float], None],
        clock: Callable[[], float],
        environment: Mapping[str, str],
        say: Callable[[str], None],
    ) -> None:
        self._account = account
        self._say = say
        self._clock = clock
        self._environment = environment
        trusted = [cookie for cookie in trust if cookie.name.startswith(TRUST)]
        self._wire = Wire(http, doors, Jar(trusted, clock), sleep, say)

    def enter(self, password: Secret, person: Person | None) -> None:
        """Both factors, the second only with a person; afterwards the jar holds the cookie that opens the doors.

        Without a person it is the password that is not in doubt.
        """
        idmsa = Idmsa(self._wire, widget_key(self._wire, self._environment))
        self._say("The key of Apple's sign-in page is here.")
        since = self._clock()
        outcome = give_password(idmsa, self._account, password, self._clock, proven=person is None)
        if outcome == "code needed":
            if person is None:
                _code_needed("Apple does not accept the trust in this machine")
            self._say("Apple took the password, and wants a code.")
            pass_second_factor(idmsa, person, since, self._clock)
            self._say("Apple took the code, and trusts this machine now.")
        else:
            self._say("Apple took the password, and wants no code.")
        if not self._wire.jar.has(CREDENTIAL):
            raise SignInChangedError(
                "trust",
                f"Apple said yes and gave no cookie {CREDENTIAL}.",
                where="GET /appleauth/auth/2sv/trust",
            )

    def session(
        self,
        provider: str | int | None,
        team_id: str | None,
        choose: Choose | None = None,
        rescue: Callable[[AppleSession], None] | None = None,
    ) -> AppleSession:
        """The session in its team. Where that fails, `rescue` gets what there is, and so does a TeamChoiceError."""
        made = AppleSession(self._account, (), self._clock(), platform.node(), None, team_id, SOURCE)
        try:
            chosen = enter(self._wire, provider, choose)
        except LaneError as error:
            made = replace(made, cookies=self._wire.jar.cookies)
            if isinstance(error, TeamChoiceError):
                error.session = made
            if rescue is not None:
                rescue(made)
            raise
        self._say(f"The team in App Store Connect is {chosen.name} ({chosen.id}).")
        return replace(made, cookies=self._wire.jar.cookies, provider_id=chosen.id)


def _checked(account: str) -> str:
    """The account as it goes into the proof: trimmed, in lower case (apple-id-login.md, 4.2)."""
    name = account.strip().lower()
    if not name or any(character.isspace() or not character.isprintable() for character in name):
        raise CredentialError("That is no Apple ID.", hint="It is an e-mail address: set FASTLANE_USER.")
    return name


def _silent(line: str) -> None:
    del line


def _code_needed(why: str) -> NoReturn:
    raise CodeNeededError(
        f"{why}: Apple wants a code, and a person has to give it.",
        hint="Run `lane auth login`. The trust lasts about 30 days, and only on the machine and network that made it.",
    )
