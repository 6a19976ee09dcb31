"""What an app is signed with, as steps hand it to each other."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Literal

from lane import Model

# The words of fastlane match, which name its folders too.
SigningType = Literal["appstore", "adhoc", "development", "enterprise", "developer_id"]


class Profile(Model):
    """A provisioning profile. `expires` is in UTC."""

    bundle_id: str
    name: str
    uuid: str
    path: Path
    expires: datetime


class Signing(Model):
    """A certificate and the profiles that it signs under: the app's own, and one for each extension.

    `identity` is the certificate's common name, which codesign knows it by; `certificates` are the ids of all
    that the profile allows and that are at hand. `expires` is when the first of them does, in UTC. `keychain`
    holds the private key, where one was installed.
    """

    type: SigningType
    team_id: str
    identity: str
    certificates: list[str]
    profile: Profile
    extensions: list[Profile] = []  # noqa: RUF012 - pydantic copies a default, and the model is frozen
    expires: datetime
    keychain: Path | None = None

    @property
    def profiles(self) -> list[Profile]:
        """The app's profile, then those of its extensions."""
        return [self.profile, *self.extensions]
