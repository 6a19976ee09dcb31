"""The processing of uploads and builds, as far as the clock has come."""

from __future__ import annotations

import asyncio
import uuid
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from lane_sandbox import _parts
from lane_sandbox._examination import Claim, Finding, examine
from lane_sandbox._resources._uploads import state

if TYPE_CHECKING:
    from lane_sandbox._store import Record
    from lane_sandbox._team import Team

EXPIRY_SECONDS = 90 * 24 * 3600.0


class Processing:
    """Moves uploads and builds on whenever somebody asks, so that no process has to stay.

    A committed upload is examined in a thread at once. After half of the processing time it is complete, or
    has failed, and the build appears; after the whole of it the build is valid.
    """

    def __init__(self, team: Team) -> None:
        self._team = team
        self._examinations: dict[str, asyncio.Task[Finding]] = {}

    async def settle(self) -> None:
        """Bring everything to where it is by the clock."""
        with self._team.store.reading():
            now = self._team.clock.now()
            uploads = [each for each in self._team.store.all("buildUploads") if _is_processing(each)]
            builds = [each for each in self._team.store.all("builds") if each.private.get("valid_at")]
            half = self._team.processing_seconds / 2
            for each in uploads:
                if each.id not in self._examinations:
                    examination = self._examine(_claim(self._team, each))
                    self._examinations[each.id] = asyncio.create_task(examination)
            due = {
                each.id: self._examinations[each.id]
                for each in uploads
                if each.private["committed"] + half <= now
            }
        for identifier, examination_task in due.items():
            finding = await asyncio.shield(examination_task)
            self._examinations.pop(identifier, None)
            self._apply(identifier, finding)
        if due or any(build.private["valid_at"] <= now for build in builds):
            self._validate_builds()

    async def _examine(self, claim: Claim) -> Finding:
        try:
            return await asyncio.to_thread(examine, claim, self._team.files / "symbols")
        except Exception as problem:  # noqa: BLE001 - no package may make the service fail
            detail = f"The package could not be processed ({type(problem).__name__})"
            return Finding(faults=[{"code": "SANDBOX.PROCESSING_EXCEPTION", "description": detail}])

    def _apply(self, identifier: str, finding: Finding) -> None:
        store = self._team.store
        with store.writing():
            upload = store.find("buildUploads", identifier)
            if upload is None or not _is_processing(upload):
                self._drop(finding)  # another process, or another request, was quicker
                return
            for file in store.related(upload, "buildUploadFiles"):
                if file.attributes["assetType"] == "ASSET":
                    _finish_file(self._team, file, finding)
            if finding.faults:
                store.change(upload, {"state": state("FAILED", *finding.faults)}, taken=finding.intact)
                return
            build = _make_build(self._team, upload, finding)
            store.change(upload, {"state": state("COMPLETE")})
            store.link(upload, "build", [build.id])

    def _validate_builds(self) -> None:
        store = self._team.store
        with store.writing():
            for build in store.all("builds"):
                due = build.private.get("valid_at")
                if due and due <= self._team.clock.now():
                    store.change(build, {"processingState": "VALID"}, valid_at=None)

    def _drop(self, finding: Finding) -> None:
        for identifier in finding.symbols:
            if self._team.store.find("buildBundles", identifier):
                return  # it was this very finding that was applied
            with suppress(OSError):
                (self._team.files / "symbols" / f"{identifier}.zip").unlink()


def _is_processing(upload: Record) -> bool:
    return bool(upload.attributes["state"]["state"] == "PROCESSING")


def _claim(team: Team, upload: Record) -> Claim:
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
    times = {"valid_at": committed + team.processing_seconds, "expires": committed + EXPIRY_SECONDS}
    build = team.store.add("builds", str(uuid.uuid4()), values, links, times)
    team.store.add("buildBetaDetails", build.id, {}, {"build": [build.id]})
    team.store.add("betaBuildLocalizations", str(uuid.uuid4()), {"locale": "en-US"}, {"build": [build.id]})
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
