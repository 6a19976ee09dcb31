"""The README's first lane, as it is written there: from the certificate to Sentry, without Apple or a Mac."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from hero import World, world
from rehearsal import ROOT, Rehearsal, guarded
from sentry_server import TOKEN
from signing_store import IDENTITY, PASSPHRASE

from lane_apple import read_package, uuids_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def _lanefile() -> str:
    """The first Lanefile of the README."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    found = re.search(r"^```python Lanefile\.py\n(.*?)^```$", readme, re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[1]


LANEFILE = _lanefile()


@dataclass
class Hero:
    """A project with that Lanefile, and all that it meets."""

    project: Rehearsal
    met: World

    def plan(self, **variables: str) -> dict[str, Any]:
        """What `lane plan` says."""
        code, said = self.project.lane("plan", "release", "--sandbox", "--format", "json", **variables)
        assert code == 0, said
        plan: dict[str, Any] = json.loads(said)
        return plan


@pytest.fixture
def hero(tmp_path: Path) -> Iterator[Hero]:
    folder = tmp_path / "Aurora"
    with world(folder, tmp_path) as met:
        (folder / "Lanefile.py").write_text(LANEFILE)
        fresh = guarded(folder, tmp_path / "guard")
        fresh.variables |= met.variables
        yield Hero(fresh, met)
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
    assert hero.met.receiver.texts == ["1.2.0 (42) is on TestFlight"]
    package = read_package(hero.project.folder / "build" / "Aurora.ipa")
    assert (package.version, package.build_number) == ("1.2.0", "42")
    archived, exported = hero.met.tools.calls("xcodebuild")
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
    assert hero.met.sentry.files == {}

    code, said = hero.project.lane("resume")
    assert code == 0, said
    (zipped,) = (hero.project.folder / "dsyms").iterdir()
    assert uuids_of(zipped) == package.uuids
    assert len(hero.met.sentry.files) == 1
    assert hero.met.sentry.problems == []
    assert len(hero.met.receiver.texts) == 1

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
    assert hero.met.receiver.texts == ["1.2.0 (42) is on TestFlight"] * 2


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
    assert hero.met.tools.calls("xcodebuild") == []
