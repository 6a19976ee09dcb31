"""The processing of a committed upload: the look at its package, and the build that comes of it."""

from __future__ import annotations

import uuid
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from lane_sandbox import _parts

if TYPE_CHECKING:
    from collections.abc import Callable

    from lane_sandbox._examination import Claim, Finding
    from lane_sandbox._store import Record
    from lane_sandbox._team import Team

EXPIRY_SECONDS = 90 * 24 * 3600.0


def state(name: str, *errors: dict[str, str]) -> dict[str, Any]:
    """The state of an upload: an object with a state in it."""
    return {"state": name, "errors": list(errors), "warnings": [], "infos": []}


def examination(team: Team, upload: Record) -> Callable[[], Finding]:
    """A look at the package of an upload; no package makes it raise."""
    from lane_sandbox._examination import Finding, examine

    claim, symbols = _claim(team, upload), team.files / "symbols"

    def look() -> Finding:
        try:
            return examine(claim, symbols)
        except Exception as problem:  # noqa: BLE001 - no package may make the service fail
            detail = f"The package could not be processed ({type(problem).__name__})"
            return Finding(faults=[{"code": "SANDBOX.PROCESSING_EXCEPTION", "description": detail}])

    return look


def finish(team: Team, upload: Record, finding: Finding) -> None:
    """The upload is complete and the build is there, or it has failed."""
    for file in team.store.related(upload, "buildUploadFiles"):
        if file.attributes["assetType"] == "ASSET":
            _finish_file(team, file, finding)
    if finding.faults:
        team.store.change(upload, {"state": state("FAILED", *finding.faults)}, taken=finding.intact)
        return
    build = _make_build(team, upload, finding)
    team.store.change(upload, {"state": state("COMPLETE")})
    team.store.link(upload, "build", [build.id])


def drop(team: Team, finding: Finding) -> None:
    """Another process was quicker: what this look has written is of no use."""
    for identifier in finding.symbols:
        if team.store.find("buildBundles", identifier):
            return  # it was this very finding that was applied
        with suppress(OSError):
            (team.files / "symbols" / f"{identifier}.zip").unlink()


def _claim(team: Team, upload: Record) -> Claim:
    from lane_sandbox._examination import Claim

    file = team.store.related_one(upload, "assetFile")
    app = team.store.related_one(upload, "app")
    assert file is not None
    assert app is not None
    return Claim(
        path=_parts.path_of(team, file),
        uti=file.attributes["uti"],
        checksums=file.attributes["sourceFileChecksums"] or {},
        bundle_id=app.attributes["bundleId"],
        version=upload.attributes["cfBundleShortVersionString"],
        number=upload.attributes["cfBundleVersion"],
        platform=upload.attributes["platform"],
    )


def _finish_file(team: Team, file: Record, finding: Finding) -> None:
    delivery: dict[str, Any] = {"state": "FAILED" if finding.faults else "COMPLETE", "warnings": []}
    delivery["errors"] = finding.faults
    team.store.change(file, {"assetDeliveryState": delivery})
    _parts.discard(team, file)


def _make_build(team: Team, upload: Record, finding: Finding) -> Record:
    app = team.store.related_one(upload, "app")
    assert app is not None
    committed: float = upload.private["committed"]
    uses_encryption = finding.info.get("ITSAppUsesNonExemptEncryption")
    values = {
        "version": upload.attributes["cfBundleVersion"],
        "uploadedDate": upload.attributes["uploadedDate"],
        "expirationDate": team.clock.date(committed + EXPIRY_SECONDS),
        "minOsVersion": _text(finding.info.get("MinimumOSVersion")),
        "lsMinimumSystemVersion": _text(finding.info.get("LSMinimumSystemVersion")),
        "usesNonExemptEncryption": uses_encryption if isinstance(uses_encryption, bool) else None,
    }
    links = {"app": [app.id], "preReleaseVersion": [_version_of(team, app, upload).id]}
    times = {"expires": committed + EXPIRY_SECONDS}
    build = team.store.add("builds", str(uuid.uuid4()), values, links, times)
    team.schedule(build, "processed", committed + team.processing_seconds)
    team.store.add("buildBetaDetails", build.id, {}, {"build": [build.id]})
    locale = {"locale": app.attributes["primaryLocale"] or "en-US"}
    team.store.add("betaBuildLocalizations", str(uuid.uuid4()), locale, {"build": [build.id]})
    for identifier, bundle in finding.bundles.items():
        kept = {"symbols": finding.symbols.get(identifier)}
        team.store.add("buildBundles", identifier, bundle, {"build": [build.id]}, kept)
        packed, unpacked = finding.sizes[identifier]
        sizes = {"deviceModel": "Universal", "downloadBytes": packed, "installBytes": unpacked}
        team.store.add("buildBundleFileSizes", str(uuid.uuid4()), sizes, {"buildBundle": [identifier]})
    for group in team.store.related(app, "betaGroups"):
        if group.attributes["hasAccessToAllBuilds"]:
            team.store.link(group, "builds", [build.id])
    return build


def _version_of(team: Team, app: Record, upload: Record) -> Record:
    values = {
        "version": upload.attributes["cfBundleShortVersionString"],
        "platform": upload.attributes["platform"],
    }
    for version in team.store.related(app, "preReleaseVersions"):
        if version.attributes == values:
            return version
    return team.store.add("preReleaseVersions", str(uuid.uuid4()), values, {"app": [app.id]})


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
