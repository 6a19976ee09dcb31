"""Spaceship code in a lane: the old clients sign in with an Apple ID, the new one takes a key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lane_fastfile._auth.modes import API_KEY, APPLE_ID, NONE
from lane_fastfile._auth.verdict import Verdict
from lane_fastfile._catalogue.catalogue import catalogue
from lane_fastfile._find.spaceship_names import is_legacy
from lane_fastfile._ruby import nodes as n

from .arguments import arguments_of
from .blocks import run_block
from .values import UNKNOWN, Table, Value, truth

if TYPE_CHECKING:
    from .scope import Scope
    from .walker import Walker

_CONNECT = "Spaceship::ConnectAPI"
_LOGIN = {"login", "select_team"}
_QUIET = {
    "token",
    "client",
    "tunes_request_client",
    "provisioning_request_client",
    "test_flight_request_client",
}


def call_spaceship(walker: Walker, path: str, call: n.Call, scope: Scope) -> Value:
    """A call on Spaceship or one of its modules and models."""
    given = arguments_of(walker, call, scope)
    if call.block is not None:
        run_block(walker, call.block, scope)
    verdict = _verdict(path, call.name)
    if verdict is not None:
        written = f"{path}.{call.name}"
        walker.record("spaceship", written, written, call, scope, verdict)
    if path == f"{_CONNECT}::Token":
        walker.state.load_key()
        walker.state.in_house = walker.state.in_house or truth(given.table().get("in_house")) is True
        return Table(open=True)
    return UNKNOWN


def _verdict(path: str, name: str) -> Verdict | None:
    if path == _CONNECT or path.startswith(_CONNECT + "::"):
        return connect_verdict(path, name)
    if not is_legacy(path, name):
        return None
    return Verdict(
        APPLE_ID,
        f"{path} signs in with an Apple ID, and nothing else",
        lowered_by=(_REPLACE,),
        lowered_to=(API_KEY,),
    )


_REPLACE = "move to Spaceship::ConnectAPI or the official API, where it has a counterpart"


def connect_verdict(path: str, name: str) -> Verdict | None:
    """What a call of the new client needs; None: nothing that counts."""
    model = path.removeprefix(_CONNECT).strip(":").partition("::")[0]
    if model == "Token":
        return Verdict(API_KEY, "makes a token from an API key; sends nothing")
    if path in (_CONNECT, f"{_CONNECT}::Client") and name in _LOGIN:
        lowered = ("load a key with app_store_connect_api_key, or Spaceship::ConnectAPI.auth",)
        return Verdict(
            APPLE_ID, f"{path}.{name} opens a web session", lowered_by=lowered, lowered_to=(API_KEY,)
        )
    if path == _CONNECT and name in _QUIET:
        return Verdict(NONE, "only looks at the token")
    if model in catalogue().private_models or (model == "App" and name == "create"):
        return Verdict(APPLE_ID, f"{path}.{name} ends at an endpoint outside of the official API")
    private = catalogue().private_methods.get(name)
    if private is not None:
        return Verdict(APPLE_ID, f"{name} ends at {private}, which is outside of the official API")
    return Verdict(API_KEY, f"{path}.{name} takes an API key")


def note_private_method(walker: Walker, call: n.Call, scope: Scope) -> None:
    """A method of one of its models that ends outside of the official API, whatever the receiver is."""
    private = catalogue().private_methods.get(call.name)
    if private is not None and not walker.loading:
        why = f"{call.name} ends at {private}, which is outside of the official API"
        walker.record("spaceship", call.name, call.name, call, scope, Verdict(APPLE_ID, why))


def assign_spaceship(walker: Walker, target: n.Call, _: Scope) -> None:
    """`Spaceship::ConnectAPI.token = …`: a key is there for what follows."""
    receiver = target.receiver
    if isinstance(receiver, n.Const) and receiver.path == _CONNECT and target.name == "token":
        walker.state.load_key()
