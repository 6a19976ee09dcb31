"""Which step of Apple's sign-in still works: asked without signing anybody in."""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING, NamedTuple

from lane import LaneError
from lane_apple._session.jar import Jar

from .errors import CannotSignInNowError, RegionBlockedError, SignInBlockedError, SignInChangedError
from .faces import ask_portal
from .idmsa import Idmsa
from .olympus import ask_olympus
from .password import hashcash, start
from .srp import ephemeral
from .widget import VARIABLE, new_way, old_way
from .wire import Wire

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import requests

    from lane_apple._doors import Doors

    from .wire import Step


class Finding(NamedTuple):
    """What became of one step. `what` is for people."""

    step: Step
    ok: bool
    what: str


def examine(
    http: requests.Session,
    doors: Doors,
    *,
    environment: Mapping[str, str],
    clock: Callable[[], float] = time.time,
) -> list[Finding]:
    """Every step that can be tried without an account, in the order of the flow. No password is sent.

    The start of SRP names an account that cannot exist (`.invalid`), so that no real one is touched. Never raises
    for what Apple answers; nothing is repeated.
    """
    wire = Wire(http, doors, Jar((), clock), None)
    findings, key = _keys(wire, environment)
    if key:
        findings += [
            _step("hashcash", lambda: _stamp(wire, key, clock)),
            _step("srp_init", lambda: _start(wire, key)),
        ]
    return [
        *findings,
        _step("session", lambda: _nobody(wire)),
        _step("developer_portal", lambda: _nobody_at_portal(wire)),
    ]


def _keys(wire: Wire, environment: Mapping[str, str]) -> tuple[list[Finding], str | None]:
    """Both ways to the key of the sign-in page, and the key that the further steps use."""
    keys: list[str] = []

    def asked(way: Callable[[Wire], str]) -> str:
        keys.append(way(wire))
        return f"Apple gave the key {keys[-1][:8]}…"

    findings = [_step("widget_key", lambda: asked(new_way)), _step("widget_key_old", lambda: asked(old_way))]
    newer, older = findings
    if newer.ok and not older.ok:
        findings[1] = older._replace(what=f"{older.what} Not needed while the new way works.")
    given = environment.get(VARIABLE, "").strip()
    return findings, given or next(iter(keys), None)


def _step(step: Step, work: Callable[[], str]) -> Finding:
    try:
        return Finding(step, True, work())
    except LaneError as error:
        return Finding(step, False, str(error))


def _stamp(wire: Wire, key: str, clock: Callable[[], float]) -> str:
    stamped = hashcash(wire, key, clock)
    if stamped is None:
        return "Apple asks for no stamp now."
    return f"A stamp of {stamped.split(':')[1]} bits was made."


def _start(wire: Wire, key: str) -> str:
    """Apple's numbers for an account that does not exist; a refusal in the known shape is as good."""
    account = f"lane-doctor-{secrets.token_hex(6)}@nobody.invalid"
    try:
        challenge = start(Idmsa(wire, key), account, ephemeral())
    except (SignInChangedError, SignInBlockedError, RegionBlockedError, CannotSignInNowError):
        raise
    except LaneError as error:
        return f"Apple refused an account that does not exist: {error.message}"
    return f"Apple's numbers have the known shape ({challenge.protocol}, {challenge.iteration} rounds)."


def _nobody(wire: Wire) -> str:
    reply = ask_olympus(wire)
    if reply.status != 401:
        raise reply.changed(f"App Store Connect answered {reply.status} to nobody, where 401 is known.")
    return "App Store Connect answers, and knows nobody without a session."


def _nobody_at_portal(wire: Wire) -> str:
    if ask_portal(wire) != "dead":
        raise SignInChangedError(
            "developer_portal", "The developer portal let nobody in.", where="POST listTeams.action"
        )
    return "The developer portal answers, and knows nobody without a session."
