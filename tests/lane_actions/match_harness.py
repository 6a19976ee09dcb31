"""Runs `match` on repositories of the tests, and looks at what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lane.testing import Outcome, run
from lane_actions import Signing, match

if TYPE_CHECKING:
    from pathlib import Path

    from signing_store import Made, Store

BUNDLE = "com.example.aurora"
FILES = [
    "certs/distribution/CERT1.cer",
    "certs/distribution/CERT1.p12",
    f"profiles/appstore/AppStore_{BUNDLE}.mobileprovision",
]


def filled(store: Store, made: Made) -> Store:
    """The repository with one certificate and one profile."""
    store.add_certificate("CERT1", made)
    store.add_profile(BUNDLE, made)
    store.commit()
    return store


def matched(folder: Path, store: Store, **options: Any) -> Outcome:
    """A run of the action."""
    given: dict[str, Any] = {"readonly": True, "git_url": str(store.folder), "bundle_id": BUNDLE}
    return run(match, folder, **(given | options))


def signing(outcome: Outcome) -> Signing:
    """Its output."""
    assert outcome.exit_code == 0, outcome.steps["match"].message
    found = outcome.outputs["match"]
    assert isinstance(found, Signing)
    return found


def refusal(outcome: Outcome) -> tuple[str, str]:
    """Message and hint of a step that failed."""
    step = outcome.steps["match"]
    assert (outcome.exit_code in {1, 3}, step.state) == (True, "failed")
    return str(step.message), str(step.hint)
