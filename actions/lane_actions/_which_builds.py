"""Finds the builds that options ask for: by version and number, the newest, the live one, all, new ones."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from lane import ActionError
from lane_apple import find_app, find_builds, find_live_build

from ._build import Build, build_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    import lane_apple
    from lane_apple import AppStoreConnect

Platform = Literal["IOS", "MAC_OS", "TV_OS", "VISION_OS"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which builds: `version` is `latest`, `live`, `all`, one of the app's, or None.

    None means all where `after` or a number is given, else the latest.
    """

    version: str | None = None
    number: str | None = None
    platform: str | None = None
    after: datetime | None = None

    @property
    def newest(self) -> bool:
        """Whether only the newest of those that fit counts."""
        by_default = self.version is None and self.number is None and self.after is None
        return self.version == "latest" or by_default

    def __str__(self) -> str:
        words = [
            f"version {self.version}" if self._exact else "",
            f"number {self.number}" if self.number else "",
        ]
        words += [
            self.platform or "",
            f"uploaded after {self.after:%Y-%m-%d %H:%M} UTC" if self.after else "",
        ]
        return ", ".join(word for word in words if word)

    @property
    def _exact(self) -> str | None:
        return None if self.version in {None, "latest", "live", "all"} else self.version

    def find(self, apple: AppStoreConnect, bundle_id: str) -> list[tuple[Build, datetime]]:
        """The processed builds with the times of their uploads, the newest first.

        Empty only where new ones are asked for. Raises ActionError where there is none.
        """
        app = find_app(apple, bundle_id)
        found = [(build_of(app, each), _time(each)) for each in self._fitting(apple, app.id)]
        if not found and self.after is None:
            raise self._none(bundle_id)
        return found

    def _fitting(self, apple: AppStoreConnect, app_id: str) -> Iterator[lane_apple.Build]:
        if self.version == "live":
            live = find_live_build(apple, app_id, platform=self.platform)
            if live is not None:
                yield live
            return
        builds = find_builds(
            apple, app_id, version=self._exact, number=self.number, platform=self.platform, state="VALID"
        )
        for each in builds:
            if self.after is not None and _time(each) <= self.after:
                return  # those that follow are older still
            yield each
            if self.newest:
                return

    def _none(self, bundle_id: str) -> ActionError:
        if self.version == "live":
            return ActionError(
                f"{bundle_id} is not in the App Store: there is no live version.",
                hint='Ask for version="latest", or for a version by its number.',
                code="no_build",
            )
        asked = f" ({self})" if str(self) else ""
        return ActionError(
            f"{bundle_id} has no processed build{asked}.",
            hint="Upload one first."
            if not asked
            else "Correct it; App Store Connect lists them under TestFlight.",
            code="no_build",
        )


def _time(build: lane_apple.Build) -> datetime:
    """When it was uploaded; Apple gives times with the offset of its own place."""
    if build.uploaded is None:
        return datetime.fromtimestamp(0, UTC)
    return datetime.fromisoformat(build.uploaded).astimezone(UTC)
