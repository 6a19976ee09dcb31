"""Reads what an .ipa or .app says of itself: Info.plist and Mach-O load commands."""

from __future__ import annotations

import plistlib
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Literal

from ._macho import read_images
from ._tree import PackageError, open_tree, read_bounded

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from os import PathLike

    from ._macho import Image
    from ._tree import Tree

BundleKind = Literal[
    "app", "app_clip", "watch_app", "extension", "framework", "xpc_service", "bundle"
]  # what a bundle in a package is

_NEEDED = ("CFBundleIdentifier", "CFBundleExecutable", "CFBundleShortVersionString", "CFBundleVersion")
_MOST_PLIST = 8 * 1024 * 1024

# CFBundleSupportedPlatforms, and the Mach-O's own word where that is missing, to Apple's `Platform`.
_PLATFORMS = {
    "iPhoneOS": "IOS",
    "MacOSX": "MAC_OS",
    "AppleTVOS": "TV_OS",
    "XROS": "VISION_OS",
    "IOS": "IOS",
    "MACOS": "MAC_OS",
    "MAC_CATALYST": "MAC_OS",
    "TVOS": "TV_OS",
    "VISIONOS": "VISION_OS",
}


@dataclass(frozen=True, slots=True)
class Bundle:
    """One bundle of a package. `path` is inside the package; `uuids` are by architecture."""

    kind: BundleKind
    bundle_id: str
    path: str
    executable: str
    version: str | None
    build_number: str | None
    minimum_os: str | None
    uuids: Mapping[str, str] = field(hash=False)


@dataclass(frozen=True, slots=True)
class Package:
    """An app as it would be uploaded. `platform` is IOS, MAC_OS, TV_OS or VISION_OS, in Apple's words.

    `bundles` holds the app itself first, then all that is nested in it. `uses_non_exempt_encryption` is None
    when the Info.plist leaves the question open.
    """

    bundle_id: str
    version: str
    build_number: str
    platform: str
    minimum_os: str | None
    display_name: str
    uses_non_exempt_encryption: bool | None
    bundles: tuple[Bundle, ...]

    @property
    def uuids(self) -> frozenset[str]:
        """The UUIDs of every executable of every bundle."""
        return frozenset(uuid for bundle in self.bundles for uuid in bundle.uuids.values())


@dataclass(frozen=True, slots=True)
class _Found:
    """An Info.plist that belongs to a bundle with an executable."""

    folder: PurePosixPath
    plist: PurePosixPath
    info: dict[str, Any] = field(hash=False)


def read_package(path: str | PathLike[str]) -> Package:
    """Read an .ipa, a zip with an .app in it, or an .app folder, in place. Raises PackageError."""
    target = Path(path)
    if target.suffix.lower() == ".pkg":
        raise PackageError(
            f"{target} is an installer package, whose contents are not read here.",
            code="package_kind",
            hint="Give the .app that it was made from, or an .ipa.",
        )
    with open_tree(target) as tree:
        app = _find_app(tree, target)
        bundle, images = _bundle(tree, app)
        nested = [_bundle(tree, found) for found in _find_nested(tree, app)]
    if any(image.encrypted for image in images):
        raise PackageError(
            f"The executable in {target} is encrypted: it was taken from the App Store.",
            code="package_encrypted",
            hint="Only an app that was just built can be uploaded or symbolicated.",
        )
    return _package(app, (bundle, *(bundle for bundle, _ in nested)), images, target)


def _package(app: _Found, bundles: tuple[Bundle, ...], images: tuple[Image, ...], target: Path) -> Package:
    info = app.info
    return Package(
        bundle_id=info["CFBundleIdentifier"],
        version=str(info["CFBundleShortVersionString"]),
        build_number=str(info["CFBundleVersion"]),
        platform=_platform(info, images, target),
        minimum_os=bundles[0].minimum_os,
        display_name=info.get("CFBundleDisplayName") or info.get("CFBundleName") or app.folder.stem,
        uses_non_exempt_encryption=info.get("ITSAppUsesNonExemptEncryption"),
        bundles=bundles,
    )


def _find_app(tree: Tree, target: Path) -> _Found:
    """The one app of the package: the folder itself, or the .app in Payload or at the top of a plain zip."""
    folder = _app_folder(tree, target)
    for plist in (folder / "Info.plist", folder / "Contents/Info.plist"):
        if plist.as_posix() in tree:
            info = _plist(tree, plist)
            _require(info, plist, _NEEDED)
            return _Found(folder, plist, info)
    raise PackageError(
        f"{target} holds {folder.name or 'an app'} without an Info.plist.",
        code="package_no_info_plist",
        hint="The build did not finish, or the archive was made by hand. Export it again.",
    )


def _app_folder(tree: Tree, target: Path) -> PurePosixPath:
    if target.is_dir() and target.suffix == ".app":
        return PurePosixPath()
    paths = list(map(PurePosixPath, tree.files))
    top = PurePosixPath("Payload") if any(path.parts[0] == "Payload" for path in paths) else PurePosixPath()
    depth = len(top.parts)
    apps = sorted(
        {
            path.parts[depth]
            for path in paths
            if top in path.parents and len(path.parts) > depth + 1 and path.parts[depth].endswith(".app")
        }
    )
    if len(apps) == 1:
        return top / apps[0]
    if apps:
        raise PackageError(
            f"{target} holds several apps: {', '.join(apps)}.",
            code="package_several_apps",
            hint="Apple takes one app in a package. Export each by itself.",
        )
    raise PackageError(
        f"{target} has no Payload folder with an app in it.",
        code="package_no_payload",
        hint="An .ipa is a zip of a folder Payload with one .app: `xcodebuild -exportArchive` makes it.",
    )


