"""A stand-in for `xcrun altool`: takes a package with an application-specific password, and knows what it took.

Its settings: `user` and `password`, `app_id` (the app's number), `says` (what it prints instead of doing its work,
with the exit code `code`).
"""

from __future__ import annotations

import argparse
import json
import os
import plistlib
import sys
import zipfile
from pathlib import Path
from typing import Any

from noting import note, settings

TAKEN = Path(os.environ["STAND_INS"]) / "taken"


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="altool", allow_abbrev=False)
    parser.add_argument("--upload-app", action="store_true")
    parser.add_argument("--upload-package")
    parser.add_argument("-f", "--file")
    parser.add_argument("-t", "--type", required=True, choices=["macos", "ios", "appletvos", "visionos"])
    parser.add_argument("-u", "--username", required=True)
    parser.add_argument("-p", "--password", required=True)
    parser.add_argument("--apple-id")
    parser.add_argument("--bundle-id")
    parser.add_argument("--bundle-version")
    parser.add_argument("--bundle-short-version-string")
    parser.add_argument("--output-format", choices=["normal", "json", "xml"])
    return parser.parse_args(sys.argv[2:])


def answer(**told: Any) -> None:
    version = {"tool-version": "7.061.19001", "tool-path": "/Applications/Xcode.app", "os-version": "15.6.0"}
    print("Running altool at path '/Applications/Xcode.app/Contents/Developer/usr/bin/altool'...\n")
    print(json.dumps(version | told, indent=2))


def fault(code: int, message: str, reason: str) -> None:
    info = {"NSLocalizedDescription": message, "NSLocalizedFailureReason": reason}
    answer(**{"product-errors": [{"code": code, "message": message, "userInfo": info}]})
    sys.exit(1)


def main() -> None:
    if sys.argv[1] != "altool":
        sys.exit(f"xcrun: error: unable to find utility {sys.argv[1]!r}")
    told, given = settings("xcrun"), options()
    note("xcrun")
    if "says" in told:
        print(told["says"])
        sys.exit(told.get("code", 1))
    kind, _, name = given.password.partition(":")
    password = os.environ.get(name) if kind == "@env" else given.password
    if (given.username, password) != (told["user"], told["password"]):
        text = "Sign in with the app-specific password you generated."
        fault(-22938, "Unable to authenticate.", f"{text} If you forgot it, create a new one.")
    if given.apple_id not in {None, told["app_id"]}:
        fault(-19209, "No suitable application records were found.", "Verify your bundle identifier.")
    file = Path(given.upload_package or given.file)
    with zipfile.ZipFile(file) as package:
        (path,) = [
            name for name in package.namelist() if name.count("/") == 2 and name.endswith("Info.plist")
        ]
        number = plistlib.loads(package.read(path))["CFBundleVersion"]
    if TAKEN.exists() and number in TAKEN.read_text().split():
        text = f"Redundant Binary Upload. You've already uploaded a build with build number '{number}'."
        fault(90189, text, "")
    with TAKEN.open("a") as taken:
        taken.write(f"{number}\n")
    details = {"delivery-uuid": "5da29c10-46d9-4c1b-956f-bdb61de5ad77", "transferred": "128472 bytes"}
    answer(**{"success-message": f"No errors uploading '{file.name}'.", "details": details})


main()
