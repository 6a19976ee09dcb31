"""The lane of DESIGN.md, as it is written there: from the certificate to Sentry, without Apple and without a Mac."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from receiver import Receiver
from rehearsal import Rehearsal, guarded
from sentry_server import ORGANIZATION, PROJECT, TOKEN, SentryServer
from signing_store import IDENTITY, PASSPHRASE, Store, certificate
from stand_in import StandIns

from lane_apple import read_package, uuids_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LANEFILE = '''\
from lane import app, lane, nightly
from lane_actions import build_app, download_dsyms, match, notify, upload, upload_symbols

app(bundle_id="com.example.aurora", team_id="ABCDE12345")


@lane
def release(scheme: str = "Aurora", whats_new: str = "Bug fixes") -> None:
    """Ship a build to TestFlight."""
    signing = match(readonly=True)                       # needs no Apple auth
    ipa = build_app(scheme=scheme, signing=signing)      # needs macOS
    build = upload(ipa=ipa.path, whats_new=whats_new)    # API key
    dsyms = download_dsyms.set(on=nightly)(build=build)  # not on the release's way: a job of its own
    upload_symbols(dsyms=dsyms, to="sentry")             # follows its input into that job
    notify(f"{build.version} ({build.number}) is on TestFlight")  # an output inside an f-string works
'''


@dataclass
class Hero:
    """A project with that Lanefile, and all that it meets."""

    project: Rehearsal
    tools: StandIns
    sentry: SentryServer
    receiver: Receiver

    def plan(self, **variables: str) -> dict[str, Any]:
        """What `lane plan` says."""
        code, said = self.project.lane("plan", "release", "--sandbox", "--format", "json", **variables)
        assert code == 0, said
        plan: dict[str, Any] = json.loads(said)
        return plan


@pytest.fixture
def hero(tmp_path: Path, assets: Path) -> Iterator[Hero]:
    """The project, its certificates in git, Apple's tools, Sentry, and someone to tell."""
    folder, guard = tmp_path / "Aurora", tmp_path / "guard"
    (folder / "Aurora.xcodeproj").mkdir(parents=True)
    (folder / "Lanefile.py").write_text(LANEFILE)
    fresh = guarded(folder, guard)
    made = certificate()
    store = Store(tmp_path / "certificates")
    store.add_certificate("CERT1", made)
    store.add_profile("com.example.aurora", made)
    store.commit()
    tools = StandIns(tmp_path / "bin")
    tools.add("security")
    tools.add(
        "xcodebuild",
        ipa=str(assets / "Aurora.ipa"),
        dsyms=str(assets / "Aurora.app.dSYM.zip"),
        profiles=True,
    )
    with SentryServer() as sentry, Receiver() as receiver:
        fresh.variables |= {
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
        yield Hero(fresh, tools, sentry, receiver)
    assert fresh.forbidden == ""


def test_it_is_the_lane_of_the_design(shared: Path) -> None:
    assert LANEFILE in (shared / "DESIGN.md").read_text(encoding="utf-8")


def test_its_plan_is_unattended_and_splits_off_the_night(hero: Hero) -> None:
    plan = hero.plan()
    main, night = plan["jobs"]
    assert (plan["verdict"]["unattended"], plan["verdict"]["ready"]) == (True, True)
    assert [step["id"] for step in main["steps"]] == ["match", "build_app", "upload", "notify"]
    assert [step["auth"] for step in main["steps"]] == ["none", "none", "api_key", "none"]
    assert [step["id"] for step in night["steps"]] == ["download_dsyms", "upload_symbols"]
    assert (night["trigger"]["cron"], night["needs"]) == ("0 3 * * *", ["main"])
    assert main["runs_on"] == ["any", "macos"]


def test_it_ships_and_by_night_its_symbols_go_to_sentry(hero: Hero) -> None:
    code, said = hero.project.lane("run", "release", "--sandbox")
    assert code == 0, said
    assert hero.receiver.texts == ["1.2.0 (42) is on TestFlight"]
    package = read_package(hero.project.folder / "build" / "Aurora.ipa")
    assert (package.version, package.build_number) == ("1.2.0", "42")
    archived, exported = hero.tools.calls("xcodebuild")
    assert archived["args"][:5] == [
        "archive",
        "-project",
        str(hero.project.folder / "Aurora.xcodeproj"),
        "-scheme",
        "Aurora",
    ]
    assert exported["options"]["signingCertificate"] == IDENTITY
    assert exported["options"]["provisioningProfiles"] == {
        "com.example.aurora": "match AppStore com.example.aurora"
    }
    assert hero.sentry.files == {}

    code, said = hero.project.lane("resume")
    assert code == 0, said
    (zipped,) = (hero.project.folder / "dsyms").iterdir()
    assert uuids_of(zipped) == package.uuids
    assert len(hero.sentry.files) == 1
    assert hero.sentry.problems == []
    assert len(hero.receiver.texts) == 1

    code, said = hero.project.lane("resume")
    assert (code, said.strip().partition(":")[0]) == (0, "There is nothing to do")


def test_no_secret_is_left_behind(hero: Hero) -> None:
    for command in (["run", "release", "--sandbox"], ["resume"]):
        code, said = hero.project.lane(*command)
        assert code == 0, said
        assert "PRIVATE KEY" not in said
        assert PASSPHRASE not in said
        assert TOKEN not in said
    files = [path for path in (hero.project.folder / ".lane").rglob("*") if path.is_file()]
    assert any(path.name == "journal.db" for path in files)
    for path in files:
        content = path.read_bytes()
        assert PASSPHRASE.encode() not in content
        assert TOKEN.encode() not in content


def test_the_same_release_again_uploads_nothing(hero: Hero) -> None:
    for _ in range(2):
        code, said = hero.project.lane("run", "release", "--sandbox")
        assert code == 0, said
    assert "1.2.0 (42)" in said
    assert hero.receiver.texts == ["1.2.0 (42) is on TestFlight"] * 2


@pytest.mark.parametrize(
    ("variable", "value", "expected"),
    [
        ("LANE_MATCH__GIT_URL", "", "match needs the option 'git_url'"),
        ("LANE_RUNS_ON", "", "build_app needs a machine with macos"),
        ("MATCH_PASSWORD", "another one", "does not open"),
    ],
)
def test_what_is_missing_is_told_before_apple_is_met(
    hero: Hero, variable: str, value: str, expected: str
) -> None:
    code, said = hero.project.lane("run", "release", "--sandbox", **{variable: value})
    assert code != 0
    assert expected in said
    assert "Traceback" not in said
    assert hero.tools.calls("xcodebuild") == []
