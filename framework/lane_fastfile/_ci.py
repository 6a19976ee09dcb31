"""What would stop a lane on a CI machine: questions, codes, a locked keychain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ._auth.modes import API_KEY, APPLE_ID, PASSWORD
from ._catalogue.catalogue import catalogue

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ._walk.record import Reached, Use

_SIGNING = {"sync_code_signing", "get_certificates", "import_certificate"}
_KEYCHAINS = {
    "setup_ci",
    "setup_circle_ci",
    "setup_jenkins",
    "setup_travis",
    "create_keychain",
    "unlock_keychain",
}
_LOADS_KEY = "app_store_connect_api_key"

StopKind = Literal["sign_in", "asks", "keychain", "key", "password", "doubt"]


ASKS = "asks for an Apple ID, unless it is given an API key"


@dataclass(frozen=True, slots=True)
class Stop:
    """A call that stops where nobody is, and why. `sign_in` spares a session, `asks` and `keychain` only an edit.

    `key` and `password` stop only where that credential is not given: fastlane then asks for an Apple ID. `doubt` is
    the same where only some ways through the text load a key.
    """

    kind: StopKind
    call: str
    file: str
    line: int
    what: str

    @property
    def text(self) -> str:
        """`pem (line 9) signs in with an Apple ID: it waits for a six-digit code`."""
        return f"{self.call} (line {self.line}) {self.what}"

    @property
    def always(self) -> bool:
        """Whether it stops whatever credentials that need no person are given."""
        return self.kind not in {"key", "password", "doubt"}


def stops(reached: Sequence[Reached], hooks: Sequence[Reached]) -> tuple[Stop, ...]:
    """All that stops a lane where nobody is, once for each place; what it always stops at comes first."""
    everything = [one.use for one in (*hooks, *reached) if not one.use.off_ci]
    found = [
        _stop(use, "sign_in", "signs in with an Apple ID: it waits for a six-digit code")
        for use in everything
        if use.verdict.auth == APPLE_ID
    ]
    found += [_stop(use, "asks", use.asks) for use in everything if use.asks]
    names = {use.name for use in everything}
    signing = next((one.use for one in reached if one.use.name in _SIGNING and not one.use.off_ci), None)
    if signing is not None and not names & _KEYCHAINS:
        found.append(_stop(signing, "keychain", "needs a keychain that is unlocked: call setup_ci before it"))
    return tuple(dict.fromkeys([*found, *_ungiven(everything)]))


def _ungiven(uses: Iterable[Use]) -> list[Stop]:
    """The calls of actions that ask for an Apple ID where the credential is not given that would spare it."""
    found = []
    for use in uses:
        if use.name == _LOADS_KEY or use.verdict.sure_key or not _is_of_fastlane(use):
            continue
        if use.verdict.auth in {API_KEY, PASSWORD} and use.verdict.has_key:
            found.append(_stop(use, "doubt", "asks for an Apple ID where no API key is loaded"))
        elif use.verdict.auth == API_KEY:
            found.append(_stop(use, "key", ASKS))
        elif use.verdict.auth == PASSWORD:
            what = f"{ASKS} or an app-specific password"
            found.append(_stop(use, "password", what))
    return found


def _is_of_fastlane(use: Use) -> bool:
    """Whether a use is an action, or a tool of fastlane in a command: those ask for an Apple ID."""
    if use.kind == "shell":
        return use.name.partition(" ")[0] in {"fastlane", *catalogue().tools}
    return use.kind == "action"


def _stop(use: Use, kind: StopKind, what: str) -> Stop:
    return Stop(kind, use.written, use.file, use.line, what)
