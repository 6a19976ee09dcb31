"""Apple's auth modes: the API key, the application-specific password, the Apple ID."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from lane import CredentialError, Secret

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from lane import Credential

    from ._apple_id.credential import AppleId
    from ._keys import ApiKey
    from ._session.life import Face

KeyKind = Literal["team", "individual"]

_USER = "FASTLANE_USER"
_PASSWORD = "FASTLANE_APPLE_APPLICATION_SPECIFIC_PASSWORD"  # noqa: S105  # a variable's name


@dataclass(frozen=True, slots=True)
class ApiKeyMode:
    """An App Store Connect API key. `role` is the least role that the work needs: Apple checks it."""

    role: str | None = None
    kind: KeyKind | None = None

    name = "api_key"
    attended = False
    expires = False
    fit_for_ci = True

    def __call__(self, role: str | None = None, kind: KeyKind | None = None) -> ApiKeyMode:
        """The mode narrowed to a role (APP_MANAGER, ADMIN, …) or a kind of key; what is left out stays."""
        return replace(self, role=role or self.role, kind=kind or self.kind)

    @property
    def names(self) -> tuple[str, ...]:
        """The variables that can give a key."""
        from ._finding import NAMES

        return NAMES

    @property
    def carried(self) -> tuple[str, ...]:
        """The variable in which `lane auth push` gives CI a key."""
        from ._keyfile import JSON_TEXT

        return (JSON_TEXT,)

    def how(self) -> list[str]:
        """How to give a key, the best way first."""
        from ._keyfile import ISSUER_ID, JSON_PATH, KEY, KEY_FILEPATH, KEY_ID

        kind = f"{self.kind} key" if self.kind else "key"
        role = f" with the role {self.role} (or a stronger one)" if self.role else ""
        return [
            f"Make a {kind}{role} in App Store Connect, under Users and Access, Integrations.",
            f"Set {KEY_ID}, {ISSUER_ID} and {KEY_FILEPATH} (the .p8 file), or {KEY} (its text).",
            f"Or set {JSON_PATH} to fastlane's JSON file of the key.",
        ]

    def find(self, environment: Mapping[str, str], folder: Path) -> ApiKey | None:
        """The key, or None. Raises CredentialError for one that is malformed or of the wrong kind."""
        from ._finding import find_key

        key = find_key(environment, folder)
        if key is not None and self.kind is not None and key.kind != self.kind:
            raise CredentialError(
                f"{key.source} gives a key of kind {key.kind}; this needs one of kind {self.kind}.",
                hint="A team key has an issuer id. Individual keys cannot provision, report or notarize.",
                code="key_kind",
            )
        return key


@dataclass(frozen=True, slots=True)
class AppSpecificPassword:
    """An Apple ID with an application-specific password: enough for an upload by altool, for nothing else."""

    user: str
    password: Secret
    source: str

    unattended = True


@dataclass(frozen=True, slots=True)
class AppSpecificPasswordMode:
    """An application-specific password, made at account.apple.com; it needs no code and does not expire."""

    name = "app_specific_password"
    attended = False
    expires = False
    fit_for_ci = True
    names = (_PASSWORD, _USER)
    runs_on = ("macos",)  # altool, which sends by password, comes with Xcode

    def how(self) -> list[str]:
        """How to give the password."""
        return [
            "Make an app-specific password at account.apple.com, under Sign-In and Security.",
            f"Set {_PASSWORD} to it and {_USER} to the Apple ID.",
        ]

    def find(self, environment: Mapping[str, str], folder: Path) -> AppSpecificPassword | None:  # noqa: ARG002
        """The password and its Apple ID, or None. Raises CredentialError when one lacks the other."""
        password = environment.get(_PASSWORD, "").strip()
        if not password:
            return None
        secret = Secret(password)
        if not re.fullmatch(r"[a-z]{4}(-[a-z]{4}){3}", password):
            raise CredentialError(
                f"{_PASSWORD} does not look like an app-specific password (xxxx-xxxx-xxxx-xxxx).",
                hint="The password of the Apple ID itself does not work here. " + self.how()[0],
                code="password_malformed",
            )
        user = environment.get(_USER, "").strip()
        if not user:
            raise CredentialError(
                f"{_PASSWORD} is set, but {_USER} is not.",
                hint=f"Set {_USER} to the Apple ID.",
                code="user_missing",
            )
        return AppSpecificPassword(user, secret, f"{_PASSWORD} for {user}")


@dataclass(frozen=True, slots=True)
class AppleIdMode:
    """An Apple ID: a person signs in and enters a code, or a session that still lives is used.

    `face` is the only one of Apple's faces that the work needs: a session that has ended at the other one will do.
    `instead` says, for people, what would spare it altogether.
    """

    face: Face | None = None
    instead: str = ""

    name = "apple_id"
    attended = True
    expires = True
    fit_for_ci = False

    def __call__(self, face: Face | None = None, instead: str = "") -> AppleIdMode:
        """The mode narrowed to a face: `app_store_connect`, or `developer_portal`; what is left out stays."""
        return replace(self, face=face or self.face, instead=instead or self.instead)

    @property
    def wider(self) -> AppleIdMode | None:
        """The mode of both faces, where this was narrowed: they have one session."""
        return None if self == apple_id else apple_id

    def part(self, credential: Credential) -> Credential:
        """The Apple ID, for work at the mode's face."""
        from ._apple_id.credential import AppleId

        if self.face is None or not isinstance(credential, AppleId):
            return credential
        return credential.at(self.face)

    @property
    def names(self) -> tuple[str, ...]:
        """The variables that can give a session, or renew it."""
        from ._apple_id.access import NAMES

        return NAMES

    @property
    def carried(self) -> tuple[str, ...]:
        """The variables with which CI can sign in, and the one in which `lane auth push` gives it a session."""
        return (_USER, "FASTLANE_PASSWORD", "FASTLANE_SESSION")

    def how(self) -> list[str]:
        """How to sign in."""
        return [
            "Sign in: `lane auth login`. A session lives for hours to days; the trust that saves the code, 30 days.",
            "Set FASTLANE_USER and FASTLANE_PASSWORD, so that it is renewed without a code while the trust lasts.",
            "Or set FASTLANE_SESSION to a session that was made elsewhere: `lane auth export`.",
        ]

    def find(self, environment: Mapping[str, str], folder: Path) -> AppleId | None:
        """The session of an Apple ID, or None. Raises CredentialError for one that is there but unfit."""
        from ._session.finding import find_session

        session = find_session(environment, folder)
        if session is None:
            return None
        from ._apple_id.access import Access
        from ._apple_id.credential import AppleId

        found = AppleId(Access.of(environment, folder), session)
        return found if self.face is None else found.at(self.face)

    def give(self, environment: Mapping[str, str], folder: Path, say: Callable[[str], None]) -> AppleId:
        """Sign in with the person who is here, for both faces. Raises PersonNeededError where nobody is."""
        from ._apple_id.access import Access
        from ._apple_id.credential import AppleId
        from ._apple_id.delivered import with_deliveries
        from ._apple_id.login import log_in

        access = Access.of(environment, folder)
        return AppleId(access, log_in(access, say=with_deliveries(say, access)))

    def checkup(self, environment: Mapping[str, str], folder: Path) -> Iterator[tuple[str, bool, str]]:
        """Each step of Apple's sign-in that can be tried without an account: its name, whether it works, what it said.

        No password is sent. Raises CredentialError for a wrong address of the doors.
        """
        del folder
        import requests

        from ._doors import Doors
        from ._signin.health import examine

        with requests.Session() as http:
            findings = examine(http, Doors.of(environment), environment=environment)
        new_way = findings[0].ok
        for step, ok, what in findings:
            yield step, ok or (step == "widget_key_old" and new_way), what


api_key = ApiKeyMode()
app_specific_password = AppSpecificPasswordMode()
apple_id = AppleIdMode()
