"""What would stop a lane on a CI machine: questions, codes, a locked keychain."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._auth.modes import APPLE_ID

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ._walk.record import Reached

_SIGNING = {"sync_code_signing", "get_certificates", "import_certificate"}
_KEYCHAINS = {
    "setup_ci",
    "setup_circle_ci",
    "setup_jenkins",
    "setup_travis",
    "create_keychain",
    "unlock_keychain",
}


def breaks_on_ci(reached: Sequence[Reached], hooks: Sequence[Reached]) -> tuple[str, ...]:
    """One sentence for each thing that stops the lane where nobody is."""
    everything = [one.use for one in (*hooks, *reached) if not one.use.off_ci]
    found = [
        f"{use.written} (line {use.line}) signs in with an Apple ID: it waits for a six-digit code"
        for use in everything
        if use.verdict.auth == APPLE_ID
    ]
    found += [f"{use.written} (line {use.line}) {use.asks}" for use in everything if use.asks]
    names = {use.name for use in everything}
    signing = next((one.use for one in reached if one.use.name in _SIGNING and not one.use.off_ci), None)
    if signing is not None and not names & _KEYCHAINS:
        found.append(
            f"{signing.written} (line {signing.line}) needs a keychain that is unlocked: call setup_ci before it"
        )
    return tuple(dict.fromkeys(found))
