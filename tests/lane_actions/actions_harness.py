"""A context whose sleep moves Apple's clock and whose changes can be reacted to; the ledger of a run."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING, Any

from lane.testing import FakeContext

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from lane_apple import ApiKey, AppleId, AppStoreConnect


class StepContext(FakeContext):
    """`asleep` gets what is slept; `on_change` is called once, at the first change that is recorded."""

    def __init__(
        self,
        folder: Path,
        *,
        auth: str = "none",
        credential: ApiKey | AppleId | None = None,
        asleep: Callable[[float], object] = lambda _: None,
        environment: dict[str, str] | None = None,
    ) -> None:
        super().__init__(folder, auth=auth, credential=credential, environment=environment)
        self.on_change: Callable[[], object] | None = None
        self._asleep = asleep

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds)
        self._asleep(seconds)

    def change(self, what: str, *, before: object = None, after: object = None) -> None:
        super().change(what, before=before, after=after)
        react, self.on_change = self.on_change, None
        if react is not None:
            react()


def ledger(folder: Path) -> list[tuple[str, Any, Any]]:
    """What the journal of a project says was changed at Apple: what, before, after."""
    with sqlite3.connect(folder / ".lane" / "journal.db") as journal:
        rows = journal.execute("SELECT what, before, after FROM ledger ORDER BY id").fetchall()
    return [
        (what, before and json.loads(before), after and json.loads(after)) for what, before, after in rows
    ]


def states(apple: AppStoreConnect) -> list[str]:
    """The states of all uploads of the app of the tests, sorted."""
    found = apple.find("/v1/apps/6450000101/buildUploads", {"limit": 200})
    return sorted(each.attributes["state"]["state"] for each in found)


def numbers(apple: AppStoreConnect) -> list[str]:
    """The numbers of all its builds, sorted."""
    found = apple.find("/v1/builds", {"filter[app]": "6450000101", "limit": 200})
    return sorted(str(each.attributes["version"]) for each in found)
