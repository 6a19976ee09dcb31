"""All that the README's first lane meets: certificates in git, Apple's macOS tools, Sentry, someone to tell."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from receiver import Receiver
from sentry_server import ORGANIZATION, PROJECT, TOKEN, SentryServer
from signing_store import PASSPHRASE, Store, certificate
from stand_in import StandIns

if TYPE_CHECKING:
    from collections.abc import Iterator

ASSETS = Path(__file__).resolve().parent / "assets"


@dataclass
class World:
    """What a project meets; `variables` lead there."""

    tools: StandIns
    sentry: SentryServer
    receiver: Receiver
    variables: dict[str, str]


@contextmanager
def world(project: Path, place: Path) -> Iterator[World]:
    """Give a project its Xcode project, and all that its lane meets in new folders below `place`."""
    (project / "Aurora.xcodeproj").mkdir(parents=True)
    store, tools = _store(place / "certificates"), _tools(place / "bin")
    with SentryServer() as sentry, Receiver() as receiver:
        variables = {
            "PATH": tools.path,
            "STAND_INS": str(tools.folder),
            "LANE_RUNS_ON": "macos",
            "LANE_MATCH__GIT_URL": str(store.folder),
            "MATCH_PASSWORD": PASSPHRASE,
            "SENTRY_URL": sentry.url,
            "SENTRY_ORG": ORGANIZATION,
            "SENTRY_PROJECT": PROJECT,
            "SENTRY_AUTH_TOKEN": TOKEN,
            "LANE_NOTIFY__URLS": receiver.url,
        }
        yield World(tools, sentry, receiver, variables)


def _store(folder: Path) -> Store:
    made, store = certificate(), Store(folder)
    store.add_certificate("CERT1", made)
    store.add_profile("com.example.aurora", made)
    store.commit()
    return store


def _tools(folder: Path) -> StandIns:
    tools = StandIns(folder)
    tools.add("security")
    tools.add(
        "xcodebuild",
        ipa=str(ASSETS / "Aurora.ipa"),
        dsyms=str(ASSETS / "Aurora.app.dSYM.zip"),
        profiles=True,
    )
    return tools
