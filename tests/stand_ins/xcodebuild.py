"""A stand-in for xcodebuild: archives and exports the test's own app, or fails as the real one does.

Its settings: `ipa` and `dsyms` (zips), `says` (a log that it prints before it fails), `profiles` (whether a
profile that the export names has to be installed).
"""

from __future__ import annotations

import plistlib
import shutil
import sys
import zipfile
from pathlib import Path
from typing import Any, NoReturn

from noting import note, settings

METHODS = {"app-store-connect", "release-testing", "debugging", "enterprise", "developer-id"}
INSTALLED = (
    "Library/Developer/Xcode/UserData/Provisioning Profiles",
    "Library/MobileDevice/Provisioning Profiles",
)
SWIFT = "/usr/bin/swift-frontend -c -primary-file {folder}/Sources/App.swift -target arm64-apple-ios16.0"


def fail(text: str, code: int, what: str) -> NoReturn:
    print(text)
    print(f"** {what} FAILED **\n")
    sys.exit(code)


def value(name: str) -> str | None:
    arguments = sys.argv[1:]
    return arguments[arguments.index(name) + 1] if name in arguments else None


def required(name: str) -> str:
    given = value(name)
    if given is None:
        print(f"xcodebuild: error: option '{name}' is required.", file=sys.stderr)
        sys.exit(64)
    return given


def archive(told: dict[str, Any]) -> None:
    scheme = required("-scheme")
    if scheme != "Aurora":
        place = value("-workspace") or value("-project") or str(Path.cwd())
        print(
            f'xcodebuild: error: The project "{Path(place).stem}" does not contain a scheme named "{scheme}".',
            file=sys.stderr,
        )
        sys.exit(65)
    print("Command line invocation:\n    " + " ".join(["xcodebuild", *sys.argv[1:]]) + "\n")
    print("note: Building targets in dependency order\n")
    print("SwiftCompile normal arm64 (in target 'Aurora' from project 'Aurora')")
    print("    " + SWIFT.format(folder=Path.cwd()))
    if "says" in told:
        fail(str(told["says"]).format(folder=Path.cwd()), 65, "ARCHIVE")
    for _architecture in range(2):
        print(f"{Path.cwd()}/Sources/App.swift:9:13: warning: variable 'x' was never used")
    print("warning: Run script build phase 'Lint' will be run during every build")
    make(told, Path(required("-archivePath")), scheme)
    print("** ARCHIVE SUCCEEDED **\n")


def make(told: dict[str, Any], target: Path, scheme: str) -> None:
    apps = target / "Products" / "Applications"
    apps.mkdir(parents=True)
    with zipfile.ZipFile(told["ipa"]) as ipa:
        ipa.extractall(target / "unpacked")
    (app,) = (target / "unpacked" / "Payload").iterdir()
    app.rename(apps / app.name)
    shutil.rmtree(target / "unpacked")
    (target / "dSYMs").mkdir()
    if told.get("dsyms"):
        with zipfile.ZipFile(told["dsyms"]) as dsyms:
            dsyms.extractall(target / "dSYMs")
    info = {
        "ApplicationProperties": {"ApplicationPath": f"Applications/{app.name}", "Team": "ABCDE12345"},
        "ArchiveVersion": 2,
        "Name": scheme,
        "SchemeName": scheme,
    }
    (target / "Info.plist").write_bytes(plistlib.dumps(info))


def export(told: dict[str, Any]) -> None:
    source, target = Path(required("-archivePath")), Path(required("-exportPath"))
    options = plistlib.loads(Path(required("-exportOptionsPlist")).read_bytes())
    note("xcodebuild", options=options)
    if options["method"] not in METHODS:
        expected = ", ".join(sorted(METHODS))
        text = (
            f'error: exportArchive exportOptionsPlist error for key "method" expected one of {{{expected}}}'
        )
        fail(text, 70, "EXPORT")
    (app,) = (source / "Products" / "Applications").iterdir()
    bundle_id = plistlib.loads((app / "Info.plist").read_bytes())["CFBundleIdentifier"]
    if options["signingStyle"] == "manual" and told.get("profiles"):
        name = options["provisioningProfiles"].get(bundle_id)
        if name not in installed():
            text = f"error: exportArchive No profile for team '{options['teamID']}' matching '{name}' found"
            fail(text, 70, "EXPORT")
    target.mkdir(parents=True)
    with zipfile.ZipFile(target / f"{app.stem}.ipa", "w", zipfile.ZIP_DEFLATED) as ipa:
        for file in sorted(app.rglob("*")):
            ipa.write(file, Path("Payload") / app.name / file.relative_to(app))
    (target / "DistributionSummary.plist").write_bytes(plistlib.dumps({f"{app.stem}.ipa": []}))
    print(f"Exported {app.stem} to: {target}")
    print("** EXPORT SUCCEEDED **\n")


def installed() -> set[str]:
    """The names of the installed profiles; their property list stands in the clear inside the CMS."""
    names: set[str] = set()
    for folder in INSTALLED:
        for file in (Path.home() / folder).glob("*.mobileprovision"):
            content = file.read_bytes()
            start, end = content.index(b"<?xml"), content.index(b"</plist>") + len(b"</plist>")
            names.add(plistlib.loads(content[start:end])["Name"])
    return names


def main() -> None:
    told = settings("xcodebuild")
    if "-exportArchive" in sys.argv:
        export(told)
    elif "archive" in sys.argv:
        note("xcodebuild")
        archive(told)
    else:
        sys.exit("xcodebuild: error: only archive and -exportArchive are stood in for.")


main()
