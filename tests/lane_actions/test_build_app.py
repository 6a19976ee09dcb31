"""`build_app`: the commands that xcodebuild gets, what is made of its log, and what comes out."""

from __future__ import annotations

import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from stand_in import StandIns

from lane import UsageError
from lane.testing import Outcome, run
from lane_actions import App, Profile, Signing, build_app
from lane_actions._xcodebuild import Diagnostic, count_warnings, errors_in
from lane_apple import read_package, uuids_of

if TYPE_CHECKING:
    from collections.abc import Callable

UNDEFINED = """\
Undefined symbols for architecture arm64:
  "_sky", referenced from:
      _main in App.o
ld: symbol(s) not found for architecture arm64
clang: error: linker command failed with exit code 1 (use -v to see invocation)
"""


@pytest.fixture
def tools(tmp_path: Path, assets: Path, monkeypatch: pytest.MonkeyPatch) -> StandIns:
    """An xcodebuild that builds Aurora."""
    made = StandIns(tmp_path / "bin")
    made.add("xcodebuild", ipa=str(assets / "Aurora.ipa"), dsyms=str(assets / "Aurora.app.dSYM.zip"))
    made.use(monkeypatch)
    return made


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with an Xcode project, and a space in its name."""
    folder = tmp_path / "my app"
    (folder / "Aurora.xcodeproj").mkdir(parents=True)
    return folder


@pytest.fixture
def says(tools: StandIns, assets: Path) -> Callable[[str], None]:
    """Let the archive fail with a log."""

    def set_log(text: str) -> None:
        tools.add("xcodebuild", ipa=str(assets / "Aurora.ipa"), says=text)

    return set_log


def signing(folder: Path) -> Signing:
    """For the app and one extension."""
    expires = datetime(2030, 1, 1, tzinfo=UTC)
    profile = Profile(
        bundle_id="com.example.aurora",
        name="match AppStore com.example.aurora",
        uuid="11111111-2222-3333-4444-555555555555",
        path=folder / "a.mobileprovision",
        expires=expires,
    )
    widget = profile.model_copy(update={"bundle_id": "com.example.aurora.widget", "name": "widget's"})
    return Signing(
        type="appstore",
        team_id="ABCDE12345",
        identity="Apple Distribution: Example (ABCDE12345)",
        certificates=["CERT1"],
        profile=profile,
        extensions=[widget],
        expires=expires,
    )


def built(folder: Path, **options: Any) -> App:
    """The app that a successful run gives."""
    outcome = run(build_app, folder, **({"scheme": "Aurora"} | options))
    assert outcome.exit_code == 0, outcome.steps["build_app"].message
    found = outcome.outputs["build_app"]
    assert isinstance(found, App)
    return found


def failed(outcome: Outcome) -> str:
    """The message of a step that failed."""
    assert outcome.exit_code == 1
    assert outcome.steps["build_app"].state == "failed"
    return str(outcome.steps["build_app"].message)


def test_an_app_comes_out_with_its_archive_and_symbols(tools: StandIns, project: Path) -> None:
    app = built(project)
    assert (app.path, app.archive) == (project / "build/Aurora.ipa", project / "build/Aurora.xcarchive")
    assert (app.bundle_id, app.version, app.number, app.platform) == (
        "com.example.aurora",
        "1.2.0",
        "42",
        "IOS",
    )
    assert app.dsyms is not None
    assert uuids_of(app.dsyms) == read_package(app.path).uuids
    assert app.warnings == 2  # the one that both architectures printed counts once
    assert not (project / ".lane" / "scratch").exists() or not list((project / ".lane").rglob("*.ipa"))


def test_the_commands(tools: StandIns, project: Path) -> None:
    built(project, signing=signing(project), xcargs="-quiet 'OTHER_FLAGS=-a -b'", configuration="Staging")
    archived, exported = tools.calls("xcodebuild")
    assert archived["args"] == [
        "archive",
        *("-project", str(project / "Aurora.xcodeproj"), "-scheme", "Aurora", "-configuration", "Staging"),
        *("-destination", "generic/platform=iOS", "-archivePath", str(project / "build/Aurora.xcarchive")),
        *("-quiet", "OTHER_FLAGS=-a -b", "DEVELOPMENT_TEAM=ABCDE12345"),
    ]
    assert exported["args"][:3] == ["-exportArchive", "-archivePath", str(project / "build/Aurora.xcarchive")]
    assert exported["options"] == {
        "method": "app-store-connect",
        "destination": "export",
        "signingStyle": "manual",
        "signingCertificate": "Apple Distribution: Example (ABCDE12345)",
        "teamID": "ABCDE12345",
        "uploadSymbols": True,
        "manageAppVersionAndBuildNumber": False,
        "provisioningProfiles": {
            "com.example.aurora": "match AppStore com.example.aurora",
            "com.example.aurora.widget": "widget's",
        },
    }


def test_without_signing_xcode_signs_by_itself_and_options_of_ones_own_win(
    tools: StandIns, project: Path
) -> None:
    built(project, team_id="ABCDE12345", export_method="release-testing", export_options={"thinning": "x"})
    options = tools.calls("xcodebuild")[1]["options"]
    assert (options["signingStyle"], options["method"], options["thinning"]) == (
        "automatic",
        "release-testing",
        "x",
    )
    assert "provisioningProfiles" not in options


def test_a_workspace_comes_before_a_project_and_a_path_of_ones_own_before_both(
    tools: StandIns, project: Path
) -> None:
    (project / "Aurora.xcworkspace").mkdir()
    built(project)
    built(project, project=Path("Aurora.xcodeproj"))
    first, _, second, _ = tools.calls("xcodebuild")
    assert first["args"][1:3] == ["-workspace", str(project / "Aurora.xcworkspace")]
    assert second["args"][1:3] == ["-project", str(project / "Aurora.xcodeproj")]


def test_of_several_projects_one_has_to_be_chosen(tools: StandIns, project: Path) -> None:
    (project / "Borealis.xcodeproj").mkdir()
    outcome = run(build_app, project, scheme="Aurora")
    assert "several projects: Aurora.xcodeproj, Borealis.xcodeproj" in failed(outcome)
    assert 'project=Path("Aurora.xcodeproj")' in str(outcome.steps["build_app"].hint)
    assert tools.calls("xcodebuild") == []


def test_an_old_archive_cannot_pass_for_a_new_one(
    tools: StandIns, project: Path, says: Callable[[str], None]
) -> None:
    app = built(project)
    says("error: nothing works")
    assert "error" in failed(run(build_app, project, scheme="Aurora"))
    assert not app.archive.exists()


def test_building_again_replaces_what_is_there(tools: StandIns, project: Path) -> None:
    first = built(project)
    (first.archive / "left over").touch()
    assert built(project) == first
    assert not (first.archive / "left over").exists()


def test_an_archive_without_dsyms(tools: StandIns, project: Path, assets: Path) -> None:
    tools.add("xcodebuild", ipa=str(assets / "Aurora.ipa"))
    assert built(project).dsyms is None


def test_every_dsym_of_the_archive_is_in_the_zip(tools: StandIns, project: Path, assets: Path) -> None:
    tools.add("xcodebuild", ipa=str(assets / "Borealis.ipa"), dsyms=str(assets / "Borealis.dSYMs.zip"))
    app = built(project)
    assert app.dsyms is not None
    assert uuids_of(app.dsyms) == read_package(app.path).uuids
    with zipfile.ZipFile(app.dsyms) as dsyms:
        assert "Compass.framework.dSYM/Contents/Info.plist" in dsyms.namelist()


def test_errors_are_told_with_their_places(
    tools: StandIns, project: Path, says: Callable[[str], None]
) -> None:
    says(
        "{folder}/Sources/App.swift:12:5: error: cannot find 'sky' in scope\n"
        "    sky.paint()\n    ^~~\n"
        "{folder}/Sources/App.swift:12:5: error: cannot find 'sky' in scope\n"
        "{folder}/Sources/legacy.m:3:9: fatal error: 'Sky/Sky.h' file not found\n"
        "note: see also https://example.com: error: is not one\n"
        "Command SwiftCompile failed with a nonzero exit code\n\n"
        "The following build commands failed:\n\tSwiftCompile normal arm64\n(1 failure)"
    )
    message = failed(run(build_app, project, scheme="Aurora"))
    assert message.splitlines() == [
        "xcodebuild could not archive Aurora: 2 errors.",
        "    Sources/App.swift:12:5: cannot find 'sky' in scope",
        "    Sources/legacy.m:3:9: 'Sky/Sky.h' file not found",
    ]


@pytest.mark.parametrize(
    ("log", "message", "hint"),
    [
        (
            '{folder}/Aurora.xcodeproj: error: No profiles for "com.example.aurora" were found',
            'Aurora.xcodeproj: No profiles for "com.example.aurora" were found',
            "match(extensions=…)",
        ),
        (
            'error: Signing for "Aurora" requires a development team. Select one.',
            "requires a development team",
            "app(team_id=…)",
        ),
        (
            "/usr/bin/codesign: error: errSecInternalComponent",
            "errSecInternalComponent",
            "keychain is locked",
        ),
        (
            UNDEFINED,
            'Undefined symbols for architecture arm64: "_sky", referenced from:',
            "log",
        ),
        (
            "The following build commands failed:\n\tPhaseScriptExecution Lint /tmp/lint.sh\n(1 failure)",
            "PhaseScriptExecution Lint",
            "log",
        ),
        ("It just did not work.", "exited with 65 and named no error", "log"),
    ],
)
def test_what_goes_wrong_and_what_to_do(
    tools: StandIns, project: Path, says: Callable[[str], None], log: str, message: str, hint: str
) -> None:
    says(log)
    outcome = run(build_app, project, scheme="Aurora")
    assert message in failed(outcome)
    assert hint in str(outcome.steps["build_app"].hint)


def test_an_unknown_scheme(tools: StandIns, project: Path) -> None:
    outcome = run(build_app, project, scheme="Nope")
    assert 'does not contain a scheme named "Nope"' in failed(outcome)
    assert "xcodebuild -list" in str(outcome.steps["build_app"].hint)


def test_a_profile_that_is_not_installed_fails_the_export(
    tools: StandIns, project: Path, assets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(project))
    tools.add("xcodebuild", ipa=str(assets / "Aurora.ipa"), profiles=True)
    outcome = run(build_app, project, scheme="Aurora", signing=signing(project))
    assert "could not export Aurora: 1 error" in failed(outcome)
    assert "'match AppStore com.example.aurora' found" in failed(outcome)


def test_many_errors_are_counted_and_the_first_ten_shown(
    tools: StandIns, project: Path, says: Callable[[str], None]
) -> None:
    says("\n".join(f"/elsewhere/a.swift:{line}:1: error: no" for line in range(1, 26)))
    lines = failed(run(build_app, project, scheme="Aurora")).splitlines()
    assert len(lines) == 12
    assert lines[0].endswith("25 errors.")
    assert lines[-1].strip().startswith("… and 15 more")


def test_it_needs_a_mac(tools: StandIns, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LANE_RUNS_ON")
    with pytest.raises(UsageError, match="needs a machine with macos"):
        run(build_app, project, scheme="Aurora")


def test_what_only_looks_like_an_error_is_none(tmp_path: Path) -> None:
    log = "note: a: error: b\nerrors: none\n    error: indented source\nfoo.swift:1:1: warning: error: x\n"
    assert errors_in(log, tmp_path) == []
    assert count_warnings(log) == 1


def test_places_are_relative_to_the_folder(tmp_path: Path) -> None:
    log = f"{tmp_path}/a b/c.swift:7: error: no column\n/other/d.c:1:2: error: elsewhere"
    assert errors_in(log, tmp_path) == [
        Diagnostic("no column", "a b/c.swift", 7),
        Diagnostic("elsewhere", "/other/d.c", 1, 2),
    ]
