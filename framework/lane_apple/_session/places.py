"""Where sessions may be on this machine, by the environment and the Lanefile's folder."""

from __future__ import annotations

import sys
from pathlib import Path

from lane_apple._doors import WEB_URL
from lane_apple._variables import Variables

SESSIONS = "LANE_SESSIONS"
KEY_FILE = "LANE_SESSION_KEY_FILE"
PASSPHRASE = "LANE_SESSION_PASSPHRASE"  # noqa: S105 - a variable's name
COOKIE_PATH = "SPACESHIP_COOKIE_PATH"
USERS = ("FASTLANE_USER", "DELIVER_USER", "DELIVER_USERNAME")
"""What names the Apple ID, the first first (session-formats.md, 3)."""


class Places(Variables):
    """One environment's places."""

    @property
    def account(self) -> str | None:
        """The Apple ID that the variables name."""
        return next(filter(None, map(self.get, USERS)), None)

    @property
    def store(self) -> Path:
        """The folder of our store. What an offline Apple made is kept apart: Apple would not know it."""
        given = self.path(SESSIONS)
        if given is None:
            given = self._state() / "lane/sessions"
        return given / "offline" if self.get(WEB_URL) else given

    @property
    def cookies(self) -> Path:
        """fastlane's folder, with one folder for each Apple ID, as fastlane chooses it (client.rb:293-307)."""
        given = self.path(COOKIE_PATH)
        if given is not None:
            return given / "spaceship"
        usual, old = self.home / ".fastlane/spaceship", self.home / ".spaceship"
        if usual.parent.is_dir() or (self.home.is_dir() and not old.is_dir()):
            return usual  # fastlane makes ~/.fastlane itself
        shared = (old, Path("/var/tmp/spaceship"))  # noqa: S108 - fastlane's choice
        there = next((folder for folder in shared if folder.parent.is_dir()), None)
        if there is not None:
            return there
        import tempfile

        return Path(tempfile.gettempdir()) / "spaceship"

    def _state(self) -> Path:
        if sys.platform == "darwin":
            return self.home / "Library/Application Support"
        given = Path(self.get("XDG_STATE_HOME") or "")
        return given if given.is_absolute() else self.home / ".local/state"
