"""Uploads a package by Apple's altool, which takes an application-specific password."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from lane import ActionError, CredentialError, TransientError

if TYPE_CHECKING:
    from pathlib import Path

    from lane import Completed, Context
    from lane_apple import AppSpecificPassword, Package

# altool reads it from there: as an argument every program on the machine could see it.
_VARIABLE = "LANE_ALTOOL_PASSWORD"
_TYPES = {"IOS": "ios", "MAC_OS": "macos", "TV_OS": "appletvos", "VISION_OS": "visionos"}

_THERE = re.compile(
    r"Redundant Binary Upload|ITMS-90189|already uploaded a build|bundle version must be higher"
)
_REFUSED = re.compile(
    r"app-specific password|Apple ID or password was entered incorrectly|Unable to authenticate"
    r"|[Aa]uthentication failed|Not authorized|\b401\b"
)
_NO_APP = re.compile(
    r"[Nn]o suitable application records|Cannot determine the Apple ID from Bundle ID|[Cc]ould not find the app"
)
_AWAY = re.compile(
    r"status code 5\d\d|bad gateway|timed out|network connection was lost|Could not connect|NSURLErrorDomain",
    re.IGNORECASE,
)


def upload_by_altool(
    ctx: Context, credential: AppSpecificPassword, package: Package, file: Path, app_id: str | None
) -> str | None:
    """Send a package; the delivery's UUID, or None where Apple has a build of its number already.

    Raises CredentialError, lane.TransientError, ActionError.
    """
    with ctx.progress(file.name, total=file.stat().st_size, unit="bytes") as bar:
        done = ctx.run(
            _command(credential.user, package, file, app_id),
            env={_VARIABLE: credential.password},
            check=False,
        )
        told = _told(done)
        # Its exit code alone tells nothing: it has been seen to end with 0 after Apple's servers failed.
        if "success-message" in told and not told.get("product-errors"):
            bar.update(file.stat().st_size)
            details: dict[str, Any] = told.get("details") or {}
            return str(details.get("delivery-uuid") or "")
    errors = _errors(told, done)
    if any(_THERE.search(each) for each in errors):
        return None
    raise _failure(errors, package)


def _command(user: str, package: Package, file: Path, app_id: str | None) -> list[str]:
    """With the app's number altool has nothing to look up; without it, it goes by the bundle id."""
    kind = _TYPES[package.platform]
    if app_id is None:
        what = ["--upload-app", "-f", str(file), "-t", kind]
    else:
        what = ["--upload-package", str(file), "--type", kind, "--apple-id", app_id]
        what += ["--bundle-id", package.bundle_id, "--bundle-version", package.build_number]
        what += ["--bundle-short-version-string", package.version]
    return ["xcrun", "altool", *what, "-u", user, "-p", f"@env:{_VARIABLE}", "--output-format", "json"]


def _told(done: Completed) -> dict[str, Any]:
    """The last JSON object that tells how it went; lines of text may stand around it."""
    decoder, told = json.JSONDecoder(), dict[str, Any]()
    for output in (done.stderr, done.stdout):
        for found in re.finditer(r"^\{", output, re.MULTILINE):
            try:
                value = decoder.raw_decode(output, found.start())[0]
            except ValueError:
                continue
            if value.keys() & {"success-message", "product-errors"}:
                told = value
    return told


def _errors(told: dict[str, Any], done: Completed) -> list[str]:
    """What Apple says is wrong: each fault's message, and its reason where that says more."""
    errors = []
    for each in told.get("product-errors") or ():
        reason = (each.get("userInfo") or {}).get("NSLocalizedFailureReason")
        errors.append(f"{each.get('message')} {reason or ''}".strip() + f" ({each.get('code')})")
    said = f"{done.stderr}\n{done.stdout}"
    errors = errors or re.findall(r"\bERROR: (.+)$", said, re.MULTILINE)
    return errors or said.strip().splitlines()[-1:] or [f"altool exited with {done.returncode}"]


def _failure(errors: list[str], package: Package) -> Exception:
    said = "\n    ".join(dict.fromkeys(errors))
    if _REFUSED.search(said):
        return CredentialError(
            f"Apple refused the password: {said}",
            hint="Make another one at account.apple.com, under Sign-In and Security. A change of the Apple ID's"
            " own password ends all of them.",
            code="password_refused",
        )
    if _NO_APP.search(said):
        return ActionError(
            f"App Store Connect shows this Apple ID no app with the bundle id {package.bundle_id}: {said}",
            hint="Is it a member of the app's team, and is there an app record? Only a person can make one.",
            code="app_not_found",
        )
    if _AWAY.search(said):
        return TransientError(f"Apple's servers did not take the package: {said}")
    return ActionError(
        f"Apple did not take {package.version} ({package.build_number}): {said}",
        hint="Correct it, and build with a higher number.",
        code="upload_refused",
    )
