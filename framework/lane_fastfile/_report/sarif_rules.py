"""The rules under which findings stand in SARIF: what each means, and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Level = Literal["error", "warning", "note"]


@dataclass(frozen=True, slots=True)
class SarifRule:
    """A rule. `id` is short and stable; `severity` is GitHub's, from 0 to 10, for what is a matter of security."""

    id: str
    level: Level
    title: str
    help: str
    severity: float | None = None

    @property
    def name(self) -> str:
        """`AppleId`."""
        return "".join(part.capitalize() for part in self.id.split("-"))


RULES = (
    SarifRule(
        "apple-id",
        "error",
        "A call that nothing but an Apple ID will do",
        "Apple asks for a second factor whenever an Apple ID signs in, and a CI job waits for a code that nobody"
        " enters. Write it so that an API key is enough where that can be; else move it to a lane of its own, which a"
        " person runs, or a nightly job with a session (FASTLANE_SESSION).",
    ),
    SarifRule(
        "old-spaceship",
        "error",
        "Code of Spaceship's old clients",
        "Spaceship::Portal, Spaceship::Tunes and Spaceship::TestFlight sign in with an Apple ID, and with nothing else."
        " Spaceship::ConnectAPI and the official API take a key.",
    ),
    SarifRule(
        "two-factor-patch",
        "warning",
        "A patch that answers the question for the code",
        "It breaks when fastlane changes its sign-in. An API key asks for no code; `lane auth login` fetches codes"
        " itself.",
    ),
    SarifRule(
        "stops-on-ci",
        "warning",
        "A call that stops where nobody is",
        "It asks a person, or needs something that a CI machine does not have.",
    ),
    SarifRule(
        "api-key",
        "note",
        "A call that needs an App Store Connect API key",
        "No key can be seen here. Load one with app_store_connect_api_key in before_all: it needs no code. Without a"
        " key the call signs in with an Apple ID, and stops on CI.",
    ),
    SarifRule(
        "app-specific-password",
        "note",
        "A call that needs an app-specific password",
        "Set FASTLANE_APPLE_APPLICATION_SPECIFIC_PASSWORD and FASTLANE_USER. It needs no code; a key does as well.",
    ),
    SarifRule(
        "unknown-auth",
        "note",
        "A call of which the text does not tell what it needs",
        "What is called is only known when it runs, or is defined in a file that is not here.",
    ),
    SarifRule(
        "secret-in-file",
        "error",
        "A secret that is written into a file",
        "Take it out of the file, change it where it is used, and read it from the environment or a keychain.",
        severity=8.0,
    ),
    SarifRule(
        "apple-variable",
        "note",
        "A variable that carries an Apple ID, its password or a session",
        "An API key needs none of them. A session in a variable lives hours to days.",
    ),
    SarifRule(
        "dead-dsyms",
        "warning",
        "A download of dSYMs that bitcode's end made pointless",
        "Upload the dSYMs of the archive right after the build, and drop the download.",
    ),
    SarifRule(
        "missing-file",
        "note",
        "A file that is loaded and is not here",
        "What it defines is not in the audit.",
    ),
    SarifRule(
        "unreadable",
        "warning",
        "A part that cannot be read as Ruby",
        "What stands around it may be missing in the audit.",
    ),
)
BY_ID = {rule.id: rule for rule in RULES}
