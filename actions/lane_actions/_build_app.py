"""`build_app`: an app from its Xcode project, archived and exported by xcodebuild."""

from __future__ import annotations

import plistlib
import shlex
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from lane import ActionError, Context, Model, action
from lane_apple import Package, read_package

from ._signing import Signing, SigningType
from ._xcodebuild import count_warnings, failure

if TYPE_CHECKING:
    from lane import Completed

# Xcode 15.3 gave them new names; the old ones still work, with a warning.
ExportMethod = Literal[
    "app-store-connect",
    "release-testing",
    "debugging",
    "enterprise",
    "developer-id",
    "mac-application",
    "app-store",
    "ad-hoc",
    "development",
]

_METHODS: dict[SigningType, ExportMethod] = {
    "appstore": "app-store-connect",
    "adhoc": "release-testing",
    "development": "debugging",
    "enterprise": "enterprise",
    "developer_id": "developer-id",
}
_UNBUFFERED = {"NSUnbufferedIO": "YES"}  # so that its lines come as they are printed, into a pipe too


class App(Model):
    """An app that was built. `path` is the .ipa (or .pkg, .app) to ship, `dsyms` a zip of its dSYMs.

    `number` is its CFBundleVersion, `version` the one that users see; both are read from the app itself.
    """

    path: Path
    archive: Path
    dsyms: Path | None
    bundle_id: str
    version: str
    number: str
    platform: str
    warnings: int


@action(runs_on="macos", limits="xcodebuild")
def build_app(
    ctx: Context,
    *,
    scheme: Annotated[str, "The shared scheme to build"],
    signing: Annotated[Signing | None, "What match gave; left out: automatic signing"] = None,
    workspace: Annotated[Path | None, "The .xcworkspace; left out: the only one in the folder"] = None,
    project: Annotated[Path | None, "The .xcodeproj, where there is no workspace"] = None,
    configuration: Annotated[str, "The build configuration"] = "Release",
    destination: Annotated[str, "What it is built for"] = "generic/platform=iOS",
    export_method: Annotated[
        ExportMethod | None, "How it is exported; left out: as the signing says, else for App Store Connect"
    ] = None,
    export_options: Annotated[
        dict[str, Any] | None, "Further entries for ExportOptions.plist, which win over ours"
    ] = None,
    xcargs: Annotated[list[str] | str | None, "Further words for archiving: SETTING=value, -quiet"] = None,
    team_id: Annotated[str | None, "The team, where no signing is given; left out: app(team_id=…)"] = None,
    output: Annotated[Path, "The folder that gets package, archive and dSYMs"] = Path("build"),
) -> App:
    """Archive an app and export it for shipping. Needs no Apple auth.

    The archive is signed as the project says; what is exported is signed with `signing`, under the profile
    that it names for each bundle id.
    """
    folder = ctx.path(output)
    folder.mkdir(parents=True, exist_ok=True)
    archive = folder / f"{scheme}.xcarchive"
    team = signing.team_id if signing is not None else team_id
    settings = [f"DEVELOPMENT_TEAM={team}"] if team else []
    words = shlex.split(xcargs) if isinstance(xcargs, str) else list(xcargs or ())
    options = _export_options(signing, export_method, team) | (export_options or {})
    with ctx.progress("xcodebuild", total=2, unit="stages") as bar:
        command = [*_where(ctx, workspace, project), "-scheme", scheme, "-configuration", configuration]
        command += ["-destination", destination, "-archivePath", str(archive), *words, *settings]
        warnings = _archive(ctx, command, archive, scheme)
        bar.advance()
        exported = _export(ctx, archive, options, scheme)
        bar.advance()
    package = read_package(exported if exported.suffix == ".ipa" else _archived_app(archive))
    app = _app(_into(folder, exported), archive, _zipped_dsyms(archive, folder, scheme), package, warnings)
    ctx.log.info(f"{app.path} is {app.bundle_id} {app.version} ({app.number}); {warnings} warnings.")
    return app


def _app(path: Path, archive: Path, dsyms: Path | None, package: Package, warnings: int) -> App:
    return App(
        path=path,
        archive=archive,
        dsyms=dsyms,
        bundle_id=package.bundle_id,
        version=package.version,
        number=package.build_number,
        platform=package.platform,
        warnings=warnings,
    )