def _find_nested(tree: Tree, app: _Found) -> Iterator[_Found]:
    """Every bundle with code inside the app; a storyboard has an Info.plist too, but no executable."""
    for path in map(PurePosixPath, tree.files):
        if path.name != "Info.plist" or path == app.plist or app.folder not in path.parents:
            continue
        info = _plist(tree, path)
        if not info.get("CFBundleIdentifier") or not info.get("CFBundleExecutable"):
            continue
        found = _Found(_folder_of(path), path, info)
        # Resource bundles may name an executable that was never made.
        if info.get("CFBundlePackageType") != "BNDL" or _executable(tree, found) is not None:
            yield found


def _folder_of(plist: PurePosixPath) -> PurePosixPath:
    """The bundle's own folder; on macOS its Info.plist lies deeper (Contents, Versions/A/Resources)."""
    folder = plist.parent
    if folder.name == "Contents":
        return folder.parent
    if folder.name == "Resources":
        return folder.parents[2] if folder.parents[1].name == "Versions" else folder.parent
    return folder


def _bundle(tree: Tree, found: _Found) -> tuple[Bundle, tuple[Image, ...]]:
    info = found.info
    executable = _executable(tree, found)
    if executable is None:
        raise PackageError(
            f"{found.plist} names the executable {info['CFBundleExecutable']}, which is not in the package.",
            code="package_no_executable",
            hint="The build did not finish, or the archive was made by hand. Export it again.",
        )
    images = read_images(tree, executable)
    bundle = Bundle(
        kind=_kind(info),
        bundle_id=info["CFBundleIdentifier"],
        path=found.folder.as_posix(),
        executable=executable,
        version=info.get("CFBundleShortVersionString"),
        build_number=info.get("CFBundleVersion"),
        minimum_os=info.get("MinimumOSVersion") or info.get("LSMinimumSystemVersion") or _minimum_os(images),
        uuids={image.architecture: image.uuid for image in images if image.uuid is not None},
    )
    return bundle, images


def _executable(tree: Tree, found: _Found) -> str | None:
    """Where the bundle's code lies: beside its Info.plist, in MacOS, or (macOS frameworks) a folder above."""
    name = str(found.info["CFBundleExecutable"])
    beside = found.plist.parent
    candidates = (beside / name, beside / "MacOS" / name, beside.parent / name)
    return next((path.as_posix() for path in candidates if path.as_posix() in tree), None)


def _kind(info: dict[str, Any]) -> BundleKind:
    """What Info.plist makes of it (Apple's Information Property List reference)."""
    package_type = info.get("CFBundlePackageType")
    if package_type == "FMWK":
        return "framework"
    if "NSExtension" in info or "EXAppExtensionAttributes" in info:
        return "extension"
    if package_type == "XPC!":
        return "xpc_service"
    if package_type != "APPL":
        return "bundle"
    if "NSAppClip" in info:
        return "app_clip"
    return "watch_app" if "WatchOS" in info.get("CFBundleSupportedPlatforms", ()) else "app"


def _minimum_os(images: tuple[Image, ...]) -> str | None:
    return next((image.minimum_os for image in images if image.minimum_os), None)


def _platform(info: dict[str, Any], images: tuple[Image, ...], target: Path) -> str:
    words = [
        *info.get("CFBundleSupportedPlatforms", ()),
        *(image.platform for image in images if image.platform),
    ]
    if simulated := [word for word in words if word.lower().endswith("simulator")]:
        raise PackageError(
            f"{target} was built for a simulator ({simulated[0]}).",
            code="package_platform",
            hint="Build for a device: `xcodebuild -destination generic/platform=iOS`.",
        )
    for word in words:
        if word in _PLATFORMS:
            return _PLATFORMS[word]
    said = ", ".join(words) or "no CFBundleSupportedPlatforms"
    raise PackageError(
        f"{target} does not say for which of Apple's platforms it was built ({said}).",
        code="package_platform",
    )


def _plist(tree: Tree, path: PurePosixPath) -> dict[str, Any]:
    content = read_bounded(tree, path.as_posix(), _MOST_PLIST)
    try:
        info = plistlib.loads(content)
    except Exception:  # noqa: BLE001  # plistlib leaks ExpatError, ValueError, IndexError, … for broken files
        info = None
    if not isinstance(info, dict):
        raise PackageError(f"{path} is not a property list.", code="package_no_info_plist")
    return info


def _require(info: dict[str, Any], plist: PurePosixPath, keys: tuple[str, ...]) -> None:
    if missing := [key for key in keys if not isinstance(info.get(key), str) or not info[key]]:
        raise PackageError(
            f"{plist} lacks {', '.join(missing)}.",
            code="package_no_info_plist",
            hint="Apple needs all of them; Xcode writes them from the target's settings.",
        )
