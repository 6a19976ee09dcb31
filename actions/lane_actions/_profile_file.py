"""Reads provisioning profiles: the property list in their signed CMS message."""

from __future__ import annotations

import plistlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from lane import ActionError

if TYPE_CHECKING:
    from pathlib import Path

_NEEDED = ("Name", "UUID", "TeamIdentifier", "ExpirationDate")


@dataclass(frozen=True, slots=True)
class ProfileFile:
    """What a profile says. `certificates` are those that may sign under it (DER)."""

    name: str
    uuid: str
    team_id: str
    expires: datetime
    certificates: tuple[bytes, ...]
    app_id: str | None

    def is_for(self, bundle_id: str) -> bool:
        """Whether the app of this bundle id may use it: by name, or by a wildcard such as com.example.*."""
        if self.app_id is None:
            return True
        allowed = self.app_id.partition(".")[2]  # without the prefix, which is the team's
        if allowed.endswith("*"):
            return bundle_id.startswith(allowed.removesuffix("*"))
        return bundle_id in {allowed, self.app_id}


def looks_like_profile(content: bytes) -> bool:
    """Whether it is a CMS message with a property list in the clear."""
    return content.startswith(b"\x30") and b"<plist" in content


def read_profile(content: bytes, path: Path) -> ProfileFile:
    """Read a profile's content; `path` only names it. Raises ActionError for what is none.

    Its signature is not checked: Xcode does, and it was encrypted by the team.
    """
    # Apple signs the XML as it is, in one piece; the list ends at the first end tag.
    start, end = content.find(b"<?xml"), content.find(b"</plist>")
    info: dict[str, Any] = {}
    try:
        info = plistlib.loads(content[start : end + len(b"</plist>")])
        missing = [key for key in _NEEDED if not info.get(key)]
    except Exception:  # noqa: BLE001  # plistlib leaks ExpatError, ValueError, IndexError, … for broken files
        missing = ["a property list"]
    if missing:
        raise ActionError(
            f"{path.name} is no provisioning profile: it lacks {', '.join(missing)}.",
            hint="Was it cut off, or opened with another passphrase? Make it anew with fastlane match.",
            code="profile_damaged",
        )
    rights = info.get("Entitlements", {})
    return ProfileFile(
        name=info["Name"],
        uuid=info["UUID"],
        team_id=info["TeamIdentifier"][0],
        expires=info["ExpirationDate"].replace(tzinfo=UTC),
        certificates=tuple(info.get("DeveloperCertificates", ())),
        app_id=rights.get("application-identifier") or rights.get("com.apple.application-identifier"),
    )