def _where(ctx: Context, workspace: Path | None, project: Path | None) -> list[str]:
    """The words that name workspace or project; none where xcodebuild may look itself."""
    if workspace is not None:
        return ["-workspace", str(ctx.path(workspace))]
    if project is not None:
        return ["-project", str(ctx.path(project))]
    for suffix in ("xcworkspace", "xcodeproj"):
        found = sorted(ctx.folder.glob(f"*.{suffix}"))
        kind = {"xcworkspace": "workspace", "xcodeproj": "project"}[suffix]
        if len(found) > 1:
            raise ActionError(
                f"{ctx.folder} has several {kind}s: {', '.join(each.name for each in found)}.",
                hint=f'Choose one: build_app({kind}=Path("{found[0].name}")).',
                code="several_projects",
            )
        if found:
            return [f"-{kind}", str(found[0])]
    return []


def _archive(ctx: Context, command: list[str], archive: Path, scheme: str) -> int:
    """Make the archive; how many warnings there were. Raises ActionError with the errors of the log."""
    if archive.exists():
        shutil.rmtree(archive)  # so that an old one cannot pass for this one's
    done = ctx.run(["xcodebuild", "archive", *command], env=_UNBUFFERED, check=False)
    said = _said(done)
    if done.returncode or not archive.is_dir():
        raise failure(f"archive {scheme}", said, done.returncode, ctx.folder)
    return count_warnings(said)


def _export(ctx: Context, archive: Path, options: dict[str, Any], scheme: str) -> Path:
    """Export the archive; the .ipa, .pkg or .app. Raises ActionError with the errors of the log."""
    plist, target = ctx.scratch / "ExportOptions.plist", ctx.scratch / "export"
    plist.write_bytes(plistlib.dumps(options))
    command = ["-archivePath", str(archive), "-exportPath", str(target), "-exportOptionsPlist", str(plist)]
    done = ctx.run(["xcodebuild", "-exportArchive", *command], env=_UNBUFFERED, check=False)
    found = [path for suffix in ("ipa", "pkg", "app") for path in sorted(target.glob(f"*.{suffix}"))]
    if done.returncode or not found:
        raise failure(f"export {scheme}", _said(done), done.returncode, ctx.folder)
    return found[0]


def _said(done: Completed) -> str:
    return f"{done.stdout}\n{done.stderr}"


def _export_options(signing: Signing | None, method: ExportMethod | None, team: str | None) -> dict[str, Any]:
    """ExportOptions.plist, by the words of `xcodebuild -help`."""
    options: dict[str, Any] = {
        "method": method or (_METHODS[signing.type] if signing is not None else "app-store-connect"),
        "destination": "export",
        "signingStyle": "automatic" if signing is None else "manual",
        "uploadSymbols": True,
        "manageAppVersionAndBuildNumber": False,  # Xcode's default changes the number that was built
    }
    if team is not None:
        options["teamID"] = team
    if signing is not None:
        options["signingCertificate"] = signing.identity
        options["provisioningProfiles"] = {each.bundle_id: each.name for each in signing.profiles}
    return options


def _archived_app(archive: Path) -> Path:
    apps = sorted((archive / "Products" / "Applications").glob("*.app"))
    if len(apps) != 1:
        raise ActionError(
            f"{archive} holds {len(apps) or 'no'} apps where one was expected.",
            hint="Does the scheme build an app? SKIP_INSTALL has to be YES for all else that it builds.",
            code="not_an_app",
        )
    return apps[0]


def _into(folder: Path, exported: Path) -> Path:
    target = folder / exported.name
    if target.is_dir():
        shutil.rmtree(target)
    shutil.move(exported, target)
    return target


def _zipped_dsyms(archive: Path, folder: Path, scheme: str) -> Path | None:
    """A zip of the archive's dSYMs; None where the configuration makes none."""
    dsyms = archive / "dSYMs"
    if not any(dsyms.glob("*.dSYM")):
        return None
    return Path(shutil.make_archive(str(folder / f"{scheme}.dSYMs"), "zip", root_dir=dsyms))
