"""Whether a session still opens App Store Connect and the developer portal, without signing in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from lane import LaneError
from lane_apple._session.life import FACES

from .olympus import ask_olympus, read_olympus
from .outcome import refusal_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from lane_apple._session.cookie import Cookie
    from lane_apple._session.life import Face as Which

    from .olympus import Olympus
    from .teams import Provider
    from .wire import Wire

Face = Literal["alive", "dead", "unknown"]

LIST_TEAMS = "/services-account/QH65B2/account/listTeams.action"
_FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
_EXPIRED = 1100


@dataclass(frozen=True, slots=True)
class Health:
    """Each face by itself; `cookies` are the session's, refreshed. `troubles` says why a face is unknown.

    `email` is that of the Apple ID, where App Store Connect knows it.
    """

    app_store_connect: Face
    developer_portal: Face
    providers: tuple[Provider, ...] = ()
    provider: Provider | None = None
    email: str | None = None
    cookies: tuple[Cookie, ...] = field(default=(), repr=False)
    troubles: tuple[LaneError, ...] = ()

    @property
    def alive(self) -> bool:
        """Whether both faces know the session."""
        return self.app_store_connect == self.developer_portal == "alive"


def look(wire: Wire, faces: Collection[Which] = FACES) -> Health:
    """Ask these faces. What is no clear yes or no is unknown, and never an error."""
    troubles: list[LaneError] = []
    olympus: Olympus | None = None
    connect: Face = "unknown"
    portal: Face = "unknown"
    if "app_store_connect" in faces:
        try:
            olympus = _ask_connect(wire)
            connect = "alive" if olympus and olympus.provider else "dead"
        except LaneError as error:
            troubles.append(error)
    if "developer_portal" in faces:
        try:
            portal = ask_portal(wire)
        except LaneError as error:
            troubles.append(error)
    return Health(
        connect,
        portal,
        olympus.providers if olympus else (),
        olympus.provider if olympus else None,
        olympus.email if olympus else None,
        wire.jar.cookies,
        tuple(troubles),
    )


def ask_portal(wire: Wire) -> Face:
    """Whether the developer portal knows the session. Raises the errors of `outcome`."""
    reply = wire.call(
        "developer_portal", "POST", "developer", LIST_TEAMS, headers=_FORM, body=b"", reads=True
    )
    if reply.status in {401, 403} and not reply.is_html:
        return "dead"
    if not reply.ok:
        raise refusal_of(reply)
    code = reply.json().get("resultCode")
    if code == _EXPIRED:
        return "dead"
    if code != 0:
        raise reply.changed(f"The developer portal answered with resultCode {code!s:.20}.")
    return "alive"


def _ask_connect(wire: Wire) -> Olympus | None:
    """What App Store Connect says of the session; None where it knows none."""
    reply = ask_olympus(wire)
    if reply.status == 401:
        return None
    if not reply.ok:
        raise refusal_of(reply)
    return read_olympus(reply)
