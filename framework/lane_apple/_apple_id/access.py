"""What an environment says of an Apple ID: who, by which password, at which doors, in which team."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from lane import Secret
from lane_apple._doors import Doors
from lane_apple._session.places import USERS, Places
from lane_apple._session.store import SessionStore

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PASSWORDS = ("FASTLANE_PASSWORD", "DELIVER_PASSWORD")
"""What gives the password of the Apple ID, the first first (session-formats.md, 3)."""

NAMES = (*USERS, *PASSWORDS, "FASTLANE_SESSION", "SPACESHIP_SESSION", "SPACESHIP_COOKIE_PATH")
"""The variables that can give an Apple ID's session, or let it be renewed."""


@dataclass(frozen=True, slots=True)
class Access:
    """One environment's. `account` and `password` are None where nothing names them."""

    account: str | None
    password: Secret | None
    doors: Doors
    store: SessionStore
    environment: Mapping[str, str] = field(repr=False)

    @classmethod
    def of(cls, environment: Mapping[str, str], folder: Path) -> Self:
        """Read an environment; `folder` is the Lanefile's. Raises CredentialError for a wrong address of the doors."""
        places = Places(environment, folder)
        password = next(filter(None, map(places.get, PASSWORDS)), None)
        return cls(
            places.account,
            Secret(password) if password else None,
            Doors.of(environment),
            SessionStore(places),
            environment,
        )
