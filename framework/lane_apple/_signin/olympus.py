"""The session of App Store Connect: who is signed in, in which team (apple-id-login.md, 9)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .errors import RegionBlockedError, WidgetKeyRefusedError
from .outcome import no_access, refusal_of
from .teams import choose_provider, providers_of, read_provider
from .widget import VARIABLE

if TYPE_CHECKING:
    from lane import LaneError

    from .phones import Choose
    from .teams import Provider
    from .wire import Reply, Wire

PATH = "/olympus/v1/session"
_HEADERS = {"Accept": "application/json", "X-Csrf-Itc": "itc", "X-Requested-With": "olympus-ui"}


@dataclass(frozen=True, slots=True)
class Olympus:
    """What App Store Connect says of a session. `provider` None: no access."""

    email: str | None
    provider: Provider | None
    providers: tuple[Provider, ...]


def ask_olympus(wire: Wire) -> Reply:
    """Ask who is signed in; 401 where nobody is. Renews the short-lived cookies."""
    return wire.call("session", "GET", "app_store_connect", PATH, headers=_HEADERS, reads=True)


def read_olympus(reply: Reply) -> Olympus:
    """A good answer. Raises SignInChangedError where it is none."""
    fields = reply.json()
    if "user" not in fields and "provider" not in fields:
        raise reply.changed("App Store Connect's answer names neither a user nor a team.")
    user, provider = fields.get("user"), read_provider(fields.get("provider"))
    email = user.get("emailAddress") if isinstance(user, dict) else None
    providers = providers_of(fields.get("availableProviders")) or ((provider,) if provider else ())
    return Olympus(email if isinstance(email, str) else None, provider, providers)


def enter(wire: Wire, wanted: str | int | None, choose: Choose | None) -> Provider:
    """Begin the session after a sign-in, in the team that is wanted.

    Raises NoAccessError, TeamChoiceError, WidgetKeyRefusedError and the errors of `outcome`.
    """
    reply = ask_olympus(wire)
    if not reply.ok:
        raise _refused(reply)
    now = read_olympus(reply)
    if now.provider is None:
        raise no_access(reply)
    provider = choose_provider(now.providers, wanted, choose)
    if provider.id != now.provider.id:
        _switch(wire, provider)
    return provider


def _switch(wire: Wire, provider: Provider) -> None:
    """Change the team; the choice lives in the cookies."""
    body = {"provider": {"providerId": provider.id}}
    reply = wire.call("team", "POST", "app_store_connect", PATH, headers=_HEADERS, body=body)
    if not reply.ok:
        raise refusal_of(reply)
    after = ask_olympus(wire)
    if not after.ok:
        raise _refused(after)
    now = read_olympus(after).provider
    if now is None or now.id != provider.id:
        raise reply.changed(f"Apple said yes to the team {provider.name} and stayed in another one.")


def _refused(reply: Reply) -> LaneError:
    if reply.status == 401:
        return WidgetKeyRefusedError(
            "Apple took the password, and App Store Connect does not know the session.",
            hint=f"The key of Apple's sign-in page may be out of date: unset {VARIABLE} if it is set, then"
            " see `lane doctor`. Is the Apple ID in a team of App Store Connect?",
            where=reply.where,
        )
    error = refusal_of(reply)
    return no_access(reply) if reply.status == 403 and not isinstance(error, RegionBlockedError) else error
